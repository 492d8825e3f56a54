"""The layout shows for every order and every act, at every time, what the law on file says."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from comity.app.pages.timeline_page import render_timeline_page
from comity.law import Law, load_law
from comity.orders.timeline import (
    LABEL_COLUMN_WIDTH,
    TIME_AXIS_WIDTH,
    TimelineLayout,
    TimelineSpan,
    layout_timeline,
)
from tests.support.rule_cases import build_order
from tests.support.timeline_law import AGREEMENT, NOW, load_busy_law


def time_at_x(layout: TimelineLayout, x: float) -> datetime:
    """Compute the time at a place from two marks of the axis."""
    first, last = layout.month_marks[0], layout.month_marks[-1]
    start, end = (datetime.strptime(mark.label, "%b %Y").replace(tzinfo=UTC) for mark in (first, last))
    return start + (end - start) * ((x - first.x) / (last.x - first.x))


def is_covered(spans: tuple[TimelineSpan, ...], x: float) -> bool:
    return any(span.x <= x < span.x + span.width for span in spans)


@pytest.mark.parametrize("law", [load_law(), load_busy_law()], ids=["shipped", "busy"])
def test_layout_timeline__spans_say_what_the_law_says(law: Law) -> None:
    layout = layout_timeline(law, AGREEMENT, now=NOW)
    checked = 0
    for step in range(1, 400):
        x = LABEL_COLUMN_WIDTH + TIME_AXIS_WIDTH * step / 400
        time = time_at_x(layout, x)
        if any(abs(time - change) < timedelta(days=2) for change in law.list_order_change_times()):
            continue  # a pixel is a day
        checked += 1
        for lane in layout.lanes:
            in_force = bool(lane.order.prohibits) and law.is_in_force(lane.order.id, time)
            assert is_covered(lane.in_force_spans, x) == in_force, (lane.order.id, time)
            if lane.order.prohibits:
                is_over = lane.order.effective_at <= time and not in_force
                assert is_covered(lane.not_in_force_spans, x) == is_over
        for row in layout.rows:
            assert is_covered(row.spans, x) == bool(law.find_orders_in_force(time, AGREEMENT, row.verb))
    assert checked > 300


def test_layout_timeline__shipped_orders_have_the_kinds_of_their_sources() -> None:
    layout = layout_timeline(load_law(), AGREEMENT, now=NOW)
    assert [(lane.order.id, lane.kind) for lane in layout.lanes] == [
        ("O1", "opens_nothing"),
        ("O2", "custodian"),
        ("O3", "custodian and recipient"),
        ("O4", "opens_nothing"),
        ("O5", "opens_nothing"),
    ]
    assert "retain" not in {row.verb for row in layout.rows}


def test_layout_timeline__shows_pending_ended_and_stayed_orders() -> None:
    lanes = {lane.order.id: lane for lane in layout_timeline(load_busy_law(), AGREEMENT, now=NOW).lanes}
    assert (lanes["T1"].kind, lanes["T4"].kind, lanes["T4"].is_pending) == (
        "custodian and recipient",
        "custodian",
        True,
    )
    assert [span.label for span in lanes["T1"].not_in_force_spans] == ["expired by T2"]
    assert len(lanes["O2"].in_force_spans) == 2


def test_layout_timeline__of_a_few_days_shows_those_days_and_what_the_law_says_in_them() -> None:
    law, first, last = load_busy_law(), datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 6, 16, tzinfo=UTC)
    layout = layout_timeline(law, AGREEMENT, now=NOW, first=first, last=last)
    lanes = {lane.order.id: lane for lane in layout.lanes}
    right = LABEL_COLUMN_WIDTH + TIME_AXIS_WIDTH
    assert [(span.x, span.x + span.width) for span in lanes["T1"].in_force_spans] == [(LABEL_COLUMN_WIDTH, right)]
    assert lanes["O2"].in_force_spans == ()
    assert lanes["O2"].effective_x is None
    assert layout.now_mark is None
    assert lanes["T1"].expiry_mark is not None
    labels = [mark.label for mark in layout.month_marks]
    assert labels[:2] == ["01 Jun 2025", "03 Jun 2025"]
    places = [mark.x for mark in layout.month_marks]
    assert min(after - before for before, after in pairwise(places)) > 80, "a date is less wide"
    assert {LABEL_COLUMN_WIDTH <= x <= right for x in places} == {True}
    later = layout_timeline(law, AGREEMENT, now=NOW, first=last)
    for lane in (*layout.lanes, *later.lanes):
        marks = [*lane.service_marks, *([lane.expiry_mark] if lane.expiry_mark else [])]
        assert all(LABEL_COLUMN_WIDTH <= mark.x <= right for mark in marks)
        assert all(
            LABEL_COLUMN_WIDTH <= span.x < span.x + span.width <= right + 0.1
            for span in (*lane.in_force_spans, *lane.not_in_force_spans)
        )
    assert {lane.order.id: lane for lane in later.lanes}["T1"].not_in_force_spans
    with pytest.raises(ValueError, match="end before it begins"):
        layout_timeline(law, AGREEMENT, now=NOW, first=last, last=first)


def test_render_timeline_page__says_every_period_of_a_fourteen_day_order_in_words_for_a_narrow_screen() -> None:
    """The picture has labels that are cut off where they have no room; what a phone shows has none."""
    issued_at = datetime(2026, 11, 27, 15, tzinfo=UTC)
    ban = {"instruments": ["tro"], "binds": ["irs"], "prohibits": ["disclose", "use"], "dated": issued_at.date()}
    hangs_on = {"matter": "appeal", "case": "26-7001"}
    acts = [
        {"order": "T1", "how": "stayed", "effective_at": issued_at + timedelta(days=4), "hangs_on": hangs_on}
        | {"part": {"districts": [{"name": "D. Mass.", "states": ["MA"]}]}, "extent": "part"},
        {"order": "T1", "how": "stayed", "effective_at": issued_at + timedelta(days=8), "hangs_on": hangs_on},
    ]
    law = load_law(
        [
            build_order({"id": "T1", **ban, "effective_at": issued_at, "expires_at": issued_at + timedelta(days=14)}),
            *(
                build_order(
                    {"id": f"S{n}", "instruments": ["appellate_stay"], "dated": issued_at.date(), "acts_on": [act]}
                )
                for n, act in enumerate(acts, 1)
            ),
        ]
    )
    first = datetime(2026, 11, 27, tzinfo=UTC)
    layout = layout_timeline(law, "irs-ice-2025", now=issued_at, first=first, last=first + timedelta(days=15))
    page = render_timeline_page(layout, law, now=issued_at)
    narrow = page.partition('<div class="narrow">')[2].partition("<h2>The orders</h2>")[0]
    words = " ".join(re.sub("<[^>]+>", " ", narrow).split())
    assert "in force from 27 Nov 2026, 15:00 UTC to 01 Dec 2026, 15:00 UTC: disclose, use" in words
    assert "to 05 Dec 2026, 15:00 UTC: disclose, use; open for D. Mass. (S1)" in words
    for paper in ("S1", "S2"):
        assert f"<h3>{paper}: " in narrow, "each paper has a section of its own"
    assert "T1 stayed (part: D. Mass.)" in words
    assert "stayed in part by S1, stayed by S2 from 05 Dec 2026, 15:00 UTC on" in words
    assert "its own date is 11 Dec 2026, 15:00 UTC, which opens nothing" in words
    assert "\u2026" not in words
    for lane in layout.lanes:
        assert all(span.words in words for span in (*lane.in_force_spans, *lane.not_in_force_spans))
    assert all(f"by {span.words}: " in words for row in layout.rows for span in row.spans)
    assert words.count("27 Nov 2026 11 Dec 2026") == len(layout.rows) + 3  # O2, O3 and T1 have a bar each
    assert "<text" not in narrow


def test_render_timeline_page__shows_what_is_open_in_part_and_no_end_of_an_order_that_another_took_the_place_of() -> (
    None
):
    at = datetime(2026, 11, 2, 15, tzinfo=UTC)
    ban = {"court": "D. Mass.", "instruments": ["tro"], "binds": ["irs"], "prohibits": ["disclose"], "dated": at.date()}
    ban |= {"effective_at": at, "expires_at": datetime(2026, 11, 16, tzinfo=UTC)}
    districts = [{"name": "D. Me.", "states": ["ME"]}, {"name": "D.N.H.", "states": ["NH"]}]
    part = {"order": "T2", "how": "vacated", "effective_at": at + timedelta(days=3), "extent": "part"}
    part["part"] = {"districts": districts}
    over = {"order": "T1", "how": "superseded", "effective_at": at + timedelta(days=1)}
    law = load_law(
        [
            build_order({"id": "T1", **ban}),
            build_order({"id": "T2", **ban, "acts_on": [over]}),
            build_order({"id": "V1", "instruments": ["vacatur"], "dated": at.date(), "acts_on": [part]}),
        ]
    )
    now = at + timedelta(days=25)
    layout = layout_timeline(law, AGREEMENT, now=now, first=at - timedelta(days=2), last=at + timedelta(days=26))
    lanes = {lane.order.id: lane for lane in layout.lanes}
    assert [span.is_open_in_part for span in lanes["T2"].in_force_spans] == [False, True]
    end = datetime(2026, 11, 17, 5, tzinfo=UTC)  # the day is over in Boston
    assert lanes["T2"].expiry_mark is not None
    shown = layout.ends_at - layout.starts_at
    drawn_at = layout.starts_at + shown * ((lanes["T2"].expiry_mark.x - LABEL_COLUMN_WIDTH) / TIME_AXIS_WIDTH)
    assert abs(drawn_at - end) < timedelta(hours=2)
    page = render_timeline_page(layout, law, now=now)
    words = " ".join(re.sub("<[^>]+>", " ", page).split())
    assert "in force, but for a part" in words, "as the docket says it"
    assert "vacated in part (D. Me.; D.N.H.) by V1, 05 Nov 2026" in words
    assert "open for D. Me.; D.N.H. (V1)" in words
    assert "holds every batch" not in words
    assert "T2 but for a part" in words
    assert words.count("opens nothing") > words.count("16 Nov 2026: opens nothing") == 1, "T1 has no bar any more"
    assert words.count("its own date is 16 Nov 2026, which opens nothing") == 1
    assert words.count("its own date is 16 Nov 2026") == 2
    legend = page.partition('<p class="small key">')[2].partition("</p>")[0]
    for sign in ("#9670", "#9679", "#9474", "open for a part"):
        assert sign in legend

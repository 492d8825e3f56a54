"""The picture says of every order and verb, at every time, what the law says."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from comity.app.pages import timeline_page
from comity.app.pages.timeline_page import LABEL_COLUMN_WIDTH, TIME_AXIS_WIDTH, TimelineSpan
from comity.law import Law, load_law
from tests.support.rule_cases import build_order

NOW = datetime(2026, 11, 25, tzinfo=UTC)
AGREEMENT = "irs-ice-2025"


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


def busy() -> Law:
    """The real orders, with one that ended, one that was stayed for a while, and one that is pending."""
    extra: list[dict[str, Any]] = [
        {"id": "T1", "instruments": ["tro"], "dated": date(2025, 6, 1), "binds": ["irs", "ice"], "prohibits": ["disclose"],
         "expires_at": at(2025, 6, 15), "served": [{"party": "irs", "at": at(2025, 6, 3)}], "case_name": "<b>&"},
        {"id": "T2", "instruments": ["counsel_entry"], "dated": date(2025, 8, 1),
         "acts_on": [{"order": "T1", "how": "expired", "effective_at": at(2025, 8, 1)}]},
        {"id": "T3", "instruments": ["appellate_stay"], "dated": date(2026, 3, 20), "expires_at": at(2026, 6, 1),
         "acts_on": [{"order": "O2", "how": "stayed", "effective_at": at(2026, 3, 20)}]},
        {"id": "T4", "instruments": ["preliminary_injunction"], "dated": date(2026, 9, 1), "binds": ["treasury"],
         "prohibits": ["disclose"], "districts": [{"name": "D. Mass.", "states": ["MA"]}]},
    ]  # fmt: skip
    return replace(load_law([build_order(order) for order in extra]), pending=frozenset({"T4"}))


def time_of(drawn: timeline_page.TimelineLayout, x: float) -> datetime:
    """The time at a place, from two marks of the axis."""
    first, last = drawn.month_marks[0], drawn.month_marks[-1]
    a, b = (datetime.strptime(mark.label, "%b %Y").replace(tzinfo=UTC) for mark in (first, last))
    return a + (b - a) * ((x - first.x) / (last.x - first.x))


def covers(spans: tuple[TimelineSpan, ...], x: float) -> bool:
    return any(span.x <= x < span.x + span.width for span in spans)


@pytest.mark.parametrize("law", [load_law(), busy()], ids=["real", "busy"])
def test_what_is_drawn_is_what_the_law_says(law: Law) -> None:
    drawn = timeline_page.layout_timeline(law, AGREEMENT, now=NOW)
    checked = 0
    for step in range(1, 400):
        x = LABEL_COLUMN_WIDTH + TIME_AXIS_WIDTH * step / 400
        moment = time_of(drawn, x)
        if any(abs(moment - turn) < timedelta(days=2) for turn in law.list_order_change_times()):
            continue  # a pixel is a day
        checked += 1
        for lane in drawn.lanes:
            stands = bool(lane.order.prohibits) and law.is_in_force(lane.order.id, moment)
            assert covers(lane.in_force_spans, x) == stands, (lane.order.id, moment)
            if lane.order.prohibits:
                assert covers(lane.not_in_force_spans, x) == (lane.order.effective_at <= moment and not stands)
        for row in drawn.rows:
            assert covers(row.spans, x) == bool(law.find_orders_in_force(moment, AGREEMENT, row.verb))
    assert checked > 300


def test_the_real_orders_are_drawn_as_their_sources_have_them() -> None:
    drawn = timeline_page.layout_timeline(load_law(), AGREEMENT, now=NOW)
    assert [(lane.order.id, lane.kind) for lane in drawn.lanes] == [
        ("O1", "opens_nothing"), ("O2", "custodian"), ("O3", "recipient"), ("O4", "opens_nothing"), ("O5", "opens_nothing"),
    ]  # fmt: skip
    assert "retain" not in {row.verb for row in drawn.rows}


def test_a_busy_picture_is_sound() -> None:
    law = busy()
    drawn = timeline_page.layout_timeline(law, AGREEMENT, now=NOW)
    lanes = {lane.order.id: lane for lane in drawn.lanes}
    assert (lanes["T1"].kind, lanes["T4"].kind, lanes["T4"].is_pending) == (
        "custodian and recipient",
        "custodian",
        True,
    )
    assert [span.label for span in lanes["T1"].not_in_force_spans] == ["expired by T2"]
    assert len(lanes["O2"].in_force_spans) == 2
    assert ET.fromstring(timeline_page.render_timeline_svg(drawn)).tag.endswith("svg")
    text = timeline_page.render_timeline_page(drawn, law, now=NOW)
    assert "<b>&" not in text
    assert "&lt;b&gt;&amp;" in text
    assert "served on irs, 03 Jun 2025" in text

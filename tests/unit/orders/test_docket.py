"""The docket sheet says what of each order is in force, what each stay hangs on, and what somebody should look at."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from comity.app.pages.docket_page import render_docket_page
from comity.law import Law, load_law
from comity.orders.docket import DocketEntry, make_docket
from tests.support.rule_cases import build_order

DAY = date(2026, 9, 1)
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
BAN = {"id": "A", "instruments": ["tro"], "binds": ["irs", "ice"], "prohibits": ["disclose"], "dated": DAY}
APPEAL = {"matter": "appeal", "case": "26-5006", "review_days": 30}
STAY = {"order": "A", "how": "stayed", "effective_at": NOON, "hangs_on": APPEAL}


def paper(name: str, *acts: dict[str, Any], **more: Any) -> dict[str, Any]:
    kind = {"instruments": ["appellate_stay"]} if acts else {"instruments": ["denial"]}
    return {"id": name, "dated": DAY, **kind, "acts_on": list(acts), **more}


def read(*orders: dict[str, Any], days: int = 1, **changes: Any) -> dict[str, DocketEntry]:
    """Return the sheet's lines by order, some days after the stay."""
    law = Law(**{**vars(load_law([build_order(order) for order in orders])), **changes})
    return {entry.order.id: entry for entry in make_docket(law, at=NOON + timedelta(days=days))}


def decision(outcome: str, day: int = 5) -> dict[str, Any]:
    decided = {"matter": "appeal", "case": "No. 26-5006", "outcome": outcome}
    return paper("D", decides=[decided], dated=DAY + timedelta(days=day))


@pytest.mark.parametrize(
    ("orders", "days", "changes", "state", "act_state"),
    [
        ([BAN], 1, {}, "in force", None),
        ([BAN, paper("S", STAY)], 1, {}, "not in force", "in effect"),
        ([BAN, paper("S", STAY)], 31, {}, "in force", "opens nothing since 01 Oct 2026"),
        (
            [BAN, paper("S", STAY)],
            31,
            {"order_reviews": {"S": (NOON + timedelta(days=20),)}},
            "not in force",
            "in effect",
        ),
        ([BAN, paper("S", STAY)], 1, {"pending": frozenset({"S"})}, "in force", "until a second person confirms"),
        ([BAN, paper("S", STAY), decision("affirmed")], 6, {}, "in force", "ended: D decided what it hung on, 06 Sep"),
        ([BAN, paper("S", STAY), decision("reversed")], 6, {}, "not in force", "in effect"),
        ([BAN, paper("S", {**STAY, "part": {"parties": ["irs"]}})], 1, {}, "in force for ice only", "in effect"),
        (
            [BAN, paper("S", {**STAY, "part": {"in_words": "the members"}})],
            1,
            {},
            "in force, but for a part",
            "in effect",
        ),
        ([BAN, paper("S", {**STAY, "extent": None})], 1, {}, "in force", "does not say"),
        ([BAN, paper("S", STAY, expires_at=NOON)], 1, {}, "in force", "ended on its day, 01 Sep 2026"),
        (
            [BAN, paper("S", {"order": "A", "how": "reversed"}, instruments=["appellate_judgment"])],
            1,
            {},
            "in force",
            "waits for its mandate",
        ),
        (
            [{**BAN, "covers_data_already_disclosed": True, "only_data_already_disclosed": True}],
            1,
            {},
            "in force; it stops no new answer",
            None,
        ),
    ],
)
def test_make_docket__says_what_is_in_force(
    orders: list[dict[str, Any]], days: int, changes: dict[str, Any], state: str, act_state: str | None
) -> None:
    entry = read(*orders, days=days, **changes)["A"]
    assert entry.state == state
    if act_state is not None:
        assert act_state in entry.acts[0].state


def test_make_docket__says_what_a_stay_hangs_on_and_until_when_it_is_confirmed() -> None:
    until = {**STAY, "hangs_on": {"matter": "motion", "case": "25-1", "docket_number": "88", "until": NOON}}
    acts = read(BAN, paper("S", STAY), paper("T", until))["A"].acts
    assert [act.hangs_on for act in acts] == [
        "appeal in 26-5006",
        "motion in 25-1, docket 88, at most until 01 Sep 2026",
    ]
    assert acts[0].review_due_at == NOON + timedelta(days=30)
    assert [act.extent for act in acts] == ["whole", "whole"]


VACATUR = {"order": "S", "how": "vacated", "effective_at": NOON + timedelta(days=3)}
ENDINGS: dict[str, tuple[dict[str, Any], ...]] = {
    "what it hangs on was decided": (paper("S", STAY), decision("affirmed")),
    "its own day": (paper("S", STAY, expires_at=NOON + timedelta(days=3)),),
    "the day that it hangs on": (
        paper("S", {**STAY, "hangs_on": {"matter": "day", "until": NOON + timedelta(days=3)}}),
    ),
    "another paper vacated it": (paper("S", STAY), paper("V", VACATUR, instruments=["vacatur"], dated=DAY)),
}


@pytest.mark.parametrize("how", ENDINGS)
def test_make_docket__asks_nobody_to_confirm_a_stay_that_ended(how: str) -> None:
    entries = read(BAN, *ENDINGS[how], days=25)
    assert entries["A"].acts[0].review_due_at is None
    assert not [due for due in entries["S"].due if "Confirm" in due or "orders review" in due]
    law = load_law([build_order(order) for order in (BAN, *ENDINGS[how])])
    at = NOON + timedelta(days=25)
    assert "to be confirmed by" not in render_docket_page(make_docket(law, at=at), law.fingerprint, at=at)


def test_make_docket__asks_for_a_vacated_stay_again_once_the_vacatur_is_gone() -> None:
    vacatur = paper("V", VACATUR, instruments=["vacatur"], dated=DAY)
    reversal = {"order": "V", "how": "reversed", "effective_at": NOON + timedelta(days=6), "extent": "whole"}
    entries = read(BAN, paper("S", STAY), vacatur, paper("R", reversal, instruments=["mandate"], dated=DAY), days=25)
    assert entries["A"].acts[0].review_due_at == NOON + timedelta(days=30)
    assert any("Confirm by 01 Oct 2026" in due for due in entries["S"].due)


DUE: dict[str, tuple[list[dict[str, Any]], int, str, str]] = {
    "an order past its own day": ([{**BAN, "expires_at": NOON}], 1, "A", "Its own day passed on 01 Sep 2026"),
    "an order near its own day": ([{**BAN, "expires_at": NOON + timedelta(days=5)}], 1, "A", "as its last day"),
    "an order that nobody was served with": ([BAN], 1, "A", "Nobody is recorded as served"),
    "an order at whose docket nobody looked": ([BAN], 45, "A", "Nobody looked at its docket for 45 days"),
    "a report": ([{**BAN, "next_report_on": date(2026, 9, 5)}], 1, "A", "A report to the court is due on 05 Sep 2026"),
    "a party on no file": ([{**BAN, "binds_by_name": ["the Mint"]}], 1, "A", "the Mint is on no file"),
    "a stay to be confirmed": ([BAN, paper("S", STAY)], 25, "S", "Confirm by 01 Oct 2026"),
    "a stay that nobody confirmed": ([BAN, paper("S", STAY)], 40, "S", "so A binds: comity orders review S"),
    "a stay near its day": ([BAN, paper("S", STAY, expires_at=NOON + timedelta(days=3))], 1, "S", "A binds again"),
    "a judgment without its mandate": (
        [BAN, paper("S", {"order": "A", "how": "reversed"}, instruments=["appellate_judgment"])],
        1,
        "S",
        "Its mandate is not on file",
    ),
    "an act that does not say all or part": ([BAN, paper("S", {**STAY, "extent": None})], 1, "S", "all or a part"),
}


@pytest.mark.parametrize("what", DUE)
def test_make_docket__lists_what_is_due(what: str) -> None:
    orders, days, order, due = DUE[what]
    assert any(due in line for line in read(*orders, days=days)[order].due), what


def test_make_docket__lists_nothing_that_is_not_due() -> None:
    served = {**BAN, "served": [{"party": "irs", "at": NOON}], "expires_at": NOON + timedelta(days=60)}
    entries = read(served, paper("S", STAY), decision("affirmed", day=3), days=10)
    assert [entries[name].due for name in ("A", "S", "D")] == [(), (), ()]
    pending = read(served, pending=frozenset({"A"}))["A"]
    assert pending.due == ("A second person must confirm it, or two must withdraw it.",)


def test_the_shipped_orders_were_last_checked_long_ago() -> None:
    entries = {entry.order.id: entry for entry in make_docket(load_law(), at=datetime(2026, 11, 29, tzinfo=UTC))}
    assert any("Nobody looked at its docket" in due for due in entries["O2"].due)
    assert entries["O1"].due == ()


def test_render_docket_page__escapes_and_shows_all() -> None:
    order = build_order({**BAN, "case_name": "<b>&", "expires_at": NOON})
    law = replace(load_law([order, build_order(paper("S", STAY))]), pending=frozenset({"S"}))
    page = render_docket_page(make_docket(law, at=NOON), law.fingerprint, at=NOON)
    assert "&lt;b&gt;&amp;" in page
    assert "<b>&" not in page
    for words in ("hangs on: appeal in 26-5006", "A second person must confirm", "Its own day passed", "O5"):
        assert words in page


def test_make_docket__says_what_became_of_an_order_that_another_took_the_place_of() -> None:
    """A second restraining order extends the first, and the injunction takes its place: none of them binds again."""

    def ban(name: str, days: int, *superseded: str) -> dict[str, Any]:
        at = NOON + timedelta(days=days)
        acts = [{"order": order, "how": "superseded", "effective_at": at} for order in superseded]
        return {**BAN, "id": name, "dated": DAY + timedelta(days=days), "acts_on": acts}

    sheet = read(BAN, ban("T2", 1, "A"), ban("P1", 3, "T2"), days=8)
    assert [sheet[name].state for name in ("A", "T2", "P1")] == ["not in force", "not in force", "in force"]
    assert [(act.paper, act.state) for name in ("A", "T2") for act in sheet[name].acts] == [
        ("T2", "in effect"),
        ("P1", "in effect"),
    ]


def test_make_docket__names_what_ended_an_act_or_when_its_day_ends() -> None:
    vacated = {"order": "A", "how": "vacated", "effective_at": datetime(2026, 9, 1, tzinfo=UTC)}
    first = paper("V", vacated, instruments=["vacatur"])
    entry = read(BAN, first, days=0)["A"]
    assert entry.acts[0].state == "has effect when its day ends where the court sits, 02 Sep 2026, 10:00 UTC"
    again = paper("W", {"order": "V", "how": "vacated", "effective_at": NOON}, instruments=["vacatur"])
    entry = read(BAN, first, again, days=3)["A"]
    assert (entry.state, entry.acts[0].state) == ("in force", "without effect: W vacated V")


MASS = {
    **BAN,
    "court": "D. Mass.",
    "served": [{"party": "irs", "at": NOON}],
    "expires_at": datetime(2026, 9, 14, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("at", "is_over"),
    [
        ("2026-09-13T20:00:00-04:00", False),
        ("2026-09-14T12:00:00-04:00", False),
        ("2026-09-14T23:59:00-04:00", False),
        ("2026-09-15T01:01:00-04:00", True),
    ],
)
def test_make_docket__calls_a_day_passed_once_it_is_over_where_the_court_sits(at: str, is_over: bool) -> None:
    law = load_law([build_order(MASS), build_order({**MASS, "id": "R", "next_report_on": date(2026, 9, 14)})])
    due = {entry.order.id: entry.due for entry in make_docket(law, at=datetime.fromisoformat(at))}
    assert any("Its own day passed on 14 Sep 2026" in line for line in due["A"]) == is_over
    assert any("It gives 14 Sep 2026 as its last day" in line for line in due["A"]) == (not is_over)
    assert any("A report to the court was due" in line for line in due["R"]) == is_over


def test_make_docket__of_an_order_past_its_day_names_both_ways_and_either_clears_it() -> None:
    """It ended by itself, or it was extended: each is entered as a paper, and then nothing is due about that day."""
    later = NOON + timedelta(days=20)
    (line,) = [due for due in read(MASS, days=20)["A"].due if "Its own day" in due]
    assert "If it ended by itself: comity orders template expiry" in line
    assert "If it was extended: enter the extension" in line
    acts = [{"order": "A", "how": how, "effective_at": NOON + timedelta(days=10)} for how in ("superseded", "expired")]
    extension = {**MASS, "id": "A2", "expires_at": later + timedelta(days=30), "acts_on": acts[:1]}
    expiry = {**paper("E", acts[1]), "instruments": ["counsel_entry"]}
    for clearing in (extension, expiry):
        sheet = read(MASS, clearing, days=20)
        assert not any("Its own day" in due for entry in sheet.values() for due in entry.due if entry.order.id < "O")

"""Random histories of orders, stays, mandates and denials, each day against a small model of the rules of its own.

The model asks two questions of every paper: is it surely in force, and may it be. A paper may be in force unless
something surely ends it, and surely is unless something may end it. An order binds while it may be in force.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.law import CourtOrder, Law, load_law
from comity.law.dispositions import JudicialDistrict, OrderPart, read_case_numbers
from comity.law.loader import assemble_law
from tests.support.rule_cases import build_order

FIRST_DAY = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = range(0, 60, 2)
PARTIES = ("irs", "treasury", "ice")
MASSACHUSETTS = {"districts": [{"name": "D. Mass.", "states": ["MA"]}]}
PARTS: tuple[dict[str, Any] | None, ...] = (
    None,
    {"parties": ["irs"]},
    {"parties": ["treasury", "ice"]},
    MASSACHUSETTS,
    {"in_words": "as to the members"},
)
ENDING, LEAVING = ("affirmed", "affirmed_in_part", "dismissed"), ("reversed", "vacated")


@dataclass(frozen=True)
class AddressesIn:
    """Requests about addresses in one state."""

    state: str

    def is_within(self, part: OrderPart) -> bool:
        """Return whether the state lies in the part's districts."""
        return all(self.state in district.states for district in part.districts)

    may_concern = is_within


@dataclass(frozen=True)
class Paper:
    """One paper: `day` it takes effect (at noon, or `is_mere_day`), what it does, and what decides appeals."""

    day: int
    is_mere_day: bool
    is_pending: bool
    is_ban: bool
    target: int | None
    how: str
    part: dict[str, Any] | None
    has_extent: bool
    awaits_mandate: bool
    appeal: int
    until: int | None
    reviews: tuple[int, ...]
    outcome: str | None

    @property
    def at(self) -> datetime:
        """Return the time from which it is in effect."""
        return FIRST_DAY + timedelta(days=self.day, hours=0 if self.is_mere_day else 12)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Paper, ...]:
    """Draw up to eight papers; each acts on an earlier one, decides an appeal, or forbids something."""
    papers: list[Paper] = []
    for number in range(draw(st.integers(2, 8))):
        target = None if number == 0 else draw(st.none() | st.integers(0, number - 1))
        how = draw(st.sampled_from(["stayed", "stayed", "reversed", "superseded", "superseded", "modified"]))
        part = draw(st.sampled_from(PARTS if how != "modified" else PARTS[1:]))
        papers.append(
            Paper(
                day=draw(st.integers(0, 40)),
                is_mere_day=draw(st.booleans()),
                is_pending=draw(st.integers(0, 4)) == 0,
                is_ban=number == 0 or draw(st.integers(0, 3)) == 0,
                target=target,
                how=how,
                part=part,
                has_extent=draw(st.integers(0, 7)) > 0,
                awaits_mandate=how == "reversed" and draw(st.integers(0, 3)) == 0,
                appeal=draw(st.integers(1, 2)),
                until=draw(st.none() | st.integers(5, 50)),
                reviews=tuple(draw(st.lists(st.integers(0, 50), max_size=2))),
                outcome=draw(st.none() | st.sampled_from(ENDING + LEAVING)),
            )
        )
    return tuple(papers)


def build_papers_law(papers: tuple[Paper, ...]) -> Law:
    """Return the law with these papers for its only orders."""
    shipped, orders = load_law(), []
    for number, paper in enumerate(papers):
        fields: dict[str, Any] = {"id": f"P{number}", "dated": paper.at.date(), "effective_at": paper.at}
        fields |= {"instruments": ["appellate_judgment" if paper.awaits_mandate else "vacatur"]}
        if paper.is_ban:
            fields |= {"binds": PARTIES, "prohibits": ["disclose"]}
        if paper.outcome:
            fields["decides"] = [{"matter": "appeal", "case": f"25-500{paper.appeal}", "outcome": paper.outcome}]
        if paper.target is not None:
            fields["acts_on"] = [_build_act(paper, papers)]
        orders.append(CourtOrder.model_validate(build_order(fields)))
    pending = frozenset(f"P{number}" for number, paper in enumerate(papers) if paper.is_pending)
    law = assemble_law(
        shipped.statutes.values(), shipped.agreements.values(), orders, shipped.agencies.values(), pending=pending
    )
    reviews = {
        f"P{number}": tuple(FIRST_DAY + timedelta(days=day, hours=6) for day in paper.reviews)
        for number, paper in enumerate(papers)
    }
    return Law(**{**vars(law), "order_reviews": reviews})


def _build_act(paper: Paper, papers: tuple[Paper, ...]) -> dict[str, Any]:
    assert paper.target is not None
    at = None if paper.awaits_mandate else max(paper.at, papers[paper.target].at)
    act: dict[str, Any] = {"order": f"P{paper.target}", "how": paper.how, "effective_at": at}
    if paper.has_extent and paper.part is not None:
        act["part"] = paper.part
    if not paper.has_extent:
        act["extent"] = None
    if paper.how == "stayed":
        until = None if paper.until is None else FIRST_DAY + timedelta(days=paper.until)
        act["hangs_on"] = {"matter": "appeal", "case": f"No. 25-500{paper.appeal}", "until": until, "review_days": 10}
    return act


class Model:
    """The rules, told by `may_be_in_force` and `is_surely_in_force` for one party and state, at noon of a day."""

    def __init__(self, papers: tuple[Paper, ...], party: str, state: str) -> None:
        self.papers, self.party, self.state = papers, party, state
        self.may_be_in_force = cache(self._may_be_in_force)
        self.is_surely_in_force = cache(self._is_surely_in_force)

    def _may_be_in_force(self, number: int, day: int) -> bool:
        return self.papers[number].day <= day and not any(
            self._surely_ends(other, day) for other in self._acting_on(number)
        )

    def _is_surely_in_force(self, number: int, day: int) -> bool:
        return self.papers[number].day <= day and not any(
            self._may_end(other, day) for other in self._acting_on(number)
        )

    def _acting_on(self, number: int) -> list[int]:
        return [other for other, paper in enumerate(self.papers) if paper.target == number]

    def _act_day(self, number: int) -> tuple[int, bool]:
        """Return the day of an act, and whether it is a mere day."""
        paper = self.papers[number]
        assert paper.target is not None
        later = max((paper, self.papers[paper.target]), key=lambda one: one.at)
        return (paper.day, paper.is_mere_day) if paper.awaits_mandate else (later.day, later.is_mere_day)

    def _surely_ends(self, number: int, day: int) -> bool:
        paper, (act_day, is_mere_day) = self.papers[number], self._act_day(number)
        begins = act_day + is_mere_day  # a mere day ends early in the morning of the next
        if begins > day or paper.is_pending or paper.awaits_mandate or not paper.has_extent:
            return False
        part = paper.part or {}
        if "in_words" in part or self.party not in part.get("parties", PARTIES):
            return False
        if "districts" in part and self.state != "MA":
            return False
        if paper.how == "stayed" and not self._is_stay_alive(number, day):
            return False
        return self.is_surely_in_force(number, begins if paper.how == "superseded" else day)

    def _may_end(self, number: int, day: int) -> bool:
        paper, (act_day, is_mere_day) = self.papers[number], self._act_day(number)
        if act_day > day:
            return False
        part = (paper.part or {}) if paper.has_extent else {}
        if self.party not in part.get("parties", PARTIES) or ("districts" in part and self.state != "MA"):
            return False
        return self.may_be_in_force(number, act_day + is_mere_day if paper.how == "superseded" else day)

    def _is_stay_alive(self, number: int, day: int) -> bool:
        paper = self.papers[number]
        if paper.until is not None and paper.until <= day:
            return False
        if any(self._is_decided_by(other, number, day) for other in self.papers if other is not paper):
            return False
        looks = [self._act_time(number), self._recorded_time(number), *(one + 0.25 for one in paper.reviews)]
        return any(look <= day + 0.5 < look + 10 for look in looks)

    def _is_decided_by(self, other: Paper, number: int, day: int) -> bool:
        """Return whether a paper decided the appeal by a day: not before the stay, as far as the times tell."""
        act_day, is_mere_day = self._act_day(number)
        is_later = other.day > act_day or (other.day == act_day and (other.is_mere_day or is_mere_day))
        return other.outcome in ENDING and other.appeal == self.papers[number].appeal and is_later and other.day <= day

    def _act_time(self, number: int) -> float:
        act_day, is_mere_day = self._act_day(number)
        return act_day if is_mere_day else act_day + 0.5

    def _recorded_time(self, number: int) -> float:
        return self.papers[number].day


@settings(max_examples=150, deadline=None)
@given(histories())
def test_find_orders_in_force__agrees_with_a_model_every_day(papers: tuple[Paper, ...]) -> None:
    law = build_papers_law(papers)
    models = {(party, state): Model(papers, party, state) for party in PARTIES for state in ("MA", "TX")}
    for day in DAYS:
        at = FIRST_DAY + timedelta(days=day, hours=12)
        for state in ("MA", "TX"):
            found = {order.id for order in law.find_orders_in_force(at, "irs-ice-2025", scope=AddressesIn(state))}
            expected = {
                f"P{number}"
                for number, paper in enumerate(papers)
                if paper.is_ban and any(models[party, state].may_be_in_force(number, day) for party in PARTIES)
            }
            assert found == expected, (day, state)


@settings(max_examples=50, deadline=None)
@given(histories(), st.integers(0, 40), st.sampled_from(ENDING + LEAVING), st.integers(1, 2))
def test_a_paper_that_only_decides_never_opens(papers: tuple[Paper, ...], day: int, outcome: str, appeal: int) -> None:
    before = build_papers_law(papers)
    decision = {"matter": "appeal", "case": f"25-500{appeal}", "outcome": outcome}
    at = FIRST_DAY + timedelta(days=day)
    paper = build_order({"id": "D", "dated": at.date(), "instruments": ["denial"], "decides": [decision]})
    orders = {**before.orders, "D": CourtOrder.model_validate(paper)}
    after = Law(**{**vars(before), "orders": orders})
    for number in DAYS:
        time = FIRST_DAY + timedelta(days=number, hours=12)
        in_force = {order.id for order in after.find_orders_in_force(time, "irs-ice-2025")}
        assert {order.id for order in before.find_orders_in_force(time, "irs-ice-2025")} <= in_force


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("1:25-cv-00457-CKK", {"25-cv-457"}),
        ("No. 25-cv-457", {"25-cv-457"}),
        ("25 CV 0457", {"25-cv-457"}),
        ("26-5006", {"26--5006"}),
        ("Nos. 26-5006 and 26-5007", {"26--5006", "26--5007"}),
        ("No. 25A443", {"25-a-443"}),
        ("in re the matter", {"inrethematter"}),
        ("", {""}),
    ],
)
def test_read_case_numbers__reads_one_number_however_written(written: str, numbers: set[str]) -> None:
    assert read_case_numbers(written) == numbers


@pytest.mark.parametrize(
    ("name", "states", "is_whole"),
    [
        ("D. Mass.", ["MA"], True),
        ("District of Massachusetts", ["MA"], True),
        ("D.D.C.", ["DC"], True),
        ("D. Mass.", ["MA", "IL"], False),
        ("N.D. Ill.", ["IL"], False),
        ("Northern District of Illinois", ["IL"], False),
        ("D. Ill.", ["IL"], False),
        ("S.D.N.Y.", ["NY"], False),
    ],
)
def test_a_district_is_whole_only_where_its_state_has_no_other(name: str, states: list[str], *, is_whole: bool) -> None:
    assert JudicialDistrict(name=name, states=tuple(states)).is_whole_state is is_whole

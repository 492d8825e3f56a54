"""Which orders are in force: the real ones day by day, and chains of orders upon orders."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import PolicyError
from comity.law import Agency, Law, ProhibitedAct, load_law
from comity.law.loader import assemble_law
from tests.support.rule_cases import build_order

DAY = datetime(2025, 9, 1, 9, tzinfo=UTC)


def _law(*orders: dict[str, Any]) -> Law:
    return load_law([build_order({"dated": DAY.date(), **order}) for order in orders])


def _ban(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "instruments": ["permanent_injunction"], "binds": ["irs"], "prohibits": ["disclose"], **more}


def _end(name: str, target: str, days: int = 0) -> dict[str, Any]:
    act = {"order": target, "how": "reversed", "effective_at": DAY + timedelta(days=days)}
    return {"id": name, "instruments": ["mandate"], "acts_on": [act]}


def _names(law: Law, at: datetime, *verbs: ProhibitedAct | str, agreement: str = "irs-ice-2025") -> list[str]:
    return [order.id for order in law.find_orders_in_force(at, agreement, *verbs)]


@pytest.mark.parametrize(
    ("at", "names"),
    [
        ("2025-05-12", []),
        ("2025-08-07", []),
        ("2025-11-20", []),
        ("2025-11-21", ["O2"]),
        ("2026-02-04", ["O2"]),
        ("2026-02-05", ["O2", "O3"]),
        ("2026-02-24", ["O2", "O3"]),
        ("2026-02-25", ["O2", "O3"]),
        ("2030-01-01", ["O2", "O3"]),
    ],
)
def test_the_real_orders_day_by_day(at: str, names: list[str]) -> None:
    assert _names(load_law(), datetime.fromisoformat(at).replace(tzinfo=UTC)) == names


def test_a_verb_narrows_the_question() -> None:
    at = datetime(2026, 2, 25, tzinfo=UTC)
    assert _names(load_law(), at, "disclose") == ["O2", "O3"]
    assert _names(load_law(), at, ProhibitedAct.RECEIVE) == ["O3"]
    assert _names(load_law(), at, ProhibitedAct.USE) == ["O3"]
    assert _names(load_law(), at, "retain") == []
    assert _names(load_law(), at, "use", "disclose") == ["O2", "O3"]


def test_a_time_zone_ahead_or_behind_is_the_same_instant() -> None:
    assert _names(load_law(), datetime.fromisoformat("2025-11-20T19:00:00-05:00")) == ["O2"]
    assert _names(load_law(), datetime.fromisoformat("2025-11-20T18:59:59-05:00")) == []
    with pytest.raises(RuntimeError):
        load_law().find_orders_in_force(datetime(2025, 11, 21), "irs-ice-2025")  # noqa: DTZ001


def test_a_chain_of_reversals() -> None:
    law = _law(_ban("A"), _end("B", "A", 1), _end("C", "B", 2), _end("D", "C", 3))
    found = ["A" in _names(law, DAY + timedelta(days=day)) for day in range(4)]
    assert found == [True, False, True, False]


def test_a_circle_of_records_ends_nothing_it_should_not() -> None:
    law = _law(_ban("A"), _end("B", "C"), _end("C", "B"))
    assert _names(law, DAY) == ["A"]


def test_an_order_that_acts_on_itself_stays() -> None:
    act = {"order": "A", "how": "dissolved", "effective_at": DAY}
    assert _names(_law(_ban("A", acts_on=[act])), DAY) == ["A"]


@pytest.mark.parametrize("around", [2, 3, 4, 5])
def test_bans_that_end_each_other_in_a_circle_all_stay(around: int) -> None:
    bans = []
    for number in range(around):
        act = {"order": f"X{(number + 1) % around}", "how": "superseded", "effective_at": DAY}
        bans.append(_ban(f"X{number}", acts_on=[act]))
    assert len(_names(_law(*bans), DAY)) == around


def test_whom_an_order_must_bind() -> None:
    for party, blocks in (("irs", True), ("treasury", True), ("ice", True), ("dhs", True)):
        assert bool(_names(_law(_ban("A", binds=[party])), DAY)) is blocks


def test_an_order_binds_what_is_part_of_a_side_and_nobody_else() -> None:
    others = [
        Agency(id="ssa", name="Social Security Administration"),
        Agency(id="mint", name="United States Mint", parent="treasury"),
        Agency(id="ero", name="Enforcement and Removal Operations", parent="ice"),
        Agency(id="field", name="A field office", parent="ero"),
    ]
    law = _law(_ban("A"))
    for party, blocks in (("ssa", False), ("mint", False), ("ero", True), ("field", True)):
        ban = law.orders["A"].model_copy(update={"binds": (party,)})
        agencies = [*law.agencies.values(), *others]
        changed = assemble_law(law.statutes.values(), law.agreements.values(), [ban], agencies)
        assert bool(_names(changed, DAY)) is blocks, party
        assert _names(changed, DAY, agreement="another") == ["A"]


def test_an_order_against_a_part_that_the_agreement_does_not_name_binds_nobody_in_it() -> None:
    """The agreement names ICE beside its department, so Customs and Border Protection takes no part in it."""
    law = _law(_ban("A"))
    cbp = Agency(id="cbp", name="U.S. Customs and Border Protection", parent="dhs")
    for party, blocks in (("cbp", False), ("dhs", True), ("ice", True)):
        ban = law.orders["A"].model_copy(update={"binds": (party,)})
        agencies = [*law.agencies.values(), cbp]
        changed = assemble_law(law.statutes.values(), law.agreements.values(), [ban], agencies)
        assert bool(_names(changed, DAY)) is blocks, party


def test_what_is_superseded_does_not_rise_again() -> None:
    """A restraining order gave way to an injunction, which is reversed: neither is in force."""
    superseding = {"order": "TRO", "how": "superseded", "effective_at": DAY + timedelta(days=10)}
    injunction = _ban("PI", acts_on=[superseding], dated=(DAY + timedelta(days=10)).date())
    law = _law(_ban("TRO", instruments=["tro"]), injunction, _end("REVERSAL", "PI", 20))
    days = {0: ["TRO"], 9: ["TRO"], 10: ["PI"], 19: ["PI"], 20: []}
    assert {day: _names(law, DAY + timedelta(days=day)) for day in days} == days


def test_an_injunction_reversed_before_it_superseded_leaves_the_restraining_order() -> None:
    superseding = {"order": "TRO", "how": "superseded", "effective_at": DAY + timedelta(days=10)}
    law = _law(_ban("TRO", instruments=["tro"]), _ban("PI", acts_on=[superseding]), _end("REVERSAL", "PI", 5))
    assert _names(law, DAY + timedelta(days=12)) == ["TRO"]


def test_what_an_order_prohibits_may_reach_back_and_what_it_ends_may_not() -> None:
    earlier = DAY - timedelta(days=30)
    law = _law(_ban("A", effective_at=earlier))
    assert _names(law, earlier) == ["A"]
    act = {"order": "A", "how": "vacated", "effective_at": earlier}
    with pytest.raises(PolicyError, match="from its own day on"):
        _law(_ban("A"), {"id": "B", "instruments": ["vacatur"], "acts_on": [act]})


@pytest.mark.parametrize(
    "instrument", ["dismissal", "mootness", "clarification", "mandamus", "injunction_pending_appeal"]
)
def test_papers_of_every_kind_end_what_they_name_and_nothing_else(instrument: str) -> None:
    act = {"order": "A", "how": "dissolved", "effective_at": DAY + timedelta(days=1)}
    law = _law(_ban("A"), _ban("B"), {"id": "X", "instruments": [instrument], "acts_on": [act]})
    assert _names(law, DAY + timedelta(days=1)) == ["B"]


def test_the_times_at_which_something_may_change() -> None:
    stay = {"order": "A", "how": "stayed", "effective_at": DAY + timedelta(days=2)}
    law = _law(
        _ban("A", expires_at=DAY + timedelta(days=9)),
        _end("B", "A", 1),
        {"id": "C", "instruments": ["appellate_stay"], "acts_on": [stay], "expires_at": DAY + timedelta(days=5)},
    )
    times = law.list_order_change_times()
    assert list(times) == sorted(times)
    days = {(time.date() - DAY.date()).days for time in set(times) - set(load_law().list_order_change_times())}
    assert days == {0, 1, 2, 5, 30, 32}, "with the days by which somebody must confirm the stay"


def test_a_day_without_a_time_may_change_something_at_its_start_and_at_its_end() -> None:
    act = {"order": "A", "how": "reversed", "effective_at": datetime(2025, 9, 5, tzinfo=UTC)}
    times = _law(_ban("A"), {"id": "B", "court": "D. Mass.", "instruments": ["mandate"], "acts_on": [act]})
    assert {datetime(2025, 9, 5, tzinfo=UTC), datetime(2025, 9, 6, 5, tzinfo=UTC)} <= set(
        times.list_order_change_times()
    )


@given(st.integers(0, 400), st.integers(0, 4000))
def test_expiry_alone_opens_nothing(lasts: int, later: int) -> None:
    law = _law(_ban("A", expires_at=DAY + timedelta(days=lasts)))
    assert "A" in _names(law, DAY + timedelta(days=later))


@given(st.sampled_from(["denial", "opinion"]), st.integers(0, 3000))
def test_a_denial_or_opinion_never_changes_what_is_in_force(instrument: str, days: int) -> None:
    at = DAY + timedelta(days=days)
    assert _names(_law({"id": "X", "instruments": [instrument]}), at) == _names(load_law(), at)


@given(
    st.lists(st.sampled_from(["irs", "treasury", "ice", "dhs"]), min_size=1, max_size=3, unique=True),
    st.integers(0, 900),
)
def test_adding_an_order_that_prohibits_never_opens_anything(binds: list[str], days: int) -> None:
    at = DAY + timedelta(days=days)
    assert set(_names(load_law(), at)) <= set(_names(_law(_ban("A", binds=binds)), at))

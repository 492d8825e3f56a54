"""Orders entered at run time: what one person can do, what takes two, and what was known when."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from comity.errors import PolicyError
from comity.law import CourtOrder, Law, apply_filings, load_law
from comity.law.loader import build_document
from comity.model.filing import Filing, FilingStep
from tests.support.rule_cases import build_order

AUGUST = datetime(2025, 8, 1, 9, tzinfo=UTC)
"""Before any shipped order prohibits anything."""
RECORDED = datetime(2026, 12, 1, 9, tzinfo=UTC)
AGREEMENT = "irs-ice-2025"


def entered(order_id: str, **changes: Any) -> str:
    """An order's document as it is filed."""
    ban = {} if "acts_on" in changes else {"binds": ["irs"], "prohibits": ["disclose"]}
    short = {"id": order_id, "dated": AUGUST.date(), "instruments": ["preliminary_injunction"], **ban, **changes}
    return json.dumps(build_document(CourtOrder, build_order(short), "a test").model_dump(mode="json"))


def filing(entry: int, step: FilingStep, order: str, content: str = "null", *, by: str = "key-a") -> Filing:
    return Filing(
        entry=entry,
        subject=order,
        step=step,
        by=by,
        name=by,
        at=RECORDED + timedelta(hours=entry),
        content=content,
        salt=b"",
        signature="",
    )


def in_force(law: Law, at: datetime = AUGUST) -> list[str]:
    return [order.id for order in law.find_orders_in_force(at, AGREEMENT)]


BAN = filing(0, FilingStep.ENTERED, "X1", entered("X1"))
STAY = filing(
    1,
    FilingStep.ENTERED,
    "X2",
    entered("X2", instruments=["appellate_stay"], acts_on=[{"order": "X1", "how": "stayed", "effective_at": AUGUST}]),
)
VACATED = filing(
    2,
    FilingStep.ENTERED,
    "X3",
    entered("X3", instruments=["appellate_judgment"], acts_on=[{"order": "X2", "how": "vacated"}]),
)


def confirmed(entry: int, order: str, *, by: str = "key-b") -> Filing:
    return filing(entry, FilingStep.CONFIRMED, order, by=by)


def test_the_steps_are_read_by_the_words_that_are_on_file() -> None:
    words = ["entered", "confirmed", "withdrawn", "served"]
    assert [FilingStep(word) for word in words] == list(FilingStep)


def test_without_filings_the_law_is_as_shipped() -> None:
    assert apply_filings(load_law(), ()) is load_law()
    assert apply_filings(load_law(), (), known_as_of=datetime(2020, 1, 1, tzinfo=UTC)).orders == {}


def test_an_order_that_one_person_entered_binds_at_once() -> None:
    law = apply_filings(load_law(), [BAN])
    assert in_force(law) == ["X1"]
    assert law.pending == {"X1"}
    after = apply_filings(load_law(), [BAN, confirmed(1, "X1")])
    assert (in_force(after), after.pending) == (["X1"], frozenset())
    assert len({load_law().fingerprint, law.fingerprint, after.fingerprint}) == 3


def test_an_order_that_one_person_entered_opens_nothing() -> None:
    filed = [BAN, confirmed(10, "X1"), STAY]
    assert in_force(apply_filings(load_law(), filed)) == ["X1"]
    assert in_force(apply_filings(load_law(), [*filed, confirmed(11, "X2")])) == []


def test_an_order_that_lets_another_bind_again_does_so_at_once() -> None:
    """The vacatur of a stay restricts: one person's word is enough, and no mandate is waited for."""
    filed = [BAN, confirmed(10, "X1"), STAY, confirmed(11, "X2"), VACATED]
    assert in_force(apply_filings(load_law(), filed)) == ["X1"]


def test_one_order_that_restricts_and_opens_does_only_the_first_while_pending() -> None:
    act = {"order": "X1", "how": "superseded", "effective_at": AUGUST}
    modified = filing(1, FilingStep.ENTERED, "X4", entered("X4", binds=["ice"], prohibits=["receive"], acts_on=[act]))
    assert in_force(apply_filings(load_law(), [BAN, modified])) == ["X1", "X4"]
    assert in_force(apply_filings(load_law(), [BAN, modified, confirmed(5, "X4")])) == ["X4"]


def withdrawn(entry: int, by: str) -> Filing:
    return filing(entry, FilingStep.WITHDRAWN, "X1", by=by)


@pytest.mark.parametrize("first", ["key-a", "key-b"])
def test_withdrawn_by_two_persons_it_is_gone(first: str) -> None:
    """One of them may be the person who entered it; until the second, it binds."""
    assert in_force(apply_filings(load_law(), [BAN, withdrawn(1, first)])) == ["X1"]
    assert in_force(apply_filings(load_law(), [BAN, withdrawn(1, first), withdrawn(2, "key-c")])) == []
    assert in_force(apply_filings(load_law(), [BAN, withdrawn(1, first), confirmed(2, "X1")])) == ["X1"]


@pytest.mark.parametrize(
    "filings",
    [
        [BAN, confirmed(1, "X1", by="key-a")],
        [BAN, filing(1, FilingStep.WITHDRAWN, "X1", by="key-b"), filing(2, FilingStep.WITHDRAWN, "X1", by="key-b")],
        [BAN, confirmed(1, "X1"), filing(2, FilingStep.WITHDRAWN, "X1", by="key-b")],
        [BAN, confirmed(1, "X1"), confirmed(2, "X1", by="key-c")],
        [BAN, filing(1, FilingStep.ENTERED, "X1", entered("X1"), by="key-b")],
        [filing(0, FilingStep.ENTERED, "O2", entered("O2"))],
        [confirmed(0, "O2")],
        [filing(0, FilingStep.WITHDRAWN, "O2")],
        [filing(0, FilingStep.WITHDRAWN, "X9")],
        [filing(0, FilingStep.SERVED, "X9", '{"party": "irs", "at": "2025-08-02T00:00:00Z"}')],
        [filing(0, FilingStep.ENTERED, "X1", "{}")],
        [STAY],
        [BAN, STAY, *(filing(n, FilingStep.WITHDRAWN, "X1", by=f"key-{n}") for n in (2, 3))],
    ],
)
def test_filings_that_cannot_be_what_two_persons_entered_stop_everything(filings: list[Filing]) -> None:
    for known_as_of in (None, RECORDED + timedelta(days=1)):
        with pytest.raises(PolicyError) as caught:
            apply_filings(load_law(), filings, known_as_of=known_as_of)
        assert caught.value.code == "law_invalid"


def test_a_service_is_added_to_its_order() -> None:
    at = "2025-11-24T15:00:00Z"
    law = apply_filings(
        load_law(), [filing(0, FilingStep.SERVED, "O2", f'{{"party": "irs", "at": "{at}", "how": "by hand"}}')]
    )
    assert [(s.party, s.how) for s in law.orders["O2"].served] == [("irs", "by hand")]
    assert in_force(law, datetime(2025, 12, 1, tzinfo=UTC)) == ["O2"]


def test_an_order_recorded_later_but_effective_earlier() -> None:
    """The two time axes: in force on a day, on file since another."""
    filed = [BAN, confirmed(48, "X1")]
    then, now = RECORDED - timedelta(seconds=1), None
    assert in_force(apply_filings(load_law(), filed, known_as_of=then)) == []
    assert in_force(apply_filings(load_law(), filed, known_as_of=RECORDED)) == ["X1"]
    assert in_force(apply_filings(load_law(), filed, known_as_of=now)) == ["X1"]
    assert in_force(apply_filings(load_law(), filed), AUGUST - timedelta(days=1)) == []


def test_what_was_pending_then_is_pending_in_the_replay() -> None:
    filed = [BAN, confirmed(10, "X1"), STAY, confirmed(48, "X2")]
    before, after = RECORDED + timedelta(hours=47), RECORDED + timedelta(hours=48)
    assert in_force(apply_filings(load_law(), filed, known_as_of=before)) == ["X1"]
    assert apply_filings(load_law(), filed, known_as_of=before).pending == {"X2"}
    assert in_force(apply_filings(load_law(), filed, known_as_of=after)) == []


def test_what_was_withdrawn_later_bound_then() -> None:
    filed = [BAN, withdrawn(47, "key-b"), withdrawn(48, "key-a")]
    assert in_force(apply_filings(load_law(), filed, known_as_of=RECORDED + timedelta(hours=1))) == ["X1"]
    assert in_force(apply_filings(load_law(), filed)) == []


def test_shipped_law_is_known_from_the_day_it_was_recorded() -> None:
    recorded = max(order.recorded_from for order in load_law().orders.values())
    day = datetime(recorded.year, recorded.month, recorded.day, tzinfo=UTC)
    at = datetime(2026, 2, 25, tzinfo=UTC)
    assert in_force(load_law().known_at(day), at) == ["O2", "O3"]
    before = load_law().known_at(day - timedelta(seconds=1))
    assert (before.orders, before.agreements) == ({}, {})
    assert load_law().known_at(datetime(2100, 1, 1, tzinfo=UTC)) == load_law()


@pytest.mark.usefixtures("tomorrow_already")
def test_a_day_of_record_begins_in_utc_wherever_the_program_runs() -> None:
    recorded = max(order.recorded_from for order in load_law().orders.values())
    eve = datetime(recorded.year, recorded.month, recorded.day, tzinfo=UTC) - timedelta(seconds=1)
    assert load_law().known_at(eve).orders == {}


def test_of_a_statute_an_agency_and_what_is_pending_only_what_was_on_record_is_known() -> None:
    law, day = load_law(), timedelta(days=1)
    statute, agency = law.statutes["usc-26-6103"], law.agencies["ice"]
    late = statute.elements[0].model_copy(update={"recorded_from": RECORDED.date()})
    changed = statute.model_copy(update={"elements": (late, *statute.elements[1:])})
    law = replace(law, statutes={**law.statutes, statute.id: changed}, pending=frozenset({"O2"}))
    assert law.known_at(RECORDED).statutes[statute.id] == changed
    assert law.known_at(RECORDED - day).statutes[statute.id].elements == statute.elements[1:]
    assert agency.safeguards is not None
    recorded = max(finding.recorded_from for finding in agency.safeguards.findings)
    on_record = datetime(recorded.year, recorded.month, recorded.day, tzinfo=UTC)
    assert law.known_at(on_record).agencies["ice"] == agency
    known = law.known_at(on_record - day)
    assert known.agencies["ice"].safeguards == agency.safeguards.model_copy(update={"findings": ()})
    assert known.agencies["irs"] == law.agencies["irs"]
    assert known.pending == frozenset()
    assert law.known_at(RECORDED).pending == {"O2"}


def test_an_agreement_changed_later_is_not_known_in_the_form_of_today() -> None:
    agreement = load_law().get_agreement(AGREEMENT)
    late = agreement.elements[0].model_copy(update={"recorded_from": RECORDED.date()})
    changed = agreement.model_copy(update={"elements": (late, *agreement.elements[1:])})
    law = Law(load_law().statutes, {AGREEMENT: changed}, load_law().orders, load_law().agencies)
    assert AGREEMENT in law.known_at(RECORDED).agreements
    assert AGREEMENT not in law.known_at(RECORDED - timedelta(days=1)).agreements


def test_a_replay_that_knows_an_act_but_not_its_object_still_runs() -> None:
    filed = [filing(0, FilingStep.SERVED, "O2", '{"party": "irs", "at": "2025-08-02T00:00:00Z"}')]
    law = apply_filings(load_law(), filed, known_as_of=datetime(2020, 1, 1, tzinfo=UTC))
    assert law.orders == {}
    early = filing(0, FilingStep.SERVED, "O2", '{"party": "irs", "at": "2025-08-02T00:00:00Z"}')
    shipped = Law(
        load_law().statutes,
        load_law().agreements,
        {"O2": load_law().orders["O2"].model_copy(update={"recorded_from": (RECORDED + timedelta(days=9)).date()})},
        load_law().agencies,
    )
    later = [early, filing(1, FilingStep.ENTERED, "X1", entered("X1"))]
    assert apply_filings(shipped, [early], known_as_of=RECORDED + timedelta(days=1)).orders == {}
    assert set(apply_filings(shipped, later, known_as_of=RECORDED + timedelta(days=1)).orders) == {"X1"}

"""One mechanism for what takes two persons: who may file, who is a person, what is in force, and from when."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from comity.app.use_cases.enrolled_persons import make_enrollment
from comity.errors import ComityError, PolicyError
from comity.law import load_law
from comity.law.filing_register import PENDING_TIME, FilingRegister, FilingStatus, fold_name, replay_filings
from comity.ledger import log
from comity.ledger.filed import read_filings, read_register
from comity.ledger.fsck import check_ledger
from comity.model.filing import CLOSING_ACTS, Act, Filing, FilingStep
from comity.orders import filing_steps
from comity.orders.act_checks import FilingContext
from comity.orders.filing_steps import Filer
from comity.orders.order_filings import enter_order
from comity.signing import Ed25519Key, key_thumbprint
from comity.store.database import Store
from tests.conftest import OpenStore
from tests.support.rule_cases import build_order
from tests.support.sample_ledger import ORIGIN, RECORDED_AT, SIGNER, open_store
from tests.support.two_persons import ANN, JO, SAM, enroll_founders

CONTEXT = FilingContext(load_law(), ORIGIN)
HOURS = [RECORDED_AT + timedelta(hours=n) for n in range(40)]
EVE = Filer("Eve", Ed25519Key.generate_key("Ed25519"), "eve@desk")
LIFT = {"kind": "withheld", "records": ["r1"], "reason": "No longer determined"}
WITHHELD = {"kind": "withheld", "records": ["r1"]}


@pytest.fixture(name="store")
def _store(opening: OpenStore) -> Store:
    """A home with two persons, and a record that one of them withheld."""
    store = opening()
    enroll_founders(store, CONTEXT, at=HOURS[0])
    enter(store, Act.SUPPRESSION, WITHHELD)
    return store


def enter(store: Store, act: Act, content: dict[str, Any], who: Filer = JO) -> int:
    state = filing_steps.enter_filing(store, act, content, who, context=CONTEXT, at=HOURS[1])
    return state.entered.number


def confirm(store: Store, number: int, who: Filer = SAM) -> None:
    filing_steps.confirm_filing(store, number, who, context=CONTEXT, at=HOURS[1])


def enroll(store: Store, who: Filer, by: tuple[Filer, Filer] = (JO, SAM)) -> None:
    confirm(store, enter(store, Act.PERSON, make_enrollment(ORIGIN, who.name, who.key), by[0]), by[1])


def revoke(store: Store, who: Filer, by: Filer = JO) -> None:
    enter(store, Act.PERSON_REVOCATION, {"key": key_thumbprint(who.key), "reason": "The key was stolen"}, by)


def register_of(store: Store) -> FilingRegister:
    with store.read() as tx:
        return read_register(tx)


def refusal(step: Callable[[], object]) -> str:
    with pytest.raises(ComityError) as refused:
        step()
    assert refused.value.code in {"filing_refused", "order_refused", "law_invalid"}
    return refused.value.message


def test_what_opens_waits_for_a_second_person_and_what_closes_does_not(store: Store) -> None:
    number = enter(store, Act.SUPPRESSION_LIFT, LIFT)
    states = register_of(store).filings
    assert {state.entered.act: state.status for state in states.values()} == {
        Act.PERSON: FilingStatus.IN_FORCE,
        Act.SUPPRESSION: FilingStatus.IN_FORCE,
        Act.SUPPRESSION_LIFT: FilingStatus.PENDING,
    }
    assert "same person" in refusal(lambda: confirm(store, number, JO))
    assert "not an enrolled" in refusal(lambda: confirm(store, number, EVE))
    confirm(store, number)
    assert register_of(store).filings[number].status is FilingStatus.IN_FORCE
    assert "pending" in refusal(lambda: confirm(store, number))
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()


def test_a_filing_that_waited_too_long_is_entered_again(store: Store) -> None:
    number, last = enter(store, Act.SUPPRESSION_LIFT, LIFT), HOURS[1] + PENDING_TIME
    late = last + timedelta(microseconds=1)
    assert "enter it again" in refusal(
        lambda: filing_steps.confirm_filing(store, number, SAM, context=CONTEXT, at=late)
    )
    assert register_of(store).filings[number].status is FilingStatus.PENDING
    filing_steps.confirm_filing(store, number, SAM, context=CONTEXT, at=last)
    assert register_of(store).filings[number].status is FilingStatus.IN_FORCE


def test_every_act_that_does_not_only_close_takes_two() -> None:
    revocations = {Act.PERSON_REVOCATION, Act.SIGNER_REVOCATION}
    closing = {Act.SUPPRESSION, Act.SUSPENSION, Act.ROW_REFUSAL, Act.SAFEGUARD_PLAN_END, Act.ROLE_END, Act.STOP}
    assert closing | revocations == CLOSING_ACTS


def test_a_filing_is_withdrawn_once_and_never_confirmed_after(store: Store) -> None:
    number = enter(store, Act.SUPPRESSION_LIFT, LIFT)
    filing_steps.withdraw_filing(store, number, JO, context=CONTEXT, at=HOURS[1])
    assert "pending" in refusal(lambda: confirm(store, number))
    withheld = min(n for n, s in register_of(store).filings.items() if s.entered.act is Act.SUPPRESSION)
    assert "pending" in refusal(
        lambda: filing_steps.withdraw_filing(store, withheld, SAM, context=CONTEXT, at=HOURS[1])
    ), "what closes is undone by two only"


def test_the_first_two_enroll_themselves_and_nobody_after(store: Store) -> None:
    assert [person.name for person in register_of(store).persons.values()] == ["Jo", "Sam"]
    own = make_enrollment(ORIGIN, EVE.name, EVE.key)
    assert "not an enrolled" in refusal(lambda: enter(store, Act.PERSON, own, EVE))
    number = enter(store, Act.PERSON, own, JO)
    assert EVE.key.thumbprint() not in register_of(store).persons, "one person enrolled her"
    assert "not an enrolled" in refusal(lambda: confirm(store, number, EVE))
    confirm(store, number)
    assert register_of(store).persons[key_thumbprint(EVE.key)].name == "Eve"


def test_an_enrollment_is_an_entry_that_names_nobody(store: Store) -> None:
    with store.read() as tx:
        leaves = [json.loads(leaf) for leaf in log.read_entries(tx, 0, log.tree_size(tx))]
    assert [leaf["act"] for leaf in leaves] == ["person", "person", "suppression"]
    members = {"v", "kind", "act", "as_of", "by", "commitment", "filing", "step"}
    assert all(set(leaf) == members for leaf in leaves)


def test_nobody_is_enrolled_without_proof_that_the_key_is_theirs(store: Store) -> None:
    good = make_enrollment(ORIGIN, "Ann", ANN.key)
    for change in (
        {"proof": make_enrollment(ORIGIN, "Ann", EVE.key)["proof"]},
        {"proof": make_enrollment(ORIGIN, "Anne", ANN.key)["proof"]},
        {"proof": make_enrollment("comity.example/another", "Ann", ANN.key)["proof"]},
        {"proof": ""},
        {"name": "Somebody Else"},
        {"key": make_enrollment(ORIGIN, "Ann", EVE.key)["key"]},
    ):
        assert "Nothing shows" in refusal(lambda c=change: enter(store, Act.PERSON, {**good, **c}))  # type: ignore[misc]


@pytest.mark.parametrize("name", ["Jo", "JO", " jo ", "J\u00f3", "jo.", "\uff2a\uff4f", "J\u043e", "\u0408\u043e"])
def test_a_person_with_two_keys_is_refused_as_far_as_names_tell(store: Store, name: str) -> None:
    content = make_enrollment(ORIGIN, " ".join(name.split()), EVE.key)
    assert "One person has one key" in refusal(lambda: enter(store, Act.PERSON, content))


def test_names_are_compared_without_order_accents_and_marks() -> None:
    assert fold_name("Doe, Jo Ann") == fold_name("JO-ANN DOE")
    assert fold_name("Jo Doe") != fold_name("Jo Roe")


def test_a_key_is_one_person_s_for_good(store: Store) -> None:
    other_name = make_enrollment(ORIGIN, "Another", JO.key)
    assert "One key is one person" in refusal(lambda: enter(store, Act.PERSON, other_name))
    enroll(store, ANN)
    enter(store, Act.PERSON_REVOCATION, {"key": key_thumbprint(ANN.key), "reason": "Lost"})
    assert "One key is one person" in refusal(
        lambda: enter(store, Act.PERSON, make_enrollment(ORIGIN, "Ann Again", ANN.key))
    )
    fresh = Ed25519Key.generate_key("Ed25519")
    enroll(store, Filer("Ann", fresh))
    assert key_thumbprint(fresh) in register_of(store).persons, "who lost a key is enrolled with a new one"


def test_the_home_s_keys_and_requesters_keys_are_no_person_s(store: Store) -> None:
    home_keys = replace(CONTEXT, home_keys=frozenset({key_thumbprint(EVE.key)}))
    content = make_enrollment(ORIGIN, "Eve", EVE.key)
    assert "home's" in refusal(
        lambda: filing_steps.enter_filing(store, Act.PERSON, content, JO, context=home_keys, at=HOURS[1])
    )
    office = {"requester": "ice", "office": "Director", "key": make_enrollment(ORIGIN, "x y", JO.key)["key"]}
    assert "person's" in refusal(lambda: enter(store, Act.SIGNER, office))


def test_two_pending_enrollments_of_one_key_end_as_one_person(store: Store) -> None:
    first, second = (
        enter(store, Act.PERSON, make_enrollment(ORIGIN, name, EVE.key), JO) for name in ("Eve", "Eva Two")
    )
    confirm(store, first)
    assert "One key is one person" in refusal(lambda: confirm(store, second))


def test_a_revoked_key_files_nothing_from_then_on(store: Store) -> None:
    enroll(store, ANN)
    number = enter(store, Act.SUPPRESSION_LIFT, LIFT, ANN)
    enter(store, Act.PERSON_REVOCATION, {"key": key_thumbprint(ANN.key), "reason": "The key was stolen"}, SAM)
    assert "no longer enrolled" in refusal(lambda: confirm(store, number))
    assert "not an enrolled" in refusal(lambda: enter(store, Act.SUPPRESSION, WITHHELD, ANN))


def test_one_person_cannot_revoke_the_others_and_enroll_their_own(store: Store) -> None:
    revoke(store, SAM)
    assert not register_of(store).is_founding()
    own = make_enrollment(ORIGIN, EVE.name, EVE.key)
    assert "not an enrolled" in refusal(lambda: enter(store, Act.PERSON, own, EVE))
    number = enter(store, Act.PERSON, own, JO)
    for alone in (JO, EVE, SAM):
        refusal(lambda who=alone: confirm(store, number, who))  # type: ignore[misc]
    assert list(register_of(store).persons) == [key_thumbprint(JO.key)]


def test_of_two_persons_one_revokes_a_stolen_key_and_the_thief_files_nothing(store: Store) -> None:
    number = enter(store, Act.SUPPRESSION_LIFT, LIFT, SAM)
    revoke(store, SAM)
    assert "no longer enrolled" in refusal(lambda: confirm(store, number, JO))
    assert "not an enrolled" in refusal(lambda: enter(store, Act.SUPPRESSION, WITHHELD, SAM))
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()


def test_who_is_the_last_revokes_their_own_key_and_nobody_files_anything(store: Store) -> None:
    revoke(store, SAM)
    revoke(store, JO)
    for act, content in ((Act.SUPPRESSION, WITHHELD), (Act.PERSON, make_enrollment(ORIGIN, EVE.name, EVE.key))):
        assert "not an enrolled" in refusal(lambda a=act, c=content: enter(store, a, c, EVE))  # type: ignore[misc]
    order = build_order(
        {"id": "X1", "dated": HOURS[0].date(), "instruments": ["tro"], "binds": ["irs"], "prohibits": ["disclose"]}
    )
    assert "not an enrolled" in refusal(lambda: enter_order(store, order, EVE, law=load_law(), at=HOURS[2]))


def test_a_recovery_key_enrolls_a_second_person_with_the_last_one_and_does_nothing_else(store: Store) -> None:
    safe = Filer("Pat of the Board", Ed25519Key.generate_key("Ed25519"), "pat@safe")
    request = make_enrollment(ORIGIN, safe.name, safe.key, is_recovery=True)
    confirm(store, enter(store, Act.PERSON, request))
    assert list(register_of(store).recovery_keys) == [key_thumbprint(safe.key)]
    # With two persons it does nothing.
    number = enter(store, Act.PERSON, make_enrollment(ORIGIN, EVE.name, EVE.key))
    assert "recovery key" in refusal(lambda: confirm(store, number, safe))
    # With one person it confirms what that person entered, and only an enrollment of a person.
    revoke(store, SAM)
    lift = enter(store, Act.SUPPRESSION_LIFT, LIFT)
    another = make_enrollment(ORIGIN, "Another Safe", ANN.key, is_recovery=True)
    for refused in (lift, enter(store, Act.PERSON, another)):
        assert "recovery key" in refusal(lambda n=refused: confirm(store, n, safe))  # type: ignore[misc]
    for act, content in ((Act.SUPPRESSION, WITHHELD), (Act.PERSON, make_enrollment(ORIGIN, "Ann", ANN.key))):
        assert "recovery key" in refusal(lambda a=act, c=content: enter(store, a, c, safe))  # type: ignore[misc]
    confirm(store, number, safe)
    assert len(register_of(store).persons) == 2
    confirm(store, lift, EVE)
    late = enter(store, Act.PERSON, make_enrollment(ORIGIN, "Ann", ANN.key))
    assert "recovery key" in refusal(lambda: confirm(store, late, safe)), "there are two persons again"
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()


def test_a_recovery_key_is_nobody_s_who_files_and_is_revoked_by_one(store: Store) -> None:
    for name, key in (("Jo", EVE.key), ("Another", JO.key)):
        content = make_enrollment(ORIGIN, name, key, is_recovery=True)
        assert "One " in refusal(lambda c=content: enter(store, Act.PERSON, c))  # type: ignore[misc]
    request = make_enrollment(ORIGIN, "Pat", EVE.key, is_recovery=True)
    assert "Nothing shows" in refusal(lambda: enter(store, Act.PERSON, {**request, "is_recovery": False})), (
        "nobody enrolls as a person who signed to hold a recovery key"
    )
    confirm(store, enter(store, Act.PERSON, request))
    assert "One person" in refusal(lambda: enter(store, Act.PERSON, make_enrollment(ORIGIN, "Pat", ANN.key)))
    revoke(store, Filer("Pat", EVE.key))
    assert register_of(store).recovery_keys == {}


def test_the_first_two_do_not_enroll_themselves_with_recovery_keys(opening: OpenStore) -> None:
    empty = opening()
    own = make_enrollment(ORIGIN, JO.name, JO.key, is_recovery=True)
    assert "not an enrolled" in refusal(lambda: enter(empty, Act.PERSON, own, JO))


def test_the_second_person_is_told_of_one_device_and_one_hour(store: Store) -> None:
    number = enter(store, Act.SUPPRESSION_LIFT, LIFT)
    register = register_of(store)
    state = register.filings[number]
    quick = filing_steps.list_warnings(register, state, replace(SAM, device=JO.device), HOURS[1])
    assert quick == [
        "Both persons file from one device.",
        "The first person filed it less than an hour ago.",
        "Both persons were enrolled within one hour.",
    ]
    assert filing_steps.list_warnings(register, state, SAM, HOURS[9]) == ["Both persons were enrolled within one hour."]


def forge(filings: tuple[Filing, ...], **changes: Any) -> tuple[Filing, ...]:
    return (*filings[:-1], replace(filings[-1], **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"by": key_thumbprint(JO.key)},  # the same person confirms
        {"by": key_thumbprint(EVE.key)},
        {"act": Act.PERSON},
        {"subject": "0"},
        {"subject": "99"},
        {"step": FilingStep.SERVED},
    ],
)
def test_steps_that_contradict_each_other_stop_everything(store: Store, changes: dict[str, Any]) -> None:
    confirm(store, enter(store, Act.SUPPRESSION_LIFT, LIFT))
    with store.read() as tx:
        on_file = read_filings(tx)
    assert replay_filings(on_file).pending == ()
    with pytest.raises(PolicyError) as stopped:
        replay_filings(forge(on_file, **changes))
    assert stopped.value.code == "law_invalid"


def test_a_step_of_another_place_in_the_ledger_is_not_taken(tmp_path: Any) -> None:
    """What one person signed for one filing cannot be used for another: the number is in what is signed."""
    store = open_store(tmp_path)
    enroll_founders(store, CONTEXT, at=HOURS[0])
    enter(store, Act.SUPPRESSION, WITHHELD)
    with store.read() as tx:
        on_file = read_filings(tx)
    with pytest.raises(PolicyError):
        replay_filings((*on_file, replace(on_file[-1], entry=7)))


@pytest.mark.parametrize(
    ("act", "content"),
    [
        (Act.SUPPRESSION, {"kind": "withheld", "records": []}),
        (Act.SUPPRESSION, {"kind": "other", "records": ["r1"]}),
        (Act.SUPPRESSION, {**WITHHELD, "surprise": 1}),
        (Act.SUPPRESSION_LIFT, WITHHELD),  # a lift has a reason
        (Act.SUPPRESSION_LIFT, {**LIFT, "records": ["r2"]}),  # not withheld
        (Act.SUPPRESSION_LIFT, {**LIFT, "kind": "canary"}),
        (Act.SUPPRESSION_LIFT, {**LIFT, "reason": "turned \u202e around"}),
        (Act.PERSON_REVOCATION, {"key": "unknown", "reason": "No such key"}),
        (Act.SIGNER_REVOCATION, {"key": "unknown", "reason": "No such key"}),
        (Act.LAW, {"files": {"orders/x.yaml": "id: x"}}),
        (Act.LAW, {"files": {"agencies/../x.yaml": "id: x\nname: X"}}),
        (Act.LAW, {"files": {"agencies/ice.yaml": "id: ice\nname: Another"}}),
        (Act.LAW, {"files": {"agencies/x.yaml": "id: x\nname: X\nparent: nobody"}}),
        (Act.SUSPENSION, {"agreement": "none-such", "reason": "No such one"}),
        (Act.SUSPENSION_LIFT, {"agreement": "irs-ice-2025", "reason": "Was not suspended"}),
        (Act.CLEARANCE, {"order": "O2", "agreement": "irs-ice-2025", "reason": "The order names it"}),
        (Act.CLEARANCE, {"order": "O9", "agreement": "irs-ice-2025", "reason": "No such order"}),
        (Act.ORDER_REVIEW, {"order": "O9", "seen_at": "2026-02-25T12:00:00Z", "reason": "No such order"}),
        (Act.ORDER_REVIEW, {"order": "O2", "seen_at": "2026-02-25T12:00:00", "reason": "Without a zone"}),
        (Act.EXCEPTION, {"order": "O9", "batch": "a" * 64, "exception": "as ordered", "reason": "No such order"}),
        (Act.EXCEPTION, {"order": "O2", "batch": "a" * 64, "exception": "as ordered", "reason": "It names none"}),
        (Act.INDEX, {"fingerprint": "short"}),
        (Act.ROLE, {"person": "A" * 43, "roles": ["counsel"], "issuer": "https://idp.example", "subject": "1"}),
        (Act.ROLE_END, {"person": "A" * 43, "reason": "Has no role"}),
        (Act.STOP, {"reason": ""}),
        (Act.STOP_LIFT, {"stop": 0, "reason": "There is no stop"}),
    ],
)
def test_what_does_not_fit_is_not_filed(store: Store, act: Act, content: dict[str, Any]) -> None:
    with store.read() as tx:
        before = read_filings(tx)
    refusal(lambda: enter(store, act, content))
    with store.read() as tx:
        assert read_filings(tx) == before


def test_no_purge_is_filed_or_confirmed_while_an_order_forbids_deleting(store: Store) -> None:
    content = {"batch": "b-1", "rows": [1], "order": "A schedule"}
    number = enter(store, Act.PURGE, content)
    keeping = build_order(
        {"id": "X1", "dated": HOURS[0].date(), "instruments": ["tro"], "binds": ["irs"], "prohibits": ["delete"]}
    )
    enter_order(store, keeping, JO, law=load_law(), at=HOURS[1])
    assert "X1 forbids deleting" in refusal(lambda: enter(store, Act.PURGE, content))
    assert "X1 forbids deleting" in refusal(lambda: confirm(store, number))

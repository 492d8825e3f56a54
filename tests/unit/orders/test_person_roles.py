"""Roles in the service: granted by two, never to oneself, ended by one; and who may stop everything."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from comity.app.use_cases.enrolled_persons import make_enrollment
from comity.app.use_cases.signed_steps import Decision, write_step
from comity.errors import ComityError
from comity.law import load_law
from comity.law.filing_register import FilingRegister
from comity.law.person_roles import find_account_holder, list_role_grants
from comity.ledger.filed import read_register
from comity.ledger.fsck import check_ledger
from comity.model.filing import Act, FilingStep
from comity.orders import filing_steps
from comity.orders.act_checks import FilingContext
from comity.orders.filing_steps import Filer, RemoteFiler
from comity.signing import (
    Ed25519Key,
    create_signing_key,
    extract_embedded_key,
    key_thumbprint,
    sign_detached,
    to_public_key,
)
from comity.store.database import Store
from tests.conftest import OpenStore
from tests.support.sample_ledger import ORIGIN, RECORDED_AT, SIGNER
from tests.support.two_persons import ANN, JO, SAM, enroll_founders, file_by_two, run_command

CONTEXT = FilingContext(load_law(), ORIGIN)
ISSUER = "https://idp.example"
SERVICE = Filer("Ann", Ed25519Key.generate_key("Ed25519"), "console")


@pytest.fixture(name="store")
def _store(opening: OpenStore) -> Store:
    """A home with three persons."""
    store = opening()
    enroll_founders(store, CONTEXT, at=RECORDED_AT)
    file_by_two(store, Act.PERSON, make_enrollment(ORIGIN, ANN.name, ANN.key), CONTEXT, at=RECORDED_AT)
    return store


def make_grant(who: Filer, *roles: str, subject: str = "ann") -> dict[str, Any]:
    return {"person": key_thumbprint(who.key), "roles": list(roles), "issuer": ISSUER, "subject": subject}


def enter(store: Store, act: Act, content: dict[str, Any], who: Filer = JO) -> int:
    return filing_steps.enter_filing(store, act, content, who, context=CONTEXT, at=RECORDED_AT).entered.number


def confirm(store: Store, number: int, who: Filer = SAM) -> None:
    filing_steps.confirm_filing(store, number, who, context=CONTEXT, at=RECORDED_AT)


def register_of(store: Store) -> FilingRegister:
    with store.read() as tx:
        return read_register(tx)


def test_two_grant_a_role_and_one_ends_it(store: Store) -> None:
    number = enter(store, Act.ROLE, make_grant(ANN, "counsel", "approver"))
    assert list_role_grants(register_of(store)) == {}, "one person granted it"
    confirm(store, number)
    holder = find_account_holder(register_of(store), ISSUER, "ann")
    assert holder == key_thumbprint(ANN.key)
    assert find_account_holder(register_of(store), "https://other.example", "ann") is None
    assert set(list_role_grants(register_of(store))[holder].roles) == {"counsel", "approver"}
    enter(store, Act.ROLE_END, {"person": holder, "reason": "Left the office"}, SAM)
    assert list_role_grants(register_of(store)) == {}
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()


def test_the_last_grant_counts_and_ends_with_the_key(store: Store) -> None:
    confirm(store, enter(store, Act.ROLE, make_grant(ANN, "counsel")))
    confirm(store, enter(store, Act.ROLE, make_grant(ANN, "privacy")))
    [grant] = list_role_grants(register_of(store)).values()
    assert grant.roles == ("privacy",)
    enter(store, Act.PERSON_REVOCATION, {"key": key_thumbprint(ANN.key), "reason": "The key was stolen"})
    assert list_role_grants(register_of(store)) == {}


@pytest.mark.parametrize(("first", "second"), [(ANN, SAM), (JO, ANN)])
def test_nobody_grants_a_role_to_themselves(store: Store, first: Filer, second: Filer) -> None:
    with pytest.raises(ComityError, match="Nobody grants a role to themselves"):
        confirm(store, enter(store, Act.ROLE, make_grant(ANN, "approver"), first), second)
    assert list_role_grants(register_of(store)) == {}


@pytest.mark.parametrize("roles", [("security", "approver"), ("inspector", "counsel"), ("counsel", "counsel"), ()])
def test_roles_that_do_not_go_together_are_not_granted(store: Store, roles: tuple[str, ...]) -> None:
    with pytest.raises(ComityError) as refused:
        enter(store, Act.ROLE, make_grant(ANN, *roles))
    assert refused.value.code == "law_invalid"


def test_one_account_is_one_person(store: Store) -> None:
    confirm(store, enter(store, Act.ROLE, make_grant(ANN, "counsel")))
    with pytest.raises(ComityError, match="Another person logs in with that account"):
        enter(store, Act.ROLE, make_grant(SAM, "counsel"))


def test_the_service_stops_everything_for_an_enrolled_person_and_does_nothing_else(store: Store) -> None:
    content = {"reason": "An answer was wrong", "person": key_thumbprint(ANN.key)}
    stop = enter(store, Act.STOP, content, SERVICE)
    for act, filed in (
        (Act.STOP, {"reason": "For nobody"}),
        (Act.STOP, {"reason": "For a stranger", "person": "A" * 43}),
        (Act.STOP_LIFT, {"stop": stop, "reason": "Lifted alone"}),
        (Act.SUSPENSION, {"agreement": "irs-ice-2025", "reason": "Another act"}),
    ):
        with pytest.raises(ComityError, match="not an enrolled person"):
            enter(store, act, filed, SERVICE)
    lift = enter(store, Act.STOP_LIFT, {"stop": stop, "reason": "The answer was right"}, JO)
    with pytest.raises(ComityError, match="not an enrolled person"):
        confirm(store, lift, SERVICE)
    confirm(store, lift)
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()


def test_a_step_that_was_signed_elsewhere_counts_for_what_was_signed_and_by_whom(store: Store) -> None:
    stop = enter(store, Act.STOP, {"reason": "An answer was wrong"})
    lift = enter(store, Act.STOP_LIFT, {"stop": stop, "reason": "It was right"})
    signed_at = RECORDED_AT - timedelta(minutes=5)
    step = write_step(Decision(Act.STOP_LIFT, str(lift), FilingStep.CONFIRMED), device="page", at=signed_at)
    good = sign_detached(step.encode(), SAM.key)
    for filer in (
        RemoteFiler("Sam", SAM.thumbprint, "page", signed_at, sign_detached(step.encode(), ANN.key)),
        RemoteFiler("Sam", SAM.thumbprint, "another page", signed_at, good),
        RemoteFiler("Sam", SAM.thumbprint, "page", RECORDED_AT, good),
        RemoteFiler("Ann", ANN.thumbprint, "page", signed_at, good),
        RemoteFiler("Sam", SAM.thumbprint, "page", signed_at, "no signature"),
    ):
        with pytest.raises(ComityError, match="not one by your key over this step"):
            filing_steps.confirm_filing(store, lift, filer, context=CONTEXT, at=RECORDED_AT)
    filer = RemoteFiler("Sam", SAM.thumbprint, "page", signed_at, good)
    with pytest.raises(ComityError, match="not one by your key over this step"):
        filing_steps.withdraw_filing(store, lift, filer, context=CONTEXT, at=RECORDED_AT)
    filing_steps.confirm_filing(store, lift, filer, context=CONTEXT, at=RECORDED_AT)
    assert register_of(store).filings[lift].decided is not None
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()


def test_a_step_is_signed_for_what_it_says_and_nothing_else_is_signed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = create_signing_key(tmp_path / "sam.key")
    step = write_step(Decision(Act.STOP_LIFT, "7", FilingStep.CONFIRMED), device="page", at=RECORDED_AT)
    file = tmp_path / "step.json"
    file.write_text(step + "\n")
    assert run_command("filings", "sign", str(file), "--key", str(tmp_path / "sam.key")) == 0
    shown = capsys.readouterr()
    assert "filing 7 (stop_lift) is confirmed" in shown.err
    assert extract_embedded_key(step.encode(), shown.out.strip()) == to_public_key(key)
    for text in ("", "{}", step.replace("confirmed", "entered"), step.replace(":7", ": 7"), step[:-1] + ',"more":1}'):
        file.write_text(text)
        assert run_command("filings", "sign", str(file), "--key", str(tmp_path / "sam.key")) == 2, text
    assert capsys.readouterr().out == ""

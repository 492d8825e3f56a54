"""A safeguard plan is on file with its paper and its state: accepted by two persons, ended by one (R08)."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from comity.app import bootstrap
from comity.app.use_cases import safeguard_plans
from comity.errors import ComityError, PolicyError
from comity.gates import evaluate_gates
from comity.law import Law, load_law
from comity.law.court_filings import apply_filings
from comity.law.filed_content import SafeguardPlanAcceptance
from comity.ledger.filed import read_filings
from comity.model.filing import Act
from comity.model.finding import Outcome
from comity.model.history import History
from tests.support.gate_batches import make_batch
from tests.support.safeguard_plans import PAPER, make_plan
from tests.support.two_persons import file_in_home
from tests.support.workspace import AUGUST_2025, Workspace


def _law(world: Workspace) -> Law:
    home = world.open_home()
    with bootstrap.open_store(home) as store, store.read() as tx:
        return apply_filings(bootstrap.load_law(home), read_filings(tx))


def _judge(law: Law) -> Outcome:
    """Return what R08 says of a batch that does not say that it is synthetic."""
    findings = evaluate_gates(make_batch([{}], {"synthetic": False}), law=law, at=AUGUST_2025, history=History())
    return next(f.outcome for f in findings.batch_findings if f.rule == "r08_safeguards")


def test_a_plan_counts_once_two_persons_accepted_it_until_one_ends_it(world: Workspace, tmp_path: Path) -> None:
    home = world.open_home()
    assert _judge(_law(world)) is Outcome.NOT_MET
    file_in_home(home, Act.SAFEGUARD_PLAN, make_plan(), by_two=False, at=AUGUST_2025)
    assert _judge(_law(world)) is Outcome.NOT_MET
    number = file_in_home(home, Act.SAFEGUARD_PLAN, make_plan(title="The same, again"), at=AUGUST_2025).entered.number
    law = _law(world)
    assert _judge(law) is Outcome.MET
    assert law.fingerprint != replace(law, plans=()).fingerprint
    (plan,) = safeguard_plans.list_plans(home.path)
    assert (plan.filing, plan.agency, plan.accepted_on, plan.state_on(AUGUST_2025.date())) == (
        number,
        "ice",
        AUGUST_2025.date(),
        "accepted",
    )
    safeguard_plans.write_plan_document(home.path, number, tmp_path / "plan.txt")
    assert (tmp_path / "plan.txt").read_bytes() == PAPER
    with pytest.raises(PolicyError):  # that paper is on file already
        file_in_home(home, Act.SAFEGUARD_PLAN, make_plan(), at=AUGUST_2025)
    file_in_home(home, Act.SAFEGUARD_PLAN_END, {"plan": number, "reason": "Not kept"}, by_two=False, at=AUGUST_2025)
    assert _judge(_law(world)) is Outcome.NOT_MET
    (plan,) = safeguard_plans.list_plans(home.path)
    assert plan.state_on(AUGUST_2025.date()) == "ended"
    with pytest.raises(PolicyError):
        file_in_home(home, Act.SAFEGUARD_PLAN_END, {"plan": number, "reason": "Again"}, by_two=False, at=AUGUST_2025)


@pytest.mark.parametrize("agency", ["irs", "nobody"])
def test_a_plan_is_for_an_agency_whose_safeguards_were_reviewed(world: Workspace, agency: str) -> None:
    with pytest.raises(PolicyError):
        file_in_home(world.open_home(), Act.SAFEGUARD_PLAN, make_plan(agency=agency), at=AUGUST_2025)


@pytest.mark.parametrize(
    "changes",
    [
        {"document": base64.b64encode(b"another paper").decode()},
        {"document": "not base64!"},
        {"document": ""},
        {"document_sha256": "0" * 64},
        {"due_on": "2025-04-30"},
        {"reason": ""},
        {"more": "fields"},
    ],
)
def test_a_plan_without_its_paper_is_none(changes: Mapping[str, Any]) -> None:
    SafeguardPlanAcceptance.model_validate(make_plan())
    with pytest.raises(ValidationError):
        SafeguardPlanAcceptance.model_validate(make_plan(**changes))


def test_a_paper_that_is_too_long_or_missing_is_not_entered(world: Workspace, tmp_path: Path) -> None:
    terms = safeguard_plans.PlanTerms("ice", "Plan", date(2025, 5, 1), date(2026, 5, 1))
    (tmp_path / "long").write_bytes(bytes((1 << 20) + 1))
    (tmp_path / "empty").write_bytes(b"")
    for name in ("long", "empty", "missing"):
        with pytest.raises(ComityError, match="paper"):
            safeguard_plans.accept_plan(world.open_home().path, tmp_path / "key", terms, tmp_path / name, "Good")


def test_a_plan_is_in_no_law_on_which_nobody_filed_one() -> None:
    assert load_law().plans == ()

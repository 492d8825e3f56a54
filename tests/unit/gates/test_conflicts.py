"""Two rules that answer one question differently hold the batch."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from comity.gates import REGISTER, Rule, evaluate_gates
from comity.gates.conflicts import deciding_rules
from comity.law import Law, RuleCombination, load_law
from comity.model.finding import Finding, Findings, Outcome
from comity.model.history import History
from tests.support.gate_batches import JUDGED_AT, has_allowed_row, make_batch
from tests.support.rule_cases import replace_agreement

ONE, ALL = "usc8-1367", "usc26-6103-i-2-B"
"""An element that one rule decides, and one for which several rules are conditions."""


def _second_rule(element: str, outcome: Outcome, *, rows: Callable[..., Any] | None = None) -> Rule:
    """Make another rule that claims to decide an element."""
    finding = Finding("x01_second", outcome, "none", "The second rule's finding.")
    return Rule("x01_second", "X01", "none", (element,), batch=lambda _f, _r: finding, rows=rows)


def _evaluate(*more: Rule, law: Law | None = None, register: tuple[Rule, ...] = REGISTER) -> Findings:
    return evaluate_gates(
        make_batch(), law=law or load_law(), at=JUDGED_AT, history=History(), register=[*register, *more]
    )


def _conflicts(findings: Findings) -> list[str]:
    return [finding.message for finding in findings.undetermined_findings if finding.rule == "conflict"]


@pytest.mark.parametrize(
    ("outcome", "holds"),
    [
        (Outcome.MET, False),
        (Outcome.NOT_MET, True),
        (Outcome.UNDETERMINED, True),
        (Outcome.NOT_APPLICABLE, False),
    ],
)
def test_a_second_rule_that_decides_an_element_differently_holds_the_batch(outcome: Outcome, holds: bool) -> None:
    findings = _evaluate(_second_rule(ONE, outcome))
    conflicts = _conflicts(findings)
    assert bool(conflicts) is holds
    assert {f.citation for f in findings.undetermined_findings if f.rule == "conflict"} <= {"26 USC 6103(a)"}
    assert all(ONE in message and "d04_protected_subject, x01_second" in message for message in conflicts)


def test_a_condition_that_fails_beside_one_that_is_met_is_no_conflict() -> None:
    findings = _evaluate(_second_rule(ALL, Outcome.NOT_MET))
    assert not _conflicts(findings)
    assert not has_allowed_row(findings)


def test_the_shipped_rules_do_not_conflict_on_the_valid_batch() -> None:
    assert not _conflicts(_evaluate())


@pytest.mark.parametrize("bits", [[0, 0], [1, 1], [0, 1], [2, 2], [2, 0], [1, 2]])
@pytest.mark.parametrize("other", [[0, 0], [1, 1], [0, 1], [2, 2], [3, 3]])
def test_rows_are_compared_one_by_one(bits: list[int], other: list[int]) -> None:
    def rows_of(outcomes: list[int]) -> Callable[..., Any]:
        return lambda _facts, _rows: np.array(outcomes, dtype=np.int8)

    first = dataclasses.replace(
        _second_rule("usc8-1253-a-2", Outcome.MET, rows=rows_of(bits)), id="x00_first", batch=None
    )
    second = dataclasses.replace(_second_rule("usc8-1253-a-2", Outcome.MET, rows=rows_of(other)), batch=None)
    outcomes_agree = [b if b in {1, 2} else 0 for b in bits] == [b if b in {1, 2} else 0 for b in other]
    assert bool(_conflicts(_evaluate(first, second))) is not outcomes_agree
    middle = [rule for rule in REGISTER if rule.id != "x"]
    assert bool(_conflicts(_evaluate(second, register=(*middle[:3], first, *middle[3:])))) is not outcomes_agree


def test_an_element_that_is_not_in_force_is_not_checked() -> None:
    law = load_law()
    statute = law.statutes["usc-8-1367"]
    ended = statute.elements[0].model_copy(update={"effective_to": JUDGED_AT.date()})
    statutes = {**law.statutes, statute.id: statute.model_copy(update={"elements": (ended,)})}
    assert not _conflicts(
        _evaluate(_second_rule(ONE, Outcome.NOT_MET), law=dataclasses.replace(law, statutes=statutes))
    )


def test_under_an_unknown_agreement_the_elements_of_statutes_count() -> None:
    batch = make_batch(manifest={"agreement": "another"})
    register = [*REGISTER, _second_rule(ONE, Outcome.NOT_MET)]
    assert (
        len(_conflicts(evaluate_gates(batch, law=load_law(), at=JUDGED_AT, history=History(), register=register))) == 1
    )


def test_a_clause_names_its_rules_in_data() -> None:
    law = load_law()
    agreement = law.get_agreement("irs-ice-2025")
    clause = next(e for e in agreement.elements if e.id == "mou2025-signers")
    assert deciding_rules(clause, REGISTER) == ("r01_signer_office",)
    claimed = clause.model_copy(update={"decided_by": ("r01_signer_office", "x01_second")})
    changed = agreement.model_copy(update={"elements": (claimed,)})
    conflicts = _conflicts(_evaluate(_second_rule("none", Outcome.NOT_MET), law=replace_agreement(law, changed)))
    assert len(conflicts) == 1
    assert clause.citation in conflicts[0]


def test_every_element_that_several_rules_decide_says_how_they_combine() -> None:
    law = load_law()
    elements = [e for statute in law.statutes.values() for e in statute.elements]
    elements += [e for agreement in law.agreements.values() for e in agreement.elements]
    several = [e for e in elements if len(deciding_rules(e, REGISTER)) > 1]
    assert len(several) >= 4
    assert {e.deciding for e in several} == {RuleCombination.ALL}

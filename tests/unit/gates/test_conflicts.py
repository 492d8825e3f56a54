"""Two rules that answer one question differently hold the batch; and under which citation a rule speaks."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from comity.gates import REGISTER, Rule, evaluate_gates
from comity.gates.authority import citation_for_agreement
from comity.gates.conflicts import deciding_rules
from comity.law import Law, RuleCombination, load_law
from comity.model.finding import Finding, Findings, Outcome
from comity.model.history import History
from tests.support.gate_batches import JUDGED_AT, has_allowed_row, make_batch
from tests.support.rule_cases import replace_agreement

ONE, ALL = "usc8-1367", "usc26-6103-i-2-B"
"""An element that one rule decides, and one of which several are conditions."""


def _second(element: str, outcome: Outcome, *, rows: Callable[..., Any] | None = None) -> Rule:
    """Another rule that claims to decide an element."""
    said = Finding("x01_second", outcome, "none", "Said by the second rule.")
    return Rule("x01_second", "X01", "none", (element,), batch=lambda _f, _r: said, rows=rows)


def _judged(*more: Rule, law: Law | None = None, register: tuple[Rule, ...] = REGISTER) -> Findings:
    return evaluate_gates(
        make_batch(), law=law or load_law(), at=JUDGED_AT, history=History(), register=[*register, *more]
    )


def _contradicted(findings: Findings) -> list[str]:
    return [finding.message for finding in findings.undetermined_findings if finding.rule == "conflict"]


@pytest.mark.parametrize(("outcome", "holds"), [
    (Outcome.MET, False), (Outcome.NOT_MET, True), (Outcome.UNDETERMINED, True), (Outcome.NOT_APPLICABLE, False),
])  # fmt: skip
def test_a_second_rule_that_decides_an_element_differently_holds_the_batch(outcome: Outcome, holds: bool) -> None:
    findings = _judged(_second(ONE, outcome))
    found = _contradicted(findings)
    assert bool(found) is holds
    assert {f.citation for f in findings.undetermined_findings if f.rule == "conflict"} <= {"26 USC 6103(a)"}
    assert all(ONE in said and "d04_protected_subject, x01_second" in said for said in found)


def test_a_condition_that_fails_beside_one_that_is_met_is_no_contradiction() -> None:
    findings = _judged(_second(ALL, Outcome.NOT_MET))
    assert not _contradicted(findings)
    assert not has_allowed_row(findings)


def test_the_shipped_rules_contradict_nobody_on_the_good_batch() -> None:
    assert not _contradicted(_judged())


@pytest.mark.parametrize("bits", [[0, 0], [1, 1], [0, 1], [2, 2], [2, 0], [1, 2]])
@pytest.mark.parametrize("other", [[0, 0], [1, 1], [0, 1], [2, 2], [3, 3]])
def test_rows_are_compared_one_by_one(bits: list[int], other: list[int]) -> None:
    def rows_of(outcomes: list[int]) -> Callable[..., Any]:
        return lambda _facts, _rows: np.array(outcomes, dtype=np.int8)

    first = dataclasses.replace(_second("usc8-1253-a-2", Outcome.MET, rows=rows_of(bits)), id="x00_first", batch=None)
    second = dataclasses.replace(_second("usc8-1253-a-2", Outcome.MET, rows=rows_of(other)), batch=None)
    same = [b if b in {1, 2} else 0 for b in bits] == [b if b in {1, 2} else 0 for b in other]
    assert bool(_contradicted(_judged(first, second))) is not same
    middle = [rule for rule in REGISTER if rule.id != "x"]
    assert bool(_contradicted(_judged(second, register=(*middle[:3], first, *middle[3:])))) is not same


def test_an_element_that_is_not_in_force_is_decided_by_nobody() -> None:
    law = load_law()
    statute = law.statutes["usc-8-1367"]
    ended = statute.elements[0].model_copy(update={"effective_to": JUDGED_AT.date()})
    statutes = {**law.statutes, statute.id: statute.model_copy(update={"elements": (ended,)})}
    assert not _contradicted(_judged(_second(ONE, Outcome.NOT_MET), law=dataclasses.replace(law, statutes=statutes)))


def test_under_an_unknown_agreement_the_elements_of_statutes_count() -> None:
    sent = make_batch(manifest={"agreement": "another"})
    register = [*REGISTER, _second(ONE, Outcome.NOT_MET)]
    assert (
        len(_contradicted(evaluate_gates(sent, law=load_law(), at=JUDGED_AT, history=History(), register=register)))
        == 1
    )


def test_a_clause_names_its_rules_in_data() -> None:
    law = load_law()
    agreement = law.get_agreement("irs-ice-2025")
    clause = next(e for e in agreement.elements if e.id == "mou2025-signers")
    assert deciding_rules(clause, REGISTER) == ("r01_signer_office",)
    claimed = clause.model_copy(update={"decided_by": ("r01_signer_office", "x01_second")})
    changed = agreement.model_copy(update={"elements": (claimed,)})
    found = _contradicted(_judged(_second("none", Outcome.NOT_MET), law=replace_agreement(law, changed)))
    assert len(found) == 1
    assert clause.citation in found[0]


def test_every_element_that_several_rules_decide_says_how_they_go_together() -> None:
    law = load_law()
    elements = [e for statute in law.statutes.values() for e in statute.elements]
    elements += [e for agreement in law.agreements.values() for e in agreement.elements]
    several = [e for e in elements if len(deciding_rules(e, REGISTER)) > 1]
    assert len(several) >= 4
    assert {e.deciding for e in several} == {RuleCombination.ALL}


RULE = next(rule for rule in REGISTER if rule.id == "r01_signer_office")


def test_the_citation_is_the_statute_the_agreement_rests_on() -> None:
    law = load_law()
    agreement = law.get_agreement("irs-ice-2025")
    assert citation_for_agreement(RULE, agreement, law) == RULE.citation
    assert citation_for_agreement(RULE, None, law) == RULE.citation


def test_else_it_is_that_of_the_clauses_that_name_the_rule() -> None:
    law = load_law()
    agreement = law.get_agreement("irs-ice-2025")
    first, second, *rest = agreement.elements
    named = [
        first.model_copy(update={"citation": "clause 1", "decided_by": (RULE.id,)}),
        second.model_copy(update={"citation": "clause 2", "decided_by": ("r99", RULE.id)}),
        rest[0].model_copy(update={"citation": "clause 1", "decided_by": (RULE.id,)}),
        rest[1].model_copy(update={"citation": "clause 4", "decided_by": ()}),
    ]
    other = agreement.model_copy(update={"rests_on": ("usc-8-1367",), "elements": tuple(named)})
    assert citation_for_agreement(RULE, other, law) == "clause 1; clause 2"
    assert citation_for_agreement(RULE, other.model_copy(update={"elements": (named[3],)}), law) == RULE.citation
    found = evaluate_gates(
        make_batch(), law=replace_agreement(law, other), at=JUDGED_AT, history=History()
    ).batch_findings
    assert next(finding.citation for finding in found if finding.rule == RULE.id) == "clause 1; clause 2"

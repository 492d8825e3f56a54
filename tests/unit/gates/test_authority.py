"""The citation that a rule's finding shows under an agreement."""

from comity.gates import REGISTER, evaluate_gates
from comity.gates.authority import citation_for_agreement
from comity.law import load_law
from comity.model.history import History
from tests.support.gate_batches import JUDGED_AT, make_batch
from tests.support.rule_cases import replace_agreement

RULE = next(rule for rule in REGISTER if rule.id == "r01_signer_office")


def test_the_citation_is_that_of_the_statute_the_agreement_rests_on() -> None:
    law = load_law()
    agreement = law.get_agreement("irs-ice-2025")
    assert citation_for_agreement(RULE, agreement, law) == RULE.citation
    assert citation_for_agreement(RULE, None, law) == RULE.citation


def test_otherwise_it_is_that_of_the_clauses_that_name_the_rule() -> None:
    law = load_law()
    agreement = law.get_agreement("irs-ice-2025")
    first, second, *rest = agreement.elements
    clauses = [
        first.model_copy(update={"citation": "clause 1", "decided_by": (RULE.id,)}),
        second.model_copy(update={"citation": "clause 2", "decided_by": ("r99", RULE.id)}),
        rest[0].model_copy(update={"citation": "clause 1", "decided_by": (RULE.id,)}),
        rest[1].model_copy(update={"citation": "clause 4", "decided_by": ()}),
    ]
    other = agreement.model_copy(update={"rests_on": ("usc-8-1367",), "elements": tuple(clauses)})
    assert citation_for_agreement(RULE, other, law) == "clause 1; clause 2"
    assert citation_for_agreement(RULE, other.model_copy(update={"elements": (clauses[3],)}), law) == RULE.citation
    findings = evaluate_gates(
        make_batch(), law=replace_agreement(law, other), at=JUDGED_AT, history=History()
    ).batch_findings
    assert next(finding.citation for finding in findings if finding.rule == RULE.id) == "clause 1; clause 2"

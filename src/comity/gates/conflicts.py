"""Hold a batch when two rules that answer the same question answer it differently.

Each element of the law says in its data how the rules that follow it combine. `deciding: all` makes each rule a
condition, so one may refuse where another passes. Otherwise each rule answers the whole question; if two answers
differ, at least one rule is wrong, and nothing is released until a person has said which.

Guarantees: checked for the batch and for each row; a rule that answers NOT_APPLICABLE contradicts no other.
Basis: default logic as in the Catala language: a conflict is an error, never a matter of order.
Start at `check_conflicts`.
"""

from collections.abc import Sequence

import numpy as np

from comity.gates.facts import Facts
from comity.gates.rule import FindingBuilder, Rule
from comity.law.provisions import Element, RuleCombination
from comity.model.finding import Finding, Outcome, RowFindings

_finding = FindingBuilder("conflict", "26 USC 6103(a)")


def check_conflicts(
    facts: Facts, register: Sequence[Rule], batch_findings: Sequence[Finding], row_findings: RowFindings
) -> list[Finding]:
    """Return a finding that holds the batch for each element that two rules decide differently."""
    outcomes = {f.rule: f.outcome for f in batch_findings if f.outcome is not Outcome.NOT_APPLICABLE}
    return [
        _finding.undetermined(
            f"Rules that decide {element.id} ({element.citation}) contradict each other: {', '.join(rules)}. "
            "At least one of them is wrong, so nothing is released. Report it; counsel must say which reading holds."
        )
        for element, rules in _elements_with_several_rules(facts, register)
        if len({outcomes[rule] for rule in rules if rule in outcomes}) > 1 or _row_outcomes_differ(rules, row_findings)
    ]


def deciding_rules(element: Element, register: Sequence[Rule]) -> tuple[str, ...]:
    """Return the ids of the rules that decide an element: those that follow it, and those that it names itself."""
    return tuple(rule.id for rule in register if element.id in rule.elements or rule.id in element.decided_by)


def _elements_with_several_rules(facts: Facts, register: Sequence[Rule]) -> list[tuple[Element, tuple[str, ...]]]:
    """Return the elements in force that say `deciding: one` and are decided by several rules."""
    elements = [element for statute in facts.law.statutes.values() for element in statute.elements]
    elements += facts.agreement.elements if facts.agreement else ()
    exclusive = [e for e in elements if e.deciding is RuleCombination.ONE and e.is_in_force_on(facts.today)]
    return [(element, rules) for element in exclusive if len(rules := deciding_rules(element, register)) > 1]


def _row_outcomes_differ(rules: tuple[str, ...], row_findings: RowFindings) -> bool:
    bits = [row_findings.rules.index(rule) for rule in rules if rule in row_findings.rules]
    if len(bits) < 2:
        return False
    masks = (row_findings.not_met, row_findings.undetermined)
    first, *others = [np.stack([mask >> bit & 1 for mask in masks]) for bit in bits]
    return any(not np.array_equal(first, other) for other in others)

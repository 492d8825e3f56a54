"""Two rules that answer one question must not answer it differently: a contradiction holds the batch.

An element of the law says in its data how the rules that follow it go together. `deciding: all` makes each a condition,
so that one refuses where another passes, without contradiction. Otherwise every rule answers the whole question, and
answers that differ mean that at least one of them is wrong: nothing is released until a person has said which.

Guarantees: found for the batch and for each row; a rule that does not speak of the batch contradicts nobody.
Basis: stack.md 2.2 (b), after Catala: a conflict is an error, never a matter of order.
Start at `conflicts`.
"""

from collections.abc import Sequence

import numpy as np

from comity.gates.facts import Facts
from comity.gates.rule import FindingBuilder, Rule
from comity.law.provisions import Element, RuleCombination
from comity.model.finding import Finding, Outcome, RowFindings

_finding = FindingBuilder("conflict", "26 USC 6103(a)")


def check_conflicts(
    facts: Facts, register: Sequence[Rule], found: Sequence[Finding], rows: RowFindings
) -> list[Finding]:
    """A finding that holds the batch for each element that two rules decide differently."""
    said = {finding.rule: finding.outcome for finding in found if finding.outcome is not Outcome.NOT_APPLICABLE}
    return [
        _finding.undetermined(
            f"Rules that decide {element.id} ({element.citation}) contradict each other: {', '.join(rules)}. At least one "
            "of them is wrong, so nothing is released. Report it; counsel must say which reading holds."
        )
        for element, rules in _elements_with_several_rules(facts, register)
        if len({said[rule] for rule in rules if rule in said}) > 1 or _row_outcomes_differ(rules, rows)
    ]


def deciding_rules(element: Element, register: Sequence[Rule]) -> tuple[str, ...]:
    """The rules that decide an element: those that follow it, and those that it names itself."""
    return tuple(rule.id for rule in register if element.id in rule.elements or rule.id in element.decided_by)


def _elements_with_several_rules(facts: Facts, register: Sequence[Rule]) -> list[tuple[Element, tuple[str, ...]]]:
    """Elements in force that say `deciding: one` and are decided by several rules."""
    elements = [element for statute in facts.law.statutes.values() for element in statute.elements]
    elements += facts.agreement.elements if facts.agreement else ()
    alone = [e for e in elements if e.deciding is RuleCombination.ONE and e.is_in_force_on(facts.today)]
    return [(element, rules) for element in alone if len(rules := deciding_rules(element, register)) > 1]


def _row_outcomes_differ(rules: tuple[str, ...], rows: RowFindings) -> bool:
    bits = [rows.rules.index(rule) for rule in rules if rule in rows.rules]
    if len(bits) < 2:
        return False
    first, *others = [np.stack([mask >> bit & 1 for mask in (rows.not_met, rows.undetermined)]) for bit in bits]
    return any(not np.array_equal(first, other) for other in others)

"""The rule behind A02 to A05: a street line that is only a placeholder is no address.

Each of the four has a file, an id, a pattern and a case file of its own; what they do with the pattern is here.
Basis: 26 USC 6103(i)(2)(B)(i); failure modes A02 to A05.
"""

from comity.columns.buffers import Int8s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import Rule, not_met_where
from comity.gates.text.address_line import LineKind
from comity.gates.text.screening_patterns import LinePattern
from comity.model.finding import Outcome

_CITATION = "26 USC 6103(i)(2)(B)(i)"
_OUTCOMES = """
MET: the line, read whole and without the place it carries, is something else; a road that happens to bear such a
name, with its number and suffix, is one. NOT_MET: the whole line is such a placeholder.
NOT_APPLICABLE: the line is blank (A01).
"""


def placeholder_rule(rule_id: str, pattern: LinePattern, requirement: str) -> Rule:
    """Build a rule that refuses rows whose whole street line matches a placeholder pattern.

    Args:
        rule_id: the rule's id, which begins with its failure mode.
        pattern: the placeholders.
        requirement: what the street line must be, in a sentence: the first of the rule's docstring.
    """

    def refuse_placeholders(_facts: Facts, rows: RequestColumns) -> Int8s:
        outcome = not_met_where(rows.is_placeholder(pattern))
        outcome[rows.line_kinds == LineKind.BLANK] = Outcome.NOT_APPLICABLE
        return outcome

    refuse_placeholders.__name__, refuse_placeholders.__doc__ = rule_id, f"{requirement}\n{_OUTCOMES}"
    return Rule(
        rule_id,
        rule_id[:3].upper(),
        _CITATION,
        ("usc26-6103-i-2-B-i",),
        rows=refuse_placeholders,
        columns=("street", "street2"),
    )

"""A03: the address was not provided. Basis: 26 USC 6103(i)(2)(B)(i); law.md A03."""

from comity.columns.fold import Int8s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.gates.text.address_line import LineKind
from comity.model.finding import Outcome
from comity.reference.placeholders import NOT_PROVIDED_PATTERN

_finding = FindingBuilder("a03_failed_to_provide", "26 USC 6103(i)(2)(B)(i)")


def a03_failed_to_provide(_facts: Facts, rows: RequestColumns) -> Int8s:
    """The street line is more than a placeholder that says that nobody gave an address.

    MET: the line, read whole and without the place it carries, is something else; a road that happens to bear such a
    name, with its number and suffix, is one. NOT_MET: the whole line is such a placeholder.
    NOT_APPLICABLE: the line is blank (A01).
    """
    outcome = not_met_where(rows.is_placeholder(NOT_PROVIDED_PATTERN))
    outcome[rows.line_kinds == LineKind.BLANK] = Outcome.NOT_APPLICABLE
    return outcome


RULE = Rule(_finding.rule, "A03", _finding.citation, ("usc26-6103-i-2-B-i",), rows=a03_failed_to_provide)

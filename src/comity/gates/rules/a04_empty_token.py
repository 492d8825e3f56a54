"""A04: NA, NONE, TBD, XXX. Basis: 26 USC 6103(i)(2)(B)(i); law.md A04."""

from comity.columns.fold import Int8s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.gates.text.address_line import LineKind
from comity.model.finding import Outcome
from comity.reference.placeholders import EMPTY_TOKEN_PATTERN

_finding = FindingBuilder("a04_empty_token", "26 USC 6103(i)(2)(B)(i)")


def a04_empty_token(_facts: Facts, rows: RequestColumns) -> Int8s:
    """The street line is more than a placeholder that only fills the box: NA, NONE, TBD, XXX.

    MET: the line, read whole and without the place it carries, is something else; a road that happens to bear such a
    name, with its number and suffix, is one. NOT_MET: the whole line is such a placeholder.
    NOT_APPLICABLE: the line is blank (A01).
    """
    outcome = not_met_where(rows.is_placeholder(EMPTY_TOKEN_PATTERN))
    outcome[rows.line_kinds == LineKind.BLANK] = Outcome.NOT_APPLICABLE
    return outcome


RULE = Rule(_finding.rule, "A04", _finding.citation, ("usc26-6103-i-2-B-i",), rows=a04_empty_token)

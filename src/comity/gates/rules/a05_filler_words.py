"""A05: words that stand for no place. Basis: 26 USC 6103(i)(2)(B)(i); law.md A05."""

from comity.columns.fold import Int8s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.gates.text.address_line import LineKind
from comity.model.finding import Outcome
from comity.reference.placeholders import FILLER_PATTERN

_finding = FindingBuilder("a05_filler_words", "26 USC 6103(i)(2)(B)(i)")


def a05_filler_words(_facts: Facts, rows: RequestColumns) -> Int8s:
    """The street line is more than a placeholder that stands for no place ("Don't care", "nowhere"), with or without digits: five digits make no ZIP code of it.

    MET: the line, read whole and without the place it carries, is something else; a road that happens to bear such a
    name, with its number and suffix, is one. NOT_MET: the whole line is such a placeholder.
    NOT_APPLICABLE: the line is blank (A01).
    """
    outcome = not_met_where(rows.is_placeholder(FILLER_PATTERN))
    outcome[rows.line_kinds == LineKind.BLANK] = Outcome.NOT_APPLICABLE
    return outcome


RULE = Rule(_finding.rule, "A05", _finding.citation, ("usc26-6103-i-2-B-i",), rows=a05_filler_words)

"""A06: nothing but digits. Basis: 26 USC 6103(i)(2)(B)(i); failure mode A06."""

from comity.columns.buffers import Int8s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.gates.text.address_line import LineKind
from comity.model.finding import Outcome

_finding = FindingBuilder("a06_digits_only", "26 USC 6103(i)(2)(B)(i)")


def a06_digits_only(_facts: Facts, rows: RequestColumns) -> Int8s:
    """The street line is more than digits.

    MET: it holds a letter. NOT_MET: "00000", "12345", a ZIP code, nine digits. NOT_APPLICABLE: it is blank (A01).
    """
    outcome = not_met_where(rows.line_kinds == LineKind.DIGITS_ONLY)
    outcome[rows.line_kinds == LineKind.BLANK] = Outcome.NOT_APPLICABLE
    return outcome


RULE = Rule(
    _finding.rule,
    "A06",
    _finding.citation,
    ("usc26-6103-i-2-B-i",),
    rows=a06_digits_only,
    columns=("street", "street2"),
)

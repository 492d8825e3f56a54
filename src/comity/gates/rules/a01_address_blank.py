"""A01: the address is blank. Basis: 26 USC 6103(i)(2)(B)(i); failure mode A01."""

from comity.columns.buffers import Int8s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.gates.text.address_line import LineKind

_finding = FindingBuilder("a01_address_blank", "26 USC 6103(i)(2)(B)(i)")


def a01_address_blank(_facts: Facts, rows: RequestColumns) -> Int8s:
    """The street lines hold something.

    MET: at least one letter or digit. NOT_MET: nothing, or nothing but marks.
    """
    return not_met_where(rows.line_kinds == LineKind.BLANK)


RULE = Rule(
    _finding.rule,
    "A01",
    _finding.citation,
    ("usc26-6103-i-2-B-i",),
    rows=a01_address_blank,
    columns=("street", "street2"),
)

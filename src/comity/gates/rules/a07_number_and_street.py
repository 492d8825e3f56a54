"""A07: a number and a street. Basis: 26 USC 6103(i)(2)(B)(i); failure mode A07."""

import numpy as np

from comity.columns.buffers import Int8s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, met_where
from comity.gates.text.address_line import LineKind
from comity.model.finding import Outcome

_finding = FindingBuilder("a07_number_and_street", "26 USC 6103(i)(2)(B)(i)")


def a07_number_and_street(_facts: Facts, rows: RequestColumns) -> Int8s:
    """The line names a street and a number on it, or a box, a rural route or military mail.

    MET: one of these, in any usual way of writing. NOT_MET: a number without a street ("123 Springfield IL
    62701": the city is no street), a street without a number, or a line longer than any mailing address.
    NOT_APPLICABLE: the line is blank (A01), only digits (A06) or only a place (A08).
    """
    kinds = rows.line_kinds
    outcome = met_where(kinds <= LineKind.MILITARY)
    outcome[np.isin(kinds, [LineKind.BLANK, LineKind.DIGITS_ONLY, LineKind.PLACE_ONLY])] = Outcome.NOT_APPLICABLE
    return outcome


RULE = Rule(
    _finding.rule,
    "A07",
    _finding.citation,
    ("usc26-6103-i-2-B-i",),
    rows=a07_number_and_street,
    columns=("street", "street2"),
)

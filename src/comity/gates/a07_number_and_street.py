"""A07: a number and a street. Basis: 26 USC 6103(i)(2)(B)(i); law.md A07."""

import numpy as np

from comity.gates.address_line import LineForm
from comity.gates.facts import Facts
from comity.gates.folding import Int8s
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says, met_where
from comity.model.finding import Outcome

_SAYS = Says("a07_number_and_street", "26 USC 6103(i)(2)(B)(i)")


def a07_number_and_street(_facts: Facts, rows: Rows) -> Int8s:
    """The line names a street and a number on it, or a box, a rural route or military mail.

    MET: one of these forms, in any usual way of writing. NOT_MET: a number without a street ("123 Springfield IL
    62701": the city is no street), a street without a number, or a line longer than any mailing address.
    NOT_APPLICABLE: the line is blank (A01), only digits (A06) or only a place (A08).
    """
    forms = rows.forms
    outcome = met_where(forms <= LineForm.MILITARY)
    outcome[np.isin(forms, [LineForm.BLANK, LineForm.DIGITS, LineForm.PLACE])] = Outcome.NOT_APPLICABLE
    return outcome


RULE = Rule(_SAYS.rule, "A07", _SAYS.citation, ("usc26-6103-i-2-B-i",), rows=a07_number_and_street)

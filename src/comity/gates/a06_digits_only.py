"""A06: nothing but digits. Basis: 26 USC 6103(i)(2)(B)(i); law.md A06."""

from comity.gates.address_line import LineForm
from comity.gates.facts import Facts
from comity.gates.folding import Int8s
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says, refused_where
from comity.model.finding import Outcome

_SAYS = Says("a06_digits_only", "26 USC 6103(i)(2)(B)(i)")


def a06_digits_only(_facts: Facts, rows: Rows) -> Int8s:
    """The street line is more than digits.

    MET: it holds a letter. NOT_MET: "00000", "12345", a ZIP code, nine digits. NOT_APPLICABLE: it is blank (A01).
    """
    outcome = refused_where(rows.forms == LineForm.DIGITS)
    outcome[rows.forms == LineForm.BLANK] = Outcome.NOT_APPLICABLE
    return outcome


RULE = Rule(_SAYS.rule, "A06", _SAYS.citation, ("usc26-6103-i-2-B-i",), rows=a06_digits_only)

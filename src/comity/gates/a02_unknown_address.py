"""A02: the address is said to be unknown. Basis: 26 USC 6103(i)(2)(B)(i); law.md A02."""

from comity.gates.address_line import LineForm
from comity.gates.facts import Facts
from comity.gates.folding import Int8s
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says, refused_where
from comity.model.finding import Outcome
from comity.reference.placeholders import UNKNOWN

_SAYS = Says("a02_unknown_address", "26 USC 6103(i)(2)(B)(i)")


def a02_unknown_address(_facts: Facts, rows: Rows) -> Int8s:
    """The street line is more than a placeholder that says that the address is not known.

    MET: the line, read whole and without the place it carries, is something else; a road that happens to bear such a
    name, with its number and suffix, is one. NOT_MET: the whole line is such a placeholder.
    NOT_APPLICABLE: the line is blank (A01).
    """
    outcome = refused_where(rows.is_placeholder(UNKNOWN))
    outcome[rows.forms == LineForm.BLANK] = Outcome.NOT_APPLICABLE
    return outcome


RULE = Rule(_SAYS.rule, "A02", _SAYS.citation, ("usc26-6103-i-2-B-i",), rows=a02_unknown_address)

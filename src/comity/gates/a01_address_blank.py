"""A01: the address is blank. Basis: 26 USC 6103(i)(2)(B)(i); law.md A01."""

from comity.gates.address_line import LineForm
from comity.gates.facts import Facts
from comity.gates.folding import Int8s
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says, refused_where

_SAYS = Says("a01_address_blank", "26 USC 6103(i)(2)(B)(i)")


def a01_address_blank(_facts: Facts, rows: Rows) -> Int8s:
    """The street lines hold something.

    MET: at least one letter or digit. NOT_MET: nothing, or nothing but marks.
    """
    blank = rows.forms == LineForm.BLANK
    return refused_where(blank)


RULE = Rule(_SAYS.rule, "A01", _SAYS.citation, ("usc26-6103-i-2-B-i",), rows=a01_address_blank)

"""A08: nothing but a city, state or ZIP code. Basis: 26 USC 6103(i)(2)(B)(i); law.md A08."""

from comity.gates.address_line import LineForm
from comity.gates.facts import Facts
from comity.gates.folding import Int8s
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says, refused_where
from comity.model.finding import Outcome

_SAYS = Says("a08_place_only", "26 USC 6103(i)(2)(B)(i)")


def a08_place_only(_facts: Facts, rows: Rows) -> Int8s:
    """The row sets forth more than a place.

    MET: something stands in the street lines beside a city, state and ZIP code. NOT_MET: nothing does.
    NOT_APPLICABLE: the row is blank altogether (A01).
    """
    place = ~rows.folded("city").is_empty() | ~rows.zip5.is_empty()
    blank = rows.forms == LineForm.BLANK
    outcome = refused_where((rows.forms == LineForm.PLACE) | (blank & place))
    outcome[blank & ~place] = Outcome.NOT_APPLICABLE
    return outcome


RULE = Rule(_SAYS.rule, "A08", _SAYS.citation, ("usc26-6103-i-2-B-i",), rows=a08_place_only)

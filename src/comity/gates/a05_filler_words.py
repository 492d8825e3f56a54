"""A05: words that stand for no place. Basis: 26 USC 6103(i)(2)(B)(i); law.md A05."""

from comity.gates.address_line import LineForm
from comity.gates.facts import Facts
from comity.gates.folding import Int8s
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says, refused_where
from comity.model.finding import Outcome
from comity.reference.placeholders import FILLER

_SAYS = Says("a05_filler_words", "26 USC 6103(i)(2)(B)(i)")


def a05_filler_words(_facts: Facts, rows: Rows) -> Int8s:
    """The street line is more than a placeholder that stands for no place ("Don't care", "nowhere"), with or without digits: five digits make no ZIP code of it.

    MET: the line, read whole and without the place it carries, is something else; a road that happens to bear such a
    name, with its number and suffix, is one. NOT_MET: the whole line is such a placeholder.
    NOT_APPLICABLE: the line is blank (A01).
    """
    outcome = refused_where(rows.is_placeholder(FILLER))
    outcome[rows.forms == LineForm.BLANK] = Outcome.NOT_APPLICABLE
    return outcome


RULE = Rule(_SAYS.rule, "A05", _SAYS.citation, ("usc26-6103-i-2-B-i",), rows=a05_filler_words)

"""A08: nothing but a city, state or ZIP code. Basis: 26 USC 6103(i)(2)(B)(i); failure mode A08."""

from comity.columns.buffers import Int8s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.gates.text.address_line import LineKind
from comity.model.finding import Outcome

_finding = FindingBuilder("a08_place_only", "26 USC 6103(i)(2)(B)(i)")


def a08_place_only(_facts: Facts, rows: RequestColumns) -> Int8s:
    """The row sets forth more than a place.

    MET: the street lines hold more than a city, state and ZIP code. NOT_MET: they hold a place and nothing else.
    NOT_APPLICABLE: the whole row is blank (A01).
    """
    has_place = ~rows.folded_column("city").is_empty() | ~rows.zip5.is_empty()
    is_blank = rows.line_kinds == LineKind.BLANK
    outcome = not_met_where((rows.line_kinds == LineKind.PLACE_ONLY) | (is_blank & has_place))
    outcome[is_blank & ~has_place] = Outcome.NOT_APPLICABLE
    return outcome


RULE = Rule(
    _finding.rule,
    "A08",
    _finding.citation,
    ("usc26-6103-i-2-B-i",),
    rows=a08_place_only,
    columns=("street", "street2", "city", "state", "zip"),
)

"""Compare middle names or their initials. Names whose fields are reversed count as agreeing."""

from comity.match.comparisons.comparison import Comparison, Level, PairPart, TermFrequency
from comity.match.kernels.name_relations import NameView, is_same_middle_name


def _agrees(left: NameView, right: NameView, is_reversed: bool) -> bool:
    return is_reversed or is_same_middle_name(left, right)


def _is_null(left: NameView, right: NameView) -> bool:
    return left.middle.length == 0 or right.middle.length == 0


MIDDLE_NAME = Comparison(
    "middle",
    PairPart.NAME,
    (
        Level("AGREEMENT", "agrees", _agrees, m=0.93, is_exact=True, term_frequency=TermFrequency.FULL),
        Level("NULL", "missing", _is_null, m=0.04, is_null=True),
        Level("DIFFERENT", "differs", m=0.03),
    ),
    __name__,
)

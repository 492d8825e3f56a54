"""Compare apartments and other units. A unit missing on one side agrees: people leave it out."""

from comity.columns.strings import both_equal
from comity.match.comparisons.comparison import Comparison, Level, PairPart
from comity.match.kernels.address_relations import AddressView, is_similar_unit


def _is_both_null(left: AddressView, right: AddressView) -> bool:
    return left.unit.length == 0 and right.unit.length == 0


def _is_exact(left: AddressView, right: AddressView) -> bool:
    return both_equal(left.unit, right.unit)


def _is_null(left: AddressView, right: AddressView) -> bool:
    return left.unit.length == 0 or right.unit.length == 0


def _is_typo(left: AddressView, right: AddressView) -> bool:
    return is_similar_unit(left.unit, right.unit)


UNIT = Comparison(
    "unit",
    PairPart.ADDRESS,
    (
        Level("BOTH_NULL", "none", _is_both_null, m=0.85, agrees=True, is_null=True),
        Level("EXACT", "exact", _is_exact, m=0.1, agrees=True, is_exact=True),
        Level("NULL", "missing", _is_null, m=0.03, agrees=True, is_null=True),
        Level("TYPO", "near", _is_typo, m=0.015),
        Level("DIFFERENT", "differs", m=0.005),
    ),
    __name__,
)

"""Compare taxpayer numbers by their keyed hashes, and by what `near_numbers` finds about those that are not equal.

The weights stated here are where training starts. An equal number is worth less than its rarity, as a number must never
outweigh the address; about one record in a hundred has a number that is shared or borrowed within the household, so it
is worth 7 bits against the family. A near number may be a slip, or a relative's: numbers of one family were issued in
a row until 2011.
Basis: ADR 0043.
"""

from comity.match.comparisons.comparison import Comparison, Level, PairPart
from comity.match.near_numbers import HOUSEHOLD, NEAR


def _is_exact(left: int, right: int) -> bool:
    return left == right


def _is_null(left: int, right: int) -> bool:
    return left == 0 or right == 0


def _is_of_household(relation: int) -> bool:
    return relation == HOUSEHOLD


def _is_near(relation: int) -> bool:
    return relation == NEAR


TIN = Comparison(
    "tin",
    PairPart.TIN,
    (
        Level("NULL", "missing", _is_null, weight=0.0, family_weight=0.0, is_null=True),
        Level("EXACT", "exact", _is_exact, weight=16.0, family_weight=9.0, is_exact=True),
        Level("HOUSEHOLD", "household", _is_of_household, weight=2.0, family_weight=5.0),
        Level("NEAR", "near", _is_near, weight=11.0, family_weight=8.0),
        Level("DIFFERENT", "differs", weight=-5.0, family_weight=0.0),
    ),
    __name__,
)

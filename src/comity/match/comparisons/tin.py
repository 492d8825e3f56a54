"""Compare taxpayer numbers by their keyed hashes.

Weights are stated, as a number must never outweigh the address. About one record in a hundred has a number that is
shared or borrowed within the household, so an equal number is worth 7 bits against the family.
"""

from comity.match.comparisons.comparison import Comparison, Level, PairPart


def _is_exact(left: int, right: int) -> bool:
    return left == right


def _is_null(left: int, right: int) -> bool:
    return left == 0 or right == 0


TIN = Comparison(
    "tin",
    PairPart.TIN,
    (
        Level("NULL", "missing", _is_null, weight=0.0, family_weight=0.0, is_null=True),
        Level("EXACT", "exact", _is_exact, weight=16.0, family_weight=9.0, is_exact=True),
        Level("DIFFERENT", "differs", weight=-5.0, family_weight=0.0),
    ),
    __name__,
)

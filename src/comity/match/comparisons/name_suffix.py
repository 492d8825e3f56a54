"""Compare generational suffixes (Jr, Sr, III). Weights are stated: few requests have a suffix to learn from."""

from comity.match.comparisons.comparison import Comparison, Level, PairPart


def _is_both_null(left: int, right: int) -> bool:
    return left == 0 and right == 0


def _is_exact(left: int, right: int) -> bool:
    return left == right


def _is_null(left: int, right: int) -> bool:
    return left == 0 or right == 0


NAME_SUFFIX = Comparison(
    "suffix",
    PairPart.NAME_SUFFIX,
    (
        Level("BOTH_NULL", "none", _is_both_null, weight=0.0, family_weight=0.0, is_null=True),
        Level("EXACT", "exact", _is_exact, weight=3.0, family_weight=-2.0, is_exact=True),
        Level("NULL", "missing", _is_null, weight=-0.5, family_weight=0.0, is_null=True),
        Level("DIFFERENT", "differs", weight=-9.0, family_weight=1.0),
    ),
    __name__,
)

"""Compare house numbers, or the numbers of post office boxes.

With `street`, this is the joint comparison `address`, so that a shared address counts once.
"""

from comity.match.comparisons.comparison import Comparison, Level, PairPart
from comity.match.kernels.address_view import AddressView
from comity.match.kernels.house_number_relations import has_same_number, is_house_number_typo


def _is_exact(left: AddressView, right: AddressView) -> bool:
    return has_same_number(left, right)


def _is_typo(left: AddressView, right: AddressView) -> bool:
    return is_house_number_typo(left, right)


def _is_null(left: AddressView, right: AddressView) -> bool:
    return left.number.length == 0 or right.number.length == 0


HOUSE_NUMBER = Comparison(
    "number",
    PairPart.ADDRESS,
    (
        Level("EXACT", "exact", _is_exact, m=0.95, agrees=True, is_exact=True),
        Level("NULL", "missing", _is_null, m=0.02, is_null=True),
        Level("TYPO", "near", _is_typo, m=0.025, agrees=True),
        Level("DIFFERENT", "differs", m=0.005),
    ),
    __name__,
    lexicons=("number",),
)

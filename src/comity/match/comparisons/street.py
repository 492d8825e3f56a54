"""Compare streets: the name with its direction and suffix."""

from comity.columns.strings import equal_or_null, equals
from comity.match.comparisons.comparison import Comparison, Level, PairPart, TermFrequency
from comity.match.kernels.address_view import AddressView
from comity.match.kernels.street_relations import has_same_street_name, is_street_typo


def has_same_name(left: AddressView, right: AddressView) -> bool:
    """Return whether the names agree, whatever the directions and suffixes."""
    return has_same_street_name(left, right)


def _is_exact(left: AddressView, right: AddressView, has_same_name: bool) -> bool:
    return (
        has_same_name
        and (equal_or_null(left.direction, right.direction) or not equals(left.street, right.street))
        and equal_or_null(left.street_suffix, right.street_suffix)
    )


def _has_same_name(has_same_name: bool) -> bool:
    return has_same_name


def _is_null(left: AddressView, right: AddressView) -> bool:
    return left.street.length == 0 or right.street.length == 0


STREET = Comparison(
    "street",
    PairPart.ADDRESS,
    (
        Level("EXACT", "exact", _is_exact, m=0.9, agrees=True, is_exact=True, term_frequency=TermFrequency.FULL),
        Level("SAME_NAME", "similar", _has_same_name, m=0.015, term_frequency=TermFrequency.FULL),
        Level("NULL", "missing", _is_null, m=0.02, is_null=True),
        Level("TYPO", "near", is_street_typo, m=0.05, agrees=True),
        Level("DIFFERENT", "differs", m=0.015),
    ),
    __name__,
    measures=(has_same_name,),
    lexicons=("number", "street", "unit", "place"),
)

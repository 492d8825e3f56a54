"""Ways in which two places can be one: a neighboring or mistyped ZIP code of one city, or a slip in the city.

Guarantees: every relation is symmetric; a box belongs to its ZIP code.
Basis: tests/cases/address_kinds/towns.yaml.
Start at `is_similar_zip`.
"""

from comity.columns.hash_sets import hash_set_contains
from comity.columns.kernel import kernel
from comity.columns.string_distance import damerau_levenshtein, jaro_winkler
from comity.columns.strings import equal_or_null, equals, hash_string, prefixes_equal
from comity.match.kernels.address_view import AddressView, KnownPlaces, is_box_group


@kernel
def is_similar_zip(left: AddressView, right: AddressView, known: KnownPlaces) -> bool:
    """Return whether two ZIP codes of one city are one edit apart or share their first three digits.

    A box belongs to its post office, and so to its ZIP code.
    """
    if left.zip.length == 0 or right.zip.length == 0 or is_box_group(right.street):
        return False
    if not (prefixes_equal(left.zip, right.zip, 3) or damerau_levenshtein(left.zip, right.zip, 1) == 1):
        return False
    return _is_one_city(left, right, known)


@kernel
def is_similar_city(left: AddressView, right: AddressView, known: KnownPlaces) -> bool:
    """Return whether the city is the same or has a slip, and the states do not differ; of a box, without a ZIP code."""
    if left.zip.length > 0 and right.zip.length > 0 and is_box_group(right.street):
        return False
    return _is_one_city(left, right, known)


@kernel
def _is_one_city(left: AddressView, right: AddressView, known: KnownPlaces) -> bool:
    """Return whether two cities are equal or a slip apart; two that exist are two."""
    if left.city.length == 0 or right.city.length == 0 or not equal_or_null(left.state, right.state):
        return False
    if equals(left.city, right.city):
        return True
    return jaro_winkler(left.city, right.city) >= 0.9 and not (
        hash_set_contains(known.cities, hash_string(left.city))
        and hash_set_contains(known.cities, hash_string(right.city))
    )

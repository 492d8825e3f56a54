"""Ways in which two house numbers can be one: a hyphen left out, or a slip in a digit.

Guarantees: every relation is symmetric; a letter is never a slip for a digit.
Basis: tests/cases/address_kinds/letters_in_numbers.yaml.
Start at `has_same_number`.
"""

from comity.columns.kernel import kernel
from comity.columns.string_distance import damerau_levenshtein
from comity.columns.strings import StringView, both_equal, byte_at, equals, is_digit
from comity.match.kernels.address_view import AddressView

_HYPHEN, _POINT = 45, 46


@kernel
def has_same_number(left: AddressView, right: AddressView) -> bool:
    """Return whether the house numbers are equal; a hyphen may be left out (12-34 and 1234), but not moved."""
    if both_equal(left.number, right.number):
        return True
    # Most pairs end here: without a hyphen more on one side, different numbers are different.
    if left.number.length == right.number.length or _has_byte(left.number, _HYPHEN) == _has_byte(right.number, _HYPHEN):
        return False
    return left.number.length > 0 and _equals_without_hyphens(left.number, right.number)


@kernel
def _has_byte(a: StringView, byte: int) -> bool:
    for i in range(a.length):
        if byte_at(a, i) == byte:
            return True
    return False


@kernel
def _equals_without_hyphens(left: StringView, right: StringView) -> bool:
    i, j = 0, 0
    while i < left.length or j < right.length:
        if i < left.length and byte_at(left, i) == _HYPHEN:
            i += 1
        elif j < right.length and byte_at(right, j) == _HYPHEN:
            j += 1
        elif i == left.length or j == right.length or byte_at(left, i) != byte_at(right, j):
            return False
        else:
            i += 1
            j += 1
    return True


@kernel
def is_house_number_typo(left: AddressView, right: AddressView) -> bool:
    """Return whether two house numbers are one wrong, added, lost or exchanged digit apart, and otherwise alike.

    A letter is never a slip: 14L is not 141, and N8780 is not S8780. They share their first or last character.
    """
    a, b = left.number, right.number
    n, m = a.length, b.length
    if (
        n <= 2
        or m <= 2
        or abs(n - m) > 1
        or not equals(left.house_letter, right.house_letter)
        or not (byte_at(a, 0) == byte_at(b, 0) or byte_at(a, n - 1) == byte_at(b, m - 1))
    ):
        return False
    return damerau_levenshtein(a, b, 1) == 1 and _nondigits_equal(a, b)


@kernel
def _nondigits_equal(left: StringView, right: StringView) -> bool:
    """Return whether all but the digits is equal; a decimal point makes two kilometers, however alike."""
    i, j = 0, 0
    while True:
        while i < left.length and is_digit(byte_at(left, i)):
            i += 1
        while j < right.length and is_digit(byte_at(right, j)):
            j += 1
        if i == left.length or j == right.length:
            return i == left.length and j == right.length
        if byte_at(left, i) != byte_at(right, j) or byte_at(left, i) == _POINT:
            return False
        i += 1
        j += 1

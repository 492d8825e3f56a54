"""Compare two strings letter by letter: Jaro-Winkler similarity and Damerau-Levenshtein distance.

Guarantees: both give what RapidFuzz and DuckDB give (tests compare them); neither changes its arguments.
Does not: know anything of Unicode. A letter is a byte, as normal form is upper-case ASCII.
Basis: Jaro 1989, Winkler 1990; the unrestricted Damerau-Levenshtein distance of Lowrance and Wagner 1975, which also
counts edits between two letters that were exchanged.
"""

import numpy as np

from comity.columns.intrinsics import count_bits
from comity.columns.kernel import kernel
from comity.columns.strings import StringView, byte_at, drop_prefix, prefix

_ZERO, _ONE = np.uint64(0), np.uint64(1)
_AGAIN = np.uint64(32)
_ROUNDING = 1e-9
_WINKLER_BOOST_THRESHOLD = 0.7
"""Winkler's bonus for a common prefix applies only to names that are similar already."""
_MAX_JARO_LENGTH = 64
"""Letters compared by `jaro_winkler`: matched letters are marked in the bits of a 64-bit number."""


@kernel
def _byte_bitmap(a: StringView) -> np.uint64:
    """Return a bitmap of the bytes that occur; bytes 64 apart share a bit."""
    bitmap = _ZERO
    for i in range(a.length):
        bitmap |= _ONE << np.uint64(byte_at(a, i) & 63)
    return bitmap


@kernel
def jaro_winkler(left: StringView, right: StringView) -> float:
    """Return the Jaro-Winkler similarity of the first 64 letters, from 0 to 1; 0 where either string is null."""
    n, m = min(left.length, _MAX_JARO_LENGTH), min(right.length, _MAX_JARO_LENGTH)
    if n == 0 or m == 0:
        return 0.0
    window = max(max(n, m) // 2 - 1, 0)
    left_matched, right_matched = _ZERO, _ZERO  # a bit per letter
    left_bytes = _byte_bitmap(prefix(left, n))
    matches = 0
    for j in range(m):
        if not left_bytes >> np.uint64(byte_at(right, j) & 63) & _ONE:
            continue
        for i in range(max(0, j - window), min(n, j + window + 1)):
            if byte_at(left, i) == byte_at(right, j) and not left_matched >> np.uint64(i) & _ONE:
                left_matched |= _ONE << np.uint64(i)
                right_matched |= _ONE << np.uint64(j)
                matches += 1
                break
    if matches == 0:
        return 0.0
    out_of_order, j = 0, 0
    for i in range(n):
        if left_matched >> np.uint64(i) & _ONE:
            while not right_matched >> np.uint64(j) & _ONE:
                j += 1
            out_of_order += byte_at(left, i) != byte_at(right, j)
            j += 1
    similarity = (matches / n + matches / m + (matches - out_of_order // 2) / matches) / 3.0
    if similarity > _WINKLER_BOOST_THRESHOLD:
        common = 0
        while common < min(4, n, m) and byte_at(left, common) == byte_at(right, common):
            common += 1
        similarity += common * 0.1 * (1.0 - similarity)
    return similarity


@kernel
def _count_letters(a: StringView) -> tuple[np.uint64, int]:
    """Return the letters that occur, as bits 0 to 31, those that occur again, as bits 32 to 63, and how many more.

    Letters 32 apart share their bits.
    """
    counts, more = _ZERO, 0
    for i in range(a.length):
        letter = _ONE << np.uint64(byte_at(a, i) & 31)
        again = letter << _AGAIN
        more += counts & again != _ZERO
        counts |= letter | (again if counts & letter else _ZERO)
    return counts, more


@kernel
def max_common_letters(left: StringView, right: StringView) -> int:
    """Return at least as many letters as two strings have in common, wherever they are."""
    left_counts, left_more = _count_letters(left)
    right_counts, right_more = _count_letters(right)
    common: int = count_bits(left_counts & right_counts)  # type: ignore[call-arg]  # numba passes the first argument
    return int(common) + min(left_more, right_more)


@kernel
def may_be_similar(left: StringView, right: StringView, similarity: float) -> bool:
    """Return False only if `jaro_winkler` is below `similarity` and `damerau_levenshtein` above 2.

    It counts common letters and ignores where they are, which settles most pairs of names in a fraction of the time.
    """
    n, m = left.length, right.length
    common = max_common_letters(left, right)
    if n > _MAX_JARO_LENGTH or m > _MAX_JARO_LENGTH or common >= max(n, m) - 2:
        return True
    starts_alike = n > 0 and m > 0 and byte_at(left, 0) == byte_at(right, 0)
    least = min(similarity, _WINKLER_BOOST_THRESHOLD) if starts_alike else similarity
    return common > 0 and common / n + common / m + 1.0 >= 3.0 * least - _ROUNDING


@kernel
def _has_unshared_bytes(left: StringView, right: StringView, limit: int) -> bool:
    """Return whether more than `limit` letters of `left` do not occur in `right` at all."""
    right_bytes = _byte_bitmap(right)
    unshared = 0
    for i in range(left.length):
        unshared += not right_bytes >> np.uint64(byte_at(left, i) & 63) & _ONE
    return unshared > limit


@kernel
def damerau_levenshtein(left: StringView, right: StringView, limit: int) -> int:
    """Count the letters to insert, delete, replace or exchange with the next one to turn one string into the other.

    Returns:
        The distance, or `limit` + 1 for any distance above `limit`, which is much cheaper to tell.
    """
    while left.length > 0 and right.length > 0 and byte_at(left, 0) == byte_at(right, 0):
        left, right = drop_prefix(left, 1), drop_prefix(right, 1)
    while left.length > 0 and right.length > 0 and byte_at(left, left.length - 1) == byte_at(right, right.length - 1):
        left, right = prefix(left, left.length - 1), prefix(right, right.length - 1)
    n, m = left.length, right.length
    if n == 0 or m == 0 or n == m == 1:
        return min(max(n, m), limit + 1)
    if abs(n - m) > limit or _has_unshared_bytes(left, right, limit) or _has_unshared_bytes(right, left, limit):
        return limit + 1
    if limit == 1:
        is_transposed = n == m == 2 and byte_at(left, 0) == byte_at(right, 1) and byte_at(left, 1) == byte_at(right, 0)
        return 1 if is_transposed else 2
    return min(_full_damerau_levenshtein(left, right), limit + 1)


@kernel
def _full_damerau_levenshtein(left: StringView, right: StringView) -> int:
    """Fill the whole table of Lowrance and Wagner and return the distance."""
    n, m = left.length, right.length
    infinity = n + m
    cost = np.empty((n + 2, m + 2), np.int32)
    last_row_with = np.zeros(256, np.int32)  # by byte: the last row whose letter it was
    cost[0, 0] = infinity
    for i in range(n + 1):
        cost[i + 1, 0], cost[i + 1, 1] = infinity, i
    for j in range(m + 1):
        cost[0, j + 1], cost[1, j + 1] = infinity, j
    for i in range(1, n + 1):
        last_equal_column = 0
        left_byte = byte_at(left, i - 1)
        for j in range(1, m + 1):
            right_byte = byte_at(right, j - 1)
            row, column = last_row_with[right_byte], last_equal_column
            if left_byte == right_byte:
                replace = cost[i, j]
                last_equal_column = j
            else:
                replace = cost[i, j] + 1
            transpose = cost[row, column] + (i - row - 1) + 1 + (j - column - 1)
            cost[i + 1, j + 1] = min(replace, cost[i + 1, j] + 1, cost[i, j + 1] + 1, transpose)
        last_row_with[left_byte] = i
    return int(cost[n + 1, m + 1])

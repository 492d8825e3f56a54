"""Work on strings inside kernels: equality, prefixes, concatenation, sets of words and hashes.

A string is the address of its bytes and their number: two integers, which are free to pass and to slice. Whoever makes
a `StringView` keeps its bytes alive and in place while it is used; nothing here reads past its end.

Guarantees: an empty string is null and is equal to nothing, except by `equals`; no function changes its arguments.
Basis: FNV-1a (Fowler, Noll and Vo) and the finalizer of MurmurHash3 for hashes.
Start at `StringView`.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from comity.columns.intrinsics import load_byte, store_byte
from comity.columns.kernel import kernel

WordTable = npt.NDArray[np.uint8]
"""Words as rows of bytes, padded with zeros."""
Hashes = npt.NDArray[np.uint64]

FNV_OFFSET_BASIS, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_FMIX64_MULTIPLIER_1, _FMIX64_MULTIPLIER_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_FMIX64_SHIFT = np.uint64(33)
_ZERO, _ONE = np.uint64(0), np.uint64(1)
_LONGEST_WORD = 63
LINE_CAPACITY = 1024
"""Bytes that a line built by `append` can hold."""


class StringView(NamedTuple):
    """The address of a string's first byte, and its length in bytes."""

    address: Any
    length: int


class WordSet(NamedTuple):
    """Words sorted by their first byte; those that start with byte `b` are rows `offsets[b]` to `offsets[b + 1]`.

    Bit `n` of `lengths[b]` says whether one of these has `n` bytes: most strings need no comparison with any.
    """

    words: WordTable
    offsets: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.uint64]


@kernel
def byte_at(a: StringView, i: int) -> int:
    """Return the byte at position `i`."""
    byte: int = load_byte(a.address + i)  # type: ignore[call-arg]  # numba passes the first argument
    return byte


@kernel
def prefix(a: StringView, length: int) -> StringView:
    """Return the first `length` letters, or all if there are fewer."""
    return StringView(a.address, min(a.length, length))


@kernel
def drop_prefix(a: StringView, length: int) -> StringView:
    """Return what follows the first `length` letters."""
    return StringView(a.address + length, a.length - length) if length < a.length else StringView(a.address, 0)


@kernel
def equals(left: StringView, right: StringView) -> bool:
    """Return whether two strings are equal; two nulls are."""
    if left.length != right.length:
        return False
    for i in range(left.length):
        if byte_at(left, i) != byte_at(right, i):
            return False
    return True


@kernel
def both_equal(left: StringView, right: StringView) -> bool:
    """Return whether neither string is null and they are equal."""
    return left.length > 0 and equals(left, right)


@kernel
def both_differ(left: StringView, right: StringView) -> bool:
    """Return whether neither string is null and they differ."""
    return left.length > 0 and right.length > 0 and not equals(left, right)


@kernel
def equal_or_null(left: StringView, right: StringView) -> bool:
    """Return whether two strings are equal or either is null."""
    return left.length == 0 or right.length == 0 or equals(left, right)


@kernel
def starts_with(a: StringView, start: StringView) -> bool:
    """Return whether `a` starts with `start`, which is not null."""
    return 0 < start.length <= a.length and equals(prefix(a, start.length), start)


@kernel
def ends_with(a: StringView, end: StringView) -> bool:
    """Return whether `a` ends with `end`, which is not null."""
    return 0 < end.length <= a.length and equals(drop_prefix(a, a.length - end.length), end)


@kernel
def prefixes_equal(left: StringView, right: StringView, length: int) -> bool:
    """Return whether neither string is null and their first `length` letters are equal."""
    return both_equal(prefix(left, length), prefix(right, length))


@kernel
def equals_word(a: StringView, words: WordTable, row: int) -> bool:
    """Return whether the string is the word in a row of the table."""
    if a.length > words.shape[1]:
        return False
    for k in range(a.length):
        if words[row, k] != byte_at(a, k):
            return False
    return a.length == words.shape[1] or bool(words[row, a.length] == 0)


@kernel
def in_word_set(a: StringView, words: WordSet) -> bool:
    """Return whether the string is one of the words."""
    if a.length == 0 or a.length > _LONGEST_WORD:
        return False
    first = byte_at(a, 0)
    if not words.lengths[first] >> np.uint64(a.length) & _ONE:
        return False
    for row in range(words.offsets[first], words.offsets[first + 1]):
        if equals_word(a, words.words, row):
            return True
    return False


@kernel
def word_prefix_length(a: StringView, words: WordTable, row: int) -> int:
    """Return the length of the word in a row of the table if the string starts with it, else 0."""
    k = 0
    while k < words.shape[1] and words[row, k] != 0:
        if k >= a.length or words[row, k] != byte_at(a, k):
            return 0
        k += 1
    return k


@kernel
def append(line: StringView, a: StringView) -> StringView:
    """Append a string to a line in memory of `LINE_CAPACITY` bytes; cut what does not fit."""
    n = min(a.length, LINE_CAPACITY - line.length)
    for i in range(n):
        store_byte(line.address + line.length + i, byte_at(a, i))  # type: ignore[call-arg]
    return StringView(line.address, line.length + n)


@kernel
def append_word(line: StringView, words: WordTable, row: int) -> StringView:
    """Append the word in a row of the table to a line, as `append` does."""
    n = line.length
    for k in range(words.shape[1]):
        if words[row, k] != 0 and n < LINE_CAPACITY:
            store_byte(line.address + n, words[row, k])  # type: ignore[call-arg]
            n += 1
    return StringView(line.address, n)


@kernel
def concat_equals(left_1: StringView, left_2: StringView, a: StringView, b: StringView, c: StringView) -> bool:
    """Return whether two strings joined are equal to three strings joined."""
    if left_1.length + left_2.length != a.length + b.length + c.length:
        return False
    for i in range(left_1.length + left_2.length):
        left = byte_at(left_1, i) if i < left_1.length else byte_at(left_2, i - left_1.length)
        if i < a.length:
            right = byte_at(a, i)
        elif i < a.length + b.length:
            right = byte_at(b, i - a.length)
        else:
            right = byte_at(c, i - a.length - b.length)
        if left != right:
            return False
    return True


@kernel
def is_digit(byte: int) -> bool:
    """Return whether a byte is one of 0 to 9."""
    return 48 <= byte <= 57


@kernel
def first_digit_run(a: StringView) -> StringView:
    """Return the first run of consecutive digits; null if there is none."""
    start = 0
    while start < a.length and not is_digit(byte_at(a, start)):
        start += 1
    end = start
    while end < a.length and is_digit(byte_at(a, end)):
        end += 1
    return StringView(a.address + start, end - start)


@kernel
def fnv1a_step(value: np.uint64, byte: int) -> np.uint64:
    """Add one byte to an FNV-1a hash."""
    return (value ^ np.uint64(byte)) * _FNV_PRIME


@kernel
def fmix64(value: np.uint64) -> np.uint64:
    """Finalize a hash, so that each of its bits depends on every byte; never 0."""
    value = (value ^ (value >> _FMIX64_SHIFT)) * _FMIX64_MULTIPLIER_1
    value = (value ^ (value >> _FMIX64_SHIFT)) * _FMIX64_MULTIPLIER_2
    return max(value ^ (value >> _FMIX64_SHIFT), _ONE)


@kernel
def hash_string(a: StringView) -> np.uint64:
    """Hash a string to 64 bits; 0 for null and for nothing else."""
    if a.length == 0:
        return _ZERO
    value = FNV_OFFSET_BASIS
    for i in range(a.length):
        value = fnv1a_step(value, byte_at(a, i))
    return fmix64(value)


def word_table(*words: str) -> WordTable:
    """Lay out words as a table that kernels can read."""
    longest = max(map(len, words))
    return np.array([list(word.encode("ascii").ljust(longest, b"\0")) for word in words], np.uint8)


def word_set(*words: str) -> WordSet:
    """Lay out words as a set that kernels can search (`in_word_set`)."""
    table = word_table(*sorted(words))
    lengths = np.zeros(256, np.uint64)
    for word in words:
        lengths[ord(word[0])] |= _ONE << np.uint64(len(word))
    return WordSet(table, np.searchsorted(table[:, 0], np.arange(257)), lengths)

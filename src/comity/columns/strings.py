"""Relations of two texts, as compiled functions over bytes in memory: the same, one begins the other, how alike.

A text is where its bytes lie and how many they are: two numbers, which cost nothing to pass on and to cut. Whoever makes
a `Text` keeps its bytes in place as long as it is used; here nothing is read beyond its end.

Guarantees: an empty text is a missing one, and agrees with nothing; no function changes its arguments.
Basis: Jaro 1989 and Winkler 1990 with the bounds of RapidFuzz; Damerau-Levenshtein as Lowrance and Wagner 1975 count it
(a letter may be edited between two that were exchanged).
Start at `Text`.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from comity.columns.kernel import kernel

WordTable = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]

FNV_OFFSET_BASIS, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_ZERO, _ONE = np.uint64(0), np.uint64(1)
_FMIX64_MULTIPLIER_1, _FMIX64_MULTIPLIER_2, _FMIX64_SHIFT = (
    np.uint64(0xFF51AFD7ED558CCD),
    np.uint64(0xC4CEB9FE1A85EC53),
    np.uint64(33),
)
WINKLER_BOOST_THRESHOLD = 0.7
"""Winkler's bonus for a common beginning is for names that are alike already."""
LINE_CAPACITY = 1024
"""Bytes that a line put together has room for."""


class StringView(NamedTuple):
    """The address of its first byte, and how many bytes it has."""

    address: Any
    length: int


class WordSet(NamedTuple):
    """Words, a row each, in order of their first letter; those of letter `b` are the rows `starts[b]` to `starts[b + 1]`."""

    words: WordTable
    offsets: npt.NDArray[np.int64]


@intrinsic
def _load_byte(_: Any, address: Any) -> Any:
    """The byte at an address."""

    def generate(__: Any, builder: Any, ___: Any, arguments: Any) -> Any:
        return builder.load(builder.inttoptr(arguments[0], ir.IntType(8).as_pointer()))

    return types.uint8(address), generate


@intrinsic
def _store_byte(_: Any, address: Any, value: Any) -> Any:
    """Put a byte at an address."""

    def generate(context: Any, builder: Any, ___: Any, arguments: Any) -> Any:
        builder.store(arguments[1], builder.inttoptr(arguments[0], ir.IntType(8).as_pointer()))
        return context.get_dummy_value()

    return types.void(address, types.uint8), generate


@intrinsic
def _prefetch(_: Any, address: Any) -> Any:
    """Begin to load what is at an address."""

    def generate(context: Any, builder: Any, ___: Any, arguments: Any) -> Any:
        kind, pointer = ir.IntType(32), ir.IntType(8).as_pointer()
        load = builder.module.declare_intrinsic(
            "llvm.prefetch", [pointer], ir.FunctionType(ir.VoidType(), [pointer, kind, kind, kind])
        )
        builder.call(load, [builder.inttoptr(arguments[0], pointer), kind(0), kind(3), kind(1)])
        return context.get_dummy_value()

    return types.void(address), generate


@kernel
def prefetch(address: int) -> None:
    """Begin to load what is at an address, which will be asked for soon; nothing else happens, wherever it is."""
    _prefetch(address)  # type: ignore[call-arg]  # numba passes the first argument


@intrinsic
def _load_uint64(_: Any, address: Any) -> Any:
    """The eight bytes from an address on, whatever it is a multiple of."""

    def generate(__: Any, builder: Any, ___: Any, arguments: Any) -> Any:
        return builder.load(builder.inttoptr(arguments[0], ir.IntType(64).as_pointer()), align=1)

    return types.uint64(address), generate


@kernel
def load_uint64(address: int) -> np.uint64:
    """The eight bytes from an address on as a number, the first of them lowest (as on every machine that Arrow runs on)."""
    return np.uint64(_load_uint64(address))  # type: ignore[call-arg]  # numba passes the first argument


@kernel
def byte_at(a: StringView, i: int) -> int:
    """The byte at place `i`."""
    byte: int = _load_byte(a.address + i)  # type: ignore[call-arg]  # numba passes the first argument
    return byte


@kernel
def prefix(a: StringView, letters: int) -> StringView:
    """The first letters."""
    return StringView(a.address, min(a.length, letters))


@kernel
def drop_prefix(a: StringView, letters: int) -> StringView:
    """What follows the first letters."""
    return StringView(a.address + letters, a.length - letters) if letters < a.length else StringView(a.address, 0)


@kernel
def equals(a: StringView, b: StringView) -> bool:
    """Whether two texts are equal, missing or not."""
    if a.length != b.length:
        return False
    for i in range(a.length):
        if byte_at(a, i) != byte_at(b, i):
            return False
    return True


@kernel
def both_equal(a: StringView, b: StringView) -> bool:
    """Whether both are there and equal."""
    return a.length > 0 and equals(a, b)


@kernel
def both_differ(a: StringView, b: StringView) -> bool:
    """Whether both are there and differ."""
    return a.length > 0 and b.length > 0 and not equals(a, b)


@kernel
def equal_or_null(a: StringView, b: StringView) -> bool:
    """Whether they are equal, or one is missing."""
    return a.length == 0 or b.length == 0 or equals(a, b)


@kernel
def starts_with(a: StringView, beginning: StringView) -> bool:
    """Whether `a` begins with a text that is there."""
    return 0 < beginning.length <= a.length and equals(prefix(a, beginning.length), beginning)


@kernel
def ends_with(a: StringView, end: StringView) -> bool:
    """Whether `a` ends with a text that is there."""
    return 0 < end.length <= a.length and equals(drop_prefix(a, a.length - end.length), end)


@kernel
def prefixes_equal(a: StringView, b: StringView, letters: int) -> bool:
    """Whether both are there and their first letters, so many of them, are the same."""
    return both_equal(prefix(a, letters), prefix(b, letters))


@kernel
def equals_word(a: StringView, words: WordTable, i: int) -> bool:
    """Whether the text is the word in row `i`."""
    if a.length > words.shape[1]:
        return False
    for k in range(a.length):
        if words[i, k] != byte_at(a, k):
            return False
    return a.length == words.shape[1] or bool(words[i, a.length] == 0)


@kernel
def in_word_set(a: StringView, words: WordSet) -> bool:
    """Whether the text is one of the words."""
    if a.length == 0:
        return False
    first = byte_at(a, 0)
    for i in range(words.offsets[first], words.offsets[first + 1]):
        if equals_word(a, words.words, i):
            return True
    return False


@kernel
def word_prefix_length(a: StringView, words: WordTable, i: int) -> int:
    """How long the word in row `i` is where the text begins with it; else 0."""
    k = 0
    while k < words.shape[1] and words[i, k] != 0:
        if k >= a.length or words[i, k] != byte_at(a, k):
            return 0
        k += 1
    return k


@kernel
def append(line: StringView, a: StringView) -> StringView:
    """`line` with `a` behind it; a line has room for `LINE` bytes, and what is beyond is left out."""
    n = min(a.length, LINE_CAPACITY - line.length)
    for i in range(n):
        _store_byte(line.address + line.length + i, byte_at(a, i))  # type: ignore[call-arg]
    return StringView(line.address, line.length + n)


@kernel
def append_word(line: StringView, words: WordTable, i: int) -> StringView:
    """`line` with the word in row `i` behind it."""
    n = line.length
    for k in range(words.shape[1]):
        if words[i, k] != 0 and n < LINE_CAPACITY:
            _store_byte(line.address + n, words[i, k])  # type: ignore[call-arg]
            n += 1
    return StringView(line.address, n)


@kernel
def concat_equals(whole_1: StringView, whole_2: StringView, a: StringView, b: StringView, c: StringView) -> bool:
    """Whether two texts one behind the other read as three do."""
    if whole_1.length + whole_2.length != a.length + b.length + c.length:
        return False
    for i in range(whole_1.length + whole_2.length):
        mine = byte_at(whole_1, i) if i < whole_1.length else byte_at(whole_2, i - whole_1.length)
        if i < a.length:
            other = byte_at(a, i)
        elif i < a.length + b.length:
            other = byte_at(b, i - a.length)
        else:
            other = byte_at(c, i - a.length - b.length)
        if mine != other:
            return False
    return True


@kernel
def is_digit(byte: int) -> bool:
    """Whether a byte is 0 to 9."""
    return 48 <= byte <= 57


@kernel
def first_digit_run(a: StringView) -> StringView:
    """The first digits that stand together."""
    start = 0
    while start < a.length and not is_digit(byte_at(a, start)):
        start += 1
    end = start
    while end < a.length and is_digit(byte_at(a, end)):
        end += 1
    return StringView(a.address + start, end - start)


@kernel
def fnv1a_step(value: np.uint64, byte: int) -> np.uint64:
    """A hash that goes on with one more letter."""
    return (value ^ np.uint64(byte)) * _FNV_PRIME


@kernel
def fmix64(value: np.uint64) -> np.uint64:
    """A hash whose every bit depends on every letter; never 0."""
    value = (value ^ (value >> _FMIX64_SHIFT)) * _FMIX64_MULTIPLIER_1
    value = (value ^ (value >> _FMIX64_SHIFT)) * _FMIX64_MULTIPLIER_2
    return max(value ^ (value >> _FMIX64_SHIFT), _ONE)


@kernel
def hash_string(a: StringView) -> np.uint64:
    """64 bits that stand for a text; 0 for a missing one, and for no other."""
    if a.length == 0:
        return _ZERO
    value = FNV_OFFSET_BASIS
    for i in range(a.length):
        value = fnv1a_step(value, byte_at(a, i))
    return fmix64(value)


@kernel
def _byte_bitmap(a: StringView) -> np.uint64:
    """A bit for each letter that a text has; few letters share one."""
    present = _ZERO
    for i in range(a.length):
        present |= _ONE << np.uint64(byte_at(a, i) & 63)
    return present


@kernel
def jaro_winkler(a: StringView, b: StringView) -> float:
    """How alike two texts are, from 0 to 1, with a bonus for up to four letters of a common beginning; 0 where one is missing.

    A text is as alike as its first 64 letters.
    """
    n, m = min(a.length, 64), min(b.length, 64)
    if n == 0 or m == 0:
        return 0.0
    reach = max(max(n, m) // 2 - 1, 0)
    taken, met = _ZERO, _ZERO  # a bit per letter
    present = _byte_bitmap(prefix(a, n))
    matches = 0
    for j in range(m):
        if not present >> np.uint64(byte_at(b, j) & 63) & _ONE:
            continue
        for i in range(max(0, j - reach), min(n, j + reach + 1)):
            if byte_at(a, i) == byte_at(b, j) and not taken >> np.uint64(i) & _ONE:
                taken |= _ONE << np.uint64(i)
                met |= _ONE << np.uint64(j)
                matches += 1
                break
    if matches == 0:
        return 0.0
    exchanged, j = 0, 0
    for i in range(n):
        if taken >> np.uint64(i) & _ONE:
            while not met >> np.uint64(j) & _ONE:
                j += 1
            exchanged += byte_at(a, i) != byte_at(b, j)
            j += 1
    likeness = (matches / n + matches / m + (matches - exchanged // 2) / matches) / 3.0
    if likeness > WINKLER_BOOST_THRESHOLD:
        common = 0
        while common < min(4, n, m) and byte_at(a, common) == byte_at(b, common):
            common += 1
        likeness += common * 0.1 * (1.0 - likeness)
    return likeness


@kernel
def _has_unshared_bytes(a: StringView, b: StringView, most: int) -> bool:
    """Whether more letters than `most` stand in `a` and nowhere in `b`."""
    present = _byte_bitmap(b)
    missing = 0
    for i in range(a.length):
        missing += not present >> np.uint64(byte_at(a, i) & 63) & _ONE
    return missing > most


@kernel
def damerau_levenshtein(a: StringView, b: StringView, most: int) -> int:
    """How many letters to insert, leave out, replace or exchange with the next make one text the other.

    `most` + 1 stands for any number above `most`, which is soon told.
    """
    while a.length > 0 and b.length > 0 and byte_at(a, 0) == byte_at(b, 0):
        a, b = drop_prefix(a, 1), drop_prefix(b, 1)
    while a.length > 0 and b.length > 0 and byte_at(a, a.length - 1) == byte_at(b, b.length - 1):
        a, b = prefix(a, a.length - 1), prefix(b, b.length - 1)
    n, m = a.length, b.length
    if n == 0 or m == 0 or n == m == 1:
        return min(max(n, m), most + 1)
    if abs(n - m) > most or _has_unshared_bytes(a, b, most) or _has_unshared_bytes(b, a, most):
        return most + 1
    if most == 1:
        is_exchanged = n == m == 2 and byte_at(a, 0) == byte_at(b, 1) and byte_at(a, 1) == byte_at(b, 0)
        return 1 if is_exchanged else 2
    return min(_full_damerau_levenshtein(a, b), most + 1)


@kernel
def _full_damerau_levenshtein(a: StringView, b: StringView) -> int:
    n, m = a.length, b.length
    far = n + m
    cost = np.empty((n + 2, m + 2), np.int32)
    last_row = np.zeros(256, np.int32)
    cost[0, 0] = far
    for i in range(n + 1):
        cost[i + 1, 0], cost[i + 1, 1] = far, i
    for j in range(m + 1):
        cost[0, j + 1], cost[1, j + 1] = far, j
    for i in range(1, n + 1):
        last_column = 0
        mine = byte_at(a, i - 1)
        for j in range(1, m + 1):
            other = byte_at(b, j - 1)
            row, column = last_row[other], last_column
            if mine == other:
                replaced = cost[i, j]
                last_column = j
            else:
                replaced = cost[i, j] + 1
            exchanged = cost[row, column] + (i - row - 1) + 1 + (j - column - 1)
            cost[i + 1, j + 1] = min(replaced, cost[i + 1, j] + 1, cost[i, j + 1] + 1, exchanged)
        last_row[mine] = i
    return int(cost[n + 1, m + 1])


def word_table(*words: str) -> WordTable:
    """Words as the table that compiled functions read: a row each, filled with zeros."""
    longest = max(map(len, words))
    return np.array([list(word.encode("ascii").ljust(longest, b"\0")) for word in words], np.uint8)


def word_set(*words: str) -> WordSet:
    """Words as compiled functions look one up among them."""
    table = word_table(*sorted(words))
    return WordSet(table, np.searchsorted(table[:, 0], np.arange(257)))

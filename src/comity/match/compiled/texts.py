"""Relations of two texts, as compiled functions over bytes in memory: the same, one begins the other, how alike.

A text is where its bytes lie and how many they are: two numbers, which cost nothing to pass on and to cut. Whoever makes
a `Text` keeps its bytes in place as long as it is used; here nothing is read beyond its end.

Guarantees: an empty text is a missing one, and agrees with nothing; no function changes its arguments.
Basis: Jaro 1989 and Winkler 1990 with the bounds of RapidFuzz; Damerau-Levenshtein as Lowrance and Wagner 1975 count it
(a letter may be edited between two that were exchanged).
Start at `Text`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

F = TypeVar("F", bound=Callable[..., Any])
Words = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]

HASH_OF_NOTHING, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_NONE, _ONE = np.uint64(0), np.uint64(1)
MIX = np.uint64(0x9E3779B97F4A7C15)
"""An odd number that spreads the bits of what is multiplied by it."""
_FIRST, _SECOND, _SHIFT = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53), np.uint64(33)
BOOST_FROM = 0.7
"""Winkler's bonus for a common beginning is for names that are alike already."""
LINE = 1024
"""Bytes that a line put together has room for."""


class Text(NamedTuple):
    """The address of its first byte, and how many bytes it has."""

    at: Any
    n: int


class WordSet(NamedTuple):
    """Words, a row each, in order of their first letter; those of letter `b` are the rows `starts[b]` to `starts[b + 1]`."""

    words: Words
    starts: npt.NDArray[np.int64]


def compiled(function: F) -> F:
    """`function` as machine code that runs beside other threads, kept from one process to the next."""
    return cast("F", njit(cache=True, nogil=True)(function))


@intrinsic
def _load(_: Any, address: Any) -> Any:
    """The byte at an address."""

    def generate(__: Any, builder: Any, ___: Any, arguments: Any) -> Any:
        return builder.load(builder.inttoptr(arguments[0], ir.IntType(8).as_pointer()))

    return types.uint8(address), generate


@intrinsic
def _store(_: Any, address: Any, value: Any) -> Any:
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


@compiled
def prefetch(address: int) -> None:
    """Begin to load what is at an address, which will be asked for soon; nothing else happens, wherever it is."""
    _prefetch(address)  # type: ignore[call-arg]  # numba passes the first argument


@intrinsic
def _load_eight(_: Any, address: Any) -> Any:
    """The eight bytes from an address on, whatever it is a multiple of."""

    def generate(__: Any, builder: Any, ___: Any, arguments: Any) -> Any:
        return builder.load(builder.inttoptr(arguments[0], ir.IntType(64).as_pointer()), align=1)

    return types.uint64(address), generate


@compiled
def load_eight(address: int) -> np.uint64:
    """The eight bytes from an address on as a number, the first of them lowest (as on every machine that Arrow runs on)."""
    return np.uint64(_load_eight(address))  # type: ignore[call-arg]  # numba passes the first argument


@compiled
def letter(a: Text, i: int) -> int:
    """The byte at place `i`."""
    byte: int = _load(a.at + i)  # type: ignore[call-arg]  # numba passes the first argument
    return byte


@compiled
def begin(a: Text, letters: int) -> Text:
    """The first letters."""
    return Text(a.at, min(a.n, letters))


@compiled
def rest(a: Text, letters: int) -> Text:
    """What follows the first letters."""
    return Text(a.at + letters, a.n - letters) if letters < a.n else Text(a.at, 0)


@compiled
def same(a: Text, b: Text) -> bool:
    """Whether two texts are equal, missing or not."""
    if a.n != b.n:
        return False
    for i in range(a.n):
        if letter(a, i) != letter(b, i):
            return False
    return True


@compiled
def agree(a: Text, b: Text) -> bool:
    """Whether both are there and equal."""
    return a.n > 0 and same(a, b)


@compiled
def disagree(a: Text, b: Text) -> bool:
    """Whether both are there and differ."""
    return a.n > 0 and b.n > 0 and not same(a, b)


@compiled
def compatible(a: Text, b: Text) -> bool:
    """Whether they are equal, or one is missing."""
    return a.n == 0 or b.n == 0 or same(a, b)


@compiled
def starts_with(a: Text, beginning: Text) -> bool:
    """Whether `a` begins with a text that is there."""
    return 0 < beginning.n <= a.n and same(begin(a, beginning.n), beginning)


@compiled
def ends_with(a: Text, end: Text) -> bool:
    """Whether `a` ends with a text that is there."""
    return 0 < end.n <= a.n and same(rest(a, a.n - end.n), end)


@compiled
def begin_alike(a: Text, b: Text, letters: int) -> bool:
    """Whether both are there and their first letters, so many of them, are the same."""
    return agree(begin(a, letters), begin(b, letters))


@compiled
def is_word(a: Text, words: Words, i: int) -> bool:
    """Whether the text is the word in row `i`."""
    if a.n > words.shape[1]:
        return False
    for k in range(a.n):
        if words[i, k] != letter(a, k):
            return False
    return a.n == words.shape[1] or bool(words[i, a.n] == 0)


@compiled
def is_among(a: Text, words: WordSet) -> bool:
    """Whether the text is one of the words."""
    if a.n == 0:
        return False
    first = letter(a, 0)
    for i in range(words.starts[first], words.starts[first + 1]):
        if is_word(a, words.words, i):
            return True
    return False


@compiled
def starts_with_word(a: Text, words: Words, i: int) -> int:
    """How long the word in row `i` is where the text begins with it; else 0."""
    k = 0
    while k < words.shape[1] and words[i, k] != 0:
        if k >= a.n or words[i, k] != letter(a, k):
            return 0
        k += 1
    return k


@compiled
def add(line: Text, a: Text) -> Text:
    """`line` with `a` behind it; a line has room for `LINE` bytes, and what is beyond is left out."""
    n = min(a.n, LINE - line.n)
    for i in range(n):
        _store(line.at + line.n + i, letter(a, i))  # type: ignore[call-arg]
    return Text(line.at, line.n + n)


@compiled
def add_word(line: Text, words: Words, i: int) -> Text:
    """`line` with the word in row `i` behind it."""
    n = line.n
    for k in range(words.shape[1]):
        if words[i, k] != 0 and n < LINE:
            _store(line.at + n, words[i, k])  # type: ignore[call-arg]
            n += 1
    return Text(line.at, n)


@compiled
def is_joined(whole_1: Text, whole_2: Text, a: Text, b: Text, c: Text) -> bool:
    """Whether two texts one behind the other read as three do."""
    if whole_1.n + whole_2.n != a.n + b.n + c.n:
        return False
    for i in range(whole_1.n + whole_2.n):
        mine = letter(whole_1, i) if i < whole_1.n else letter(whole_2, i - whole_1.n)
        if i < a.n:
            other = letter(a, i)
        elif i < a.n + b.n:
            other = letter(b, i - a.n)
        else:
            other = letter(c, i - a.n - b.n)
        if mine != other:
            return False
    return True


@compiled
def is_digit(byte: int) -> bool:
    """Whether a byte is 0 to 9."""
    return 48 <= byte <= 57


@compiled
def digits(a: Text) -> Text:
    """The first digits that stand together."""
    start = 0
    while start < a.n and not is_digit(letter(a, start)):
        start += 1
    end = start
    while end < a.n and is_digit(letter(a, end)):
        end += 1
    return Text(a.at + start, end - start)


@compiled
def fold(value: np.uint64, byte: int) -> np.uint64:
    """A hash that goes on with one more letter."""
    return (value ^ np.uint64(byte)) * _PRIME


@compiled
def finish(value: np.uint64) -> np.uint64:
    """A hash whose every bit depends on every letter; never 0."""
    value = (value ^ (value >> _SHIFT)) * _FIRST
    value = (value ^ (value >> _SHIFT)) * _SECOND
    return max(value ^ (value >> _SHIFT), _ONE)


@compiled
def hash_text(a: Text) -> np.uint64:
    """64 bits that stand for a text; 0 for a missing one, and for no other."""
    if a.n == 0:
        return _NONE
    value = HASH_OF_NOTHING
    for i in range(a.n):
        value = fold(value, letter(a, i))
    return finish(value)


@compiled
def _letters_of(a: Text) -> np.uint64:
    """A bit for each letter that a text has; few letters share one."""
    present = _NONE
    for i in range(a.n):
        present |= _ONE << np.uint64(letter(a, i) & 63)
    return present


@compiled
def jaro_winkler(a: Text, b: Text) -> float:
    """How alike two texts are, from 0 to 1, with a bonus for up to four letters of a common beginning; 0 where one is missing.

    A text is as alike as its first 64 letters.
    """
    n, m = min(a.n, 64), min(b.n, 64)
    if n == 0 or m == 0:
        return 0.0
    reach = max(max(n, m) // 2 - 1, 0)
    taken, met = _NONE, _NONE  # a bit per letter
    present = _letters_of(begin(a, n))
    matches = 0
    for j in range(m):
        if not present >> np.uint64(letter(b, j) & 63) & _ONE:
            continue
        for i in range(max(0, j - reach), min(n, j + reach + 1)):
            if letter(a, i) == letter(b, j) and not taken >> np.uint64(i) & _ONE:
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
            exchanged += letter(a, i) != letter(b, j)
            j += 1
    likeness = (matches / n + matches / m + (matches - exchanged // 2) / matches) / 3.0
    if likeness > BOOST_FROM:
        common = 0
        while common < min(4, n, m) and letter(a, common) == letter(b, common):
            common += 1
        likeness += common * 0.1 * (1.0 - likeness)
    return likeness


@compiled
def _are_missing(a: Text, b: Text, most: int) -> bool:
    """Whether more letters than `most` stand in `a` and nowhere in `b`."""
    present = _letters_of(b)
    missing = 0
    for i in range(a.n):
        missing += not present >> np.uint64(letter(a, i) & 63) & _ONE
    return missing > most


@compiled
def edits(a: Text, b: Text, most: int) -> int:
    """How many letters to insert, leave out, replace or exchange with the next make one text the other.

    `most` + 1 stands for any number above `most`, which is soon told.
    """
    while a.n > 0 and b.n > 0 and letter(a, 0) == letter(b, 0):
        a, b = rest(a, 1), rest(b, 1)
    while a.n > 0 and b.n > 0 and letter(a, a.n - 1) == letter(b, b.n - 1):
        a, b = begin(a, a.n - 1), begin(b, b.n - 1)
    n, m = a.n, b.n
    if n == 0 or m == 0 or n == m == 1:
        return min(max(n, m), most + 1)
    if abs(n - m) > most or _are_missing(a, b, most) or _are_missing(b, a, most):
        return most + 1
    if most == 1:
        is_exchanged = n == m == 2 and letter(a, 0) == letter(b, 1) and letter(a, 1) == letter(b, 0)
        return 1 if is_exchanged else 2
    return min(_all_edits(a, b), most + 1)


@compiled
def _all_edits(a: Text, b: Text) -> int:
    n, m = a.n, b.n
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
        mine = letter(a, i - 1)
        for j in range(1, m + 1):
            other = letter(b, j - 1)
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


def as_words(*words: str) -> Words:
    """Words as the table that compiled functions read: a row each, filled with zeros."""
    longest = max(map(len, words))
    return np.array([list(word.encode("ascii").ljust(longest, b"\0")) for word in words], np.uint8)


def as_set(*words: str) -> WordSet:
    """Words as compiled functions look one up among them."""
    table = as_words(*sorted(words))
    return WordSet(table, np.searchsorted(table[:, 0], np.arange(257)))

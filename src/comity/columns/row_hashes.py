"""One number per value of a text column, by which equal values are found without comparing texts.

Guarantees: equal values have equal numbers. Different values may share one: whoever counts exactly compares the texts.
Start at `mode_count` and `find_repeated_rows`.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Bytes, Digests, Int64s, Offsets, data_and_offsets
from comity.columns.kernel import GOLDEN_RATIO_64, inline_kernel, kernel
from comity.columns.parallel import map_chunks_parallel

_SHIFT, _ONE, _EIGHT = np.uint64(29), np.uint64(1), np.uint64(8)
_UPPERCASE_MASK = np.uint8(0xDF)  # clears the bit in which small letters differ from capitals
_A, _LETTER_COUNT = np.uint8(65), np.uint8(26)


def mode_count(text: pa.Array) -> int:
    """Return how many rows hold the most common value, not counting the empty one.

    >>> mode_count(pa.array(["a", "", "b", "a", "", ""]))
    2
    """
    filled = np.flatnonzero(np.diff(data_and_offsets(text)[1]))
    suspects = filled[_find_repeats(_hash_text(text)[filled])]
    if not len(suspects):  # the usual case for case numbers
        return len(filled[:1])
    return int(pc.max(text.take(pa.array(suspects)).value_counts().field("counts")).as_py())


def find_repeated_rows(columns: Sequence[pa.Array]) -> Int64s:
    """Return the positions of all rows that equal another in every column, and by chance a few more.

    A null and '' count as equal.

    >>> find_repeated_rows([pa.array(["a", "b", "a"]), pa.array(["x", "x", "x"])]).tolist()
    [0, 2]
    """
    hashes = np.zeros(len(columns[0]), dtype=np.uint64)
    for text in columns:
        hashes = (hashes ^ _hash_text(text)) * GOLDEN_RATIO_64
    return _find_repeats(hashes)


def _hash_text(text: pa.Array) -> Digests:
    hashes = np.empty(len(text), dtype=np.uint64)
    _hash_rows(*data_and_offsets(text), hashes)
    return hashes


def _find_repeats(hashes: Digests) -> Int64s:
    """Return the positions of the hashes that occur more than once."""
    ordered = np.sort(hashes)
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.flatnonzero(np.isin(hashes, repeated)) if len(repeated) else np.empty(0, np.int64)


def letter_sum_hashes(text: pa.Array) -> Int64s:
    """Return for each ASCII value a number that ignores case, marks, spaces and digits: the sum of its letters."""
    return np.concatenate(map_chunks_parallel(_letter_sum_chunk, text))


def _letter_sum_chunk(text: pa.Array) -> Int64s:
    sums = np.zeros(len(text), dtype=np.int64)
    _sum_letters(*data_and_offsets(text), sums)
    return sums


@kernel
def _sum_letters(data: Bytes, offsets: Offsets, sums: Int64s) -> None:
    """Write the sum of each value's ASCII letters, each counted as its capital."""
    for row in range(len(sums)):
        total = np.int32(0)
        for i in range(np.uint64(offsets[row]), np.uint64(offsets[row + 1])):
            letter = data[i] & _UPPERCASE_MASK
            total += np.int32(letter) * np.int32(np.uint8(letter - _A) < _LETTER_COUNT)
        sums[row] = total


@kernel
def _hash_rows(data: Bytes, offsets: Offsets, out: Digests) -> None:
    """Write a hash for each value."""
    for row in range(len(out)):
        out[row] = hash_bytes(data, np.uint64(offsets[row]), np.uint64(offsets[row + 1]))


@inline_kernel
def hash_bytes(data: Bytes, i: np.uint64, end: np.uint64) -> np.uint64:
    """Hash the bytes from `i` to `end`, eight at a time."""
    value = GOLDEN_RATIO_64 ^ (end - i)
    while i + _EIGHT <= end:
        value = (value ^ _load_word(data, i)) * GOLDEN_RATIO_64
        value ^= value >> _SHIFT
        i += _EIGHT
    value = (value ^ _load_partial_word(data, i, end)) * GOLDEN_RATIO_64
    return value ^ value >> _SHIFT


@inline_kernel
def _load_word(data: Bytes, i: np.uint64) -> np.uint64:
    """Read eight bytes as one number; the compiler turns it into a single load."""
    low, high = np.uint64(0), np.uint64(0)
    for k in range(4):
        low |= np.uint64(data[i + np.uint64(k)]) << np.uint64(8 * k)
        high |= np.uint64(data[i + np.uint64(4 + k)]) << np.uint64(8 * k)
    return low | high << np.uint64(32)


@inline_kernel
def _load_partial_word(data: Bytes, i: np.uint64, end: np.uint64) -> np.uint64:
    """Read fewer than eight bytes, from `i` to `end`, as one number."""
    if i + _EIGHT <= np.uint64(len(data)):
        return _load_word(data, i) & ((_ONE << _EIGHT * (end - i)) - _ONE)
    word = np.uint64(0)
    for k in range(i, end):
        word |= np.uint64(data[k]) << _EIGHT * (k - i)
    return word

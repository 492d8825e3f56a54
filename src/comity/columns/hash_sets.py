"""Sets and counts of 64-bit hashes and digests. In a digest column 0 means "no value" and belongs to no set.

Guarantees: exact for the digests given; two values that share a digest are one value here.
Start at `is_in_set`.
"""

import numpy as np

from comity.columns.buffers import Bools, Digests, Int64s
from comity.columns.kernel import inline_kernel, kernel
from comity.columns.parallel import map_chunks_parallel

_SLOTS_PER_VALUE = 4
"""Slots per value, so that most look-ups of an absent value end at the first slot."""
_ONE = np.uint64(1)


def is_in_set(digests: Digests, values: Digests) -> Bools:
    """Return for each digest whether it is one of `values` (none of them 0)."""
    table = build_hash_set(values)

    def look_up_chunk(chunk: Digests) -> Bools:
        result = np.empty(len(chunk), dtype=np.bool_)
        _look_up_all(table, chunk, result)
        return result

    return np.concatenate(map_chunks_parallel(look_up_chunk, digests))


def first_occurrences(digests: Digests) -> Int64s:
    """Return the rows in which each distinct digest (none of them 0) occurs first, in ascending order."""
    marked = np.empty(len(digests), dtype=np.bool_)
    _mark_first_occurrences(build_hash_set(digests[:0], len(digests)), digests, marked)
    return np.flatnonzero(marked)


def value_counts(digests: Digests) -> tuple[Digests, Int64s]:
    """Return the distinct digests but 0, sorted, and how often each occurs."""
    ordered = np.sort(digests[digests != 0])
    starts = run_starts(ordered)
    return ordered[starts], np.diff(np.append(starts, len(ordered)))


def run_starts(ordered: Digests) -> Int64s:
    """Return where each run of equal digests begins in a sorted array."""
    return np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)])


@kernel
def build_hash_set(values: Digests, capacity: int = 0) -> Digests:
    """Build an open-addressing table of `values` (none of them 0) with room for `capacity` values at least.

    Empty slots are 0; at most a quarter of the slots are filled, and their number is a power of two.
    """
    size = _SLOTS_PER_VALUE
    while size < _SLOTS_PER_VALUE * max(len(values), capacity):
        size *= 2
    table = np.zeros(size, np.uint64)
    mask = np.uint64(size - 1)
    for value in values:
        slot = value & mask
        while table[slot] != 0:
            slot = (slot + _ONE) & mask
        table[slot] = value
    return table


@inline_kernel
def hash_set_contains(table: Digests, value: np.uint64) -> bool:
    """Return whether a table of `build_hash_set` holds a value; it never holds 0."""
    mask = np.uint64(len(table) - 1)
    slot = value & mask
    while table[slot] != 0 and table[slot] != value:
        slot = (slot + _ONE) & mask
    return bool(table[slot] != 0)


@kernel
def _look_up_all(table: Digests, digests: Digests, result: Bools) -> None:
    """Write for each digest whether the table holds it."""
    for row in range(len(digests)):
        result[row] = hash_set_contains(table, digests[row])


@kernel
def _mark_first_occurrences(table: Digests, digests: Digests, marked: Bools) -> None:
    """Mark where each distinct digest occurs first, and fill the empty table with them."""
    mask = np.uint64(len(table) - 1)
    for row in range(len(digests)):
        slot = digests[row] & mask
        while table[slot] != 0 and table[slot] != digests[row]:
            slot = (slot + _ONE) & mask
        marked[row] = table[slot] == 0
        table[slot] = digests[row]

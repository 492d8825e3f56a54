"""Sets and counts of 64-bit hashes and digests. In a digest column 0 means "no value" and belongs to no set.

Guarantees: exact for the digests given; two values that share a digest are one value here.
Start at `is_in_set`.
"""

from typing import Any

import numpy as np

from comity.columns.buffers import Bools, Digests, Int64s
from comity.columns.kernel import inline_kernel, kernel
from comity.columns.parallel import map_chunks_parallel

_SLOTS_PER_VALUE = 4
"""Slots per value, so that most look-ups of an absent value end at the first slot."""
_GROUPS_PER_PART, _MAX_PART_BITS = 256, 13
_ONE = np.uint64(1)


def is_in_set(digests: Digests, values: Digests) -> Bools:
    """Return for each digest whether it is one of `values` (none of them 0)."""
    return is_in_hash_set(digests, build_hash_set(values))


def is_in_hash_set(digests: Digests, table: Digests) -> Bools:
    """Return for each digest whether a table of `build_hash_set` holds it."""

    def look_up_chunk(chunk: Digests) -> Bools:
        result = np.empty(len(chunk), dtype=np.bool_)
        _look_up_all(table, chunk, result)
        return result

    return np.concatenate(map_chunks_parallel(look_up_chunk, digests))


def count_distinct_members(groups: Digests, members: Digests) -> tuple[Digests, Int64s]:
    """Return the distinct groups, sorted, and how many distinct members (none of them 0) each has.

    A member's digest covers its group: equal members are of one group. Groups are digests, spread over all 64 bits, so
    that the groups with the same first bits are few, and their members fit into the processor's cache.

    >>> a, b = 1 << 62, 3 << 62
    >>> found = count_distinct_members(np.array([b, a, b, b], np.uint64), np.array([7, 8, 9, 7], np.uint64))
    >>> found[0].tolist() == [a, b], found[1].tolist()
    (True, [1, 2])
    """
    bits = min(max(len(groups) // _GROUPS_PER_PART, 1).bit_length(), _MAX_PART_BITS)
    counts = np.empty(len(groups), np.int64)
    distinct = np.empty(len(groups), np.uint64)
    found = _count_members_by_part(groups, members, np.uint64(64 - bits), distinct, counts)
    return distinct[:found].copy(), counts[:found].copy()


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
def _count_members_by_part(groups: Any, members: Any, shift: np.uint64, distinct: Any, counts: Any) -> int:
    """Write the distinct groups and their counts of distinct members, part by part; return how many groups there are.

    A part is the groups that begin with the same bits.
    """
    part_count = int(np.uint64(0xFFFFFFFFFFFFFFFF) >> shift) + 1
    ends = np.zeros(part_count + 1, np.int64)
    for group in groups:
        ends[int(group >> shift) + 1] += 1
    largest = int(np.max(ends))
    ends = np.cumsum(ends)
    ordered_groups, ordered_members = np.empty_like(groups), np.empty_like(members)
    for row in range(len(groups)):
        part = int(groups[row] >> shift)
        ordered_groups[ends[part]], ordered_members[ends[part]] = groups[row], members[row]
        ends[part] += 1
    table = build_hash_set(groups[:0], largest)
    found, start = 0, 0
    for part in range(part_count):
        end = ends[part]
        kept = _keep_first_occurrences(ordered_groups, ordered_members, start, end, table)
        ordered_groups[start:kept].sort()
        for i in range(start, kept):
            if i == start or ordered_groups[i] != ordered_groups[i - 1]:
                distinct[found], counts[found] = ordered_groups[i], 0
                found += 1
            counts[found - 1] += 1
        start = end
    return found


@inline_kernel
def _keep_first_occurrences(groups: Any, members: Any, start: int, end: int, table: Any) -> int:
    """Move the groups of members that occur first to the front of a part; return where they end."""
    size = _SLOTS_PER_VALUE
    while size < _SLOTS_PER_VALUE * (end - start):
        size *= 2
    table[:size] = 0
    mask, kept = np.uint64(size - 1), start
    for i in range(start, end):
        slot = members[i] & mask
        while table[slot] != 0 and table[slot] != members[i]:
            slot = (slot + _ONE) & mask
        if table[slot] == 0:
            table[slot] = members[i]
            groups[kept] = groups[i]
            kept += 1
    return kept

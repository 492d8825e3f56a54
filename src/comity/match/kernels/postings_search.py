"""Search sorted postings for sorted keys, and gather values from columns: the loops of a batch's look-up.

A posting is 64 bits: the upper ones of a blocking key, and a record number below.

Guarantees: nothing is allocated; the interpreter's lock is not held.
Start at `count_postings`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from comity.columns.kernel import kernel
from comity.columns.strings import Hashes


@kernel
def _lower_bound(entries: Hashes, key: np.uint64, low: int) -> int:
    """Return the first position from `low` on whose entry is not below `key`, by galloping and then bisection."""
    step, n = 1, len(entries)
    high = low
    while high < n and entries[high] < key:
        low = high + 1
        high += step
        step *= 2
    high = min(high, n)
    while low < high:
        middle = (low + high) // 2
        if entries[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _interpolate(entries: Hashes, key: np.uint64, low: int) -> int:
    """Return a position from `low` on that is not past the first entry not below `key`.

    Keys are hashes, so they are evenly distributed: in a whole file, an entry is near the position that its share of
    2^64 predicts, and each search touches the same few pages.
    """
    position, step = max(low, int(np.float64(key) * (2.0**-64 * len(entries)))), 64
    while position > low and (position >= len(entries) or entries[position] >= key):
        position = max(low, position - step)
        step *= 2
    return position


@kernel
def count_postings(
    entries: Hashes,
    wanted: Hashes,
    record_mask: np.uint64,
    starts: npt.NDArray[np.int64],
    lengths: npt.NDArray[np.int64],
    is_whole_file: bool,
) -> int:
    """Write where the entries of each wanted key start and how many there are; return how many there are in all.

    Args:
        entries: postings in ascending order.
        wanted: keys in ascending order, with zeros for the record number.
        record_mask: the lower bits of an entry, which hold the record number.
        starts: filled with the position of each key's first entry.
        lengths: filled with the number of each key's entries.
        is_whole_file: whether `entries` is a whole file, whose keys are evenly distributed over 64 bits.
    """
    position, total = 0, 0
    for i in range(len(wanted)):
        if i == 0 or wanted[i] != wanted[i - 1]:
            low = _interpolate(entries, wanted[i], position) if is_whole_file else position
            position = _lower_bound(entries, wanted[i], low)
        end = position
        while end < len(entries) and entries[end] & ~record_mask == wanted[i]:
            end += 1
        starts[i], lengths[i] = position, end - position
        total += end - position
    return total


@kernel
def gather_postings(
    entries: Hashes,
    record_mask: np.uint64,
    starts: npt.NDArray[np.int64],
    lengths: npt.NDArray[np.int64],
    positions: npt.NDArray[np.int64],
    records: npt.NDArray[np.uint32],
) -> None:
    """Write the position of the wanted key and the record number of every entry that `count_postings` counted."""
    k = 0
    for i in range(len(starts)):
        for j in range(starts[i], starts[i] + lengths[i]):
            positions[k] = i
            records[k] = entries[j] & record_mask
            k += 1


@kernel
def gather(column: Any, positions: Any, out: Any) -> None:
    """Write the values at the positions to `out`."""
    for i in range(len(positions)):
        out[i] = column[positions[i]]

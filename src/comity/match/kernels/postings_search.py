"""Search sorted entries for sorted keys, and take values from columns: the loops that a batch's look-up is made of.

Guarantees: nothing is held but what is asked for; no lock is held.
Start at `count_met`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from comity.columns.kernel import kernel
from comity.columns.strings import Hashes


@kernel
def _lower_bound(entries: Hashes, key: np.uint64, low: int) -> int:
    """The first place from `low` on whose entry is not below `key`: in steps that double, then by halves."""
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
    """A place from `low` on, and not behind the first entry that is not below `key`.

    Keys are hashes, which lie evenly: of a whole file, it is near where the key's share of 2^64 says, on the same few pages.
    """
    at, step = max(low, int(np.float64(key) * (2.0**-64 * len(entries)))), 64
    while at > low and (at >= len(entries) or entries[at] >= key):
        at = max(low, at - step)
        step *= 2
    return at


@kernel
def count_postings(
    entries: Hashes, wanted: Hashes, records: np.uint64, starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64],
    is_whole: bool,  # noqa: FBT001  numba takes no keywords
) -> int:  # fmt: skip
    """For each wanted key, in ascending order, where its entries start and how many there are; returns how many in all.

    The lower bits of an entry, `records`, are the record's number; those of a wanted key are 0. `is_whole` says that the
    entries are a whole file's.
    """
    at, total = 0, 0
    for i in range(len(wanted)):
        if i == 0 or wanted[i] != wanted[i - 1]:
            at = _lower_bound(entries, wanted[i], _interpolate(entries, wanted[i], at) if is_whole else at)
        end = at
        while end < len(entries) and entries[end] & ~records == wanted[i]:
            end += 1
        starts[i], lengths[i] = at, end - at
        total += end - at
    return total


@kernel
def gather_postings(
    entries: Hashes, records: np.uint64, starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64],
    positions: npt.NDArray[np.int64], met: npt.NDArray[np.uint32],
) -> None:  # fmt: skip
    """Write the position of each wanted key and the record, for every entry that `count_met` counted."""
    k = 0
    for i in range(len(starts)):
        for j in range(starts[i], starts[i] + lengths[i]):
            positions[k] = i
            met[k] = entries[j] & records
            k += 1


@kernel
def gather(column: Any, places: Any, out: Any) -> None:
    """Write the value at each of the places into `out`."""
    for i in range(len(places)):
        out[i] = column[places[i]]

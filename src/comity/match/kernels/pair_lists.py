"""Merge what several blocking rules found into one list of distinct pairs, in order of request, then of record.

The records of each request are gathered beside each other, as in a counting sort, and each of these short lists is
sorted by itself, which takes a fraction of the time that sorting all pairs at once takes.

Guarantees: the interpreter's lock is not held.
Start at `merge_pairs`.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from comity.columns.kernel import kernel
from comity.columns.parallel import PARALLEL_MIN_ROWS, run_parallel, split_rows
from comity.columns.strings import Hashes

RECORD_BITS = np.uint64(32)
_INSERTION_SORT_MAX = 48
"""Up to this many records, inserting each where it belongs is faster than any other sort."""

RulePairs = tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]
"""The positions of requests and, for each, the number of a record."""


def merge_pairs(request_count: int, found: Sequence[RulePairs]) -> Hashes:
    """Return the distinct pairs as request position * 2^32 + record number, in ascending order."""
    starts = np.zeros(request_count + 1, np.int64)
    for requests, _ in found:
        _count_records(requests, starts)
    np.cumsum(starts, out=starts)
    records, free = np.empty(starts[-1], np.uint32), starts[:-1].copy()
    for requests, found_records in found:
        _gather_records(requests, found_records, free, records)
    counts = np.zeros(request_count + 1, np.int64)
    _run_by_range(request_count, partial(_keep_distinct, starts, records, counts))
    ends = np.cumsum(counts)
    pairs = np.empty(ends[-1], np.uint64)
    _run_by_range(request_count, partial(_write_pairs, starts, records, ends, pairs))
    return pairs


def _run_by_range(request_count: int, work: Callable[[int, int], None]) -> None:
    """Do the work for all requests, from the first position to the last; in parts at once if they are many."""
    if request_count <= PARALLEL_MIN_ROWS:
        work(0, request_count)
    else:
        run_parallel([partial(work, first, last) for first, last in split_rows(request_count)])


@kernel
def _count_records(requests: Any, counts: Any) -> None:
    """Add the number of records of each request to the entry after its own."""
    for i in range(len(requests)):
        counts[requests[i] + 1] += 1


@kernel
def _gather_records(requests: Any, found: Any, free: Any, records: Any) -> None:
    """Put each record where its request's next one belongs."""
    for i in range(len(requests)):
        request = requests[i]
        records[free[request]] = found[i]
        free[request] += 1


@kernel
def _keep_distinct(starts: Any, records: Any, counts: Any, first: int, last: int) -> None:
    """Sort the records of each request in a range, move the distinct ones to the front, and count them."""
    for request in range(first, last):
        start, stop = starts[request], starts[request + 1]
        if stop - start > _INSERTION_SORT_MAX:
            records[start:stop].sort()
        else:
            for i in range(start + 1, stop):
                record, j = records[i], i
                while j > start and records[j - 1] > record:
                    records[j] = records[j - 1]
                    j -= 1
                records[j] = record
        kept = start
        for i in range(start, stop):
            if i == start or records[i] != records[kept - 1]:
                records[kept] = records[i]
                kept += 1
        counts[request + 1] = kept - start


@kernel
def _write_pairs(starts: Any, records: Any, ends: Any, pairs: Any, first: int, last: int) -> None:
    """Write the pairs of the requests in a range, from the distinct records in front of each list."""
    for request in range(first, last):
        start, written = starts[request], ends[request]
        for i in range(ends[request + 1] - written):
            pairs[written + i] = np.uint64(request) << RECORD_BITS | np.uint64(records[start + i])

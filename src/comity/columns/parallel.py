"""Apply a function to chunks of columns on all processors that this process may use.

Guarantees: results come back in the order of the rows or of the tasks, whichever thread finished first, and are the
same for any number of processors.
Does not: help pure Python. Arrow, NumPy and compiled kernels release the interpreter's lock; Python code holds it.
Basis: ADR 0014.
Start at `map_chunks_parallel`.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

_T = TypeVar("_T")
_Item = TypeVar("_Item")

PARALLEL_MIN_ROWS = 20_000
"""Up to this many rows, one processor is as fast as several."""
WORK_MEMORY_BYTES = 4 << 30
"""What tasks that run at the same time may hold together; two run at the same time in any case."""


def count_processors() -> int:
    """Return how many processors this process may use: fewer than the machine has in a container or under taskset."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def count_workers(bytes_each: int) -> int:
    """Return how many tasks that hold so many bytes each may run at the same time."""
    return min(count_processors(), max(2, WORK_MEMORY_BYTES // max(bytes_each, 1)))


def split_rows(row_count: int, parts: int | None = None) -> list[tuple[int, int]]:
    """Return ranges (first row, row after the last) of about the same size, one per processor or so many `parts`.

    >>> split_rows(5, 2)
    [(0, 3), (3, 5)]
    """
    size = max(1, -(-row_count // (parts or count_processors())))
    return [(start, min(start + size, row_count)) for start in range(0, row_count, size)]


def map_chunks_parallel(function: Callable[..., _T], *columns: Any) -> list[_T]:
    """Apply a function to chunks of columns and return one result per chunk, in order.

    The columns are Arrow or NumPy arrays of one length. `function` must treat each row on its own. There is one chunk
    per processor and no more, because each chunk compiles its regular expressions again.

    >>> import pyarrow as pa
    >>> sum(map_chunks_parallel(len, pa.array(["a"] * 40_000)))
    40000
    """
    row_count = len(columns[0])
    if row_count <= PARALLEL_MIN_ROWS or count_processors() == 1:
        return [function(*columns)]
    chunks = [[column[start:stop] for column in columns] for start, stop in split_rows(row_count)]
    return run_parallel([partial(function, *chunk) for chunk in chunks])


def run_parallel(tasks: Sequence[Callable[[], _T]], *, rows: int = PARALLEL_MIN_ROWS + 1) -> list[_T]:
    """Run tasks on all processors and return their results in the order of the tasks.

    `rows` is how many rows each is about: for few, to start threads takes longer than the tasks.
    """
    if rows <= PARALLEL_MIN_ROWS:
        return [task() for task in tasks]
    return list(iter_parallel(lambda task: task(), tasks))


def iter_parallel(
    function: Callable[[_Item], _T], items: Iterable[_Item], *, threads: int | None = None
) -> Iterator[_T]:
    """Yield the result of a function for each item, in order; on all processors, or on so many threads."""
    with ThreadPoolExecutor(threads or count_processors()) as pool:
        yield from pool.map(function, items)

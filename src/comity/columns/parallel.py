"""Apply a function to chunks of columns on all processors.

Guarantees: results come back in the order of the rows or of the tasks, whichever thread finished first.
Does not: help pure Python. Arrow, NumPy and compiled kernels release the interpreter's lock; Python code holds it.
Basis: ADR 0014.
Start at `map_chunks_parallel`.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

_T = TypeVar("_T")

PARALLEL_MIN_ROWS = 20_000
"""Up to this many rows, one processor is as fast as several."""


def map_chunks_parallel(function: Callable[..., _T], *columns: Any) -> list[_T]:
    """Apply a function to chunks of columns and return one result per chunk, in order.

    The columns are Arrow or NumPy arrays of one length. `function` must treat each row on its own. There is one chunk
    per processor and no more, because each chunk compiles its regular expressions again.

    >>> import pyarrow as pa
    >>> sum(map_chunks_parallel(len, pa.array(["a"] * 40_000)))
    40000
    """
    row_count, workers = len(columns[0]), os.cpu_count() or 1
    if row_count <= PARALLEL_MIN_ROWS or workers == 1:
        return [function(*columns)]
    chunk_rows = -(-row_count // workers)
    chunks = [[column[start : start + chunk_rows] for column in columns] for start in range(0, row_count, chunk_rows)]
    return run_parallel([partial(function, *chunk) for chunk in chunks])


def run_parallel(tasks: Sequence[Callable[[], _T]]) -> list[_T]:
    """Run tasks on all processors and return their results in the order of the tasks."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda task: task(), tasks))

"""Chunks on several processors give what the whole column gives."""

import os
import subprocess
import sys
import threading
from functools import partial

import pyarrow as pa
import pytest

from comity.columns import parallel
from comity.columns.parallel import (
    PARALLEL_MIN_ROWS,
    WORK_MEMORY_BYTES,
    count_processors,
    count_workers,
    map_chunks_parallel,
    run_parallel,
    split_rows,
)


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_map_chunks_parallel_keeps_the_order(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "count_processors", lambda: workers)
    numbers = pa.array(range(PARALLEL_MIN_ROWS + 5))
    chunks = map_chunks_parallel(lambda left, right: (left.to_pylist(), right.to_pylist()), numbers, numbers)
    assert len(chunks) == workers
    assert [n for left, _ in chunks for n in left] == numbers.to_pylist()
    assert all(left == right for left, right in chunks)


def test_map_chunks_parallel_does_not_split_few_rows() -> None:
    assert map_chunks_parallel(len, pa.array(range(PARALLEL_MIN_ROWS))) == [PARALLEL_MIN_ROWS]


def test_run_parallel_returns_results_in_the_order_of_the_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "count_processors", lambda: 2)
    second_is_done = threading.Event()

    def task(number: int) -> int:
        if number == 0:
            assert second_is_done.wait(10)
        second_is_done.set()
        return number

    assert run_parallel([partial(task, number) for number in range(2)]) == [0, 1]


def test_a_process_counts_the_processors_it_may_use() -> None:
    """A container or taskset gives a process fewer processors than the machine has."""
    one = next(iter(os.sched_getaffinity(0)))
    script = f"import os; os.sched_setaffinity(0, [{one}]); from comity.columns import parallel as p; "
    done = subprocess.run(
        [sys.executable, "-c", script + "print(p.count_processors())"], check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["1"]
    assert count_processors() == len(os.sched_getaffinity(0))


def test_large_tasks_run_two_at_a_time_and_small_ones_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "count_processors", lambda: 16)
    assert [count_workers(size) for size in (0, 1, WORK_MEMORY_BYTES // 3, WORK_MEMORY_BYTES * 9)] == [16, 16, 3, 2]
    monkeypatch.setattr(parallel, "count_processors", lambda: 1)
    assert count_workers(1) == 1


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 100])
def test_split_rows_covers_every_row_once(rows: int) -> None:
    for parts in range(1, 10):
        ranges = split_rows(rows, parts)
        assert [row for start, stop in ranges for row in range(start, stop)] == list(range(rows))
        assert len(ranges) <= parts

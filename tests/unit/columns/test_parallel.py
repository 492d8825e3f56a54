"""Chunks on several processors give what the whole column gives."""

import threading
from functools import partial

import pyarrow as pa
import pytest

from comity.columns.parallel import PARALLEL_MIN_ROWS, map_chunks_parallel, run_parallel


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_map_chunks_parallel_keeps_the_order(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: workers)
    numbers = pa.array(range(PARALLEL_MIN_ROWS + 5))
    chunks = map_chunks_parallel(lambda left, right: (left.to_pylist(), right.to_pylist()), numbers, numbers)
    assert len(chunks) == workers
    assert [n for left, _ in chunks for n in left] == numbers.to_pylist()
    assert all(left == right for left, right in chunks)


def test_map_chunks_parallel_does_not_split_few_rows() -> None:
    assert map_chunks_parallel(len, pa.array(range(PARALLEL_MIN_ROWS))) == [PARALLEL_MIN_ROWS]


def test_run_parallel_returns_results_in_the_order_of_the_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    second_is_done = threading.Event()

    def task(number: int) -> int:
        if number == 0:
            assert second_is_done.wait(10)
        second_is_done.set()
        return number

    assert run_parallel([partial(task, number) for number in range(2)]) == [0, 1]

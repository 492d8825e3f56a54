"""An index has the same bytes, and its evidence is the same, on any number of processors."""

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pyarrow as pa
import pytest

from comity.columns import parallel
from comity.match import Index, build_index, match_requests, update_index
from comity.match.index import writer
from comity.normalize.normalized_row import TEXT_COLUMNS
from tests.support.match_records import make_neighbors, make_record, make_requests, write_records

FIXED_KEY = bytes(range(32))


@pytest.fixture(name="source", scope="module")
def _source(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files of records in many partitions, which are written at the same time."""
    rows = make_neighbors(300)
    spread = [row | {"zip": f"{i % 97:02d}701", "city": "Springfield"} for i, row in enumerate(rows)]
    folder = tmp_path_factory.mktemp("records")
    late = [make_record("late", first_name="Ada", last_name="Elm", street="9 Late Ct", tin="900123456"), rows[0]]
    return [write_records(folder / "first.parquet", spread), write_records(folder / "late.parquet", late)]


@pytest.fixture(name="split_everything")
def _split_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Split also what is too small to be worth it, and give every index the same key."""
    monkeypatch.setattr(parallel, "PARALLEL_MIN_ROWS", 10)
    for name, limit in (
        ("comity.match.kernels.pair_lists.PARALLEL_MIN_ROWS", 10),
        ("comity.gates.request_columns.PARALLEL_MIN_ROWS", 10),
        ("comity.match.candidate_pairs.PAIRS_PER_BATCH", 100),
        ("comity.match.index.segment.SMALL_BATCH", 10),
    ):
        module, attribute = name.rsplit(".", 1)
        monkeypatch.setattr(import_module(module), attribute, limit)

    def create_fixed_key(folder: Path) -> bytes:
        (folder / "tin.key").write_bytes(FIXED_KEY)
        return FIXED_KEY

    monkeypatch.setattr(writer, "create_tin_key", create_fixed_key)


def read_digests(index: Path) -> dict[str, str]:
    return {
        path.relative_to(index).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(index.rglob("*"))
        if path.is_file()
    }


@pytest.mark.usefixtures("split_everything")
def test_any_number_of_processors_gives_the_same_bytes(
    source: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results: dict[int, tuple[dict[str, str], pa.Table]] = {}
    used: dict[int, set[int]] = {}
    for processors in (1, 2, 3, 5):
        monkeypatch.setattr(parallel, "count_processors", lambda count=processors: count)
        used[processors] = count_threads(monkeypatch)
        folder = tmp_path / str(processors)
        build_index(source[:1], folder)
        update_index(folder, append=source[1:])
        rows = [{column: row[column] for column in TEXT_COLUMNS} for row in make_neighbors(300)]
        with Index.open(folder) as index:
            results[processors] = read_digests(folder), match_requests(index, make_requests(*rows))
    for digests, evidence in results.values():
        assert digests == results[1][0]
        assert evidence == results[1][1]
    assert len(results[1][0]) > 60
    assert used == {1: {1}, 2: {2}, 3: {3}, 5: {5}}


def count_threads(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Return a set that collects how many threads each group of tasks is given."""
    given: set[int] = set()

    def make_pool(threads: int) -> ThreadPoolExecutor:
        given.add(threads)
        return ThreadPoolExecutor(threads)

    monkeypatch.setattr(parallel, "ThreadPoolExecutor", make_pool)
    return given


def test_tasks_of_a_group_run_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "count_processors", lambda: 5)
    all_are_there = threading.Barrier(5, timeout=20)
    tasks: list[Callable[[], int]] = [all_are_there.wait for _ in range(5)]
    assert sorted(parallel.run_parallel(tasks)) == list(range(5))

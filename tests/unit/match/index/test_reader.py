"""Reading an index: damage is an error, and an open index stays at one commit."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from comity.errors import IndexUnavailableError
from comity.match import Index, build_index, match_requests, update_index
from tests.support.match_records import make_neighbors, make_record, make_requests, write_records

ADA: dict[str, Any] = {"first_name": "Adalbert", "middle_name": "Q", "last_name": "Vinterberg", "street": "77 Oak Ave"}


@pytest.fixture
def index(tmp_path: Path) -> Path:
    build_index(
        [write_records(tmp_path / "records.parquet", [make_record("ada", **ADA), *make_neighbors(60)])],
        tmp_path / "index",
    )
    return tmp_path / "index"


def test_open_refuses_an_index_that_is_damaged_or_missing(index: Path, tmp_path: Path) -> None:
    commit_file = index / "index.json"
    commit = commit_file.read_text()
    for text, code in [("{", "index_unavailable"), (json.dumps({**json.loads(commit), "format": 99}), "index_version")]:
        commit_file.write_text(text)
        with pytest.raises(IndexUnavailableError) as e:
            Index.open(index)
        assert e.value.code == code
    commit_file.write_text(commit)
    (index / "tin.key").unlink()
    with pytest.raises(IndexUnavailableError):
        Index.open(index)
    with pytest.raises(IndexUnavailableError):
        Index.open(tmp_path / "nowhere")


def test_an_open_index_stays_at_one_commit(index: Path) -> None:
    with Index.open(index) as opened:
        update_index(index, withdraw=["ada"])
        assert match_requests(opened, make_requests(ADA))["record_id"].to_pylist() == ["ada"]


def test_readers_see_the_old_commit_or_the_new_one(index: Path, tmp_path: Path) -> None:
    """A reader that opens the index again and again while it changes never sees a mixture of two commits."""
    seen: set[tuple[int, str]] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            with Index.open(index) as opened:
                answer = match_requests(opened, make_requests(ADA))["record_id"][0].as_py()
                seen.add((opened.index_commit.rows, answer))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        update_index(
            index,
            append=[write_records(tmp_path / "amended.parquet", [make_record("bea", **ADA | {"first_name": "Beata"})])],
        )
        update_index(index, withdraw=["ada"])
    finally:
        stop.set()
        reader.join()
    assert seen <= {(61, "ada"), (62, "ada"), (61, "bea")}

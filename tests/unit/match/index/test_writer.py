"""Building an index, updating it, and builds that are killed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from comity.errors import ComityError, IndexUnavailableError
from comity.match import Index, build_index, match_requests, update_index
from comity.match.index import writer
from tests.support.match_records import make_neighbors, make_record, make_requests, write_records

ADA: dict[str, Any] = {"first_name": "Adalbert", "middle_name": "Q", "last_name": "Vinterberg", "street": "77 Oak Ave"}
MOVED: dict[str, Any] = ADA | {"street": "9 Harbor Blvd"}


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return build(tmp_path, make_record("ada", **ADA), *make_neighbors(60))


def build(folder: Path, *rows: dict[str, str | None], name: str = "index") -> Path:
    build_index([write_records(folder / f"{name}.parquet", rows)], folder / name)
    return folder / name


def find(index: Path, *rows: dict[str, Any], fingerprint: str | None = None) -> list[tuple[str | None, float]]:
    """The record_id and match weight of the best record of each request."""
    with Index.open(index, fingerprint=fingerprint) as opened:
        evidence = match_requests(opened, make_requests(*rows))
        return list(zip(evidence["record_id"].to_pylist(), evidence["match_weight"].to_pylist(), strict=True))


def test_the_fingerprint_depends_on_the_content_and_not_on_its_order(tmp_path: Path) -> None:
    rows = make_neighbors(20)
    changed = make_record("n00019", first_name="Zoe", last_name="Elm", street="1 Oak St")
    original, reversed_rows, other = (
        json.loads((build(tmp_path, *records, name=name) / "index.json").read_text())["fingerprint"]
        for name, records in (("a", rows), ("b", rows[::-1]), ("c", [*rows[:-1], changed]))
    )
    assert original == reversed_rows != other


def test_an_index_is_synthetic_only_if_its_files_declare_it(tmp_path: Path) -> None:
    real = write_records(tmp_path / "a.parquet", make_neighbors(3))
    synthetic = write_records(tmp_path / "b.parquet", make_neighbors(3), synthetic=True)
    assert build_index([synthetic], tmp_path / "synthetic").is_synthetic
    assert not build_index([real], tmp_path / "real").is_synthetic
    commit = build_index([synthetic], tmp_path / "synthetic", replace=True)
    assert (commit.rows, commit.years) == (3, (2023,))
    with Index.open(tmp_path / "synthetic") as opened:
        assert opened.index_commit == commit
        assert opened.fingerprint == commit.fingerprint


def test_build_index_overwrites_nothing_but_an_index(tmp_path: Path) -> None:
    index = build(tmp_path, *make_neighbors(3))
    with pytest.raises(ComityError) as e:
        build_index([tmp_path / "index.parquet"], index)
    assert e.value.code == "output_exists"
    (tmp_path / "other").mkdir()
    with pytest.raises(ComityError):
        build_index([tmp_path / "index.parquet"], tmp_path / "other", replace=True)


def test_an_appended_year_is_found_and_the_old_one_stays(index: Path, tmp_path: Path) -> None:
    before = find(index, ADA)
    later = make_record("ada-2024", **(ADA | {"tax_year": "2024"}))
    commit = update_index(index, append=[write_records(tmp_path / "2024.parquet", [later])])
    assert (commit.number, commit.rows, commit.years) == (2, 62, (2023, 2024))
    assert find(index, ADA) == before
    assert find(index, ADA | {"tax_year": "2024"})[0][0] == "ada-2024"


def test_an_amended_record_replaces_the_old_one_and_the_old_commit_answers_as_before(
    index: Path, tmp_path: Path
) -> None:
    old_fingerprint, old_answers = Index.find_commit(index).fingerprint, find(index, ADA, MOVED)
    commit = update_index(index, append=[write_records(tmp_path / "amended.parquet", [make_record("ada", **MOVED)])])
    assert commit.rows == 61
    assert [record_id for record_id, _ in find(index, MOVED)] == ["ada"]
    assert find(index, ADA)[0][0] != "ada"
    assert find(index, ADA, MOVED, fingerprint=old_fingerprint) == old_answers
    with pytest.raises(IndexUnavailableError):
        Index.open(index, fingerprint="0" * 64)


def test_a_withdrawn_record_is_no_longer_found(index: Path) -> None:
    old_fingerprint = Index.find_commit(index).fingerprint
    commit = update_index(index, withdraw=["ada"])
    assert commit.rows == 60
    assert commit.fingerprint != old_fingerprint
    assert find(index, ADA)[0][0] != "ada"
    assert find(index, ADA, fingerprint=old_fingerprint)[0][0] == "ada"
    with pytest.raises(ComityError, match="1 of the records to withdraw"):
        update_index(index, withdraw=["unknown-record"])
    assert Index.find_commit(index) == commit


def test_a_refused_update_changes_nothing(index: Path, tmp_path: Path) -> None:
    commit = Index.find_commit(index)
    for bad in ([make_record("x"), make_record("x")], [make_record("y", tax_year="none")]):
        with pytest.raises(ComityError):
            update_index(index, append=[write_records(tmp_path / "bad.parquet", bad)])
        assert Index.find_commit(index) == commit


def test_a_later_segment_uses_the_name_frequencies_of_the_first(index: Path, tmp_path: Path) -> None:
    later = make_record("late", **(ADA | {"tax_year": "2024"}))
    update_index(index, append=[write_records(tmp_path / "2024.parquet", [later])])
    first, second = find(index, ADA, ADA | {"tax_year": "2024"})
    assert first[1] == pytest.approx(second[1], abs=1.0)  # they differ by how many people live nearby


KILLED = """
import os, signal, sys
from pathlib import Path
from comity.match.index import writer, segment
real = getattr({module}, {name!r})
def strike(*a, **k):
    strike.calls += 1
    if strike.calls == {call}:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*a, **k)
strike.calls = 0
setattr({module}, {name!r}, strike)
writer.CHUNK_ROWS = 100
writer.build_index([Path(sys.argv[1])], Path(sys.argv[2]), threads=1)
"""


@pytest.mark.parametrize(
    ("module", "name", "call"),
    [
        ("writer", "encode_chunk", 3),
        ("writer", "write_columns", 1),
        ("segment", "write_postings", 4),
        ("writer", "write_commit", 1),
    ],
)
def test_a_killed_build_resumes_and_gives_the_same_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str, call: int
) -> None:
    source = write_records(tmp_path / "records.parquet", make_neighbors(400))
    monkeypatch.setattr(writer, "CHUNK_ROWS", 100)
    whole = build_index([source], tmp_path / "whole")
    script = KILLED.format(module=module, name=name, call=call)
    killed = subprocess.run(
        [sys.executable, "-c", script, str(source), str(tmp_path / "index")],
        check=False,
        env=os.environ,
        capture_output=True,
    )
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "index").exists()
    finished_chunks = (
        {p.name for p in (tmp_path / ".index.building" / "work").glob("chunk-*.json")}
        if name != "write_commit"
        else set()
    )
    stages: list[str] = []
    commit = build_index([source], tmp_path / "index", progress=lambda stage, _: stages.append(stage))
    assert commit.fingerprint == whole.fingerprint
    assert len(finished_chunks) == {"encode_chunk": 2, "write_columns": 4, "write_postings": 4, "write_commit": 0}[name]
    assert not (tmp_path / ".index.building").exists()


def kill_this_process(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_build_that_loses_a_worker_stops_with_an_error_and_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_records(tmp_path / "records.parquet", make_neighbors(200))
    monkeypatch.setattr(writer, "CHUNK_ROWS", 100)
    with monkeypatch.context() as patch:
        patch.setattr(writer, "encode_chunk", kill_this_process)
        with pytest.raises(ComityError) as e:
            build_index([source], tmp_path / "index", threads=2)
    assert e.value.code == "build_stopped"
    assert (tmp_path / ".index.building").exists()
    assert build_index([source], tmp_path / "index", threads=2).rows == 200

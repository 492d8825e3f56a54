"""An index that changes: a year is appended, a return amended, a record withdrawn; and one that is killed while it is built."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from comity.errors import ComityError, IndexUnavailableError
from comity.match import Index, build_index, match_requests, update_index
from comity.match.index import blocking_rules, writer
from tests.support.match_records import make_neighbors, make_record, make_requests, write_records

ADA: dict[str, Any] = {"first_name": "Adalbert", "middle_name": "Q", "last_name": "Vinterberg", "street": "77 Oak Ave"}
MOVED: dict[str, Any] = ADA | {"street": "9 Harbor Blvd"}


@pytest.fixture
def index(tmp_path: Path) -> Path:
    build_index(
        [write_records(tmp_path / "records.parquet", [make_record("ada", **ADA), *make_neighbors(60)])],
        tmp_path / "index",
    )
    return tmp_path / "index"


def found(index: Path, *asked: dict[str, Any], fingerprint: str | None = None) -> list[Any]:
    with Index.open(index, fingerprint=fingerprint) as opened:
        return list(
            zip(
                *(match_requests(opened, make_requests(*asked))[c].to_pylist() for c in ("record_id", "match_weight")),
                strict=True,
            )
        )


def test_an_appended_year_is_found_and_the_old_one_stays(index: Path, tmp_path: Path) -> None:
    before = found(index, ADA)
    later = make_record("ada-2024", **(ADA | {"tax_year": "2024"}))
    state = update_index(index, append=[write_records(tmp_path / "2024.parquet", [later])])
    assert (state.number, state.rows, state.years) == (2, 62, (2023, 2024))
    assert found(index, ADA) == before
    assert found(index, ADA | {"tax_year": "2024"})[0][0] == "ada-2024"


def test_an_amended_return_takes_the_place_of_the_old_one_and_the_old_state_replays(
    index: Path, tmp_path: Path
) -> None:
    then, before = Index.find_commit(index).fingerprint, found(index, ADA, MOVED)
    state = update_index(index, append=[write_records(tmp_path / "amended.parquet", [make_record("ada", **MOVED)])])
    assert state.rows == 61
    assert [r for r, _ in found(index, MOVED)] == ["ada"]
    assert found(index, ADA)[0][0] != "ada"
    assert found(index, ADA, MOVED, fingerprint=then) == before
    with pytest.raises(IndexUnavailableError):
        Index.open(index, fingerprint="0" * 64)


def test_a_withdrawn_record_is_met_no_more(index: Path) -> None:
    then = Index.find_commit(index).fingerprint
    state = update_index(index, withdraw=["ada"])
    assert (state.rows, state.fingerprint != then) == (60, True)
    assert found(index, ADA)[0][0] != "ada"
    assert found(index, ADA, fingerprint=then)[0][0] == "ada"
    with pytest.raises(ComityError, match="1 of the records to withdraw"):
        update_index(index, withdraw=["nobody-knows-this-one"])
    assert Index.find_commit(index) == state


def test_what_is_opened_stays_one_state(index: Path) -> None:
    with Index.open(index) as opened:
        update_index(index, withdraw=["ada"])
        assert match_requests(opened, make_requests(ADA))["record_id"].to_pylist() == ["ada"]


def test_a_refused_change_changes_nothing(index: Path, tmp_path: Path) -> None:
    state = Index.find_commit(index)
    for bad in ([make_record("x"), make_record("x")], [make_record("y", tax_year="none")]):
        with pytest.raises(ComityError):
            update_index(index, append=[write_records(tmp_path / "bad.parquet", bad)])
        assert Index.find_commit(index) == state


def test_readers_see_the_old_state_or_the_new_one(index: Path, tmp_path: Path) -> None:
    """A reader that opens the index again and again while it changes never sees a state that nobody made."""
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


def test_a_segment_weighs_names_by_the_first_ones_frequencies(index: Path, tmp_path: Path) -> None:
    update_index(
        index, append=[write_records(tmp_path / "2024.parquet", [make_record("late", **(ADA | {"tax_year": "2024"}))])]
    )
    one, other = found(index, ADA, ADA | {"tax_year": "2024"})
    assert one[1] == pytest.approx(other[1], abs=1.0)  # alike but for how many live around


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
def test_a_killed_build_goes_on_and_comes_to_the_same(
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
    left = (
        {p.name for p in (tmp_path / ".index.building" / "work").glob("chunk-*.json")}
        if name != "write_commit"
        else set()
    )
    stages: list[str] = []
    made = build_index([source], tmp_path / "index", progress=lambda stage, _: stages.append(stage))
    assert made.fingerprint == whole.fingerprint
    assert len(left) == {"encode_chunk": 2, "write_columns": 4, "write_postings": 4, "write_commit": 0}[name]
    assert not (tmp_path / ".index.building").exists()


def dies(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_build_that_loses_a_worker_says_so_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_records(tmp_path / "records.parquet", make_neighbors(200))
    monkeypatch.setattr(writer, "CHUNK_ROWS", 100)
    with monkeypatch.context() as patch:
        patch.setattr(writer, "encode_chunk", dies)
        with pytest.raises(ComityError) as e:
            build_index([source], tmp_path / "index", threads=2)
    assert e.value.code == "build_stopped"
    assert (tmp_path / ".index.building").exists()
    assert build_index([source], tmp_path / "index", threads=2).rows == 200


def test_a_crowded_address_is_said_so_and_nobody_there_is_confirmed_by_chance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More people of one surname at one address than are compared: a mail drop of a family name."""
    monkeypatch.setattr(blocking_rules, "MAX_BLOCK_SIZE", 20)
    crowd = [
        make_record(
            f"c{i:03d}", first_name=f"{chr(65 + i % 26)}{chr(65 + i // 26)}x", last_name="Lodger", street="1 Drop Rd"
        )
        for i in range(60)
    ]
    build_index([write_records(tmp_path / "r.parquet", [*crowd, *make_neighbors(30)])], tmp_path / "index")
    with Index.open(tmp_path / "index") as opened:
        evidence = match_requests(
            opened, make_requests({"first_name": "Zoe", "last_name": "Lodger", "street": "1 Drop Rd"}, ADA)
        )
    assert evidence["is_crowded"].to_pylist() == [True, False]

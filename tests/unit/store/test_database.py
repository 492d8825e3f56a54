"""The control database: what it keeps, what it hides, and what it refuses."""

import stat
import threading
from pathlib import Path

import pytest

from comity.errors import ComityError
from comity.ledger import log
from comity.store import answers, batches, entries
from comity.store.database import Store
from tests.conftest import OpenStore
from tests.support.sample_ledger import (
    B1,
    B2,
    DATABASE_KEY,
    RECORDED_AT,
    insert_batch,
    insert_released_batch,
    make_answer_columns,
    make_hold_entries,
    open_store,
    release_answers,
)


def test_what_is_stored_comes_back_after_reopening(opening: OpenStore) -> None:
    store = opening()
    release = insert_released_batch(store, "B1", 7)
    with store.begin() as tx:
        insert_batch(tx, "B2", 3)
        batches.record_hold(tx, B2, as_of=RECORDED_AT)
    store.close()
    with opening().read() as tx:
        batch = batches.get(tx, B1)
        assert batch is not None
        assert (batch.status, batch.received_at, batch.orders) == ("answered", RECORDED_AT, ("O1", "O2"))
        assert batch.to_release(release.counts) == release
        assert [row.code for row in answers.stream_by_batch(tx, B1)][:3] == ["CONFIRMED", "NOT_CONFIRMED", "REFUSED"]
        assert [row.entry for row in answers.stream_by_batch(tx, B1)] == list(range(7))
        assert answers.count_stored_codes(tx, B1) == {"CONFIRMED": 3, "NOT_CONFIRMED": 2, "REFUSED": 2}
        assert [b.display_id for b in batches.list_prior_batches(tx, batch)] == []
        assert [b.display_id for b in batches.list_prior_batches(tx, batches.get(tx, B2))] == ["B1"]
        assert [b.status for b in batches.list_batches(tx)] == ["answered", "held"]
        assert batches.get(tx, "B3") is None


@pytest.mark.parametrize("rows", [199, 200, 201, 450])
def test_rows_of_one_statement_and_of_several_come_back_alike(opening: OpenStore, rows: int) -> None:
    store = opening()
    insert_released_batch(store, "B1", rows)
    with store.read() as tx:
        stored = list(answers.stream_by_batch(tx, B1))
    assert [(row.row, row.entry) for row in stored] == [(n + 1, n) for n in range(rows)]
    assert [row.request_id for row in stored] == list(make_answer_columns(rows).request_id)


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with pytest.raises(ComityError) as caught:
        Store.open(tmp_path / "control.db", bytes(32))
    assert caught.value.code == "store_unavailable"
    assert caught.value.hint


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    (tmp_path / "control.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(ComityError) as caught:
        open_store(tmp_path)
    assert caught.value.code == "store_unavailable"


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75, 0.95])
def test_a_byte_changed_behind_its_back_is_an_integrity_failure(tmp_path: Path, share: float) -> None:
    store = open_store(tmp_path)
    insert_released_batch(store, "B1", 600)
    store.close()
    path = tmp_path / "control.db"
    content = bytearray(path.read_bytes())
    content[int(len(content) * share)] ^= 1
    path.write_bytes(content)
    found: list[str] = []
    try:
        store = open_store(tmp_path)
        found = list(store.check_database())
    except ComityError as fault:
        found.append(fault.code)
    assert found
    assert "store_unavailable" not in found


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ComityError) as caught:
        Store.open(tmp_path / "missing" / "control.db", DATABASE_KEY)
    assert caught.value.code == "store_unavailable"


def test_a_short_key_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        Store.open(tmp_path / "control.db", b"short")


def test_no_value_is_readable_in_any_file(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    insert_released_batch(store, "B1", 300)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert "control.db-wal" in files  # still open: the log of changes is on disk too
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        content = path.read_bytes()
        for word in (b"Wanted", b"Secret", b"CONFIRMED", b"irs-ice", b"SQLite format"):
            assert word not in content, f"{word!r} in {path.name}"
    store.close()


def test_a_batch_is_answered_once(opening: OpenStore) -> None:
    store = opening()
    insert_released_batch(store, "B1", 3)
    said = make_answer_columns(3)
    with pytest.raises(RuntimeError, match="UNIQUE") as caught, store.begin() as tx:
        answers.insert(tx, B1, said, first_entry=4)
    assert "Wanted" not in str(caught.value)
    with pytest.raises(RuntimeError, match="answered already"), store.begin() as tx:
        batches.record_hold(tx, B1, as_of=RECORDED_AT)
    with pytest.raises(RuntimeError), store.begin() as tx:
        insert_batch(tx, "B1", 3)
    with store.read() as tx:
        assert answers.count_stored_codes(tx, B1) == {"CONFIRMED": 1, "NOT_CONFIRMED": 1, "REFUSED": 1}
        assert log.tree_size(tx) == 4


@pytest.mark.parametrize(("code", "taken"), [("REFUSED", True), ("NOT_CONFIRMED", False)])
def test_one_request_id_has_one_answer_unless_each_is_refused(opening: OpenStore, code: str, taken: bool) -> None:
    store = opening()
    said = answers.AnswerColumns(
        row=[1, 2], request_id=["a", "a"], code=[code] * 2, reasons=[""] * 2, salt=[bytes(32)] * 2
    )

    def insert() -> None:
        with store.begin() as tx:
            insert_batch(tx, "B1", 2)
            answers.insert(tx, B1, said, first_entry=0)

    if taken:
        insert()
    else:
        with pytest.raises(RuntimeError, match="UNIQUE"):
            insert()


def test_what_raises_leaves_no_trace_and_indices_stay_dense(opening: OpenStore) -> None:
    store = opening()
    for n in range(20):
        try:
            with store.begin() as tx:
                first = log.append_entries(tx, make_hold_entries(n), at=RECORDED_AT)
                if n % 3 == 0:
                    raise ZeroDivisionError  # noqa: TRY301
        except ZeroDivisionError:
            continue
        with store.read() as tx:
            assert log.tree_size(tx) == first + n
    with store.read() as tx:
        expected = 0
        for block in entries.stream_blocks(tx):
            assert block.first_index == expected
            expected += block.width
        assert expected == log.tree_size(tx) == sum(n for n in range(20) if n % 3)


def test_writers_wait_for_one_another(opening: OpenStore) -> None:
    store = opening()
    taken: list[int] = []

    def work() -> None:
        for _ in range(10):
            with store.begin() as tx:
                taken.extend(range(first := log.append_entries(tx, make_hold_entries(3), at=RECORDED_AT), first + 3))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(120))


def test_a_snapshot_does_not_see_what_came_after(opening: OpenStore) -> None:
    store = opening()
    insert_released_batch(store, "B1", 3)
    with store.read() as tx:
        assert log.tree_size(tx) == 4
        with store.begin() as other:
            insert_batch(other, "B2", 2)
            release_answers(other, "B2", 2)
        assert log.tree_size(tx) == 4


def test_a_naive_time_is_misuse(opening: OpenStore) -> None:
    with pytest.raises(RuntimeError, match="time zone"), opening().begin() as tx:
        log.append_entries(tx, make_hold_entries(1), at=RECORDED_AT.replace(tzinfo=None))

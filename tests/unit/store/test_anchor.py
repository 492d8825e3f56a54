"""What only lies outside of the database can tell: it was restored from yesterday, or the clock was set back."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from comity.errors import ComityError, LedgerError
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.store import entries
from comity.store.database import Store
from tests.conftest import OpenStore
from tests.support.postgres_server import APPLICATION_ROLE, PostgresServer
from tests.support.sample_ledger import (
    ORIGIN,
    RECORDED_AT,
    SIGNER,
    insert_batch,
    insert_released_batch,
    make_hold_entries,
    open_store,
)


def test_a_file_restored_from_yesterday_is_not_written_to(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    insert_released_batch(store, "B1", 3)
    log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    store.close()
    shutil.copy(tmp_path / "control.db", tmp_path / "yesterday")
    store = open_store(tmp_path)
    insert_released_batch(store, "B2", 3)
    log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    store.close()
    shutil.copy(tmp_path / "yesterday", tmp_path / "control.db")
    _is_refused(open_store(tmp_path))


def test_a_server_restored_from_yesterday_is_not_written_to(postgresql: PostgresServer, tmp_path: Path) -> None:
    anchor = tmp_path / "control.anchor"
    store = Store.connect(postgresql.create_database("today"), anchor=anchor)
    insert_released_batch(store, "B1", 3)
    log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    store.close()
    postgresql.create_database("yesterday", template="today")
    store = Store.connect(postgresql.dsn(APPLICATION_ROLE, "today"), anchor=anchor)
    insert_released_batch(store, "B2", 3)
    log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    store.close()
    restored = Store.connect(postgresql.dsn(APPLICATION_ROLE, "yesterday"), anchor=anchor)
    _is_refused(restored)
    restored.close()


def _is_refused(store: Store) -> None:
    with pytest.raises(LedgerError, match="second history") as refused, store.begin() as tx:
        insert_batch(tx, "B3", 3)
    assert refused.value.code == "ledger_damaged"
    found = check_ledger(store, [SIGNER.verifier], ORIGIN)
    assert len(found) == 1
    assert "a checkpoint of 8 entries was signed, and the control database holds no checkpoint of that size" in found[0]


def test_what_is_not_yet_signed_is_no_reason_to_refuse(tmp_path: Path, opening: OpenStore) -> None:
    store = opening()
    insert_released_batch(store, "B1", 3)
    log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    insert_released_batch(store, "B2", 3)
    store.close()
    assert check_ledger(opening(), [SIGNER.verifier], ORIGIN) == ()
    assert (tmp_path / "control.anchor").read_text().split()[0] == "4"


@pytest.mark.parametrize("content", ["", "4", "x y", "4 zz", "4 " + "0" * 63 + "é"])
def test_a_damaged_anchor_stops_everything(tmp_path: Path, opening: OpenStore, content: str) -> None:
    store = opening()
    (tmp_path / "control.anchor").write_text(content)
    with pytest.raises(LedgerError, match=r"control\.anchor"), store.begin():
        pass


def test_a_clock_set_back_records_nothing(opening: OpenStore) -> None:
    store = opening()
    with store.begin() as tx:
        log.append_entries(tx, make_hold_entries(1), at=RECORDED_AT)
    with store.begin() as tx:  # clocks of two machines are never quite the same
        log.append_entries(tx, make_hold_entries(1), at=RECORDED_AT - entries.CLOCK_SKEW_TOLERANCE)
    for back in (timedelta(seconds=11), timedelta(days=1), timedelta(days=700)):
        with pytest.raises(ComityError) as refused, store.begin() as tx:
            log.append_entries(tx, make_hold_entries(1), at=RECORDED_AT - back)
        assert refused.value.code == "clock_behind"
    with store.read() as tx:
        assert log.tree_size(tx) == 2
    with store.begin() as tx:
        log.append_entries(tx, make_hold_entries(1), at=RECORDED_AT + timedelta(days=1))
    with pytest.raises(ComityError), store.begin() as tx:
        log.append_entries(tx, make_hold_entries(1), at=RECORDED_AT)

"""Publishing: the folder grows, survives faults, and is never grown from another history. The checker decides."""

import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.errors import LedgerError
from comity.folders import stage_file
from comity.ledger import log
from comity.ledger.publish import publish_log
from comity.store.database import Store
from comity.store.tables import entries
from comity.tlog.note import Ed25519Signer
from comity_ledger_verify import check_log
from tests.conftest import OpenStore
from tests.support.database_owner import without_guards
from tests.support.ledger_damage import TRUST
from tests.support.published_ledger import verify_published_ledger
from tests.support.sample_ledger import (
    ORIGIN,
    RECORDED_AT,
    SIGNER,
    VKEY,
    insert_released_batch,
    make_hold_entries,
    open_store,
)

ROWS = 600  # two full tiles, and a partial one at two levels


def grow(store: Store, folder: Path, signer: Ed25519Signer = SIGNER) -> str:
    note = log.sign_current_checkpoint(store, signer, at=RECORDED_AT)
    publish_log(store, folder, note, signer.verifier)
    return note


def assert_holds(folder: Path, receipts: Sequence[str] = ()) -> None:
    assert check_log(folder, TRUST, {str(n): text.encode() for n, text in enumerate(receipts)}).findings == []


@pytest.fixture(name="house")
def _house(tmp_path: Path) -> tuple[Store, Path]:
    """A ledger published at 301 and again at 902 entries, so that it has superseded partial tiles."""
    store, folder = open_store(tmp_path), tmp_path / "public"
    for batch_id, rows in (("B1", ROWS // 2), ("B2", ROWS)):
        insert_released_batch(store, batch_id, rows)
        grow(store, folder)
    return store, folder


def test_publish_log__verifies_with_receipts_old_and_new(tmp_path: Path) -> None:
    store, folder = open_store(tmp_path), tmp_path / "public"
    receipts = []
    for batch_id, rows in (("B1", 3), ("B2", 300), ("B3", 1000), ("B4", 0)):
        release = insert_released_batch(store, batch_id, rows)
        note = grow(store, folder)
        receipts.append(log.make_receipt(store, release.release_entry, note, SIGNER.verifier))
        assert_holds(folder, receipts)
    grow(store, folder)  # again: nothing to do
    assert_holds(folder, receipts)


def test_publish_log__of_an_empty_log_verifies(tmp_path: Path) -> None:
    grow(open_store(tmp_path), tmp_path / "public")
    assert_holds(tmp_path / "public")


def test_publish_log__refuses_a_checkpoint_of_another_key(house: tuple[Store, Path]) -> None:
    store, folder = house
    swapped = Ed25519Signer(ORIGIN, Ed25519PrivateKey.generate())
    with pytest.raises(LedgerError, match="no known key"):
        publish_log(store, folder, (folder / "checkpoint").read_text(), swapped.verifier)


def test_publish_log__refuses_a_database_restored_from_an_older_copy(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    store = open_store(tmp_path)
    insert_released_batch(store, "B1", 5)
    store.close()
    (tmp_path / "old").mkdir()
    shutil.copyfile(tmp_path / "control.db", tmp_path / "old" / "control.db")
    store = open_store(tmp_path)
    insert_released_batch(store, "B2", 5)
    grow(store, folder)
    restored = open_store(tmp_path / "old")
    insert_released_batch(restored, "B3", 1)
    with pytest.raises(LedgerError) as caught:
        grow(restored, folder)
    assert caught.value.code == "ledger_damaged"
    assert_holds(folder)


@pytest.mark.parametrize("files", [0, 1, 5, 7])
def test_publish_log__finishes_after_a_fault(
    house: tuple[Store, Path], monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    store, folder = house
    insert_released_batch(store, "B3", 700)
    written: list[str] = []

    def failing(place: Path, name: str, data: bytes) -> None:
        if len(written) >= files:
            (place / ".tmp").mkdir(exist_ok=True)
            (place / ".tmp" / name.replace("/", "-")).write_bytes(data[:7])
            raise OSError(5, "Input/output error")
        written.append(name)
        stage_file(place, name, data)

    with monkeypatch.context() as patch:
        patch.setattr("comity.ledger.publish.stage_file", failing)
        with pytest.raises(OSError, match="Input/output"):
            grow(store, folder)
    assert "902" in (folder / "checkpoint").read_text()  # the new checkpoint is not out before its tiles
    grow(store, folder)
    assert_holds(folder)


def test_publish_log__publishes_what_grew_in_small_steps(opening: OpenStore, tmp_path: Path) -> None:
    store = opening()
    for step in (1, 255, 3, 300, 1, 700):
        with store.begin() as tx:
            log.append_entries(tx, make_hold_entries(step), at=RECORDED_AT)
        note = log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
        with store.begin() as tx:
            log.append_entries(tx, make_hold_entries(2), at=RECORDED_AT)  # the ledger has grown since the checkpoint
        publish_log(store, tmp_path / "public", note, SIGNER.verifier)
        verify_published_ledger(tmp_path / "public", [VKEY])


@pytest.mark.parametrize("missing", [0, 256, 512])
def test_publish_log__refuses_missing_entries(tmp_path: Path, missing: int) -> None:
    store = open_store(tmp_path)
    with store.begin() as tx:
        log.append_entries(tx, make_hold_entries(700), at=RECORDED_AT)
    note = log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    with without_guards(store) as connection:
        connection.execute(entries.delete().where(entries.c.first_index == missing))
    with pytest.raises(LedgerError):
        publish_log(store, tmp_path / "public", note, SIGNER.verifier)
    assert not (tmp_path / "public" / "checkpoint").exists()


def test_publish_log__of_many_to_one_folder_takes_turns(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    notes = []
    for _ in range(12):
        with store.begin() as tx:
            log.append_entries(tx, make_hold_entries(90), at=RECORDED_AT)
        notes.append(log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT))
    with ThreadPoolExecutor(12) as pool:  # a lock on an opened folder keeps threads apart as well as processes
        list(pool.map(lambda note: publish_log(store, tmp_path / "public", note, SIGNER.verifier), notes))
    assert (tmp_path / "public" / "checkpoint").read_text() == notes[-1], "an earlier one never replaces a later one"
    verify_published_ledger(tmp_path / "public", [VKEY])

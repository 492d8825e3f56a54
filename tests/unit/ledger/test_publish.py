"""Publishing: the folder grows, survives faults, and is never grown from another history. The checker judges it."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.errors import LedgerError
from comity.folders import stage_file
from comity.ledger import log
from comity.ledger.publish import publish_log
from comity.store.database import Store
from comity.tlog.note import Ed25519Signer
from comity.tlog.tiles import format_tile_path, list_tiles, parse_tile_path, read_tile
from comity_ledger_verify import check_log
from tests.support.ledger_damage import TRUST
from tests.support.sample_ledger import ORIGIN, RECORDED_AT, SIGNER, insert_released_batch, open_store

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


def test_a_published_log_verifies_with_receipts_old_and_new(tmp_path: Path) -> None:
    store, folder = open_store(tmp_path), tmp_path / "public"
    receipts = []
    for batch_id, rows in (("B1", 3), ("B2", 300), ("B3", 1000), ("B4", 0)):
        release = insert_released_batch(store, batch_id, rows)
        note = grow(store, folder)
        receipts.append(log.make_receipt(store, release.release_entry, note, SIGNER.verifier))
        assert_holds(folder, receipts)
    grow(store, folder)  # again: nothing to do
    assert_holds(folder, receipts)


def test_an_empty_log_verifies(tmp_path: Path) -> None:
    grow(open_store(tmp_path), tmp_path / "public")
    assert_holds(tmp_path / "public")


def test_a_checkpoint_of_another_key_is_not_published(house: tuple[Store, Path]) -> None:
    store, folder = house
    swapped = Ed25519Signer(ORIGIN, Ed25519PrivateKey.generate())
    with pytest.raises(LedgerError, match="no known key"):
        publish_log(store, folder, (folder / "checkpoint").read_text(), swapped.verifier)


def test_a_database_restored_from_yesterday_is_not_published(tmp_path: Path) -> None:
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
def test_publishing_again_after_a_fault_finishes_the_job(
    house: tuple[Store, Path], monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    store, folder = house
    insert_released_batch(store, "B3", 700)
    written: list[str] = []

    def failing(place: Path, name: str, data: bytes) -> None:
        if len(written) >= files:
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


@pytest.mark.parametrize(
    ("size", "tiles"),
    [(0, 0), (1, 1), (255, 1), (256, 2), (257, 3), (70_000, 273 + 1 + 1 + 1 + 1), (1 << 24, 65536 + 256 + 1 + 1)],
)
def test_tiles_are_those_of_the_specification(size: int, tiles: int) -> None:
    listed = list(list_tiles(size))
    assert len(listed) == tiles
    for tile in listed[-400:]:
        assert parse_tile_path(format_tile_path(*tile)) == tile
    if size == 70_000:
        assert {(0, 273, 112), (1, 0, 256), (1, 1, 17), (2, 0, 1)} <= set(listed)


@pytest.mark.parametrize("path", ["tile/00/000", "tile/0/0", "tile/64/000", "tile/0/1000", "tile/0/000.p/0", "x"])
def test_other_paths_are_no_tiles(path: str) -> None:
    assert parse_tile_path(path) is None


def test_a_tile_of_another_length_is_refused(house: tuple[Store, Path]) -> None:
    _, folder = house
    (folder / format_tile_path(0, 1)).write_bytes(bytes(31))
    with pytest.raises(LedgerError, match="has not 256 hashes"):
        read_tile(folder, 0, 1, 256)

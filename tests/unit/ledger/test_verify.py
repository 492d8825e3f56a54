"""A published folder: what a stranger can check, and every way of tampering that must show."""

import random
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.errors import LedgerError
from comity.ledger import log
from comity.ledger.note import Signer
from comity.ledger.publish import publish
from comity.ledger.tiles import parse_tile_path, read_tile, tile_path, tiles_of, unpack_bundle, write_file
from comity.ledger.verify import verify_folder
from comity.store.connection import Store
from tests.unit.ledger.sample import AT, ORIGIN, SIGNER, VKEY, events, open_store, released

ROWS = 600  # two full tiles, and a partial one at two levels


def grow(store: Store, folder: Path, signer: Signer = SIGNER) -> str:
    note = log.sign_checkpoint(store, signer, at=AT)
    publish(store, folder, note, signer.verifier)
    return note


@pytest.fixture(name="house")
def _house(tmp_path: Path) -> tuple[Store, Path]:
    """A ledger published at 301 and again at 902 entries, so that it has superseded partial tiles."""
    store, folder = open_store(tmp_path), tmp_path / "public"
    for batch_id, rows in (("B1", ROWS // 2), ("B2", ROWS)):
        released(store, batch_id, rows)
        grow(store, folder)
    return store, folder


def test_a_published_log_verifies_with_receipts_old_and_new(tmp_path: Path) -> None:
    store, folder = open_store(tmp_path), tmp_path / "public"
    receipts = []
    for batch_id, rows in (("B1", 3), ("B2", 300), ("B3", 1000), ("B4", 0)):
        release = released(store, batch_id, rows)
        note = grow(store, folder)
        receipts.append(log.make_receipt(store, release.release_entry, note, SIGNER.verifier))
        verify_folder(folder, VKEY, receipts=receipts)
    grow(store, folder)  # again: nothing to do
    verify_folder(folder, VKEY, receipts=receipts, origin=ORIGIN)


def test_an_empty_log_verifies(tmp_path: Path) -> None:
    grow(open_store(tmp_path), tmp_path / "public")
    verify_folder(tmp_path / "public", VKEY)


def test_every_changed_byte_is_caught(house: tuple[Store, Path]) -> None:
    _, folder = house
    verify_folder(folder, VKEY)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    chance = random.Random(7)
    weights = [path.stat().st_size for path in files]
    missed = []
    for path in [*files, *chance.choices(files, weights, k=300)]:  # each file once at least
        original = path.read_bytes()
        at = chance.randrange(len(original))
        changed = bytearray(original)
        changed[at] ^= 1 << chance.randrange(8)
        path.write_bytes(bytes(changed))
        try:
            verify_folder(folder, VKEY)
            missed.append(f"{path} byte {at}")
        except LedgerError:
            pass
        path.write_bytes(original)
    assert not missed
    verify_folder(folder, VKEY)


@pytest.mark.parametrize("entry", [0, 255, 256, 511, 512, 901])
def test_the_wrong_entry_is_named(house: tuple[Store, Path], entry: int) -> None:
    _, folder = house
    index, at = divmod(entry, 256)
    width = min(256, 902 - index * 256)
    bundle = folder / tile_path("entries", index, width)
    data = bytearray(bundle.read_bytes())
    leaves = unpack_bundle(bytes(data))
    data[sum(len(leaf) + 2 for leaf in leaves[:at]) + 2 + len(leaves[at]) // 2] ^= 1
    bundle.write_bytes(bytes(data))
    with pytest.raises(LedgerError, match=f"entry {entry} is not what was signed") as caught:
        verify_folder(folder, VKEY)
    assert caught.value.code == "ledger_damaged"


@pytest.mark.parametrize("entry", [0, 255, 700])
def test_the_wrong_hash_is_named(house: tuple[Store, Path], entry: int) -> None:
    _, folder = house
    index, at = divmod(entry, 256)
    tile = folder / tile_path(0, index, min(256, 902 - index * 256))
    data = bytearray(tile.read_bytes())
    data[at * 32] ^= 1
    tile.write_bytes(bytes(data))
    with pytest.raises(LedgerError, match=f"hash {at} is not the hash of entry {entry}"):
        verify_folder(folder, VKEY)


def test_a_fork_re_signed_by_the_custodian_is_shown_by_an_old_receipt(tmp_path: Path) -> None:
    receipts = []
    for name in ("honest", "forged"):
        (tmp_path / name).mkdir()
        store = open_store(tmp_path / name)
        with store.begin() as tx:
            log.append(tx, [*events(8), name.encode()], at=AT)
        receipts.append(log.make_receipt(store, 3, grow(store, tmp_path / name / "public"), SIGNER.verifier))
    verify_folder(tmp_path / "honest" / "public", VKEY, receipts=receipts[:1])
    with pytest.raises(LedgerError, match="another log"):
        verify_folder(tmp_path / "forged" / "public", VKEY, receipts=receipts[:1])


def test_a_log_cut_off_is_caught(house: tuple[Store, Path], tmp_path: Path) -> None:
    store, folder = house
    receipt = log.make_receipt(store, 900, (folder / "checkpoint").read_text(), SIGNER.verifier)
    shutil.rmtree(folder)
    with store.read() as tx:
        first = log.read_leaves(tx, 0, 301)
    (tmp_path / "short").mkdir()
    short = open_store(tmp_path / "short")
    with short.begin() as tx:
        log.append(tx, first, at=AT)
    grow(short, folder)  # the custodian's own key signs the shorter log
    with pytest.raises(LedgerError, match="cut off"):
        verify_folder(folder, VKEY, receipts=[receipt])
    for path in folder.rglob("[0-9]*"):
        if path.is_file():
            path.unlink()
            break
    with pytest.raises(LedgerError):
        verify_folder(folder, VKEY)


def test_another_key_or_origin_is_refused(house: tuple[Store, Path]) -> None:
    store, folder = house
    swapped = Signer(ORIGIN, Ed25519PrivateKey.generate())
    with pytest.raises(LedgerError, match="no known key"):
        verify_folder(folder, swapped.verifier.to_text())
    with pytest.raises(LedgerError, match="origin"):
        verify_folder(folder, VKEY, origin="comity.example/other")
    with pytest.raises(LedgerError):
        publish(store, folder, (folder / "checkpoint").read_text(), swapped.verifier)


@pytest.mark.parametrize("name", ["tile/0/003", "tile/0/x000/003", "tile/0/000.p/999", "note.txt", "tile/9/000.p/1"])
def test_a_file_that_does_not_belong_is_named(house: tuple[Store, Path], name: str) -> None:
    _, folder = house
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"?" * 32)
    with pytest.raises(LedgerError, match=name):
        verify_folder(folder, VKEY)


def test_a_database_restored_from_yesterday_is_not_published(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    store = open_store(tmp_path)
    released(store, "B1", 5)
    store.close()
    (tmp_path / "old").mkdir()
    shutil.copyfile(tmp_path / "control.db", tmp_path / "old" / "control.db")
    store = open_store(tmp_path)
    released(store, "B2", 5)
    grow(store, folder)
    restored = open_store(tmp_path / "old")
    released(restored, "B3", 1)
    with pytest.raises(LedgerError) as caught:
        grow(restored, folder)
    assert caught.value.code == "ledger_damaged"
    verify_folder(folder, VKEY)


@pytest.mark.parametrize("files", [0, 1, 5, 7])
def test_publishing_again_after_a_fault_finishes_the_job(
    house: tuple[Store, Path], monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    store, folder = house
    released(store, "B3", 700)
    written: list[str] = []

    def failing(place: Path, name: str, data: bytes) -> None:
        if len(written) >= files:
            (place / ".tmp" / name.replace("/", "-")).write_bytes(data[:7])
            raise OSError(5, "Input/output error")
        written.append(name)
        write_file(place, name, data)

    with monkeypatch.context() as patch:
        patch.setattr("comity.ledger.publish.write_file", failing)
        with pytest.raises(OSError, match="Input/output"):
            grow(store, folder)
    assert "902" in (folder / "checkpoint").read_text()  # the new checkpoint is not out before its tiles
    grow(store, folder)
    verify_folder(folder, VKEY)


@pytest.mark.parametrize(
    ("size", "tiles"),
    [(0, 0), (1, 1), (255, 1), (256, 2), (257, 3), (70_000, 273 + 1 + 1 + 1 + 1), (1 << 24, 65536 + 256 + 1 + 1)],
)
def test_tiles_are_those_of_the_specification(size: int, tiles: int) -> None:
    listed = list(tiles_of(size))
    assert len(listed) == tiles
    for tile in listed[-400:]:
        assert parse_tile_path(tile_path(*tile)) == tile
    if size == 70_000:
        assert {(0, 273, 112), (1, 0, 256), (1, 1, 17), (2, 0, 1)} <= set(listed)


@pytest.mark.parametrize("path", ["tile/00/000", "tile/0/0", "tile/64/000", "tile/0/1000", "tile/0/000.p/0", "x"])
def test_other_paths_are_no_tiles(path: str) -> None:
    assert parse_tile_path(path) is None


def test_a_tile_of_another_length_is_refused(house: tuple[Store, Path]) -> None:
    _, folder = house
    (folder / tile_path(0, 1)).write_bytes(bytes(31))
    with pytest.raises(LedgerError, match="has not 256 hashes"):
        read_tile(folder, 0, 1, 256)

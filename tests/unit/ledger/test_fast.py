"""The quick ways give what the plain ones do: proofs that share nodes, files made durable together."""

import ctypes
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from comity import folders
from comity.errors import LedgerError
from comity.folders import commit_files, stage_file
from comity.ledger import leaf, log
from comity.ledger.publish import publish_log
from comity.store.tables import entries
from comity.tlog.merkle import build_inclusion_proof, compute_subtree_root, hash_leaf, verify_inclusion
from comity.tlog.tiles import pack_bundle, unpack_bundle
from tests.conftest import OpenStore
from tests.support.database_owner import without_guards
from tests.support.published_ledger import verify_published_ledger
from tests.support.sample_ledger import RECORDED_AT, SIGNER, VKEY, make_answer_columns, make_hold_entries, open_store

SIZE = 70_000  # two levels of tiles above the leaves


def test_a_prover_gives_the_proofs_of_rfc_9162(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    leaves = list(leaf.encode_answer_leaves("B", make_answer_columns(SIZE)))
    with store.begin() as tx:
        log.append_entries(tx, leaves[:-300], at=RECORDED_AT)
        log.append_entries(tx, leaves[-300:], at=RECORDED_AT)
    with store.read() as tx:
        prove, read = log.inclusion_prover(tx), log.stored_hash_reader(tx)
        for size in (SIZE, SIZE - 1, 65_536, 65_537, 257, 1):
            root = compute_subtree_root(read, 0, size)
            for index in {0, size // 3, size // 2, size - 1}:
                proof = prove(index, size)
                assert proof == build_inclusion_proof(read, index, size)
                verify_inclusion(hash_leaf(leaves[index]), index, size, proof, root)
        with pytest.raises(RuntimeError):
            prove(5, 5)


@pytest.mark.parametrize("together", [True, False])
def test_many_files_appear_whole_either_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: bool) -> None:
    if not together:
        monkeypatch.setattr(folders, "_sync_filesystem", lambda _folder: False)
    names = [f"tile/0/x{n // 9:03}/{n:03}" for n in range(100)]
    for name in names:
        stage_file(tmp_path, name, name.encode())
    commit_files(tmp_path, names)
    assert all((tmp_path / name).read_text() == name for name in names)
    assert not list((tmp_path / ".tmp").iterdir())


@pytest.mark.parametrize("together", [True, False])
def test_a_file_that_cannot_be_made_durable_is_not_put_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    class Broken:
        """A C library on a broken disk."""

        def __init__(self, *_: object, **__: object) -> None:
            """As ctypes.CDLL."""

        def syncfs(self, _handle: int) -> int:
            """Fail as the system call does."""
            ctypes.set_errno(5)
            return -1

    def fail(_handle: int) -> None:
        raise OSError(5, "Input/output error")

    if together:
        monkeypatch.setattr(ctypes, "CDLL", Broken)
    else:
        monkeypatch.setattr(folders, "_sync_filesystem", lambda _folder: False)
        monkeypatch.setattr(os, "fsync", fail)
    names = [f"tile/0/{n:03}" for n in range(100)]
    for name in names:
        stage_file(tmp_path, name, b"x")
    with pytest.raises(OSError, match="Input/output error"):
        commit_files(tmp_path, names)
    assert not (tmp_path / "tile").exists()


def test_bundles_one_after_another_are_the_bundle_of_all() -> None:
    leaves = [b"", b"a", b"x" * 65_535, b"bc"]
    assert pack_bundle(leaves) == pack_bundle(leaves[:2]) + pack_bundle(leaves[2:])
    assert unpack_bundle(pack_bundle(leaves)) == leaves
    with pytest.raises(RuntimeError):
        pack_bundle([b"x" * 65_536])


def test_what_grew_in_small_steps_is_published_the_same(opening: OpenStore, tmp_path: Path) -> None:
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
def test_a_hole_in_the_database_is_not_published(tmp_path: Path, missing: int) -> None:
    store = open_store(tmp_path)
    with store.begin() as tx:
        log.append_entries(tx, make_hold_entries(700), at=RECORDED_AT)
    note = log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    with without_guards(store) as connection:
        connection.execute(entries.delete().where(entries.c.first_index == missing))
    with pytest.raises(LedgerError):
        publish_log(store, tmp_path / "public", note, SIGNER.verifier)
    assert not (tmp_path / "public" / "checkpoint").exists()


def test_processes_that_publish_to_one_folder_take_turns(tmp_path: Path) -> None:
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

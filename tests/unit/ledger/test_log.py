"""The custodian's log: appending, signing, receipts, at every small size; and what it refuses to sign."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from comity.errors import LedgerError
from comity.ledger import log
from comity.store.tables import checkpoints, head
from comity.tlog.checkpoint import open_checkpoint
from comity.tlog.merkle import EMPTY_ROOT, Frontier, hash_leaves, verify_consistency
from comity.tlog.proof import open_receipt
from tests.support.database_owner import without_guards
from tests.support.sample_ledger import ORIGIN, RECORDED_AT, SIGNER, make_hold_entries, open_store

KEYS = [SIGNER.verifier]


def test_every_size_to_70_signs_and_proves(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    leaves = make_hold_entries(70)
    notes = [log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)]
    assert open_checkpoint(notes[0], ORIGIN, KEYS).root == EMPTY_ROOT
    for size in range(1, 71):
        with store.begin() as tx:
            assert log.append_entries(tx, leaves[size - 1 : size], at=RECORDED_AT) == size - 1
        notes.append(log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT))
        checkpoint = open_checkpoint(notes[size], ORIGIN, KEYS)
        assert (checkpoint.size, checkpoint.root) == (size, Frontier().extend(hash_leaves(leaves[:size]))[0].root)
    for size in (1, 2, 3, 7, 8, 33, 64, 69, 70):
        for index in range(size):
            receipt = open_receipt(log.make_receipt(store, index, notes[size], SIGNER.verifier), ORIGIN, KEYS)
            assert (receipt.index, receipt.leaf) == (index, leaves[index])
        for old in range(1, size + 1):
            roots = [open_checkpoint(notes[n], ORIGIN, KEYS).root for n in (old, size)]
            verify_consistency(old, size, log.make_consistency_proof(store, old, size), roots[0], roots[1])


@pytest.mark.parametrize("steps", [(255, 1, 1), (256, 256), (1, 255, 600), (300, 0, 700), (66000,)])
def test_appends_of_any_size_make_the_same_tree(tmp_path: Path, steps: tuple[int, ...]) -> None:
    store = open_store(tmp_path)
    leaves = [b"%d" % n for n in range(sum(steps))]
    at = 0
    for step in steps:
        with store.begin() as tx:
            assert log.append_entries(tx, iter(leaves[at : at + step]), at=RECORDED_AT) == at
        at += step
    note = log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    assert open_checkpoint(note, ORIGIN, KEYS).root == Frontier().extend(hash_leaves(leaves))[0].root
    for index in (0, at // 2, at - 1):
        assert open_receipt(log.make_receipt(store, index, note, SIGNER.verifier), ORIGIN, KEYS).leaf == leaves[index]
    with store.read() as tx:
        assert log.read_entries(tx, at // 3, at - 1) == leaves[at // 3 : at - 1]


def test_a_size_signed_before_gives_the_same_checkpoint(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.begin() as tx:
        log.append_entries(tx, make_hold_entries(3), at=RECORDED_AT)
    assert log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT) == log.sign_current_checkpoint(
        store, SIGNER, at=RECORDED_AT
    )


@pytest.mark.parametrize(
    "change",
    [
        head.update().values(root=bytes(32)),
        head.update().values(size=2, frontier=bytes(32)),
        checkpoints.update().values(root=bytes(32)),
        checkpoints.update().values(size=9),
    ],
    ids=["root", "frontier", "fork of a signed size", "shorter than signed"],
)
def test_a_head_that_evidence_denies_is_not_signed(tmp_path: Path, change: sa.Update) -> None:
    store = open_store(tmp_path)
    with store.begin() as tx:
        log.append_entries(tx, make_hold_entries(3), at=RECORDED_AT)
    log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    with without_guards(store) as connection:
        connection.execute(change)
    (tmp_path / "control.anchor").unlink()  # the log's own checks, without the store's
    with pytest.raises(LedgerError) as caught:
        log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    assert caught.value.code == "ledger_damaged"


def test_an_append_on_a_damaged_head_is_refused(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.begin() as tx:
        log.append_entries(tx, make_hold_entries(3), at=RECORDED_AT)
        tx.connection.execute(head.update().values(root=bytes(32)))
    with pytest.raises(LedgerError), store.begin() as tx:
        log.append_entries(tx, make_hold_entries(1), at=RECORDED_AT)


def test_an_entry_too_long_for_a_bundle_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), open_store(tmp_path).begin() as tx:
        log.append_entries(tx, [b"x" * 65536], at=RECORDED_AT)


@pytest.fixture(name="receipt")
def _receipt(tmp_path: Path) -> str:
    store = open_store(tmp_path)
    with store.begin() as tx:
        log.append_entries(tx, make_hold_entries(11), at=RECORDED_AT)
    return log.make_receipt(store, 5, log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT), SIGNER.verifier)


def test_a_receipt_with_any_character_changed_is_refused(receipt: str) -> None:
    for at in range(len(receipt)):
        changed = receipt[:at] + ("A" if receipt[at] != "A" else "B") + receipt[at + 1 :]
        with pytest.raises(LedgerError):
            open_receipt(changed, ORIGIN, KEYS)


def test_a_receipt_without_the_entry_needs_it_given(receipt: str) -> None:
    lines = receipt.split("\n")
    bare = "\n".join([lines[0], *lines[2:]])
    assert open_receipt(bare, ORIGIN, KEYS, leaf=make_hold_entries(11)[5]).index == 5
    for leaf in (None, make_hold_entries(11)[4]):
        with pytest.raises(LedgerError):
            open_receipt(bare, ORIGIN, KEYS, leaf=leaf)
    with pytest.raises(LedgerError, match="another"):
        open_receipt(receipt, ORIGIN, KEYS, leaf=make_hold_entries(11)[4])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("index 5", "index 05"), ("index 5", "index 4"), ("index 5", "index -5"), ("index 5\n", ""),
        ("@v1", "@v2"), ("extra ", "Extra "), ("\n\n", "\n"), ("\n\n", "\n\n\n"), ("\n\n", "\n" + "A" * 43 + "=\n\n"),
    ],
)  # fmt: skip
def test_malformed_receipts_are_refused(receipt: str, old: str, new: str) -> None:
    with pytest.raises(LedgerError):
        open_receipt(receipt.replace(old, new, 1), ORIGIN, KEYS)

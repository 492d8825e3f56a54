"""The custodian's log: appending, signing and receipts at every small size; what it refuses to sign; killed appends."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from comity.errors import LedgerError
from comity.ledger import leaf, log
from comity.ledger.fsck import check_ledger
from comity.store.tables import checkpoints, head
from comity.tlog.checkpoint import open_checkpoint
from comity.tlog.merkle import (
    EMPTY_ROOT,
    Frontier,
    build_inclusion_proof,
    compute_subtree_root,
    hash_leaf,
    hash_leaves,
    verify_consistency,
    verify_inclusion,
)
from comity.tlog.proof import open_receipt
from tests.support.database_owner import without_guards
from tests.support.sample_ledger import (
    ORIGIN,
    RECORDED_AT,
    SIGNER,
    make_answer_columns,
    make_hold_entries,
    open_store,
)

KEYS = [SIGNER.verifier]


def test_log__signs_and_proves_at_every_size_to_70(tmp_path: Path) -> None:
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


@pytest.mark.parametrize("staged_after", ["never", "the step before", "no step"])
@pytest.mark.parametrize("steps", [(255, 1, 1), (256, 256), (1, 255, 600), (300, 0, 700), (66000,)])
def test_append_entries__makes_the_same_tree_in_any_steps(
    tmp_path: Path, steps: tuple[int, ...], staged_after: str
) -> None:
    """It does not matter whether they were staged, or whether the tree has grown since."""
    store = open_store(tmp_path)
    leaves = [b"%d" % n for n in range(sum(steps))]
    starts = [sum(steps[:i]) for i in range(len(steps))]
    parts = [leaves[start : start + step] for start, step in zip(starts, steps, strict=True)]
    staged = [log.stage_entries(store.read(), part) for part in parts]  # for the empty tree
    for i, at in enumerate(starts):
        if staged_after == "the step before":
            staged[i] = log.stage_entries(store.read(), iter(parts[i]))
        with store.begin() as tx:
            appended = iter(parts[i]) if staged_after == "never" else staged[i]
            assert log.append_entries(tx, appended, at=RECORDED_AT) == at
    at = len(leaves)
    note = log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    assert open_checkpoint(note, ORIGIN, KEYS).root == Frontier().extend(hash_leaves(leaves))[0].root
    for index in (0, at // 2, at - 1):
        assert open_receipt(log.make_receipt(store, index, note, SIGNER.verifier), ORIGIN, KEYS).leaf == leaves[index]
    with store.read() as tx:
        assert log.read_entries(tx, at // 3, at - 1) == leaves[at // 3 : at - 1]


def test_sign_current_checkpoint__returns_the_stored_one_for_a_signed_size(tmp_path: Path) -> None:
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
def test_sign_current_checkpoint__refuses_a_head_that_evidence_contradicts(tmp_path: Path, change: sa.Update) -> None:
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


def test_append_entries__refuses_a_damaged_head(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.begin() as tx:
        log.append_entries(tx, make_hold_entries(3), at=RECORDED_AT)
        tx.connection.execute(head.update().values(root=bytes(32)))
    with pytest.raises(LedgerError), store.begin() as tx:
        log.append_entries(tx, make_hold_entries(1), at=RECORDED_AT)


def test_append_entries__refuses_an_entry_too_long_for_a_bundle(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), open_store(tmp_path).begin() as tx:
        log.append_entries(tx, [b"x" * 65536], at=RECORDED_AT)


SIZE = 70_000  # two levels of tiles above the leaves


def test_inclusion_prover__builds_the_proofs_of_rfc_9162(tmp_path: Path) -> None:
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


_WORKER = """
import itertools, pathlib, sys
sys.path.insert(0, sys.argv[2])
from tests.support.sample_ledger import insert_released_batch, open_store
store = open_store(pathlib.Path(sys.argv[1]))
for n in itertools.count():
    insert_released_batch(store, f"{sys.argv[3]}-{n}", 40)
    print(n, flush=True)
"""


KILLS = 3


def test_append_entries__killed_leaves_a_sound_ledger(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[3])
    acknowledged = 0
    for kill in range(KILLS):
        command = [sys.executable, "-c", _WORKER, str(tmp_path), root, f"K{kill}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "0\n"
            time.sleep(0.011 * (kill + 1))
            worker.send_signal(signal.SIGKILL)
            acknowledged += 1 + len([line for line in worker.stdout if line.endswith("\n")])
        store = open_store(tmp_path)
        assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()
        with store.read() as tx:
            assert log.tree_size(tx) % 41 == 0
            assert acknowledged * 41 <= log.tree_size(tx) <= (acknowledged + kill + 1) * 41
        store.close()


def test_append_entries__of_two_processes_take_turns(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[3])
    open_store(tmp_path).close()
    commands = [[sys.executable, "-c", _WORKER, str(tmp_path), root, name] for name in ("A", "B")]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    for worker in workers:
        assert worker.stdout is not None
        for _ in range(5):
            worker.stdout.readline()
    for worker in workers:
        worker.kill()
        worker.communicate()
    store = open_store(tmp_path)
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()
    with store.read() as tx:
        assert log.tree_size(tx) >= 10 * 41

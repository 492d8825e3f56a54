"""Verify a complete C2SP tlog-tiles log of another program (transparency-dev/tessera), at each of its 16 sizes."""

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.errors import LedgerError
from comity.tlog.checkpoint import open_checkpoint
from comity.tlog.merkle import (
    EMPTY_ROOT,
    Frontier,
    build_consistency_proof,
    build_inclusion_proof,
    hash_leaves,
    verify_consistency,
    verify_inclusion,
)
from comity.tlog.note import VerifierKey
from comity.tlog.tiles import ENTRIES_LEVEL, folder_hash_reader, format_tile_path, read_tile, unpack_bundle
from comity_ledger_verify import TrustPolicy, Vkey, check_log
from tests.conformance.vectors import find_vectors, report_counts

VKEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
ORIGIN = "example.com/log/testdata"


def test_every_size_of_the_log_verifies(tmp_path: Path) -> None:
    for size in range(16):
        _verify(size, tmp_path / str(size))
    report_counts("tessera checkpoints, tiles, bundles", [(str(size), True, True) for size in range(16)])


def _verify(size: int, folder: Path) -> None:
    """Run every check on the log of this size; raise when one fails."""
    folder.mkdir()
    log = find_vectors("tessera") / "log"
    checkpoint = open_checkpoint((log / f"checkpoint.{size}").read_bytes(), ORIGIN, [VerifierKey.from_text(VKEY)])
    assert checkpoint.size == size
    (folder / "checkpoint").write_bytes((log / f"checkpoint.{size}").read_bytes())
    for width in range(1, size + 1):  # the files that the folder had when this checkpoint was the newest
        for level in (0, ENTRIES_LEVEL):
            target = folder / format_tile_path(level, 0, width)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(log / format_tile_path(level, 0, width), target)
    assert check_log(folder, TrustPolicy([Vkey.parse(VKEY)], reads_entries=False)).findings == []
    leaves = hash_leaves(unpack_bundle(read_tile(log, ENTRIES_LEVEL, 0, size))) if size else []
    assert Frontier().extend(leaves)[0].root == checkpoint.root
    read = folder_hash_reader(folder, size)
    for index in range(size):
        verify_inclusion(leaves[index], index, size, build_inclusion_proof(read, index, size), checkpoint.root)


def test_every_pair_of_sizes_is_consistent() -> None:
    log = find_vectors("tessera") / "log"
    key = VerifierKey.from_text(VKEY)
    roots = [open_checkpoint((log / f"checkpoint.{n}").read_bytes(), ORIGIN, [key]).root for n in range(16)]
    read = folder_hash_reader(log, 15)
    pairs = [(old, new) for new in range(1, 16) for old in range(1, new + 1)]
    for old, new in pairs:
        proof = build_consistency_proof(read, old, new)
        verify_consistency(old, new, proof, roots[old], roots[new])
        with pytest.raises(LedgerError):
            verify_consistency(old, new, proof, roots[old], roots[new - 1] if new > old else EMPTY_ROOT)
    assert len(pairs) == 120
    results = [(f"{pair}", is_good, is_good) for pair in pairs for is_good in (True, False)]
    report_counts("tessera pairs of sizes", results, "refused: under another root hash")


def test_the_log_is_refused_under_another_key() -> None:
    another_key = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    with pytest.raises(LedgerError, match="no known key"):
        open_checkpoint(
            (find_vectors("tessera") / "log" / "checkpoint.15").read_bytes(), ORIGIN, [VerifierKey(ORIGIN, another_key)]
        )

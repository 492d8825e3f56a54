"""Verify the proofs of transparency-dev/merkle: inclusion, consistency and subtree proofs of RFC 9162, good and bad."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

import comity_ledger_verify as checker
from comity.errors import LedgerError
from comity.tlog.merkle import (
    EMPTY_ROOT,
    verify_append_only,
    verify_consistency,
    verify_inclusion,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)
from tests.conformance.vectors import find_vectors, report_counts


def _bytes(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def _proof(v: dict[str, Any]) -> list[bytes]:
    return [_bytes(node) for node in v["proof"] or []]


def _verify_inclusion(v: dict[str, Any]) -> None:
    verify_inclusion(_bytes(v["leafHash"]), v["leafIdx"], v["treeSize"], _proof(v), _bytes(v["root"]))


def _verify_inclusion_by_checker(v: dict[str, Any]) -> None:
    index, size, root = v["leafIdx"], v["treeSize"], _bytes(v["root"])
    lengths = {len(item) for item in (*_proof(v), _bytes(v["leafHash"]), root)}  # it parses hashes of 32 bytes only
    if (
        lengths != {32}
        or index >= size
        or checker._root_from_inclusion_proof(_bytes(v["leafHash"]), index, size, _proof(v)) != root
    ):
        raise LedgerError("proof_invalid", "refused")


def _verify_consistency(v: dict[str, Any]) -> None:
    verify_consistency(v["size1"], v["size2"], _proof(v), _bytes(v["root1"]), _bytes(v["root2"]))


def _verify_subtree_inclusion(v: dict[str, Any]) -> None:
    leaf, root = _bytes(v["leafHash"]), _bytes(v["root"])
    verify_subtree_inclusion(leaf, v["leafIdx"], v["start"], v["end"], _proof(v), root)


def _verify_subtree_consistency(v: dict[str, Any]) -> None:
    verify_subtree_consistency(v["start"], v["end"], v["size"], _proof(v), _bytes(v["root1"]), _bytes(v["root2"]))


@pytest.mark.parametrize(
    ("suite", "folder", "verify", "count"),
    [
        ("inclusion", "inclusion", _verify_inclusion, 98),
        ("inclusion, by the checker", "inclusion", _verify_inclusion_by_checker, 98),
        ("consistency", "consistency", _verify_consistency, 98),
        ("subtree inclusion", "subtreeinclusion", _verify_subtree_inclusion, 204),
        ("subtree consistency", "subtreeconsistency", _verify_subtree_consistency, 118),
    ],
)
def test_proofs_are_accepted_and_refused_as_published(
    suite: str, folder: str, verify: Callable[[dict[str, Any]], None], count: int
) -> None:
    files = sorted((find_vectors("merkle") / folder).rglob("*.json"))
    assert len(files) == count
    results = []
    for file in files:
        vector = json.loads(file.read_text())
        try:
            verify(vector)
            accepted = True
        except LedgerError:
            accepted = False
        results.append((file.relative_to(file.parents[2]).as_posix(), not vector["wantErr"], accepted))
    report_counts(f"merkle {suite}", results)


def test_verify_append_only__from_size_0_needs_no_proof_but_verify_consistency_refuses() -> None:
    root = bytes(32)
    with pytest.raises(LedgerError, match="sizes"):
        verify_consistency(0, 5, [], EMPTY_ROOT, root)
    verify_append_only(0, 5, [], EMPTY_ROOT, root)
    with pytest.raises(LedgerError, match="needs no proof"):
        verify_append_only(0, 5, [root], EMPTY_ROOT, root)
    with pytest.raises(LedgerError, match="one root hash"):
        verify_append_only(0, 0, [], EMPTY_ROOT, root)

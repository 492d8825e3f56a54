"""Properties of the Merkle tree, against a tree written the naive way straight from RFC 9162 section 2.1.1."""

import hashlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from comity.errors import LedgerError
from comity.tlog.merkle import (
    Frontier,
    build_consistency_proof,
    build_inclusion_proof,
    compute_subtree_root,
    hash_leaf,
    hash_leaves,
    in_memory_hash_reader,
    verify_consistency,
    verify_inclusion,
)

_leaves = st.lists(st.binary(max_size=8), min_size=1, max_size=700)


def naive_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


@given(_leaves, st.data())
def test_a_frontier_grown_in_any_steps_is_the_naive_tree(leaves: list[bytes], data: st.DataObject) -> None:
    frontier, at = Frontier(), 0
    while at < len(leaves):
        step = data.draw(st.integers(1, len(leaves) - at))
        frontier, _ = frontier.extend(hash_leaves(leaves[at : at + step]))
        frontier = Frontier.from_bytes(frontier.size, frontier.to_bytes())
        at += step
        assert frontier.root == naive_root(leaves[:at])


@given(_leaves, st.data())
def test_every_inclusion_proof_verifies_and_no_changed_one_does(leaves: list[bytes], data: st.DataObject) -> None:
    hashes = hash_leaves(leaves)
    size = data.draw(st.integers(1, len(leaves)))
    index = data.draw(st.integers(0, size - 1))
    read = in_memory_hash_reader(hashes)
    root, proof = compute_subtree_root(read, 0, size), build_inclusion_proof(read, index, size)
    assert root == naive_root(leaves[:size])
    verify_inclusion(hashes[index], index, size, proof, root)
    changed = _mutate(proof, data)
    assume(changed != proof)
    with pytest.raises(LedgerError):
        verify_inclusion(hashes[index], index, size, changed, root)
    with pytest.raises(LedgerError):
        verify_inclusion(hash_leaf(b"another"), index, size, proof, root)


@given(_leaves, st.data())
def test_every_consistency_proof_verifies_and_no_changed_one_does(leaves: list[bytes], data: st.DataObject) -> None:
    new = data.draw(st.integers(1, len(leaves)))
    old = data.draw(st.integers(1, new))
    read = in_memory_hash_reader(hash_leaves(leaves))
    roots = compute_subtree_root(read, 0, old), compute_subtree_root(read, 0, new)
    proof = build_consistency_proof(read, old, new)
    verify_consistency(old, new, proof, *roots)
    changed = _mutate(proof, data)
    assume(changed != proof)
    with pytest.raises(LedgerError):
        verify_consistency(old, new, changed, *roots)
    with pytest.raises(LedgerError):
        verify_consistency(old, new, proof, bytes(32), roots[1])


def _mutate(proof: list[bytes], data: st.DataObject) -> list[bytes]:
    change = data.draw(st.sampled_from(["flip", "drop", "add", "swap", "cut"]))
    index = data.draw(st.integers(0, max(len(proof) - 1, 0)))
    if change == "add" or not proof:
        return [*proof[:index], bytes(32), *proof[index:]]
    if change == "drop":
        return proof[:index] + proof[index + 1 :]
    if change == "swap":
        return proof[::-1]
    if change == "cut":
        return [*proof[:index], proof[index][:-1], *proof[index + 1 :]]
    bit = data.draw(st.integers(0, 255))
    node = bytearray(proof[index])
    node[bit // 8] ^= 1 << (bit % 8)
    return [*proof[:index], bytes(node), *proof[index + 1 :]]

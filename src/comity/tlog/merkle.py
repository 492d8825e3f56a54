"""Hash and grow the Merkle tree of RFC 9162, build its proofs, and verify them.

Guarantees: `verify_inclusion` and `verify_consistency` accept exactly what RFC 9162 sections 2.1.3.2 and 2.1.4.2
accept: nothing missing, nothing left over. Proofs are built through a `HashReader` over any store of hashes (a list,
the control database, a folder of tiles); each reads a few hundred hashes, however large the tree.
Does not: store anything, or know what a leaf says.
Basis: RFC 9162 section 2.1; tile levels as in C2SP tlog-tiles. Standard library only.
Start at `Frontier`, then `build_inclusion_proof` and `verify_inclusion`.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from comity.errors import LedgerError

HASH_SIZE = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
EMPTY_ROOT = hashlib.sha256(b"").digest()

HashReader = Callable[[int, int, int], Sequence[bytes]]
"""`read(level, start, count)` returns hashes start, start+1, ... of a tile level. Hash n of level L is the root of the
256**L leaves that begin at leaf n * 256**L. Every request is for complete subtrees and within one tile (256 hashes)."""


def hash_leaf(leaf: bytes) -> bytes:
    """Hash one leaf (RFC 9162 section 2.1.1: the prefix 0x00 keeps leaves and nodes apart)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def hash_leaves(leaves: Iterable[bytes]) -> list[bytes]:
    """Hash many leaves, as `hash_leaf` does."""
    sha256 = hashlib.sha256
    return [sha256(b"\x00" + leaf).digest() for leaf in leaves]


def hash_children(left: bytes, right: bytes) -> bytes:
    """Hash an inner node over its two children (RFC 9162 section 2.1.1: prefix 0x01)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _hash_pairs(row: Sequence[bytes]) -> list[bytes]:
    sha256 = hashlib.sha256
    pairs = zip(row[0::2], row[1::2], strict=False)  # an odd last hash has no parent yet
    return [sha256(b"\x01" + left + right).digest() for left, right in pairs]


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: one root for each complete subtree, largest first.

    It is all that an append needs: the size, and at most 64 hashes, one for each 1 bit of the size.
    """

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def extend(self, hashes: Sequence[bytes]) -> tuple["Frontier", dict[int, list[bytes]]]:
        """Append leaf hashes; return the new frontier, and the nodes this completed at each tile level (1, 2, ...).

        The first completed node of level L has index `self.size >> (8 * L)`. Linear in `len(hashes)`.

        >>> left, right = hash_leaf(b"a"), hash_leaf(b"b")
        >>> Frontier().extend([left, right])[0].root == hash_children(left, right)
        True
        """
        edge = list(self.nodes)  # the last element is the smallest subtree, for the lowest 1 bit of the size
        new_edge: list[bytes] = []  # smallest first
        completed: dict[int, list[bytes]] = {}
        row = list(hashes)
        height = 0
        while row or self.size >> height:
            if row and height and height % TILE_HEIGHT == 0:
                completed[height // TILE_HEIGHT] = row
            if (self.size >> height) & 1:
                row = [edge.pop(), *row]
            if len(row) & 1:
                new_edge.append(row[-1])
            row = _hash_pairs(row)
            height += 1
        return Frontier(self.size + len(hashes), tuple(reversed(new_edge))), completed

    @property
    def root(self) -> bytes:
        """Return the root hash of the whole tree (RFC 9162 section 2.1.1); EMPTY_ROOT when there are no leaves."""
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1]
        for left in reversed(self.nodes[:-1]):
            root = hash_children(left, root)
        return root

    def to_bytes(self) -> bytes:
        """Return the hashes one after another; store `size` beside them."""
        return b"".join(self.nodes)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> "Frontier":
        """Parse what `to_bytes` returned. Raises LedgerError when it cannot belong to `size` leaves."""
        if size < 0 or len(data) != HASH_SIZE * size.bit_count():
            raise LedgerError("ledger_damaged", f"The frontier of the ledger does not fit its size of {size} entries.")
        return cls(size, tuple(data[start : start + HASH_SIZE] for start in range(0, len(data), HASH_SIZE)))


def in_memory_hash_reader(hashes: Sequence[bytes]) -> HashReader:
    """Return a `HashReader` over leaf hashes in memory."""
    _, completed = Frontier().extend(hashes)
    levels = {0: list(hashes), **completed}
    return lambda level, start, count: levels[level][start : start + count]


def compute_subtree_root(read: HashReader, start: int, stop: int) -> bytes:
    """Compute the root hash of leaves start to stop - 1; `start` is aligned as RFC 9162 section 2.1.1 splits them.

    Raises LedgerError `ledger_damaged` when the reader lacks a hash.
    """
    count = stop - start
    if count == 0:
        return EMPTY_ROOT
    if count.bit_count() > 1:
        split = start + (1 << (count.bit_length() - 1))
        return hash_children(compute_subtree_root(read, start, split), compute_subtree_root(read, split, stop))
    level, height_above = divmod(count.bit_length() - 1, TILE_HEIGHT)
    row = read(level, start >> (TILE_HEIGHT * level), 1 << height_above)
    if len(row) != 1 << height_above:
        raise LedgerError("ledger_damaged", f"Hashes of entries {start} to {stop - 1} are missing from the ledger.")
    while len(row) > 1:
        row = _hash_pairs(row)
    return row[0]


def _split_point(count: int) -> int:
    """Return the largest power of two smaller than `count` (RFC 9162 section 2.1.1)."""
    return 1 << ((count - 1).bit_length() - 1)


def build_inclusion_proof(
    read: HashReader, index: int, size: int, *, root: Callable[[int, int], bytes] | None = None
) -> list[bytes]:
    """Build the proof that leaf `index` is in the tree of the first `size` leaves, the leaf's sibling first.

    `root(start, stop)` replaces `compute_subtree_root` where the caller caches roots between proofs.
    Raises RuntimeError when there is no such leaf. Source: RFC 9162 section 2.1.3.1.
    """
    if not 0 <= index < size:
        raise RuntimeError(f"no leaf {index} in a tree of {size}")
    root = root or partial(compute_subtree_root, read)
    proof = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split_point(stop - start)
        if index < middle:
            proof.append(root(middle, stop))
            stop = middle
        else:
            proof.append(root(start, middle))
            start = middle
    return proof[::-1]


def build_consistency_proof(read: HashReader, old_size: int, size: int) -> list[bytes]:
    """Build the proof that the tree of `size` leaves begins with the `old_size` leaves of an earlier one.

    Raises RuntimeError for an old size of 0 (RFC 9162 defines no such proof) or beyond `size`.
    Source: RFC 9162 section 2.1.4.1.
    """
    if not 0 < old_size <= size:
        raise RuntimeError(f"no consistency proof from {old_size} to {size}")
    proof = []
    start, stop = 0, size
    while stop != old_size:
        middle = start + _split_point(stop - start)
        if old_size <= middle:
            proof.append(compute_subtree_root(read, middle, stop))
            stop = middle
        else:
            proof.append(compute_subtree_root(read, start, middle))
            start = middle
    if start > 0:  # the old tree is not itself one complete subtree at the left edge
        proof.append(compute_subtree_root(read, start, stop))
    return proof[::-1]


def _proof_error(reason: str) -> LedgerError:
    return LedgerError("proof_invalid", f"The Merkle proof does not verify: {reason}.")


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Verify that the leaf hash `leaf` is at `index` of the tree of `size` leaves with this root.

    Raises LedgerError `proof_invalid`. Source: RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise _proof_error("there is no such leaf in a tree of that size")
    _verify_hash_lengths([leaf, root, *proof])
    position, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise _proof_error("it is too long")
        if position & 1 or position == last:
            node = hash_children(sibling, node)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            node = hash_children(node, sibling)
        position >>= 1
        last >>= 1
    if last != 0:
        raise _proof_error("it is too short")
    if node != root:
        raise _proof_error("it leads to another root hash")


def verify_consistency(old_size: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> None:
    """Verify that the tree of `size` leaves only added to the tree of `old_size` leaves.

    Raises LedgerError `proof_invalid`; an old size of 0 is refused, as RFC 9162 defines no proof from it. A witness,
    for which any tree extends the empty one, calls `verify_append_only`.
    Source: RFC 9162 section 2.1.4.2.
    """
    if not 0 < old_size <= size:
        raise _proof_error("the sizes are not in order")
    verify_subtree_consistency(0, old_size, size, proof, old_root, root)


def verify_append_only(old_size: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> None:
    """Verify, as a witness does, that a tree only grew; from an old size of 0 it did, and the proof must be empty.

    Raises LedgerError `proof_invalid`. Source: C2SP tlog-witness, "add-checkpoint".
    """
    if size == 0 and root != EMPTY_ROOT:
        raise _proof_error("an empty tree has one root hash only")
    if old_size > 0:
        verify_consistency(old_size, size, proof, old_root, root)
    elif proof:
        raise _proof_error("a tree that was empty needs no proof")


def _verify_subtree_bounds(start: int, stop: int) -> None:
    """Verify that a subtree begins where a complete one of its size, or the next larger power of two, could begin."""
    count = stop - start
    if start < 0 or count < 0 or (count and start % (1 << (count - 1).bit_length())):
        raise _proof_error("there is no such subtree")


def verify_subtree_inclusion(  # noqa: PLR0913, PLR0917  as in the draft
    leaf: bytes, index: int, start: int, stop: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Verify that the leaf hash `leaf` is at `index`, in the subtree of leaves start to stop - 1 with this root.

    Raises LedgerError `proof_invalid`. Source: draft-ietf-plants-merkle-tree-certs-03 section 4.3.
    """
    _verify_subtree_bounds(start, stop)
    verify_inclusion(leaf, index - start, stop - start, proof, root)


def verify_subtree_consistency(  # noqa: PLR0913, PLR0917  as in the draft
    start: int, stop: int, size: int, proof: Sequence[bytes], node: bytes, root: bytes
) -> None:
    """Verify that leaves start to stop - 1, with the root hash `node`, are a subtree of the tree of `size` leaves.

    Raises LedgerError `proof_invalid`. Source: draft-ietf-plants-merkle-tree-certs-03 section 4.4; with a start of 0
    it is RFC 9162 section 2.1.4.2.
    """
    _verify_subtree_bounds(start, stop)
    _verify_hash_lengths(proof)
    if stop > size:
        raise _proof_error("the sizes are not in order")
    if start == stop:
        if proof or node != EMPTY_ROOT:
            raise _proof_error("an empty subtree needs no proof and has one root hash only")
        return
    first, position, last = start, stop - 1, size - 1
    is_right_edge = position == last
    while first != position and (position & 1 or is_right_edge):
        first, position, last = first >> 1, position >> 1, last >> 1
    path = [node, *proof] if first == position else list(proof)
    if not path:
        raise _proof_error("it is empty")
    old_node = new_node = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise _proof_error("it is too long")
        if position & 1 or position == last:
            if first < position:
                old_node = hash_children(sibling, old_node)
            new_node = hash_children(sibling, new_node)
            while position and not position & 1:
                first, position, last = first >> 1, position >> 1, last >> 1
        else:
            new_node = hash_children(new_node, sibling)
        first, position, last = first >> 1, position >> 1, last >> 1
    if last != 0:
        raise _proof_error("it is too short")
    if old_node != node or new_node != root:
        raise _proof_error("it leads to other root hashes")


def _verify_hash_lengths(hashes: Iterable[bytes]) -> None:
    if any(len(item) != HASH_SIZE for item in hashes):
        raise _proof_error("a hash is not 32 bytes long")

"""Append to the custodian's log in the caller's transaction, sign what is committed, and make proofs.

    with store.begin() as tx:
        first = log.append_entries(tx, leaves, at=at)
        ...                                     # whatever must exist exactly when the entries do
    note = log.sign_current_checkpoint(store, signer, at=at)
    receipt = log.make_receipt(store, first, note, signer.verifier)

Guarantees: indices are dense and are taken under the head's lock, so an entry exists exactly if the caller's
transaction commits; only a committed head is signed; no two checkpoints of one size differ, and none is signed that is
inconsistent with the one before it.
Basis: RFC 9162 section 2.1; C2SP tlog-checkpoint ("a log MUST NOT sign ... inconsistent").
Start at `append_entries`; `stage_entries` does most of its work without a lock.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import lru_cache, partial
from itertools import islice

from comity.errors import LedgerError
from comity.store import entries
from comity.store.database import Snapshot, Store, Transaction
from comity.store.entries import StagedEntries, TreeGrowth
from comity.tlog.checkpoint import Checkpoint, open_checkpoint
from comity.tlog.checkpoint import sign_checkpoint as sign
from comity.tlog.merkle import (
    TILE_HEIGHT,
    TILE_WIDTH,
    Frontier,
    HashReader,
    build_consistency_proof,
    build_inclusion_proof,
    compute_subtree_root,
    hash_children,
    hash_leaves,
)
from comity.tlog.note import LogSigner, Verifier
from comity.tlog.proof import format_receipt
from comity.tlog.tiles import pack_bundle, split_hashes, unpack_bundle

_ENTRIES_PER_CHUNK = 1 << 16
_FSCK_HINT = "Stop releasing and run `comity ledger fsck`."


def stage_entries(snapshot: AbstractContextManager[Snapshot], leaves: Iterable[bytes]) -> StagedEntries:
    """Hash entries, and then prepare their append to the tree as a snapshot, entered for that, has it.

    Raises what `append_entries` raises.
    """
    kept = list(leaves)
    hashes = hash_leaves(kept)
    with snapshot as tx:
        before = _read_frontier(entries.get_head(tx))
    return StagedEntries(kept, hashes, _grow_tree(before, kept, hashes))


def append_entries(tx: Transaction, leaves: Iterable[bytes] | StagedEntries, *, at: datetime) -> int:
    """Append entries and return the index of the first (of the next to come, if there are none).

    Many entries are staged before the transaction begins, so that nobody waits for it.

    Raises LedgerError when the stored head contradicts itself, RuntimeError for an entry above 65,535 bytes.
    """
    first = frontier = _read_frontier(entries.lock_head(tx))
    if isinstance(leaves, StagedEntries) and leaves.growth.before == frontier:
        frontier = _store_growth(tx, leaves.growth, at=at)
    else:
        for chunk, hashes in _iter_hashed_chunks(leaves):
            frontier = _store_growth(tx, _grow_tree(frontier, chunk, hashes), at=at)
    if frontier.size > first.size:
        new = entries.StoredHead(frontier.size, frontier.root, frontier.to_bytes())
        entries.set_head(tx, new, at=at)
    return first.size


def _read_frontier(row: entries.StoredHead | None) -> Frontier:
    """Return the right edge of the stored tree. Raises LedgerError when the head contradicts itself."""
    frontier = Frontier() if row is None else Frontier.from_bytes(row.size, row.frontier)
    if row is not None and frontier.root != row.root:
        raise LedgerError("ledger_damaged", "The ledger's head does not agree with its own root hash.", _FSCK_HINT)
    return frontier


def _grow_tree(before: Frontier, leaves: Sequence[bytes], hashes: Sequence[bytes]) -> TreeGrowth:
    after, nodes = before.extend(hashes)
    return TreeGrowth(before, after, list(_split_at_tiles(before.size, leaves, hashes)), nodes)


def _store_growth(tx: Transaction, growth: TreeGrowth, *, at: datetime) -> Frontier:
    entries.insert(tx, growth.blocks, at=at)
    for level, nodes in growth.nodes.items():
        entries.insert_nodes(tx, level, growth.before.size >> (TILE_HEIGHT * level), nodes)
    return growth.after


def _iter_hashed_chunks(
    leaves: Iterable[bytes] | StagedEntries,
) -> Iterator[tuple[Sequence[bytes], Sequence[bytes]]]:
    """Yield leaves and their hashes, so many at a time."""
    if isinstance(leaves, StagedEntries):
        for start in range(0, len(leaves.leaves), _ENTRIES_PER_CHUNK):
            chunk = slice(start, start + _ENTRIES_PER_CHUNK)
            yield leaves.leaves[chunk], leaves.hashes[chunk]
        return
    remaining = iter(leaves)
    while unhashed := list(islice(remaining, _ENTRIES_PER_CHUNK)):
        yield unhashed, hash_leaves(unhashed)


def _split_at_tiles(first: int, leaves: Sequence[bytes], hashes: Sequence[bytes]) -> Iterator[entries.EntryBlock]:
    """Yield an append as blocks, split where tiles begin, so that no block reaches into a second tile."""
    start = 0
    while start < len(leaves):
        stop = min(len(leaves), start + TILE_WIDTH - (first + start) % TILE_WIDTH)
        bundle = pack_bundle(leaves[start:stop])
        yield entries.EntryBlock.compress(first + start, stop - start, bundle, b"".join(hashes[start:stop]))
        start = stop


def stored_hash_reader(tx: Snapshot) -> HashReader:
    """Return a reader of the stored hashes, for proofs. It caches tiles: make a new one after an append."""

    @lru_cache(maxsize=512)
    def tile(level: int, index: int) -> list[bytes]:
        start, stop = index * TILE_WIDTH, (index + 1) * TILE_WIDTH
        if level:
            return entries.read_nodes(tx, level, start, stop)
        return split_hashes(entries.read_hashes(tx, start, stop))

    def read(level: int, start: int, count: int) -> list[bytes]:
        index, first = divmod(start, TILE_WIDTH)
        return tile(level, index)[first : first + count]

    return read


def inclusion_prover(tx: Snapshot) -> Callable[[int, int], list[bytes]]:
    """Return `prove(index, size)`, which builds inclusion proofs that share cached tiles and subtree roots."""
    read = stored_hash_reader(tx)

    @lru_cache(maxsize=1 << 17)
    def root(start: int, stop: int) -> bytes:
        if stop - start <= TILE_WIDTH:
            return compute_subtree_root(read, start, stop)
        height = (stop - start - 1).bit_length()
        if stop - start == 1 << height and height % TILE_HEIGHT == 0:
            return compute_subtree_root(read, start, stop)  # a stored node
        middle = start + (1 << (height - 1))
        return hash_children(root(start, middle), root(middle, stop))

    return partial(build_inclusion_proof, read, root=root)


def read_entries(tx: Snapshot, start: int, stop: int) -> list[bytes]:
    """Return the entries start to stop - 1."""
    leaves: list[bytes] = []
    for block in entries.stream_blocks(tx, start - start % TILE_WIDTH, stop):
        leaves += unpack_bundle(block.bundle)[max(0, start - block.first_index) : stop - block.first_index]
    return leaves


def tree_size(tx: Snapshot) -> int:
    """Return how many entries there are."""
    row = entries.get_head(tx)
    return 0 if row is None else row.size


def sign_current_checkpoint(store: Store, signer: LogSigner, *, at: datetime) -> str:
    """Sign the committed head, store the checkpoint and return it; return the stored one for a size signed before.

    Raises LedgerError `ledger_damaged` rather than sign a head that contradicts the entries or an earlier checkpoint,
    or that belongs to a log with other keys.
    """
    with store.begin() as tx:  # its own transaction: everything it reads is committed
        row = entries.lock_head(tx)
        head = Frontier() if row is None else Frontier.from_bytes(row.size, row.frontier)
        read = stored_hash_reader(tx)
        if row is not None and not row.root == head.root == compute_subtree_root(read, 0, row.size):
            raise LedgerError("ledger_damaged", "The ledger's head does not agree with its entries.", _FSCK_HINT)
        last = entries.get_last_checkpoint(tx)
        _verify_last_signature(last, signer)
        if last is not None and (last.size > head.size or compute_subtree_root(read, 0, last.size) != last.root):
            raise LedgerError(
                "ledger_damaged",
                f"The ledger no longer holds the {last.size} entries that its last checkpoint signed; "
                "to sign another history would be a fork.",
                _FSCK_HINT,
            )
        if last is not None and last.size == head.size:
            return last.note
        note = sign(Checkpoint(signer.name, head.size, head.root), signer.signers_at(at))
        entries.insert_checkpoint(tx, head.size, head.root, note, at=at)
    return note


def verify_log_keys(store: Store, signer: LogSigner) -> None:
    """Verify that a key of this log signed the last checkpoint; otherwise the control database is another home's.

    Raises LedgerError `ledger_damaged`.
    """
    with store.read() as tx:
        _verify_last_signature(entries.get_last_checkpoint(tx), signer)


def _verify_last_signature(last: entries.StoredCheckpoint | None, signer: LogSigner) -> None:
    try:
        if last is not None:
            open_checkpoint(last.note, signer.name, signer.verifiers)
    except LedgerError:
        raise LedgerError(
            "ledger_damaged",
            "The last checkpoint in the control database was signed by none of this home's keys: the home uses the "
            "database of another, or its keys were replaced. To go on would put two keys under one ledger.",
            "Check the home's DSN and keys. Nothing was written.",
        ) from None


def make_receipt(store: Store, index: int, checkpoint: str, *verifiers: Verifier) -> str:
    """Return the receipt of entry `index`, which carries the entry, under a checkpoint that one of these keys signed.

    Raises LedgerError when the checkpoint does not verify or is not of this log, RuntimeError when there is no such
    entry.
    """
    head = open_checkpoint(checkpoint, verifiers[0].name, verifiers)
    with store.read() as tx:
        read = stored_hash_reader(tx)
        if tree_size(tx) < head.size or compute_subtree_root(read, 0, head.size) != head.root:
            raise LedgerError("ledger_damaged", "The checkpoint was not signed over this ledger.", _FSCK_HINT)
        proof = build_inclusion_proof(read, index, head.size)
        (leaf,) = read_entries(tx, index, index + 1)
    return format_receipt(index, leaf, proof, checkpoint)


def make_consistency_proof(store: Store, old_size: int, new_size: int) -> list[bytes]:
    """Return the RFC 9162 proof that the first `new_size` entries begin with the first `old_size`."""
    with store.read() as tx:
        if new_size > tree_size(tx):
            raise RuntimeError(f"the ledger has fewer than {new_size} entries")
        return build_consistency_proof(stored_hash_reader(tx), old_size, new_size)

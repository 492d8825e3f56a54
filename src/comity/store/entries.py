"""The ledger's rows: entries, the tree's nodes, its head, and the checkpoints signed over it.

Guarantees: the head is read under a lock that lasts until the transaction ends, so that indices are dense. Nothing is
recorded at a time before the last entry, so that a clock set back cannot hide an order in force. Entries are stored
compressed and read as they were appended; so are those of earlier versions, which were stored as they are.
Does not: hash or sign anything; `ledger` does.
Basis: ADR 0056.
Start at `lock_head`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, repeat
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from comity.errors import ComityError
from comity.store.database import Snapshot, Transaction
from comity.store.tables import checkpoints, entries, head, nodes
from comity.store.tables import cosignatures as cosignature_lines
from comity.store.timestamps import format_timestamp, parse_timestamp
from comity.tlog.merkle import TILE_WIDTH, Frontier
from comity.tlog.tiles import MAX_ENTRY_BYTES

CLOCK_SKEW_TOLERANCE = timedelta(seconds=10)
"""How far apart the clocks of two machines that share a database may be."""
_ZSTD = pa.Codec("zstd", compression_level=1)  # higher levels gain little: half of an entry is a random number in hex
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
"""The first bytes of what is compressed; a bundle that is not has the `{` of its first entry in place of the third."""
_MAX_BUNDLE_BYTES = TILE_WIDTH * (2 + MAX_ENTRY_BYTES)


@dataclass(frozen=True, slots=True)
class EntryBlock:
    """Up to 256 consecutive entries of one append, all in one tile: the entries as a bundle, and their hashes.

    `content` is the bundle as it is stored.
    """

    first_index: int
    width: int
    content: bytes
    hashes: bytes

    @classmethod
    def compress(cls, first_index: int, width: int, bundle: bytes, hashes: bytes) -> "EntryBlock":
        """Make a block of a bundle, which is compressed."""
        return cls(first_index, width, _ZSTD.compress(bundle, asbytes=True), hashes)

    @property
    def bundle(self) -> bytes:
        """Return the entries, each after its length in two bytes. Raises ValueError when they cannot be read."""
        if not self.content.startswith(_ZSTD_MAGIC):
            return self.content
        try:
            with pa.input_stream(pa.BufferReader(self.content), compression="zstd") as stream:
                return bytes(stream.read(_MAX_BUNDLE_BYTES))
        except OSError as fault:
            raise ValueError("the bundle cannot be decompressed") from fault


@dataclass(frozen=True, slots=True)
class TreeGrowth:
    """What an append stores: blocks of entries, and the nodes that it completes, by level; the tree's edges."""

    before: Frontier
    after: Frontier
    blocks: Sequence[EntryBlock]
    nodes: Mapping[int, Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class StagedEntries:
    """Entries with the hash of each, and what their append to the tree of one moment would store.

    If the tree has grown since, only the hashes are of use.
    """

    leaves: Sequence[bytes]
    hashes: Sequence[bytes]
    growth: TreeGrowth


@dataclass(frozen=True, slots=True)
class StoredHead:
    """The tree's size, root hash and frontier, as stored."""

    size: int
    root: bytes
    frontier: bytes


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A signed checkpoint, as stored."""

    size: int
    root: bytes
    note: str
    signed_at: str


def get_head(tx: Snapshot) -> StoredHead | None:
    """Return the head, or None before the first entry."""
    return _read_head(tx, sa.select(head))


def lock_head(tx: Transaction) -> StoredHead | None:
    """Return the head, locked against every other writer until the transaction ends."""
    return _read_head(tx, sa.select(head).with_for_update())  # SQLite has the lock already, from BEGIN IMMEDIATE


def _read_head(tx: Snapshot, query: sa.Select[Any]) -> StoredHead | None:
    row = tx.connection.execute(query).one_or_none()
    return None if row is None else StoredHead(row.size, row.root, row.frontier)


def set_head(tx: Transaction, new: StoredHead, *, at: datetime) -> None:
    """Replace the head, at a time that is not before the last. Raises ComityError `clock_behind`."""
    verify_clock(tx, at)
    last = tx.connection.execute(sa.select(head.c.recorded_at)).scalar_one()
    values = {
        "size": new.size,
        "root": new.root,
        "frontier": new.frontier,
        "recorded_at": max(last, format_timestamp(at)),
    }
    tx.connection.execute(head.update().values(**values))


def verify_clock(tx: Snapshot, at: datetime) -> None:
    """Refuse a time before the last entry's by more than `CLOCK_SKEW_TOLERANCE`. Raises ComityError `clock_behind`."""
    last = tx.connection.execute(sa.select(head.c.recorded_at)).scalar()
    if last is not None and parse_timestamp(last) - at > CLOCK_SKEW_TOLERANCE:
        raise ComityError(
            "clock_behind",
            f"The clock says {format_timestamp(at)}, but the ledger's last entry is of {last}. "
            "Orders in force could be overlooked.",
            "Set the machine's clock right, and run the command again.",
        )


def insert(tx: Transaction, blocks: Iterable[EntryBlock], *, at: datetime) -> None:
    """Store entries."""
    recorded_at = format_timestamp(at)
    rows = ((block.first_index, block.width, block.content, block.hashes, recorded_at) for block in blocks)
    tx.insert_many(entries, ("first_index", "width", "bundle", "hashes", "recorded_at"), rows)


def insert_nodes(tx: Transaction, level: int, first: int, hashes: Iterable[bytes]) -> None:
    """Store the roots of complete subtrees first, first + 1, ... of a level."""
    rows = zip(repeat(level), count(first), hashes, strict=False)
    tx.insert_many(nodes, ("level", "node_index", "hash"), rows)


def read_nodes(tx: Snapshot, level: int, start: int, stop: int) -> list[bytes]:
    """Return the stored nodes start to stop - 1 of a level."""
    bounds = {"level": level, "start": start, "last": stop - 1}
    return [row[0] for row in tx.connection.execute(_NODES_QUERY, bounds).all()]


def read_hashes(tx: Snapshot, start: int, stop: int) -> bytes:
    """Return the leaf hashes of the blocks that begin at entry `start` or later and before `stop`, concatenated."""
    bounds = {"start": start, "last": stop - 1}
    return b"".join(row[0] for row in tx.connection.execute(_HASHES_QUERY, bounds).all())


# Built once: building and looking up a statement costs more than running it.
_NODES_QUERY = (
    sa.select(nodes.c.hash)
    .where(nodes.c.level == sa.bindparam("level"))
    .where(nodes.c.node_index.between(sa.bindparam("start"), sa.bindparam("last")))
    .order_by(nodes.c.node_index)
)
_HASHES_QUERY = (
    sa.select(entries.c.hashes)
    .where(entries.c.first_index.between(sa.bindparam("start"), sa.bindparam("last")))
    .order_by(entries.c.first_index)
)


def stream_blocks(tx: Snapshot, start: int = 0, stop: int | None = None) -> Iterator[EntryBlock]:
    """Yield the blocks that begin at entry `start` or later and before `stop`, in order.

    No block spans two tiles, so no entry is missing when `start` is the start of a tile.
    """
    query = sa.select(entries.c.first_index, entries.c.width, entries.c.bundle, entries.c.hashes)
    query = query.where(entries.c.first_index >= start).order_by(entries.c.first_index)
    if stop is not None:
        query = query.where(entries.c.first_index < stop)
    for row in tx.stream_rows(query, 256):
        yield EntryBlock(row.first_index, row.width, row.bundle, row.hashes)


def get_recorded_at(tx: Snapshot, entry: int) -> datetime:
    """Return when an entry was appended. RuntimeError when there is no such entry."""
    query = sa.select(entries.c.recorded_at).where(entries.c.first_index <= entry)
    recorded_at = tx.connection.execute(query.order_by(entries.c.first_index.desc()).limit(1)).scalar()
    if recorded_at is None:
        raise RuntimeError("the ledger has no such entry")
    return parse_timestamp(recorded_at)


def stream_nodes(tx: Snapshot) -> Iterator[sa.Row[Any]]:
    """Yield every stored node by level and number."""
    return tx.stream_rows(sa.select(nodes).order_by(nodes.c.level, nodes.c.node_index))


def insert_checkpoint(tx: Transaction, size: int, root: bytes, note: str, *, at: datetime) -> None:
    """Store a signed checkpoint. RuntimeError when one of that size is on file already."""
    tx.connection.execute(
        checkpoints.insert(), {"size": size, "root": root, "note": note, "signed_at": format_timestamp(at)}
    )
    tx.signed_checkpoint = (size, root)


def list_checkpoints(tx: Snapshot) -> tuple[StoredCheckpoint, ...]:
    """Return every checkpoint, smallest first."""
    query = sa.select(checkpoints).order_by(checkpoints.c.size)
    return tuple(StoredCheckpoint(r.size, r.root, r.note, r.signed_at) for r in tx.connection.execute(query))


def find_checkpoint_over(tx: Snapshot, entry: int) -> str | None:
    """Return the first checkpoint that was signed over an entry; None when none was yet."""
    query = sa.select(checkpoints.c.note).where(checkpoints.c.size > entry).order_by(checkpoints.c.size).limit(1)
    return tx.connection.execute(query).scalar_one_or_none()


def insert_cosignatures(tx: Transaction, size: int, lines: Iterable[str], *, at: datetime) -> None:
    """Store witnesses' signature lines under the checkpoint of a size, except those on file already."""
    stored = set(list_cosignatures(tx, size))
    for line in lines:
        if line not in stored:
            tx.connection.execute(
                cosignature_lines.insert(), {"size": size, "line": line, "obtained_at": format_timestamp(at)}
            )


def list_cosignatures(tx: Snapshot, size: int) -> list[str]:
    """Return the signature lines under the checkpoint of a size, always in the same order."""
    query = sa.select(cosignature_lines.c.line).where(cosignature_lines.c.size == size)
    return list(
        tx.connection.execute(query.order_by(cosignature_lines.c.obtained_at, cosignature_lines.c.line)).scalars()
    )


def list_cosigned_checkpoints(tx: Snapshot, entry: int) -> list[tuple[int, str, list[str]]]:
    """Return size, note and signature lines of every cosigned checkpoint over an entry, smallest first."""
    query = sa.select(checkpoints.c.size, checkpoints.c.note).where(checkpoints.c.size > entry)
    query = query.where(checkpoints.c.size.in_(sa.select(cosignature_lines.c.size))).order_by(checkpoints.c.size)
    return [(size, note, list_cosignatures(tx, size)) for size, note in tx.connection.execute(query).all()]


def get_last_checkpoint(tx: Snapshot) -> StoredCheckpoint | None:
    """Return the largest checkpoint signed, or None."""
    query = sa.select(checkpoints).order_by(checkpoints.c.size.desc()).limit(1)
    row = tx.connection.execute(query).one_or_none()
    return None if row is None else StoredCheckpoint(row.size, row.root, row.note, row.signed_at)

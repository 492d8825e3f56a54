"""What was asked, as keyed digests: the history that the rules about probing count.

For each kind of digest, each batch leaves sorted digests with their counts, in buckets: many digests in 256 by first
byte, so that a single request reads a 256th of them; a few each in a bucket of its own, so that a single question reads
only what may be equal to its own; and those in between in one. The table is a working table and not evidence: nothing
guards it, and `prune` deletes what is older than any agreement counts.

Guarantees: no text, only digests that nobody can link or test without the home's key (`gates.probing.probing_digests`).
Start at `insert` and `StoredRequestHistory`.
"""

from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from comity.columns.buffers import Digests, Int64s
from comity.model.history import Counts
from comity.store import recalls
from comity.store.database import Snapshot, Transaction
from comity.store.tables import asked, batches
from comity.store.timestamps import format_timestamp

UNBUCKETED = -1
"""The bucket of a batch that has neither few digests of a kind nor many."""

_MAX_APART, _MAX_UNBUCKETED_DIGESTS = 64, 1 << 14
_BUCKET_SHIFT, _OWN_BUCKET_SHIFT = np.uint64(56), np.uint64(2)
_MAX_QUERIED_BUCKETS = 512  # for digests in more buckets than this, all are read


@dataclass(frozen=True, slots=True)
class StoredRequestHistory:
    """The history as gates count it (`model.history.RequestHistory`); each look at it opens a snapshot."""

    key: bytes
    open_snapshot: Callable[[], AbstractContextManager[Snapshot]]

    def count_digests(self, wanted: Mapping[str, Digests], batches: Container[str]) -> dict[str, Counts]:
        """Return, by kind, how often each digest (sorted, unique) of the kind occurs in these batches."""
        with self.open_snapshot() as tx:
            return count_digests(tx, wanted, batches)

    def count_freed(self, written: Digests, batches: Container[str]) -> Counts:
        """Return how often each question, by its digest `written`, was answered in these batches and freed since."""
        with self.open_snapshot() as tx:
            return recalls.count_freed(tx, written, batches)


def insert(tx: Transaction, batch_id: str, digests_by_kind: Mapping[str, tuple[Digests, Counts]]) -> None:
    """Store the digests of a batch by kind: sorted and unique, each with how often it occurs."""
    rows = (
        (batch_id, kind, bucket, digests.astype("<u8").tobytes(), _encode_counts(counts))
        for kind, (all_digests, all_counts) in digests_by_kind.items()
        for bucket, digests, counts in _split_into_buckets(all_digests, all_counts)
    )
    tx.insert_many(asked, ("batch_id", "kind", "bucket", "digests", "counts"), rows)


def _encode_counts(counts: Counts) -> bytes:
    return b"" if (counts == 1).all() else counts.astype("<u4").tobytes()


def _split_into_buckets(digests: Digests, counts: Counts) -> Iterator[tuple[int, Digests, Counts]]:
    if len(digests) <= _MAX_APART:  # of single questions, most of all
        buckets = _own_buckets(digests)
        for bucket in np.unique(buckets):
            is_inside = buckets == bucket
            yield int(bucket), digests[is_inside], counts[is_inside]
        return
    if len(digests) <= _MAX_UNBUCKETED_DIGESTS:
        yield UNBUCKETED, digests, counts
        return
    ends = np.searchsorted(digests >> _BUCKET_SHIFT, np.arange(257, dtype=np.uint64))
    for bucket, (start, stop) in enumerate(zip(ends.tolist(), ends[1:].tolist(), strict=False)):
        if stop > start:
            yield bucket, digests[start:stop], counts[start:stop]


def _own_buckets(digests: Digests) -> Int64s:
    """Return the bucket of each digest in a batch of few: below `UNBUCKETED`, and shared by four neighbors at most."""
    return -2 - (digests >> _OWN_BUCKET_SHIFT).astype(np.int64)


def count_digests(tx: Snapshot, wanted: Mapping[str, Digests], batch_ids: Container[str]) -> dict[str, Counts]:
    """Return, by kind, how often each digest (sorted, unique) of the kind occurs in the batches `batch_ids`."""
    totals: dict[str, Counts] = {kind: np.zeros(len(digests), dtype=np.int64) for kind, digests in wanted.items()}
    for batch_id, kind, raw_digests, raw_counts in _stream_buckets(tx, wanted):
        if batch_id in batch_ids:
            stored, counts = np.frombuffer(raw_digests, dtype="<u8"), np.frombuffer(raw_counts, dtype="<u4")
            _add_counts(totals[kind], wanted[kind], stored, counts)
    return totals


def _stream_buckets(tx: Snapshot, wanted: Mapping[str, Digests]) -> Iterator[tuple[str, str, bytes, bytes]]:
    """Yield batch, kind, digests and counts of every bucket that may hold one of the digests."""
    few: list[tuple[str, int]] = []
    for kind, digests in wanted.items():
        if not len(digests):
            continue
        buckets = np.unique(np.concatenate([(digests >> _BUCKET_SHIFT).astype(np.int64), _own_buckets(digests)]))
        if len(few) + len(buckets) > _MAX_QUERIED_BUCKETS:
            yield from map(tuple, tx.stream_rows(_KIND_QUERY.params(kind=kind), 64))
        else:
            few += [(kind, UNBUCKETED), *((kind, bucket) for bucket in buckets.tolist())]
    if few:
        yield from map(tuple, tx.stream_rows(_BUCKETS_QUERY.params(buckets=few), 64))


# Built once: building a statement costs more than running it.
_ALL_QUERY = sa.select(asked.c.batch_id, asked.c.kind, asked.c.digests, asked.c.counts)
_KIND_QUERY = _ALL_QUERY.where(asked.c.kind == sa.bindparam("kind"))
_BUCKETS_QUERY = _ALL_QUERY.where(sa.tuple_(asked.c.kind, asked.c.bucket).in_(sa.bindparam("buckets", expanding=True)))


def _add_counts(totals: Counts, digests: Digests, stored: Digests, counts: npt.NDArray[np.uint32]) -> None:
    """Add the counts of one row of the table, searching for the shorter of both lists in the longer."""
    low, high = np.searchsorted(digests, stored[:1])[0], np.searchsorted(digests, stored[-1:], side="right")[0]
    wanted = digests[low:high]
    if not len(wanted):
        return
    if len(stored) < len(wanted):
        positions = np.minimum(np.searchsorted(wanted, stored), len(wanted) - 1)
        hits = wanted[positions] == stored
        totals[low + positions[hits]] += counts[hits] if len(counts) else 1
    else:
        positions = np.minimum(np.searchsorted(stored, wanted), len(stored) - 1)
        hits = stored[positions] == wanted
        totals[low:high][hits] += counts[positions[hits]] if len(counts) else 1


def prune(tx: Transaction, *, answered_before: datetime) -> None:
    """Delete what was asked in batches answered before a time."""
    answered_at = sa.func.coalesce(batches.c.answered_at, batches.c.received_at)
    old = sa.select(batches.c.batch_id).where(answered_at < format_timestamp(answered_before))
    tx.connection.execute(asked.delete().where(asked.c.batch_id.in_(old)))

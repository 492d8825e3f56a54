"""What was asked, as keyed digests: the history that the rules about probing count.

For each kind of digest, each batch leaves sorted digests with their counts; many digests, or a single one, are stored
in 256 buckets by first byte, so that a single request reads a 256th of them. The table is a working table and not
evidence: nothing guards it, and `prune` deletes what is older than any agreement counts.

Guarantees: no text, only digests that nobody can link or test without the home's key (`gates.probing.probing_digests`).
Start at `insert` and `StoredRequestHistory`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from comity.columns.buffers import Digests
from comity.model.history import Counts
from comity.store import recalls
from comity.store.database import Snapshot, Transaction
from comity.store.tables import asked, batches
from comity.store.timestamps import format_timestamp

UNBUCKETED = -1
"""The bucket of a batch that has a few digests of a kind, and more than one."""

_MAX_UNBUCKETED_DIGESTS = 1 << 14
_BUCKET_SHIFT = np.uint64(56)
_MAX_QUERIED_BUCKETS = 64  # for digests in more buckets than this, all are read


@dataclass(frozen=True, slots=True)
class StoredRequestHistory:
    """The history as gates count it (`model.history.RequestHistory`); each count opens a snapshot."""

    key: bytes
    open_snapshot: Callable[[], AbstractContextManager[Snapshot]]

    def count_digests(self, kind: str, digests: Digests, batches: Collection[str]) -> Counts:
        """Return how often each digest (sorted, unique) of a kind occurs in these batches."""
        with self.open_snapshot() as tx:
            return count_digests(tx, kind, digests, batches)

    def count_freed(self, written: Digests, batches: Collection[str]) -> Counts:
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
    if len(digests) == 1:  # of a single question: another one then reads a 256th of them
        yield int(digests[0] >> _BUCKET_SHIFT), digests, counts
        return
    if len(digests) <= _MAX_UNBUCKETED_DIGESTS:
        if len(digests):
            yield UNBUCKETED, digests, counts
        return
    ends = np.searchsorted(digests >> _BUCKET_SHIFT, np.arange(257, dtype=np.uint64))
    for bucket, (start, stop) in enumerate(zip(ends.tolist(), ends[1:].tolist(), strict=False)):
        if stop > start:
            yield bucket, digests[start:stop], counts[start:stop]


def count_digests(tx: Snapshot, kind: str, digests: Digests, batch_ids: Collection[str]) -> Counts:
    """Return how often each digest (sorted, unique) of a kind occurs in the batches `batch_ids`."""
    totals = np.zeros(len(digests), dtype=np.int64)
    buckets = np.unique(digests >> _BUCKET_SHIFT).tolist()
    query = _ALL_QUERY
    if len(buckets) <= _MAX_QUERIED_BUCKETS:
        query = _BUCKETS_QUERY.params(buckets=[UNBUCKETED, *buckets])
    for row in tx.stream_rows(query.params(kind=kind), 64):
        batch_id, raw_digests, raw_counts = tuple[Any, ...](row)
        if batch_id in batch_ids:
            stored, counts = np.frombuffer(raw_digests, dtype="<u8"), np.frombuffer(raw_counts, dtype="<u4")
            _add_counts(totals, digests, stored, counts)
    return totals


# Built once: building a statement costs more than running it, and a question is counted by a dozen of them.
_ALL_QUERY = sa.select(asked.c.batch_id, asked.c.digests, asked.c.counts).where(asked.c.kind == sa.bindparam("kind"))
_BUCKETS_QUERY = _ALL_QUERY.where(asked.c.bucket.in_(sa.bindparam("buckets", expanding=True)))


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

"""What was asked and looked up, as keyed digests: the history that the rules about probing count.

Each batch leaves, for each kind of digest, sorted digests with their counts, in 256 buckets by first byte when there are
many, so that a single request reads a 256th of them. They are a working table and not evidence: nothing guards them,
and `prune` forgets what is older than any agreement counts.

Guarantees: no text, only digests that nobody can tell or try without the home's key (`gates.digests`).
Start at `insert` and `AskedBefore`.
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
from comity.store.database import Snapshot, Transaction
from comity.store.tables import asked, batches
from comity.store.timestamps import format_timestamp

UNBUCKETED = -1
"""The bucket of a batch that has few digests of a kind."""

_MAX_UNBUCKETED_DIGESTS = 1 << 14
_BUCKET_SHIFT = np.uint64(56)
_MAX_QUERIED_BUCKETS = 64  # asked about by more, and all are read


@dataclass(frozen=True, slots=True)
class StoredRequestHistory:
    """The history as the gates count it (`model.history.Asked`): `reading` gives a snapshot for each count."""

    key: bytes
    open_snapshot: Callable[[], AbstractContextManager[Snapshot]]

    def count_digests(self, kind: str, digests: Digests, batches: Collection[str]) -> Counts:
        """How often each digest (sorted, no two alike) of a kind was asked about in these batches."""
        with self.open_snapshot() as tx:
            return count_digests(tx, kind, digests, batches)


def insert(tx: Transaction, batch_id: str, kept: Mapping[str, tuple[Digests, Counts]]) -> None:
    """Remember the digests of a batch by kind: sorted, each once, and how often it occurred."""
    rows = (
        (batch_id, kind, bucket, digests.astype("<u8").tobytes(), b"" if (counts == 1).all() else counts.astype("<u4").tobytes())
        for kind, (every, occur) in kept.items()
        for bucket, digests, counts in _split_into_buckets(every, occur)
    )  # fmt: skip
    tx.insert_many(asked, ("batch_id", "kind", "bucket", "digests", "counts"), rows)


def _split_into_buckets(digests: Digests, counts: Counts) -> Iterator[tuple[int, Digests, Counts]]:
    if len(digests) <= _MAX_UNBUCKETED_DIGESTS:
        if len(digests):
            yield UNBUCKETED, digests, counts
        return
    ends = np.searchsorted(digests >> _BUCKET_SHIFT, np.arange(257, dtype=np.uint64))
    for bucket, (start, stop) in enumerate(zip(ends.tolist(), ends[1:].tolist(), strict=False)):
        if stop > start:
            yield bucket, digests[start:stop], counts[start:stop]


def count_digests(tx: Snapshot, kind: str, digests: Digests, among: Collection[str]) -> Counts:
    """How often each digest (sorted, no two alike) of a kind was asked about in the batches `among`."""
    found = np.zeros(len(digests), dtype=np.int64)
    buckets = np.unique(digests >> _BUCKET_SHIFT).tolist()
    query = sa.select(asked.c.batch_id, asked.c.digests, asked.c.counts).where(asked.c.kind == kind)
    if len(buckets) <= _MAX_QUERIED_BUCKETS:
        query = query.where(asked.c.bucket.in_([UNBUCKETED, *buckets]))
    for row in tx.stream_rows(query, 64):
        batch_id, raw, occur = tuple[Any, ...](row)
        if batch_id in among:
            _add_counts(found, digests, np.frombuffer(raw, dtype="<u8"), np.frombuffer(occur, dtype="<u4"))
    return found


def _add_counts(found: Counts, digests: Digests, held: Digests, occur: npt.NDArray[np.uint32]) -> None:
    """Add what one row of the table holds; the shorter of both is looked up in the longer."""
    low, high = np.searchsorted(digests, held[:1])[0], np.searchsorted(digests, held[-1:], side="right")[0]
    wanted = digests[low:high]
    if not len(wanted):
        return
    if len(held) < len(wanted):
        at = np.minimum(np.searchsorted(wanted, held), len(wanted) - 1)
        hits = wanted[at] == held
        found[low + at[hits]] += occur[hits] if len(occur) else 1
    else:
        at = np.minimum(np.searchsorted(held, wanted), len(held) - 1)
        hits = held[at] == wanted
        found[low:high][hits] += occur[at[hits]] if len(occur) else 1


def prune(tx: Transaction, *, received_before: datetime) -> None:
    """Forget what was asked in batches received before a time."""
    old = sa.select(batches.c.batch_id).where(batches.c.received_at < format_timestamp(received_before))
    tx.connection.execute(asked.delete().where(asked.c.batch_id.in_(old)))

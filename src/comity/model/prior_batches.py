"""Batches answered before, with indexes by what the rules ask of them, so that no rule walks them all.

Guarantees: every answer is what walking all of the batches would give; a property test compares.
Does not: forget a batch. Who keeps them for a long time starts again when the custodian's files change otherwise than
by growing (`store.batches.PriorBatchReader`).
Basis: rule R11; promise 15; ADR 0054.
Start at `PriorBatches`, then `Lookups`.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class PriorBatch:
    """One earlier batch of any requester: its identity, content hash, size, and when it was answered (UTC).

    `batch_id` is how the custodian's files name it; `given_id` the requester's id, None where that is the same.
    `was_looked_up` is False when no record was read for it: it was refused whole, or is held. `looked_up_rows` are the
    rows that no rule refused. `is_freed`: its answers were recalled, and their destruction is certified.
    """

    batch_id: str
    requester: str
    agreement: str
    requests_sha256: str
    rows: int
    answered_at: datetime
    was_looked_up: bool = True
    looked_up_rows: int = 0
    given_id: str | None = None
    is_freed: bool = False

    @property
    def display_id(self) -> str:
        """Return the batch_id that the requester gave it."""
        return self.batch_id if self.given_id is None else self.given_id


class Totals(NamedTuple):
    """How many batches, their rows, and the rows among them that were looked up."""

    batches: int = 0
    rows: int = 0
    looked_up_rows: int = 0

    def plus(self, other: "Totals") -> "Totals":
        """Return the sum of both."""
        return Totals(*(one + more for one, more in zip(self, other, strict=True)))


@dataclass(slots=True)
class _Series:
    """The batches of one requester for which records were read, by when they were answered: totals up to each."""

    times: list[datetime] = field(default_factory=list)
    totals: list[Totals] = field(default_factory=lambda: [Totals()])

    def add(self, batch: PriorBatch) -> None:
        """Add a batch; nearly always it is the last, and otherwise the totals after it grow."""
        position, own = bisect_right(self.times, batch.answered_at), Totals(1, batch.rows, batch.looked_up_rows)
        self.times.insert(position, batch.answered_at)
        self.totals.insert(position + 1, self.totals[position])
        for later in range(position + 1, len(self.totals)):
            self.totals[later] = self.totals[later].plus(own)

    def sum_since(self, since: datetime) -> Totals:
        """Return the totals of the batches answered after a time."""
        before, all_of_them = self.totals[bisect_right(self.times, since)], self.totals[-1]
        return Totals(*(whole - part for whole, part in zip(all_of_them, before, strict=True)))


class BatchIndex:
    """Batches in the order in which they are added, which is that of the ledger, and indexes over them."""

    def __init__(self, batches: Iterable[PriorBatch] = ()) -> None:
        """Index some batches."""
        self._by_id: dict[str, PriorBatch] = {}
        self._by_content: defaultdict[str, list[PriorBatch]] = defaultdict(list)
        self._by_display_id: defaultdict[str, list[PriorBatch]] = defaultdict(list)
        self._by_requester: defaultdict[str, _Series] = defaultdict(_Series)
        for batch in batches:
            self.add(batch)

    def add(self, batch: PriorBatch) -> None:
        """Add a batch."""
        self._by_id[batch.batch_id] = batch
        if batch.was_looked_up:
            self._by_content[batch.requests_sha256].append(batch)
            self._by_display_id[batch.display_id].append(batch)
            self._by_requester[batch.requester].add(batch)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._by_id)

    def __iter__(self) -> Iterator[PriorBatch]:
        """Yield them in their order."""
        return iter(self._by_id.values())

    def find(self, batch_id: str) -> PriorBatch | None:
        """Return the batch of that id, or None."""
        return self._by_id.get(batch_id)

    def find_requests(self, requests_sha256: str) -> Iterable[PriorBatch]:
        """Return the batches of that content for which records were read."""
        return self._by_content.get(requests_sha256, ())

    def find_named(self, display_id: str) -> Iterable[PriorBatch]:
        """Return the batches for which records were read and that a requester gave this id."""
        return self._by_display_id.get(display_id, ())

    @property
    def requesters(self) -> Collection[str]:
        """Return who sent the batches for which records were read."""
        return self._by_requester.keys()

    def sum_since(self, requester: str, since: datetime) -> Totals:
        """Return the totals of a requester's batches answered after a time for which records were read."""
        series = self._by_requester.get(requester)
        return Totals() if series is None else series.sum_since(since)


class PriorBatches(Collection[PriorBatch]):
    """The batches answered before the one being judged, in the order of the ledger.

    They are those of an index that many share, and then some more; those whose id is in `freed` are marked. An index
    that grows later shows what was added in every `PriorBatches` over it: use each before the next one is made.
    """

    def __init__(
        self, batches: Iterable[PriorBatch] = (), *, index: BatchIndex | None = None, freed: Collection[str] = ()
    ) -> None:
        """Index some batches, after those of an index."""
        self._parts = (BatchIndex(), BatchIndex(batches)) if index is None else (index, BatchIndex(batches))
        self._freed = frozenset(freed)

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(map(len, self._parts))

    def __iter__(self) -> Iterator[PriorBatch]:
        """Yield them in the order of the ledger."""
        return self._mark(chain(*self._parts))

    def __contains__(self, batch: object) -> bool:
        """Return whether a batch is one of them."""
        return any(batch == one for one in self)

    def mark_freed(self, freed: Collection[str]) -> "PriorBatches":
        """Return the same batches, of which those of these ids are marked as freed."""
        marked = PriorBatches(freed=freed)
        marked._parts = self._parts
        return marked

    def find(self, batch_id: str) -> PriorBatch | None:
        """Return the batch that the custodian's files name so, or None."""
        found = (part.find(batch_id) for part in self._parts)
        return next(self._mark(batch for batch in found if batch is not None), None)

    def find_requests(self, requests_sha256: str) -> tuple[PriorBatch, ...]:
        """Return the batches with this content for which records were read."""
        return tuple(self._mark(chain(*(part.find_requests(requests_sha256) for part in self._parts))))

    def find_named(self, display_id: str) -> tuple[PriorBatch, ...]:
        """Return the batches for which records were read and that a requester gave this id."""
        return tuple(self._mark(chain(*(part.find_named(display_id) for part in self._parts))))

    @property
    def requesters(self) -> frozenset[str]:
        """Return who sent the batches for which records were read."""
        return frozenset(chain(*(part.requesters for part in self._parts)))

    def sum_since(self, requesters: Iterable[str], since: datetime) -> Totals:
        """Return the totals of some requesters' batches answered after a time for which records were read."""
        totals = Totals()
        for requester in requesters:
            for part in self._parts:
                totals = totals.plus(part.sum_since(requester, since))
        return totals

    def _mark(self, batches: Iterable[PriorBatch]) -> Iterator[PriorBatch]:
        for batch in batches:
            yield replace(batch, is_freed=True) if batch.batch_id in self._freed else batch


@dataclass(frozen=True, slots=True)
class Lookups:
    """The ids of those batches of some requesters that were answered after a time and for which records were read."""

    batches: PriorBatches
    requesters: frozenset[str]
    since: datetime

    @property
    def totals(self) -> Totals:
        """Return how many there are, and their rows."""
        return self.batches.sum_since(self.requesters, self.since)

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return self.totals.batches > 0

    def __contains__(self, batch_id: object) -> bool:
        """Return whether a batch is one of them."""
        batch = self.batches.find(str(batch_id))
        return batch is not None and self._includes(batch)

    def __iter__(self) -> Iterator[str]:
        """Yield the ids; this walks all batches."""
        return (batch.batch_id for batch in self.batches if self._includes(batch))

    def _includes(self, batch: PriorBatch) -> bool:
        return batch.was_looked_up and batch.requester in self.requesters and batch.answered_at > self.since

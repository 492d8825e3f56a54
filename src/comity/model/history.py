"""What the custodian received before, as far as a gate may know it: facts about requests, never a record.

Names and addresses asked about before are here only as keyed digests (`gates.probing.probing_digests`), so that history
can be counted and not read.
Basis: promises 3 and 15; rule R11; ADR 0013.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt

from comity.columns.buffers import Digests

Counts = npt.NDArray[np.int64]

ZERO_KEY = bytes(16)
"""The key of digests that are compared with each other alone, and kept nowhere."""


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


class RequestHistory(Protocol):
    """Requests of earlier batches that were looked up, as digests under `key`."""

    @property
    def key(self) -> bytes:
        """Return the key of the digests, 16 bytes."""

    def count_digests(self, kind: str, digests: Digests, batches: Collection[str]) -> Counts:
        """Return how often each digest (sorted, unique) of a kind occurs in these batches."""

    def count_freed(self, written: Digests, batches: Collection[str]) -> Counts:
        """Return how often each question, by its digest `written`, was answered in these batches and freed since."""


@dataclass(frozen=True, slots=True)
class EmptyRequestHistory:
    """A history without requests."""

    key: bytes = ZERO_KEY

    def count_digests(self, _kind: str, digests: Digests, _batches: Collection[str]) -> Counts:
        """Return zeros."""
        return np.zeros(len(digests), dtype=np.int64)

    def count_freed(self, written: Digests, _batches: Collection[str]) -> Counts:
        """Return zeros."""
        return np.zeros(len(written), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class History:
    """Every batch answered before the one being judged, in the ledger's order, and what was asked in them.

    `now` is the custodian's clock, from which days are counted back, whatever day's law a rehearsal applies; None where
    that is the time of judgment itself.
    """

    batches: tuple[PriorBatch, ...] = ()
    requests: RequestHistory = field(default_factory=EmptyRequestHistory)
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class RequestDigests:
    """Digests of what the rows of a batch ask, by name; zero where a row has nothing of the kind.

    `by_row` has one per row; `by_entry` one for each class of person and place that a row belongs to, and `entry_row`
    the row of each. `is_counted` are the rows that set forth a name and an address. `batch_counts` keeps what was
    counted in those rows: by kind, the distinct digests, sorted, and how often each was asked.
    """

    by_row: Mapping[str, Digests]
    by_entry: Mapping[str, Digests]
    entry_row: npt.NDArray[np.int64]
    is_counted: npt.NDArray[np.bool_]
    batch_counts: dict[str, tuple[Digests, Counts]] = field(default_factory=dict)

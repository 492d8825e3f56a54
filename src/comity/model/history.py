"""What the custodian received before, as far as a gate may know it: facts about requests, never a record.

Names and addresses asked about before are here only as keyed digests (`gates.probing.probing_digests`), so that history
can be counted and not read.
Basis: promises 3 and 15; rule R11; ADR 0013.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt

from comity.columns.buffers import Digests
from comity.model.prior_batches import Lookups, PriorBatches

Counts = npt.NDArray[np.int64]

ZERO_KEY = bytes(16)
"""The key of digests that are compared with each other alone, and kept nowhere."""


class RequestHistory(Protocol):
    """Requests of earlier batches that were looked up, as digests under `key`."""

    @property
    def key(self) -> bytes:
        """Return the key of the digests, 16 bytes."""

    def count_digests(self, wanted: Mapping[str, Digests], batches: Lookups) -> dict[str, Counts]:
        """Return, by kind, how often each digest (sorted, unique) of the kind occurs in these batches."""

    def count_freed(self, written: Digests, batches: Lookups) -> Counts:
        """Return how often each question, by its digest `written`, was answered in these batches and freed since."""


@dataclass(frozen=True, slots=True)
class EmptyRequestHistory:
    """A history without requests."""

    key: bytes = ZERO_KEY

    def count_digests(self, wanted: Mapping[str, Digests], _batches: Lookups) -> dict[str, Counts]:
        """Return zeros."""
        return {kind: np.zeros(len(digests), dtype=np.int64) for kind, digests in wanted.items()}

    def count_freed(self, written: Digests, _batches: Lookups) -> Counts:
        """Return zeros."""
        return np.zeros(len(written), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class History:
    """Every batch answered before the one being judged, in the ledger's order, and what was asked in them.

    `now` is the custodian's clock, from which days are counted back, whatever day's law a rehearsal applies; None where
    that is the time of judgment itself.
    """

    batches: PriorBatches = field(default_factory=PriorBatches)
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

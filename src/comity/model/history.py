"""What the custodian received before, as far as a gate may know it: facts about requests, never a record.

Names and addresses asked about before are here only as keyed digests (`gates.probing.probing_digests`), so that history
can be counted and not read.
Basis: promises 3 and 15; rule R11; ADR 0013.
"""

from collections.abc import Collection
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
    """One earlier batch of any requester: its identity, content hash, size, and when it was received (UTC).

    `was_looked_up` is False when no record was read for it: it was refused whole, or is held.
    """

    batch_id: str
    requester: str
    agreement: str
    requests_sha256: str
    rows: int
    received_at: datetime
    was_looked_up: bool = True


class RequestHistory(Protocol):
    """Requests of earlier batches that were looked up, as digests under `key`."""

    @property
    def key(self) -> bytes:
        """Return the key of the digests, 16 bytes."""

    def count_digests(self, kind: str, digests: Digests, batches: Collection[str]) -> Counts:
        """Return how often each digest (sorted, unique) of a kind occurs in these batches."""


@dataclass(frozen=True, slots=True)
class EmptyRequestHistory:
    """A history without requests."""

    key: bytes = ZERO_KEY

    def count_digests(self, _kind: str, digests: Digests, _batches: Collection[str]) -> Counts:
        """Return zeros."""
        return np.zeros(len(digests), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class History:
    """Every earlier batch on file, oldest first, and what was asked in them.

    The batch being judged is not among them.
    """

    batches: tuple[PriorBatch, ...] = ()
    requests: RequestHistory = field(default_factory=EmptyRequestHistory)


@dataclass(frozen=True, slots=True)
class RequestDigests:
    """One digest per row of each kind; zero where a row has nothing of the kind.

    `spelling` is an address with the consonants of a name; `street` a name with its street but no house number;
    `number` the taxpayer number; `question` name, address and year; `request` that with its case; `subject` the person
    whom the row says it is about. `distinct_rows` are the rows that count, the first of each name at each address.
    """

    first_name: Digests
    name: Digests
    surname: Digests
    address: Digests
    spelling: Digests
    street: Digests
    number: Digests
    question: Digests
    request: Digests
    officer: Digests
    case: Digests
    subject: Digests
    is_counted: npt.NDArray[np.bool_]
    distinct_rows: npt.NDArray[np.int64]

"""What the custodian already received, as far as a gate may know it: request-side facts only, never a record.

Names and addresses asked about before are here only as keyed digests (`gates.digests`), so that history can be counted
and not read.
Basis: product.md promises 3 and 15; law.md R11; ADR 0013.
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

    `was_looked_up` tells whether records were read for it: not where it was refused whole, or is held.
    """

    batch_id: str
    requester: str
    agreement: str
    requests_sha256: str
    rows: int
    received_at: datetime
    was_looked_up: bool = True


class RequestHistory(Protocol):
    """What was asked before, and looked up, as digests under `key`."""

    @property
    def key(self) -> bytes:
        """The key of the digests, 16 bytes."""

    def count_digests(self, kind: str, digests: Digests, batches: Collection[str]) -> Counts:
        """How often each digest (sorted, no two alike) of a kind was asked about in these batches."""


@dataclass(frozen=True, slots=True)
class EmptyRequestHistory:
    """A history without requests."""

    key: bytes = ZERO_KEY

    def count_digests(self, _kind: str, digests: Digests, _batches: Collection[str]) -> Counts:
        """Zeros."""
        return np.zeros(len(digests), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class History:
    """Every earlier batch on file, oldest first, and what was asked in them; the batch being judged is not among them."""

    batches: tuple[PriorBatch, ...] = ()
    requests: RequestHistory = field(default_factory=EmptyRequestHistory)


@dataclass(frozen=True, slots=True)
class RequestDigests:
    """One digest per row of each kind; zero where a row has nothing of the kind.

    `spelling` is an address with the consonants of a name; `street` a name with its street but no house number;
    `number` the taxpayer number; `question` name, address and year; `request` that with its case; `subject` whom the
    row says it is about. `distinct` are the rows that count, the first of each name at each address.
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

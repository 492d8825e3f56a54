"""What the custodian already received, as far as a gate may know it: request-side facts only, never a record.

Basis: product.md promises 3 and 15; law.md R11.
"""

from dataclasses import dataclass
from datetime import datetime


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


@dataclass(frozen=True, slots=True)
class History:
    """Every earlier batch on file, oldest first; the batch being judged is not among them."""

    batches: tuple[PriorBatch, ...] = ()

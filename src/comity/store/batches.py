"""The batches on file: received, held or answered, and what an answer rested on.

Guarantees: a batch is answered once: `mark_answered` changes a batch that is not answered, or raises.
Start at `insert`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from comity.errors import LedgerError
from comity.model.history import PriorBatch
from comity.store.database import Snapshot, Transaction
from comity.store.tables import batches
from comity.store.timestamps import format_timestamp, parse_timestamp

RECEIVED, HELD, ANSWERED = "received", "held", "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBatch:
    """One batch on file. Fields below `status` are None until the batch is answered; `summary` is JSON text."""

    batch_id: str
    requester: str
    agreement: str
    manifest_sha256: str
    requests_sha256: str
    rows: int
    received_at: datetime
    as_of: datetime
    status: str = RECEIVED
    law_fingerprint: str | None = None
    index_fingerprint: str | None = None
    model_fingerprint: str | None = None
    orders: tuple[str, ...] | None = None
    answers_sha256: str | None = None
    first_entry: int | None = None
    release_entry: int | None = None
    release_salt: bytes | None = None
    rehearsal: bool | None = None
    answered_at: datetime | None = None
    summary: str | None = None
    known_as_of: datetime | None = None

    def to_release(self, counts: Mapping[str, int]) -> "Release":
        """What the batch was answered by, given its counts. RuntimeError when it is not, or not wholly, on file."""
        if (
            self.first_entry is None
            or self.answers_sha256 is None
            or self.release_salt is None
            or self.law_fingerprint is None
            or self.orders is None
        ):
            raise RuntimeError("the batch is not answered")
        return Release(
            batch_id=self.batch_id,
            agreement=self.agreement,
            row_count=self.rows,
            first_entry=self.first_entry,
            counts=counts,
            answers_sha256=self.answers_sha256,
            salt=self.release_salt,
            order_ids=self.orders,
            law_fingerprint=self.law_fingerprint,
            index_fingerprint=self.index_fingerprint,
            model_fingerprint=self.model_fingerprint,
            as_of=self.as_of,
            is_rehearsal=bool(self.rehearsal),
            known_as_of=self.known_as_of,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a batch was answered by.

    Its answers are ledger entries first_entry to first_entry + rows - 1; the entry after them is the release itself.

    `orders` are those consulted; `salt` opens the commitment to `counts` (answers by code) and `answers_sha256`. A
    batch that was refused whole has no index or model fingerprint: no record was read. A `rehearsal` judges by the law
    of another day than its own, as far as that was on file at `known_as_of`.
    """

    batch_id: str
    agreement: str
    row_count: int
    first_entry: int
    counts: Mapping[str, int]
    answers_sha256: str
    salt: bytes
    order_ids: tuple[str, ...]
    law_fingerprint: str
    index_fingerprint: str | None
    model_fingerprint: str | None
    as_of: datetime
    is_rehearsal: bool = False
    known_as_of: datetime | None = None

    @property
    def release_entry(self) -> int:
        """The index of the release's own entry."""
        return self.first_entry + self.row_count


def insert(tx: Transaction, batch: StoredBatch) -> None:
    """Put a batch on file. RuntimeError when one of that name is there already."""
    tx.connection.execute(batches.insert(), _to_row_values(batch))


def get(tx: Snapshot, batch_id: str) -> StoredBatch | None:
    """The batch of that name, or None."""
    row = tx.connection.execute(sa.select(batches).where(batches.c.batch_id == batch_id)).one_or_none()
    return None if row is None else _from_row(row)


def list_batches(tx: Snapshot) -> tuple[StoredBatch, ...]:
    """Every batch on file, oldest first."""
    query = sa.select(batches).order_by(batches.c.received_at, batches.c.batch_id)
    return tuple(_from_row(row) for row in tx.connection.execute(query))


def list_prior_batches(tx: Snapshot, except_batch_id: str) -> tuple[PriorBatch, ...]:
    """Every other batch on file, oldest first, as far as a gate may know it."""
    return tuple(
        PriorBatch(
            b.batch_id,
            b.requester,
            b.agreement,
            b.requests_sha256,
            b.rows,
            b.received_at,
            b.index_fingerprint is not None,
        )
        for b in list_batches(tx)
        if b.batch_id != except_batch_id
    )


def record_hold(tx: Transaction, batch_id: str, *, as_of: datetime, summary: str | None = None) -> None:
    """Record that a batch is held. RuntimeError when it is answered already, or unknown."""
    _update_unanswered(tx, batch_id, status=HELD, as_of=format_timestamp(as_of), summary=summary)


def record_release(tx: Transaction, release: Release, *, answered_at: datetime, summary: str | None = None) -> None:
    """Record that a batch is answered, and by what. RuntimeError when it is answered already, or unknown."""
    _update_unanswered(
        tx,
        release.batch_id,
        status=ANSWERED,
        as_of=format_timestamp(release.as_of),
        law_fingerprint=release.law_fingerprint,
        index_fingerprint=release.index_fingerprint,
        model_fingerprint=release.model_fingerprint,
        orders=json.dumps(release.order_ids),
        answers_sha256=release.answers_sha256,
        first_entry=release.first_entry,
        release_entry=release.release_entry,
        release_salt=release.salt,
        rehearsal=release.is_rehearsal,
        known_as_of=None if release.known_as_of is None else format_timestamp(release.known_as_of),
        answered_at=format_timestamp(answered_at),
        summary=summary,
    )


def _update_unanswered(tx: Transaction, batch_id: str, **values: object) -> None:
    change = batches.update().where(batches.c.batch_id == batch_id, batches.c.status != ANSWERED).values(**values)
    if tx.connection.execute(change).rowcount != 1:
        raise RuntimeError("the batch is answered already, or is not on file")


def _to_row_values(batch: StoredBatch) -> dict[str, object]:
    values = {name: getattr(batch, name) for name in StoredBatch.__slots__}
    return {name: format_timestamp(value) if isinstance(value, datetime) else value for name, value in values.items()}


def _from_row(row: sa.Row[tuple[object, ...]]) -> StoredBatch:
    values = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's documented way to a row's names
    for name in ("received_at", "as_of", "answered_at", "known_as_of"):
        values[name] = None if values[name] is None else parse_timestamp(values[name])
    values["orders"] = (
        None if values["orders"] is None else _parse_order_ids(str(values["orders"]), str(values["batch_id"]))
    )
    values["rehearsal"] = (
        None if values["rehearsal"] is None else bool(values["rehearsal"])
    )  # STRICT SQLite has 0 and 1
    return StoredBatch(**values)


def _parse_order_ids(text: str, batch_id: str) -> tuple[str, ...]:
    """What `mark_answered` wrote. Raises LedgerError `ledger_damaged` for anything else."""
    try:
        orders = json.loads(text)
        is_ours = isinstance(orders, list) and json.dumps(orders) == text and all(isinstance(o, str) for o in orders)
    except (ValueError, RecursionError):
        is_ours = False
    if not is_ours:
        message = (
            f"The orders on file of batch {batch_id} are not what Comity wrote: the database was changed from outside."
        )
        raise LedgerError(
            "ledger_damaged", message, "Stop releasing, keep it as evidence, and restore the newest copy."
        )
    return tuple(orders)

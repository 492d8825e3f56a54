"""Batches in the control database: received, held or answered, and what each answer was based on.

Guarantees: a batch is answered once: `record_release` changes a batch that is not answered yet, or raises.
Start at `insert`, then `StoredBatch`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from comity.errors import LedgerError
from comity.model.answer import AnswerCode
from comity.model.history import PriorBatch
from comity.model.release import Release, ReleaseRecord
from comity.store.database import Snapshot, Transaction
from comity.store.release_records import decode_release_record, encode_release_record
from comity.store.tables import batches
from comity.store.timestamps import format_timestamp, parse_timestamp

RECEIVED, HELD, ANSWERED = "received", "held", "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBatch:
    """One batch on file. Fields below `status` are None until the batch is answered.

    `summary` is the release record as JSON text (`read_release_record`); a purge erases it.
    """

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

    def to_release(self, counts: Mapping[str, int]) -> Release:
        """Return what the batch was answered by, given its answers by code. RuntimeError when any of it is missing."""
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

    def read_release_record(self) -> ReleaseRecord | None:
        """Return the release record, or None when there is none or a purge erased it.

        Raises LedgerError `ledger_damaged` when the text on file is not one that Comity wrote.
        """
        return None if self.summary is None else decode_release_record(self.summary, self.batch_id)


def insert(tx: Transaction, batch: StoredBatch) -> None:
    """Store a received batch. RuntimeError when one of that name is on file already."""
    tx.connection.execute(batches.insert(), _to_row_values(batch))


def get(tx: Snapshot, batch_id: str) -> StoredBatch | None:
    """Return the batch of that name, or None."""
    row = tx.connection.execute(sa.select(batches).where(batches.c.batch_id == batch_id)).one_or_none()
    return None if row is None else _from_row(row)


def list_batches(tx: Snapshot) -> tuple[StoredBatch, ...]:
    """Return every batch on file, oldest first."""
    query = sa.select(batches).order_by(batches.c.received_at, batches.c.batch_id)
    return tuple(_from_row(row) for row in tx.connection.execute(query))


def list_prior_batches(tx: Snapshot, batch_id: str) -> tuple[PriorBatch, ...]:
    """Return the batches answered before this one (all that are answered, if it is not), as gates may see them.

    They are in the order of their ledger entries. When a batch was received plays no part: one that was held for months
    and answered yesterday is before one that came last week and is answered today.
    """
    query = sa.select(batches).where(batches.c.batch_id != batch_id, batches.c.release_entry.is_not(None))
    own = tx.connection.execute(sa.select(batches.c.release_entry).where(batches.c.batch_id == batch_id)).scalar()
    if own is not None:
        query = query.where(batches.c.release_entry < own)
    rows = tx.connection.execute(query.order_by(batches.c.release_entry))
    return tuple(_to_prior_batch(_from_row(row)) for row in rows)


def _to_prior_batch(batch: StoredBatch) -> PriorBatch:
    record = batch.read_release_record()
    refused = batch.rows if record is None else record.counts.get(AnswerCode.REFUSED, 0)
    return PriorBatch(
        batch.batch_id,
        batch.requester,
        batch.agreement,
        batch.requests_sha256,
        batch.rows,
        batch.answered_at or batch.received_at,
        was_looked_up=batch.index_fingerprint is not None,
        looked_up_rows=batch.rows - refused,
    )


def record_hold(tx: Transaction, batch_id: str, *, as_of: datetime) -> None:
    """Record that a batch is held. RuntimeError when it is answered already, or unknown."""
    _update_unanswered(tx, batch_id, status=HELD, as_of=format_timestamp(as_of), summary=None)


def record_release(tx: Transaction, release: Release, record: ReleaseRecord) -> None:
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
        answered_at=format_timestamp(record.answered_at),
        summary=encode_release_record(record),
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
    """Return the order ids that `record_release` wrote. Raises LedgerError `ledger_damaged` for any other text."""
    try:
        orders = json.loads(text)
        is_intact = isinstance(orders, list) and json.dumps(orders) == text and all(isinstance(o, str) for o in orders)
    except (ValueError, RecursionError):
        is_intact = False
    if not is_intact:
        message = (
            f"The orders on file of batch {batch_id} are not what Comity wrote: the database was changed from outside."
        )
        raise LedgerError(
            "ledger_damaged", message, "Stop releasing, keep it as evidence, and restore the newest copy."
        )
    return tuple(orders)

"""Batches in the control database: received, held or answered, and what each answer was based on.

Guarantees: a batch is answered once: `record_release` changes a batch that is not answered yet, or raises. No
parameter of a statement says what a batch was answered, how often, or what opens its name: a server may log parameters,
and does not log rows that are copied (`Transaction.insert_many`).
Start at `insert`, then `StoredBatch`.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import sqlalchemy as sa

from comity.errors import ComityError, LedgerError
from comity.model.answer import AnswerCode
from comity.model.prior_batches import BatchIndex, PriorBatch, PriorBatches
from comity.model.release import FIRST_LEAF_VERSION, LEAF_VERSION, Release, ReleaseRecord
from comity.normalize.confusable_ids import find_look_alike, fold_id
from comity.store.database import Snapshot, Transaction
from comity.store.release_records import decode_release_record, encode_release_record
from comity.store.tables import batches, purges, releases
from comity.store.timestamps import format_timestamp, parse_timestamp

RECEIVED, HELD, ANSWERED = "received", "held", "answered"

_RELEASE_COLUMNS = ("answers_sha256", "release_salt", "summary")
_SELECT = sa.select(batches, *(releases.c[name] for name in _RELEASE_COLUMNS)).select_from(
    batches.outerjoin(releases, releases.c.batch_id == batches.c.batch_id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBatch:
    """One batch on file. Fields below `status` are None until the batch is answered.

    `batch_id` is its name in the ledger and in other tables: `ledger.leaf.name_batch` of the requester, `given_id` and
    `name_salt`. In a batch from before entries of version 2 both are None: its `batch_id` is the requester's own.
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
    given_id: str | None = None
    name_salt: bytes | None = None
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

    @property
    def display_id(self) -> str:
        """Return the batch_id that the requester gave the batch: what people are shown."""
        return self.batch_id if self.given_id is None else self.given_id

    @property
    def leaf_version(self) -> int:
        """Return the version of the entries about this batch."""
        return FIRST_LEAF_VERSION if self.given_id is None else LEAF_VERSION

    def to_members(self) -> dict[str, object]:
        """Return the members of an entry that names the batch: `v`, `batch` and `rehearsal`."""
        return {"v": self.leaf_version, "batch": self.batch_id, "rehearsal": bool(self.rehearsal)}

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
            leaf_version=self.leaf_version,
        )

    def read_release_record(self) -> ReleaseRecord | None:
        """Return the release record, or None when there is none or a purge erased it.

        Raises LedgerError `ledger_damaged` when the text on file is not one that Comity wrote.
        """
        return None if self.summary is None else decode_release_record(self.summary, self.display_id)


def insert(tx: Transaction, batch: StoredBatch) -> None:
    """Store a received batch. RuntimeError when the requester has one of that id on file already."""
    values = _to_row_values(batch)
    names = [column.name for column in batches.columns]
    tx.insert_many(batches, names, [[values[name] for name in names]])


def get(tx: Snapshot, batch_id: str) -> StoredBatch | None:
    """Return the batch that the ledger names so, or None."""
    row = tx.connection.execute(_SELECT.where(batches.c.batch_id == batch_id)).one_or_none()
    return None if row is None else _from_row(row)


def get_display_id(tx: Snapshot, batch_id: str) -> str:
    """Return the requester's id of the batch that the ledger names so; that name when it is not on file."""
    batch = get(tx, batch_id)
    return batch_id if batch is None else batch.display_id


_display_id = sa.func.coalesce(batches.c.given_id, batches.c.batch_id)


def find(tx: Snapshot, requester: str, display_id: str) -> StoredBatch | None:
    """Return the batch to which a requester gave this id, or None. Each requester's ids are a name space of its own."""
    named = {"requester": requester, "display_id": display_id}
    row = tx.connection.execute(_GIVEN_QUERY, named).one_or_none()
    row = row or tx.connection.execute(_UNGIVEN_QUERY, named).one_or_none()
    return None if row is None else _from_row(row)


_FIND_QUERY = _SELECT.where(batches.c.requester == sa.bindparam("requester"))
_GIVEN_QUERY = _FIND_QUERY.where(batches.c.given_id == sa.bindparam("display_id"))
_UNGIVEN_QUERY = _FIND_QUERY.where(batches.c.given_id.is_(None), batches.c.batch_id == sa.bindparam("display_id"))
"""Two, since each reads an index, and one with either condition would read every batch."""


def find_look_alike_id(tx: Snapshot, requester: str, display_id: str) -> str | None:
    """Return the id of a batch of a requester that looks like this one and is another; None when there is none."""
    return find_look_alike(display_id, tx.connection.execute(_IDS_QUERY, {"requester": requester}).scalars())


_IDS_QUERY = sa.select(_display_id).where(batches.c.requester == sa.bindparam("requester"))
_COUNT_QUERY = sa.select(sa.func.count()).where(batches.c.requester == sa.bindparam("requester"))


def resolve(tx: Snapshot, name: str) -> StoredBatch | None:
    """Return the batch that a person means: by its requester's id, or by its name in the ledger; None for neither.

    Raises ComityError `bad_argument` when several requesters gave that id to a batch.
    """
    query = _SELECT.where(sa.or_(batches.c.batch_id == name, _display_id == name))
    found = [_from_row(row) for row in tx.connection.execute(query)]
    named = [batch for batch in found if batch.batch_id == name] or found
    if len(named) > 1:
        raise ComityError(
            "bad_argument",
            f"{len(named)} requesters gave that batch_id to a batch.",
            f"Name the one you mean as the ledger does: {', '.join(sorted(batch.batch_id for batch in named))}",
        )
    return named[0] if named else None


def list_batches(tx: Snapshot) -> tuple[StoredBatch, ...]:
    """Return every batch on file, oldest first."""
    query = _SELECT.order_by(batches.c.received_at, _display_id, batches.c.batch_id)
    return tuple(_from_row(row) for row in tx.connection.execute(query))


def list_prior_batches(tx: Snapshot, batch: StoredBatch | None) -> PriorBatches:
    """Return the batches answered before this one (all that are answered, if it is not), as gates may see them.

    They are in the order of their ledger entries. When a batch was received plays no part: one that was held for months
    and answered yesterday is before one that came last week and is answered today.
    """
    end = _NEVER if batch is None or batch.release_entry is None else batch.release_entry
    return PriorBatches(prior for _, prior in _read_prior_batches(tx, -1, end))


def _read_prior_batches(tx: Snapshot, after: int, end: int) -> list[tuple[int, PriorBatch]]:
    """Return the batches whose releases are entries after one and before another, each with that entry."""
    rows = tx.connection.execute(_PRIOR_QUERY, {"after": after, "end": end})
    return [(row.release_entry, _to_prior_batch(_from_row(row))) for row in rows]


_NEVER = (1 << 63) - 1
_PRIOR_QUERY = (
    _SELECT.where(batches.c.release_entry > sa.bindparam("after"))
    .where(batches.c.release_entry < sa.bindparam("end"))
    .order_by(batches.c.release_entry)
)
_PURGES_QUERY = sa.select(sa.func.count()).select_from(purges)


class PriorBatchReader:
    """Reads what is on file of earlier batches, each but once: for one reader after another.

    Once a batch is answered, what the gates see of it changes only by a purge; its id never changes. What an open
    transaction added is read each time, since it may be undone.
    """

    def __init__(self) -> None:
        """Know none yet."""
        self._answered = BatchIndex()
        self._last_entry, self._purged = -1, -1
        self._ids: defaultdict[str, _FoldedIds] = defaultdict(_FoldedIds)

    def list_prior_batches(self, tx: Snapshot, batch: StoredBatch | None) -> PriorBatches:
        """Return what the function of this name does."""
        if batch is not None and batch.release_entry is not None and batch.release_entry <= self._last_entry:
            return list_prior_batches(tx, batch)  # asked again: some of those known came after it
        end = _NEVER if batch is None or batch.release_entry is None else batch.release_entry
        added = self._catch_up(tx, end)
        return PriorBatches(added, index=self._answered)

    def find_look_alike_id(self, tx: Snapshot, requester: str, display_id: str) -> str | None:
        """Return what the function of this name does; it reads all ids of a requester, so those known are kept."""
        added = [prior.display_id for prior in self._catch_up(tx, _NEVER) if prior.requester == requester]
        known, query = self._ids[requester], _COUNT_QUERY
        unknown = {one for one in added if one not in known}
        if tx.connection.execute(query, {"requester": requester}).scalar_one() != len(known) + len(unknown):
            ids = tx.connection.execute(_IDS_QUERY, {"requester": requester}).scalars()  # some are not answered yet
            unknown = {one for one in ids if one not in known}
            if not isinstance(tx, Transaction):
                known.update(unknown)
        return find_look_alike(display_id, (*known.find_alike(display_id), *unknown))

    def _catch_up(self, tx: Snapshot, end: int) -> list[PriorBatch]:
        """Read what was answered since, up to an entry; return the batches that only an open transaction knows."""
        purged = tx.connection.execute(_PURGES_QUERY).scalar_one()
        if purged != self._purged:
            self._answered, self._last_entry = BatchIndex(), -1
        more = _read_prior_batches(tx, self._last_entry, end)
        if isinstance(tx, Transaction):
            self._purged = -1 if purged != self._purged else purged
            return [prior for _, prior in more]
        self._purged = purged
        for self._last_entry, prior in more:
            self._answered.add(prior)
            self._ids[prior.requester].update([prior.display_id])
        return []


class _FoldedIds:
    """The ids of one requester's batches, by what those that look alike have in common."""

    def __init__(self) -> None:
        self._by_fold: defaultdict[str, set[str]] = defaultdict(set)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, display_id: str) -> bool:
        return display_id in self.find_alike(display_id)

    def find_alike(self, display_id: str) -> Collection[str]:
        return self._by_fold.get(fold_id(display_id), ())

    def update(self, display_ids: Iterable[str]) -> None:
        for display_id in display_ids:
            if display_id not in self:
                self._by_fold[fold_id(display_id)].add(display_id)
                self._count += 1


def _to_prior_batch(batch: StoredBatch) -> PriorBatch:
    refused = batch.rows if batch.summary is None else _count_refused(batch.summary, batch.display_id)
    return PriorBatch(
        batch.batch_id,
        batch.requester,
        batch.agreement,
        batch.requests_sha256,
        batch.rows,
        batch.answered_at or batch.received_at,
        was_looked_up=batch.index_fingerprint is not None,
        looked_up_rows=batch.rows - refused,
        given_id=batch.given_id,
    )


@lru_cache(maxsize=1 << 16)  # of the same text it is the same, and every batch is judged by all before it
def _count_refused(summary: str, display_id: str) -> int:
    return decode_release_record(summary, display_id).counts.get(AnswerCode.REFUSED, 0)


def record_hold(tx: Transaction, batch_id: str, *, as_of: datetime) -> None:
    """Record that a batch is held. RuntimeError when it is answered already, or unknown."""
    _update_unanswered(tx, batch_id, status=HELD, as_of=format_timestamp(as_of))


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
        first_entry=release.first_entry,
        release_entry=release.release_entry,
        rehearsal=release.is_rehearsal,
        known_as_of=None if release.known_as_of is None else format_timestamp(release.known_as_of),
        answered_at=format_timestamp(record.answered_at),
    )
    values = (release.batch_id, release.answers_sha256, release.salt, encode_release_record(record))
    tx.insert_many(releases, ("batch_id", *_RELEASE_COLUMNS), [values])


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
    display_id = str(values["batch_id"] if values["given_id"] is None else values["given_id"])
    values["orders"] = None if values["orders"] is None else _parse_order_ids(str(values["orders"]), display_id)
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

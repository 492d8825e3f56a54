"""Batches as agencies send them: what came so far, and what became of each.

Guarantees: every function that finds an upload takes the agency, never an id alone; so nobody sees another's.
Start at `Upload`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from comity.store.desk.desk_tables import jobs, upload_parts, uploads
from comity.store.timestamps import format_timestamp, parse_timestamp

RECEIVING, RECEIVED, HELD, REFUSED, ANSWERED, FAILED = (
    "receiving",
    "received",
    "held",
    "refused",
    "answered",
    "failed",
)


@dataclass(frozen=True, slots=True)
class Upload:
    """One batch of an agency. `state` is what became of it, which may be seen from `visible_at` on."""

    id: int
    requester: str
    batch_id: str
    agreement: str
    state: str
    manifest_sha256: str
    requests_sha256: str
    requests_name: str
    signed_by: str | None
    revision: int
    visible_at: datetime | None
    problem: str | None
    file_mark: str | None


@dataclass(frozen=True, slots=True)
class UploadPart:
    """One part of a requests file."""

    number: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUpload:
    """What a manifest says of the batch that it announces."""

    requester: str
    batch_id: str
    agreement: str
    manifest_sha256: str
    requests_sha256: str
    requests_name: str


def find_upload(connection: sa.Connection, requester: str, batch_id: str) -> Upload | None:
    """Return an agency's batch; None when it has none of that id."""
    query = sa.select(uploads).where(uploads.c.requester == requester, uploads.c.batch_id == batch_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _from_row(row)


def get_upload(connection: sa.Connection, upload_id: int) -> Upload:
    """Return the batch that a job is about."""
    return _from_row(connection.execute(sa.select(uploads).where(uploads.c.id == upload_id)).one())


def list_uploads(connection: sa.Connection, requester: str, *, before: int | None, limit: int) -> list[Upload]:
    """Return an agency's batches, the newest first, from one on."""
    query = sa.select(uploads).where(uploads.c.requester == requester).order_by(uploads.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(uploads.c.id < before)
    return [_from_row(row) for row in connection.execute(query)]


def count_open(connection: sa.Connection, requester: str) -> int:
    """Return how many batches of an agency are under way: sent and not submitted, or submitted and not judged yet."""
    query = sa.select(sa.func.count()).where(
        uploads.c.requester == requester, uploads.c.state.in_((RECEIVING, RECEIVED))
    )
    return int(connection.execute(query).scalar_one())


def list_in_state(connection: sa.Connection, *states: str, changed_before: datetime | None = None) -> list[Upload]:
    """Return the batches of every agency in some states; for the worker."""
    query = sa.select(uploads).where(uploads.c.state.in_(states)).order_by(uploads.c.id)
    if changed_before is not None:
        query = query.where(uploads.c.changed_at < format_timestamp(changed_before))
    return [_from_row(row) for row in connection.execute(query)]


def begin_upload(connection: sa.Connection, new: NewUpload, *, at: datetime) -> None:
    """Store a batch that a manifest announces, or begin it again: parts and signature of before are forgotten."""
    known = find_upload(connection, new.requester, new.batch_id)
    values = {
        "agreement": new.agreement,
        "manifest_sha256": new.manifest_sha256,
        "requests_sha256": new.requests_sha256,
        "requests_name": new.requests_name,
        "state": RECEIVING,
        "signed_by": None,
        "changed_at": format_timestamp(at),
        "visible_at": None,
        "problem": None,
        "file_mark": None,
    }
    if known is None:
        own = {"requester": new.requester, "batch_id": new.batch_id, "revision": 1}
        connection.execute(sa.insert(uploads).values(values | own))
        return
    connection.execute(sa.delete(upload_parts).where(upload_parts.c.upload == known.id))
    connection.execute(
        sa.update(uploads).where(uploads.c.id == known.id).values(values | {"revision": known.revision + 1})
    )


def set_signed(connection: sa.Connection, upload: Upload, signed_by: str, *, at: datetime) -> None:
    """Record whose key on file signed the manifest."""
    _change(connection, upload, at=at, signed_by=signed_by)


def set_part(connection: sa.Connection, upload: Upload, part: UploadPart, *, at: datetime) -> None:
    """Record a part; one that has its number is replaced."""
    where = (upload_parts.c.upload == upload.id) & (upload_parts.c.number == part.number)
    connection.execute(sa.delete(upload_parts).where(where))
    values = {"upload": upload.id, "number": part.number, "size": part.size, "sha256": part.sha256}
    connection.execute(sa.insert(upload_parts).values(values))
    _change(connection, upload, at=at)


def set_submitted(connection: sa.Connection, upload: Upload, *, at: datetime) -> None:
    """Record that the agency submitted the batch."""
    values = {"state": RECEIVED, "changed_at": format_timestamp(at)}
    connection.execute(sa.update(uploads).where(uploads.c.id == upload.id).values(values))


def set_outcome(  # noqa: PLR0913  each is a fact of the outcome
    connection: sa.Connection,
    upload: Upload,
    state: str,
    *,
    file_mark: str | None,
    visible_at: datetime | None,
    at: datetime,
    problem: str | None = None,
) -> None:
    """Record what became of a batch: what the agency sent does not change by it."""
    seen_at = None if visible_at is None else format_timestamp(visible_at)
    values = {"state": state, "visible_at": seen_at, "problem": problem, "file_mark": file_mark}
    connection.execute(
        sa.update(uploads).where(uploads.c.id == upload.id).values(values | {"changed_at": format_timestamp(at)})
    )


def list_parts(connection: sa.Connection, upload: Upload) -> list[UploadPart]:
    """Return the parts that came, by their numbers."""
    query = sa.select(upload_parts).where(upload_parts.c.upload == upload.id).order_by(upload_parts.c.number)
    return [UploadPart(row.number, row.size, row.sha256) for row in connection.execute(query)]


def delete_upload(connection: sa.Connection, upload: Upload) -> None:
    """Delete a batch, its parts and its jobs."""
    connection.execute(sa.delete(upload_parts).where(upload_parts.c.upload == upload.id))
    connection.execute(sa.delete(jobs).where(jobs.c.upload == upload.id))
    connection.execute(sa.delete(uploads).where(uploads.c.id == upload.id))


def _change(connection: sa.Connection, upload: Upload, *, at: datetime, **values: object) -> None:
    changed = {"revision": uploads.c.revision + 1, "changed_at": format_timestamp(at)} | values
    connection.execute(sa.update(uploads).where(uploads.c.id == upload.id).values(changed))


def _from_row(row: sa.Row[tuple[object, ...]]) -> Upload:
    names: Sequence[str] = Upload.__slots__
    values = {name: row._mapping[name] for name in names}  # noqa: SLF001  SQLAlchemy's public name for it
    if values["visible_at"] is not None:
        values["visible_at"] = parse_timestamp(values["visible_at"])
    return Upload(**values)

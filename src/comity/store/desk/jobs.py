"""Work that waits, is done, or was done: one row for each version of what it is about.

A worker claims a job for a while (its lease) and says again and again that it lives. When it does not, another one
claims the job with a higher fence, and what the first one writes of it afterwards is refused.

Guarantees: asked for twice is one job; a claim is one transaction; only the last claim can end a job; after
`MAX_ATTEMPTS` claims without an end a job is `stuck` and stays, for a person to look at.
Does not: make an effect happen once. The release transaction does.
Start at `enqueue_job`, then `claim_job`.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from comity.store.desk.desk_tables import jobs, uploads
from comity.store.timestamps import format_timestamp, parse_timestamp

QUEUED, RUNNING, DONE, FAILED, STUCK = "queued", "running", "done", "failed", "stuck"
STATES = (QUEUED, RUNNING, DONE, FAILED, STUCK)
LINT, VERIFY = "lint", "verify"
MAX_ATTEMPTS = 5
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `result` and `problem` may be seen from `visible_at` on."""

    id: str
    kind: str
    upload: int
    version: str
    state: str
    attempts: int
    fence: int
    visible_at: datetime | None
    result: Mapping[str, Any] | None
    problem: str | None


def enqueue_job(connection: sa.Connection, kind: str, upload: int, version: str, *, at: datetime) -> str:
    """Return the id of the job for one version of an upload: a new one, or the one that there is."""
    same = (jobs.c.kind == kind) & (jobs.c.upload == upload) & (jobs.c.version == version)
    known = connection.execute(sa.select(jobs.c.id).where(same)).scalar_one_or_none()
    if known is not None:
        return str(known)
    values = {
        "id": secrets.token_urlsafe(16),
        "kind": kind,
        "upload": upload,
        "version": version,
        "state": QUEUED,
        "run_after": format_timestamp(at),
        "attempts": 0,
        "fence": 0,
    }
    connection.execute(sa.insert(jobs).values(values))
    return str(values["id"])


def claim_job(connection: sa.Connection, *, at: datetime) -> Job | None:
    """Take the job that has waited longest, or whose worker is gone; None when there is none.

    A job that was claimed too often becomes `stuck`, and another one is claimed.
    """
    now = format_timestamp(at)
    is_due = ((jobs.c.state == QUEUED) & (jobs.c.run_after <= now)) | (
        (jobs.c.state == RUNNING) & (jobs.c.lease_until < now)
    )
    connection.execute(
        sa.update(jobs).where(is_due, jobs.c.attempts >= MAX_ATTEMPTS).values(state=STUCK, lease_until=None)
    )
    query = sa.select(jobs.c.id).where(is_due).order_by(jobs.c.run_after, jobs.c.id).limit(1)
    found = connection.execute(query).scalar_one_or_none()
    if found is None:
        return None
    values = {
        "state": RUNNING,
        "attempts": jobs.c.attempts + 1,
        "fence": jobs.c.fence + 1,
        "lease_until": format_timestamp(at + LEASE),
    }
    connection.execute(sa.update(jobs).where(jobs.c.id == found).values(values))
    return _from_row(connection.execute(sa.select(jobs).where(jobs.c.id == found)).one())


def extend_lease(connection: sa.Connection, job: Job, *, at: datetime) -> bool:
    """Say that the worker of a job lives; return False when another one has claimed it."""
    return _change_own(connection, job, lease_until=format_timestamp(at + LEASE))


def end_job(  # noqa: PLR0913  each is a fact of the end
    connection: sa.Connection,
    job: Job,
    state: str,
    *,
    visible_at: datetime,
    result: Mapping[str, Any] | None = None,
    problem: str | None = None,
) -> bool:
    """Record how a job ended; return False, and change nothing, when another worker has claimed it."""
    return _change_own(
        connection,
        job,
        state=state,
        lease_until=None,
        visible_at=format_timestamp(visible_at),
        result=None if result is None else json.dumps(result),
        problem=problem,
    )


def withdraw_jobs(connection: sa.Connection, upload: int, *, problem: str, visible_at: datetime) -> None:
    """End every job about an upload that has not ended; a worker that is at one can write nothing of it any more."""
    values = {"state": FAILED, "lease_until": None, "problem": problem, "visible_at": format_timestamp(visible_at)}
    is_open = (jobs.c.upload == upload) & jobs.c.state.in_((QUEUED, RUNNING, STUCK))
    connection.execute(sa.update(jobs).where(is_open).values(values))


def is_claimed(connection: sa.Connection, job: Job) -> bool:
    """Return whether a worker's claim of a job still counts: it was not withdrawn, and nobody claimed it since."""
    own = (jobs.c.id == job.id) & (jobs.c.fence == job.fence) & (jobs.c.state == RUNNING)
    return connection.execute(sa.select(jobs.c.id).where(own)).one_or_none() is not None


def postpone_job(connection: sa.Connection, job: Job, *, until: datetime, problem: str | None) -> bool:
    """Let a job wait until it may go better; return False when another worker has claimed it."""
    return _change_own(
        connection, job, state=QUEUED, lease_until=None, run_after=format_timestamp(until), problem=problem
    )


def find_job(connection: sa.Connection, requester: str, job_id: str) -> tuple[Job, str] | None:
    """Return a job about a batch of an agency, with the batch's id; None when the agency has none of that id."""
    query = (
        sa.select(jobs, uploads.c.batch_id)
        .join(uploads, uploads.c.id == jobs.c.upload)
        .where(jobs.c.id == job_id, uploads.c.requester == requester)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else (_from_row(row), str(row.batch_id))


def is_pending(connection: sa.Connection, kind: str, upload: int) -> bool:
    """Return whether a job of that kind about an upload has not ended yet."""
    query = sa.select(sa.func.count()).where(
        jobs.c.kind == kind, jobs.c.upload == upload, jobs.c.state.in_((QUEUED, RUNNING, STUCK))
    )
    return bool(connection.execute(query).scalar_one())


def is_running(connection: sa.Connection, upload: int) -> bool:
    """Return whether a worker is at a batch."""
    query = sa.select(sa.func.count()).where(
        jobs.c.upload == upload, jobs.c.kind == VERIFY, jobs.c.state.in_((RUNNING, STUCK))
    )
    return bool(connection.execute(query).scalar_one())


def count_by_state(connection: sa.Connection) -> dict[str, int]:
    """Return how many jobs there are in each state."""
    query = sa.select(jobs.c.state, sa.func.count()).group_by(jobs.c.state)
    return {str(state): int(count) for state, count in connection.execute(query)}


def release_leases(connection: sa.Connection) -> None:
    """Let every job that a worker was at be claimed at once: for a worker that knows that it is the only one."""
    values = {"lease_until": "", "fence": jobs.c.fence + 1}
    connection.execute(sa.update(jobs).where(jobs.c.state == RUNNING).values(values))


def retry_stuck(connection: sa.Connection, *, at: datetime) -> int:
    """Let every stuck job be claimed again, as if it was new; return how many there were."""
    values = {"state": QUEUED, "attempts": 0, "run_after": format_timestamp(at)}
    return connection.execute(sa.update(jobs).where(jobs.c.state == STUCK).values(values)).rowcount


def _change_own(connection: sa.Connection, job: Job, **values: object) -> bool:
    where = (jobs.c.id == job.id) & (jobs.c.fence == job.fence) & (jobs.c.state == RUNNING)
    return connection.execute(sa.update(jobs).where(where).values(values)).rowcount == 1


def _from_row(row: sa.Row[Any]) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        upload=row.upload,
        version=row.version,
        state=row.state,
        attempts=row.attempts,
        fence=row.fence,
        visible_at=None if row.visible_at is None else parse_timestamp(row.visible_at),
        result=None if row.result is None else json.loads(row.result),
        problem=row.problem,
    )

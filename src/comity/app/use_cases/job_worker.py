"""Do the jobs of the service, one at a time: check a batch, or judge and answer it as `comity verify` does.

Guarantees: a batch is answered once, however often its job is begun, because the release is one transaction of the
control database; a worker that is killed at any point leaves a job that the next one does again, with the same end. One
worker is at a work folder; another one waits until it ends. A job that fails for a reason of the custodian's is tried
again, later each time, and after some tries waits for a person. A held batch is judged again when what is on file
changes.
Does not: tell an agency how long anything took: results may be seen at whole ticks (`find_next_tick`).
Basis: ADR 0045.
Start at `run_worker`.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from comity import operator_log
from comity.app import clock
from comity.app.settings import ServiceSettings
from comity.app.use_cases import ledger_operations
from comity.app.use_cases.batch_preparation import lint_request
from comity.app.use_cases.batch_verification import BatchPaths, verify_batch_folder
from comity.app.use_cases.file_marks import compute_file_mark
from comity.app.use_cases.service_readiness import Service, open_service
from comity.app.use_cases.work_folder import BatchPlaces
from comity.errors import ComityError
from comity.folders import lock_folder
from comity.gates import lint_report
from comity.model.progress import no_progress
from comity.pipeline import BatchResult
from comity.store.batches import HELD as BATCH_HELD
from comity.store.desk import jobs, uploads
from comity.store.desk.jobs import Job
from comity.store.desk.uploads import Upload

_FINAL_CODES = frozenset(
    {
        "agreement_unknown",
        "batch_conflict",
        "batch_unreadable",
        "batch_unsigned",
        "delivery_refused",
        "request_withdrawn",
        "signer_unregistered",
        "synthetic_batch",
    }
)
"""Errors that the same batch meets again; every other one may be gone at the next try."""

_BEAT_SECONDS = 15.0
_IDLE_SECONDS = 0.5
_SECONDS_BETWEEN_LOOKS = 60.0
_FIRST_DELAY = timedelta(seconds=5)


def run_worker(settings: ServiceSettings, stop: threading.Event, *, until_idle: bool = False) -> int:
    """Run jobs until told to stop, or with `until_idle` until none is due; return how many were begun.

    Raises:
        ComityError: `settings_invalid`, `store_unavailable` when the desk cannot be used any more; as `open_service`.
    """
    count, looked_at = 0, None
    with open_service(settings) as service, lock_folder(settings.work_folder / "worker"):
        with service.desk.begin() as connection:
            jobs.release_leases(connection)  # the lock says that nobody is at them
        publish_ledger(service)
        while not stop.is_set():
            now = clock.now()
            if looked_at is None or (now - looked_at).total_seconds() >= _SECONDS_BETWEEN_LOOKS:
                requeue_held(service)
                forget_old(service)
                looked_at = now
            with service.desk.begin() as connection:
                job = jobs.claim_job(connection, at=now)
            if job is not None:
                _do_job(service, job)
                count += 1
            elif until_idle:
                break
            else:
                stop.wait(_IDLE_SECONDS)
    return count


def count_jobs(settings: ServiceSettings, *, retry_stuck: bool = False) -> Mapping[str, int]:
    """Return how many jobs there are in each state; with `retry_stuck`, stuck ones are tried again from now on."""
    with open_service(settings) as service, service.desk.begin() as connection:
        if retry_stuck:
            jobs.retry_stuck(connection, at=clock.now())
        return jobs.count_by_state(connection)


def publish_ledger(service: Service) -> None:
    """Sign the ledger's head, and publish what the folder lacks."""
    ledger_operations.publish_checkpoint(service.settings.home, service.settings.ledger_folder)


def requeue_held(service: Service) -> None:
    """Let every held batch be judged again for which something on file changed since."""
    with service.desk.read() as connection:
        held = uploads.list_in_state(connection, uploads.HELD)
    for upload in held:
        mark = compute_file_mark(service.store, upload.agreement, at=clock.now())
        if mark != upload.file_mark:
            with service.desk.begin() as connection:
                version = f"{upload.revision} {mark}"
                jobs.enqueue_job(connection, jobs.VERIFY, upload.id, version, at=clock.now())


def forget_old(service: Service) -> None:
    """Delete what nobody submitted, and the files of answered batches, after the days of the settings."""
    limit = clock.now() - timedelta(days=service.settings.upload_days)
    with service.desk.read() as connection:
        old = uploads.list_in_state(
            connection,
            uploads.RECEIVING,
            uploads.ANSWERED,
            uploads.REFUSED,
            uploads.FAILED,
            changed_before=limit,
        )
    for upload in old:
        _find_places(service, upload).erase()
        with service.desk.begin() as connection:
            uploads.delete_upload(connection, upload)


def find_next_tick(at: datetime, seconds: int) -> datetime:
    """Return the next whole multiple of some seconds, not before a time.

    >>> from datetime import UTC
    >>> find_next_tick(datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC), 5).second
    5
    """
    elapsed = at.timestamp()
    return datetime.fromtimestamp(-(-elapsed // seconds) * seconds, at.tzinfo)


def _do_job(service: Service, job: Job) -> None:
    with service.desk.read() as connection:
        upload = uploads.get_upload(connection, job.upload)
    try:
        with _keep_lease(service, job):
            if job.version.split(" ")[0] != str(upload.revision):
                _end_outdated(service, job)
            elif job.kind == jobs.LINT:
                _end_lint(service, job, _lint(service, upload))
            else:
                _verify(service, job, upload)
    except Exception as error:  # noqa: BLE001  whatever is wrong with one job, the others are done
        _postpone(service, job, error)


@contextmanager
def _keep_lease(service: Service, job: Job) -> Iterator[None]:
    """Say again and again, in a thread, that the worker of a job lives."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(_BEAT_SECONDS):
            with service.desk.begin() as connection:
                if not jobs.extend_lease(connection, job, at=clock.now()):
                    return

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _lint(service: Service, upload: Upload) -> dict[str, Any]:
    folder = _find_places(service, upload).batch
    report = lint_request(folder, home_path=service.settings.home, at=clock.now())
    return lint_report.to_dict(report)


def _end_outdated(service: Service, job: Job) -> None:
    """End a job about a batch that its agency has begun again since: its files are another batch's now."""
    with service.desk.begin() as connection:
        jobs.end_job(connection, job, jobs.FAILED, visible_at=_next_tick(service), problem="version_changed")


def _end_lint(service: Service, job: Job, result: Mapping[str, Any]) -> None:
    with service.desk.begin() as connection:
        jobs.end_job(connection, job, jobs.DONE, visible_at=_next_tick(service), result=result)


def _verify(service: Service, job: Job, upload: Upload) -> None:
    """Judge and answer a batch, and record what became of it."""
    places = _find_places(service, upload)
    mark = compute_file_mark(service.store, upload.agreement, at=clock.now())  # first: what changes later shows
    paths = BatchPaths(places.batch, service.settings.index, places.answers)
    places.answers.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        result = verify_batch_folder(
            service.settings.home,
            paths,
            rehearsal=None,
            model_file=service.settings.model,
            progress=no_progress,
            is_withdrawn=lambda: not _is_claimed(service, job),
        )
    except ComityError as error:
        if error.code not in _FINAL_CODES:
            raise
        places.erase_answers()
        _record(service, job, upload, uploads.FAILED, mark=mark, problem=error.code)
    else:
        state = _name_outcome(result)
        if state == uploads.HELD:
            places.erase_answers()
        _record(service, job, upload, state, mark=mark, result=_describe_result(result, state))
    publish_ledger(service)


def _is_claimed(service: Service, job: Job) -> bool:
    with service.desk.read() as connection:
        return jobs.is_claimed(connection, job)


def _name_outcome(result: BatchResult) -> str:
    if result.status == BATCH_HELD:
        return uploads.HELD
    return uploads.REFUSED if result.is_batch_refused else uploads.ANSWERED


def _describe_result(result: BatchResult, state: str) -> dict[str, Any]:
    """Return what the agency is told: what became of the batch, and by which rules. The answers say the rest."""
    return {"state": state, "rules": sorted({finding.rule for finding in result.findings if finding.is_blocking})}


def _record(  # noqa: PLR0913  each is a fact of the outcome
    service: Service,
    job: Job,
    upload: Upload,
    state: str,
    *,
    mark: str,
    result: Mapping[str, Any] | None = None,
    problem: str | None = None,
) -> None:
    is_same = upload.state == state and upload.visible_at is not None  # delivered again: it was seen already
    at, visible_at = clock.now(), upload.visible_at if is_same else _next_tick(service)
    ended = jobs.DONE if problem is None else jobs.FAILED
    with service.desk.begin() as connection:
        if jobs.end_job(connection, job, ended, visible_at=_next_tick(service), result=result, problem=problem):
            uploads.set_outcome(
                connection, upload, state, file_mark=mark, visible_at=visible_at, at=at, problem=problem
            )


def _postpone(service: Service, job: Job, error: Exception) -> None:
    """Let a job be tried again, later each time. An error of the desk itself ends the worker."""
    code = error.code if isinstance(error, ComityError) else "service_fault"
    operator_log.log_event("job_failed", code=code)
    until = clock.now() + _FIRST_DELAY * 4 ** (job.attempts - 1)
    with service.desk.begin() as connection:
        jobs.postpone_job(connection, job, until=until, problem=code)


def _next_tick(service: Service) -> datetime:
    return find_next_tick(clock.now(), service.settings.answers_tick_seconds)


def _find_places(service: Service, upload: Upload) -> BatchPlaces:
    return BatchPlaces(service.settings.work_folder, upload.requester, upload.batch_id)

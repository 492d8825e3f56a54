"""Show an agency what became of the work that it asked for, and which of its answers are recalled.

Guarantees: an operation of another agency is what does not exist; a result is seen at its tick, not before.
Start at `find_operation`.
"""

import tempfile
from pathlib import Path
from typing import Any

from comity import law, recall
from comity.app import clock
from comity.app.access import Caller
from comity.app.use_cases.service_readiness import Service
from comity.errors import ServiceError
from comity.store import recalls
from comity.store.desk import jobs

NOTICE_FILES = ("notice.json", "notice.json.jws", "affected.csv")


def find_operation(service: Service, caller: Caller, operation: str) -> dict[str, Any]:
    """Return an operation of the agency, with its result once that may be seen. Raises ServiceError `not_found`."""
    with service.desk.read() as connection:
        found = jobs.find_job(connection, caller.requester, operation)
    if found is None:
        raise ServiceError("not_found", "The agency has no operation of that id.")
    job, batch_id = found
    is_ended = job.state in {jobs.DONE, jobs.FAILED}
    is_seen = is_ended and job.visible_at is not None and job.visible_at <= clock.now()
    state = job.state if is_seen or job.state == jobs.QUEUED else jobs.RUNNING
    content: dict[str, Any] = {"operation": job.id, "kind": job.kind, "batch_id": batch_id, "state": state}
    if is_seen:
        content["result"] = job.result
        content["problem"] = None if job.problem is None else f"/problems/{job.problem}"
    return content


def list_recalls(service: Service, caller: Caller) -> list[dict[str, Any]]:
    """Return what every recall asks of the agency, and what came of it."""
    with service.store.read() as tx:
        obligations = recall.list_obligations(tx, law.load_law(), at=clock.now())
    return [one.to_dict() for one in obligations if one.recipient == caller.requester]


def read_notice(service: Service, caller: Caller, recall_id: str, name: str) -> bytes:
    """Return one file of the notice of a recall to the agency. Raises ServiceError `not_found`."""
    key = service.home.keys.load_signing_key("answers")
    with service.store.read() as tx, tempfile.TemporaryDirectory(dir=service.settings.work_folder) as folder:
        entries = [opening for opening in recalls.list_recalls(tx) if opening.about == recall_id]
        recipients = {item["recipient"] for opening in entries for item in opening.parsed_content["batches"]}
        if name not in NOTICE_FILES or caller.requester not in recipients:
            raise ServiceError("not_found", "The agency has no such notice of a recall.")
        (own,) = recall.write_notices(tx, entries, Path(folder), key, recipient=caller.requester)
        return (own / name).read_bytes()

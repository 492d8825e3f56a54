"""Show an agency what became of the work that it asked for, withdraw it, and answer recalls of its answers.

Guarantees: an operation of another agency is what does not exist; a result is seen at its tick, not before. What is
withdrawn is released by no worker afterwards: both happen under the control database's lock.
Start at `find_operation`.
"""

import tempfile
from pathlib import Path
from typing import Any

from comity import law, recall
from comity.app import bootstrap, clock
from comity.app.access import Caller
from comity.app.use_cases.answer_recalls import find_recipient_keys
from comity.app.use_cases.service_readiness import Service
from comity.errors import RequestError, ServiceError
from comity.law import signers
from comity.ledger import events, log
from comity.ledger.filed import read_register
from comity.store import batches, recalls
from comity.store.database import Snapshot
from comity.store.desk import jobs, uploads
from comity.store.openings import Opening

WITHDRAWN = "request_withdrawn"
"""The code of a batch that its agency withdrew, which its entry in the ledger has as its rule."""
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


def acknowledge_recall(service: Service, caller: Caller, recall_id: str, document: str, signature: str) -> int:
    """Record that the agency has the notice of a recall, as one of its offices signed; return the ledger entry.

    Raises:
        ServiceError: `not_found` when the agency has no notice of that recall; `acknowledgment_unsigned` when no key of
            its offices on file made the signature.
    """
    with service.store.read() as tx:
        _find_own_recall(tx, caller, recall_id)
        systems = signers.find_office_keys(read_register(tx), caller.requester, caller.office)
    keys = find_recipient_keys(service.home, service.store, caller.requester)
    try:
        entry = recall.record_acknowledgement(
            service.store,
            recall=recall_id,
            recipient=caller.requester,
            document=document.encode(),
            signature=signature,
            keys={thumbprint: key for thumbprint, key in keys.items() if thumbprint not in systems},
            at=clock.now(),
        )
    except RequestError:
        message = "No key of an office of the agency that is on file signed the document."
        raise ServiceError("acknowledgment_unsigned", message, "An office signs it, not the system.") from None
    log.sign_current_checkpoint(service.store, bootstrap.load_key_ring(service.home), at=clock.now())
    return entry


def withdraw_operation(service: Service, caller: Caller, operation: str) -> None:
    """Withdraw the batch that an operation is about, unless it was answered: nothing of it is released afterwards.

    It is accounted as a request that was refused.

    Raises:
        ServiceError: `not_found`; `operation_ended` when the batch was answered, or is not under way.
    """
    with service.desk.read() as connection:
        found = jobs.find_job(connection, caller.requester, operation)
    if found is None:
        raise ServiceError("not_found", "The agency has no operation of that id.")
    job, batch_id = found
    at = clock.now()
    with service.store.begin() as tx, service.desk.begin() as connection:  # no release is between the two
        upload = uploads.get_upload(connection, job.upload)
        stored = batches.find(tx, caller.requester, batch_id)
        is_answered = stored is not None and stored.status == batches.ANSWERED
        if job.kind != jobs.VERIFY or is_answered or upload.state not in {uploads.RECEIVED, uploads.HELD}:
            message = "The operation has ended, or is of a kind that ends by itself."
            raise ServiceError("operation_ended", message, "GET it to see how.")
        jobs.withdraw_jobs(connection, upload.id, problem=WITHDRAWN, visible_at=at)
        uploads.set_outcome(connection, upload, uploads.FAILED, file_mark=None, visible_at=at, at=at, problem=WITHDRAWN)
        events.record_refusal(
            tx, upload.manifest_sha256, (WITHDRAWN,), as_of=at, rehearsal=False, known_as_of=None, at=at
        )


def _find_own_recall(tx: Snapshot, caller: Caller, recall_id: str) -> list[Opening]:
    """Return the entries of a recall that reached the agency. Raises ServiceError `not_found`."""
    entries = [opening for opening in recalls.list_recalls(tx) if opening.about == recall_id]
    if caller.requester not in {item["recipient"] for opening in entries for item in opening.parsed_content["batches"]}:
        raise ServiceError("not_found", "The agency has no such notice of a recall.")
    return entries


def read_notice(service: Service, caller: Caller, recall_id: str, name: str) -> bytes:
    """Return one file of the notice of a recall to the agency. Raises ServiceError `not_found`."""
    key = service.home.keys.load_signing_key("answers")
    with service.store.read() as tx, tempfile.TemporaryDirectory(dir=service.settings.work_folder) as folder:
        entries = _find_own_recall(tx, caller, recall_id)
        if name not in NOTICE_FILES:
            raise ServiceError("not_found", "The agency has no such notice of a recall.")
        (own,) = recall.write_notices(tx, entries, Path(folder), key, recipient=caller.requester)
        return (own / name).read_bytes()

"""Let an agency fetch its own answers, as long as what they were checked against is still on file.

Guarantees: fetching is disclosing. So nothing is given while the mark of what is on file differs from the one under
which a worker wrote the answers: then a worker checks them again, as `comity verify` does when it delivers once more.
Answers that may not be delivered any more are deleted, and an order that came meanwhile holds them.
Does not: take the database's lock while bytes are sent. An order that is entered after the check finds the answers
sent, as it would find a folder written.
Basis: ADR 0045; promise 11.
Start at `open_answers`.
"""

import hashlib
from pathlib import Path
from typing import Any

from comity.app import clock
from comity.app.access import Caller
from comity.app.use_cases.batch_uploads import get_upload, is_visible
from comity.app.use_cases.file_marks import compute_file_mark
from comity.app.use_cases.service_readiness import Service
from comity.app.use_cases.work_folder import BatchPlaces
from comity.errors import ServiceError
from comity.release.answers_folder import ANSWERS_FOLDER_FILES
from comity.store.desk import jobs, uploads

_BLOCK_BYTES = 2**20


def list_answer_files(service: Service, caller: Caller, batch_id: str) -> list[dict[str, Any]]:
    """Return the files of a batch's answers with their sizes and hashes. Raises ServiceError as `open_answers`."""
    folder = open_answers(service, caller, batch_id)
    paths = [folder / name for name in ANSWERS_FOLDER_FILES if (folder / name).is_file()]
    return [{"name": path.name, "size": path.stat().st_size, "sha256": _hash_file(path)} for path in paths]


def find_answer_file(service: Service, caller: Caller, batch_id: str, name: str) -> Path:
    """Return one file of a batch's answers. Raises ServiceError `not_found`, and as `open_answers`."""
    if name not in ANSWERS_FOLDER_FILES:
        raise ServiceError("not_found", "Answers have no file of that name.")
    path = open_answers(service, caller, batch_id) / name
    if not path.is_file():
        raise ServiceError("not_found", "These answers have no such file.")
    return path


def open_answers(service: Service, caller: Caller, batch_id: str) -> Path:
    """Return the folder of a batch's answers, which may be given to its agency now.

    Raises:
        ServiceError: `not_found`; `not_answered`; `delivery_rechecked`, after which a worker checks the answers again.
    """
    with service.desk.read() as connection:
        upload = get_upload(connection, caller, batch_id)
    if upload.state not in {uploads.ANSWERED, uploads.REFUSED} or not is_visible(upload):
        message = "The batch has no answers that may be fetched now; its state says why."
        raise ServiceError("not_answered", message, "GET the batch.")
    mark = compute_file_mark(service.store, upload.agreement, at=clock.now())
    if mark != upload.file_mark:
        with service.desk.begin() as connection:
            version = f"{upload.revision} {mark}"
            jobs.enqueue_job(connection, jobs.VERIFY, upload.id, version, at=clock.now())
        message = "What is on file has changed since these answers were written, so they are checked again first."
        raise ServiceError("delivery_rechecked", message, "Send this again in some seconds.")
    return BatchPlaces(service.settings.work_folder, caller.requester, batch_id).answers


def _hash_file(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()

"""Take a batch in over the API: manifest, signature, parts of the requests file, and its submission.

Guarantees: the manifest comes first and is checked, then a signature of a key that is on file for the office it names,
then parts, each with its hash; a submission is taken when every part is there and the whole file is the one that was
signed for. Until then nothing is parsed but the manifest. What was submitted is not changed any more. Another agency's
batch is what does not exist.
Does not: judge anything; a worker does, by the same use case as `comity verify`. What is never submitted is not
accounted.
Basis: docs/spec/batch.md; docs/guides/service.md.
Start at `put_manifest`.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comity.app import bootstrap, clock
from comity.app.access import Caller
from comity.app.use_cases.service_readiness import Service
from comity.app.use_cases.work_folder import BatchPlaces
from comity.errors import ServiceError
from comity.folders import fsync_folder, make_private_folder, replace_file
from comity.intake import authenticate_bytes
from comity.intake.batch_signature import MANIFEST_NAME, REQUESTS_FILE_NAMES, SIGNATURE_NAME
from comity.intake.manifest import parse_manifest
from comity.store import batches, recalls
from comity.store.desk import jobs, uploads
from comity.store.desk.desk_store import DeskConnection
from comity.store.desk.uploads import NewUpload, Upload, UploadPart

MAX_PARTS = 10_000
_BLOCK_BYTES = 2**20
_MAX_GAPS_LISTED = 100


@dataclass(frozen=True, slots=True)
class UploadView:
    """A batch as its agency may see it now, and the version that a change of it must name."""

    content: dict[str, Any]
    version: str

    @classmethod
    def of(cls, content: dict[str, Any]) -> "UploadView":
        """Return the view of a content, whose version is a hash of it."""
        text = json.dumps(content, sort_keys=True)
        return cls(content, hashlib.sha256(text.encode()).hexdigest()[:32])


def put_manifest(
    service: Service, caller: Caller, batch_id: str, data: bytes, *, seen_version: str | None
) -> tuple[UploadView, bool]:
    """Take a batch's manifest; return the batch, and whether it is new.

    The same manifest again changes nothing. Another one, before the batch is submitted, begins the batch again: it
    takes the version that its caller saw.

    Raises:
        RequestError: `batch_unreadable`, naming what is malformed.
        ServiceError: `manifest_refused`, `upload_submitted`, `too_many_uploads`, `version_missing`, `version_changed`.
    """
    manifest = parse_manifest(data)
    if (manifest.batch_id, manifest.requester) != (batch_id, caller.requester):
        message = "The manifest is of another batch_id than the path, or of another requester than the token."
        raise ServiceError("manifest_refused", message, "Send it to the path of its own batch_id.")
    name = manifest.requests_file or REQUESTS_FILE_NAMES[0]
    if name not in REQUESTS_FILE_NAMES:
        message = f"requests_file is one of {', '.join(REQUESTS_FILE_NAMES)}."
        raise ServiceError("manifest_refused", message, "Correct it in batch.json, and sign again.")
    new = NewUpload(
        requester=caller.requester,
        batch_id=batch_id,
        agreement=manifest.agreement,
        manifest_sha256=hashlib.sha256(data).hexdigest(),
        requests_sha256=manifest.sha256.lower(),
        requests_name=name,
    )
    places, at = _find_places(service, caller, batch_id), clock.now()
    with service.desk.begin() as connection:
        known = uploads.find_upload(connection, caller.requester, batch_id)
        if known is not None and known.manifest_sha256 == new.manifest_sha256 and known.state != uploads.FAILED:
            return _describe(service, connection, known), False
        if known is None and uploads.count_open(connection, caller.requester) >= service.settings.max_open_uploads:
            message = f"{service.settings.max_open_uploads} batches of the agency are under way already."
            raise ServiceError("too_many_uploads", message, "Submit those that wait, or send this again later.")
        if known is not None:
            _verify_changeable(known)
            _verify_version(_describe(service, connection, known), seen_version)
        places.erase()
        make_private_folder(places.batch)
        replace_file(places.batch / MANIFEST_NAME, data)
        uploads.begin_upload(connection, new, at=at)
        return _describe(service, connection, _get(connection, caller, batch_id)), known is None


def put_signature(service: Service, caller: Caller, batch_id: str, data: bytes) -> UploadView:
    """Take the signature of a batch's manifest, if a key on file for the office that it names made it.

    Raises:
        RequestError: `batch_unsigned`, `signer_unregistered`.
        ServiceError: `not_found`, `upload_submitted`.
    """
    places = _find_places(service, caller, batch_id)
    with service.desk.begin() as connection:
        upload = _get(connection, caller, batch_id)
        _verify_changeable(upload)
        signed = (places.batch / MANIFEST_NAME).read_bytes()
        keys = bootstrap.find_office_keys(service.home, service.store, parse_manifest(signed))
        key = authenticate_bytes(signed, data, keys)
        replace_file(places.batch / SIGNATURE_NAME, data)
        uploads.set_signed(connection, upload, key, at=clock.now())
        return _describe(service, connection, _get(connection, caller, batch_id))


def prepare_part(service: Service, caller: Caller, batch_id: str, number: int) -> Path:
    """Return the folder in which a part may be received, once it is known that it may come.

    Raises:
        ServiceError: `not_found`, `request_invalid`, `upload_submitted`, `upload_unordered`, `disk_low`.
    """
    if not 1 <= number <= MAX_PARTS:
        raise ServiceError("request_invalid", f"Parts are numbered from 1 to {MAX_PARTS:,}.")
    with service.desk.read() as connection:
        upload = _get(connection, caller, batch_id)
    _verify_changeable(upload)
    if upload.signed_by is None:
        message = "Parts are taken once the manifest and its signature came."
        raise ServiceError("upload_unordered", message, "Send the signature first.")
    if shutil.disk_usage(service.settings.work_folder).free < service.settings.min_free_disk_bytes:
        raise ServiceError("disk_low", "The custodian has too little free disk to take more in now.")
    parts = _find_places(service, caller, batch_id).parts
    make_private_folder(parts)
    return parts


def add_part(service: Service, caller: Caller, batch_id: str, part: UploadPart, received: Path) -> UploadView:
    """Put a part that was received whole in its place; one that came before under its number is replaced.

    Raises:
        ServiceError: `not_found`, `upload_submitted`, `too_large`, `upload_unordered`.
    """
    with service.desk.begin() as connection:
        upload = _get(connection, caller, batch_id)
        _verify_changeable(upload)
        if upload.signed_by is None:
            raise ServiceError("upload_unordered", "The manifest was replaced while the part came.", "Sign it first.")
        parts = [one for one in uploads.list_parts(connection, upload) if one.number != part.number]
        if sum(one.size for one in parts) + part.size > service.settings.max_upload_bytes:
            message = f"A requests file has at most {service.settings.max_upload_bytes:,} bytes here."
            raise ServiceError("too_large", message, "Divide it into several batches.")
        received.replace(received.with_name(_name_part(part.number)))
        fsync_folder(received.parent)
        uploads.set_part(connection, upload, part, at=clock.now())
        return _describe(service, connection, _get(connection, caller, batch_id))


def list_parts(service: Service, caller: Caller, batch_id: str) -> dict[str, Any]:
    """Return the parts that came with their hashes, and the numbers that are missing below the highest."""
    with service.desk.read() as connection:
        upload = _get(connection, caller, batch_id)
        parts = uploads.list_parts(connection, upload)
    listed = [{"number": part.number, "size": part.size, "sha256": part.sha256} for part in parts]
    return {"parts": listed, "gaps": find_gaps([part.number for part in parts])}


def find_gaps(numbers: Sequence[int]) -> list[int]:
    """Return the first numbers that are missing from 1 to the highest.

    >>> find_gaps([1, 2, 5])
    [3, 4]
    """
    present = set(numbers)
    return [number for number in range(1, max(numbers, default=0)) if number not in present][:_MAX_GAPS_LISTED]


def request_lint(service: Service, caller: Caller, batch_id: str) -> str:
    """Ask a worker to check a batch that is not submitted yet; return the id of the operation.

    Raises:
        ServiceError: `not_found`, `upload_submitted`, `upload_incomplete`, `digest_differs`.
    """
    with service.desk.read() as connection:
        upload = _get(connection, caller, batch_id)
        parts = uploads.list_parts(connection, upload)
    _verify_changeable(upload)
    _assemble(_find_places(service, caller, batch_id), upload, parts)
    with service.desk.begin() as connection:
        current = _get(connection, caller, batch_id)
        _verify_unchanged(upload, current)
        return jobs.enqueue_job(connection, jobs.LINT, upload.id, str(upload.revision), at=clock.now())


def submit_batch(service: Service, caller: Caller, batch_id: str, *, seen_version: str | None) -> str:
    """Submit a batch to be judged and answered; return the id of the operation. Submitted twice is submitted once.

    Raises:
        ServiceError: `not_found`, `version_missing`, `version_changed`, `upload_unordered`, `upload_incomplete`,
            `digest_differs`.
    """
    with service.desk.read() as connection:
        upload = _get(connection, caller, batch_id)
        parts = uploads.list_parts(connection, upload)
        view = _describe(service, connection, upload)
    if upload.state == uploads.RECEIVING:
        _verify_version(view, seen_version)
        if upload.signed_by is None:
            raise ServiceError("upload_unordered", "The batch is not signed.", "Send the signature first.")
        _assemble(_find_places(service, caller, batch_id), upload, parts)
    with service.desk.begin() as connection:
        current = _get(connection, caller, batch_id)
        _verify_unchanged(upload, current)
        if current.state == uploads.RECEIVING:
            uploads.set_submitted(connection, current, at=clock.now())
        operation = jobs.enqueue_job(connection, jobs.VERIFY, upload.id, str(upload.revision), at=clock.now())
    shutil.rmtree(_find_places(service, caller, batch_id).parts, ignore_errors=True)
    return operation


def find_batch(service: Service, caller: Caller, batch_id: str) -> UploadView:
    """Return one batch of an agency. Raises ServiceError `not_found`."""
    with service.desk.read() as connection:
        return _describe(service, connection, _get(connection, caller, batch_id))


def list_batches(
    service: Service, caller: Caller, *, before: int | None, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Return an agency's batches, the newest first, and from where to go on; None at the end."""
    with service.desk.read() as connection:
        found = uploads.list_uploads(connection, caller.requester, before=before, limit=limit + 1)
        views = [_describe(service, connection, upload).content for upload in found[:limit]]
    return views, found[limit - 1].id if len(found) > limit else None


def read_sent_file(service: Service, caller: Caller, batch_id: str, name: str) -> bytes:
    """Return the manifest or the signature of a batch, as it was sent. Raises ServiceError `not_found`."""
    with service.desk.read() as connection:
        _get(connection, caller, batch_id)
    try:
        return (_find_places(service, caller, batch_id).batch / name).read_bytes()
    except OSError:
        raise ServiceError("not_found", "The batch has no such file.") from None


def get_upload(connection: DeskConnection, caller: Caller, batch_id: str) -> Upload:
    """Return the caller's own batch of that id. Raises ServiceError `not_found`, for another agency's too."""
    return _get(connection, caller, batch_id)


def is_visible(upload: Upload) -> bool:
    """Return whether what became of a batch may be seen yet."""
    return upload.visible_at is None or upload.visible_at <= clock.now()


def _describe(service: Service, connection: DeskConnection, upload: Upload) -> UploadView:
    parts = uploads.list_parts(connection, upload)
    content: dict[str, Any] = {
        "batch_id": upload.batch_id,
        "agreement": upload.agreement,
        "state": _name_state(service, connection, upload),
        "manifest_sha256": upload.manifest_sha256,
        "requests_sha256": upload.requests_sha256,
        "requests_file": upload.requests_name,
        "signed": upload.signed_by is not None,
        "revision": upload.revision,
        "bytes": sum(part.size for part in parts),
    }
    if upload.problem is not None and is_visible(upload):
        content["problem"] = f"/problems/{upload.problem}"
    return UploadView.of(content)


def _name_state(service: Service, connection: DeskConnection, upload: Upload) -> str:
    """Return the state that the agency may see: of a batch that waits or is worked on, no more than that."""
    if upload.state == uploads.RECEIVING:
        return "receiving"
    if not is_visible(upload) or (upload.state == uploads.RECEIVED and jobs.is_running(connection, upload.id)):
        return "in_progress"
    if upload.state == uploads.RECEIVED:
        return "received"
    with service.store.read() as tx:
        stored = batches.find(tx, upload.requester, upload.batch_id)
        if stored is not None and recalls.find_recall(tx, stored.batch_id) is not None:
            return "recalled"
    return "refused" if upload.state == uploads.FAILED else upload.state


def _get(connection: DeskConnection, caller: Caller, batch_id: str) -> Upload:
    upload = uploads.find_upload(connection, caller.requester, batch_id)
    if upload is None:
        raise ServiceError("not_found", "The agency has no batch of that id here.")
    return upload


def _find_places(service: Service, caller: Caller, batch_id: str) -> BatchPlaces:
    return BatchPlaces(service.settings.work_folder, caller.requester, batch_id)


def _verify_changeable(upload: Upload) -> None:
    if upload.state not in {uploads.RECEIVING, uploads.FAILED}:
        message = "The batch was submitted. One name stands for one batch, for good."
        raise ServiceError("upload_submitted", message, "Give a new batch a batch_id of its own.")


def _verify_version(view: UploadView, seen_version: str | None) -> None:
    if seen_version is None:
        message = "Say which version of the batch you saw: If-Match with the ETag that a GET of it returns."
        raise ServiceError("version_missing", message, "GET the batch, then send this again.")
    if seen_version != view.version:
        message = "The batch is another than you saw: something of it came since."
        raise ServiceError("version_changed", message, "GET it again, and see whether this is still what you want.")


def _verify_unchanged(seen: Upload, current: Upload) -> None:
    if (seen.id, seen.revision) != (current.id, current.revision):
        raise ServiceError("version_changed", "Something of the batch came meanwhile.", "GET it, then send this again.")


def _name_part(number: int) -> str:
    return f"{number:05d}"


def _assemble(places: BatchPlaces, upload: Upload, parts: Sequence[UploadPart]) -> None:
    """Write the requests file from its parts, and verify that it is the one that the manifest names.

    Raises:
        ServiceError: `upload_incomplete`, `digest_differs`.
    """
    gaps = find_gaps([part.number for part in parts])
    if gaps or not parts:
        numbers = ", ".join(map(str, gaps[:10])) or "1"
        raise ServiceError("upload_incomplete", f"Parts are missing: {numbers}.", "Send them, then this again.")
    digest, partial = hashlib.sha256(), places.batch.parent / f"requests-{secrets.token_hex(8)}.part"
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as whole:
            for part in parts:
                with (places.parts / _name_part(part.number)).open("rb") as source:
                    while block := source.read(_BLOCK_BYTES):
                        digest.update(block)
                        whole.write(block)
            whole.flush()
            os.fsync(whole.fileno())
        if digest.hexdigest() != upload.requests_sha256:
            message = "The parts together are not the requests file that the manifest names by its SHA-256."
            raise ServiceError("digest_differs", message, "See the parts' hashes, and send again what differs.")
        for name in REQUESTS_FILE_NAMES:
            (places.batch / name).unlink(missing_ok=True)
        partial.replace(places.batch / upload.requests_name)
        fsync_folder(places.batch)
    finally:
        partial.unlink(missing_ok=True)

"""Read a batch that its requester is still preparing: as much as can be read, and everything that is wrong with it.

Guarantees: one fault of the folder hides no other. The manifest, its signature and the requests file are each read as
far as they can be; every row with a fault is listed. What is missing is missing: nothing is guessed.
Does not: judge the law (`gates` does), or know whose key counts (the custodian does).
Start at `inspect_draft`.
"""

import hashlib
from pathlib import Path
from typing import Any

from comity.errors import RequestError
from comity.intake.batch_folder import BatchFolder, open_batch_folder
from comity.intake.batch_signature import MANIFEST_NAME, SIGNATURE_NAME, decode_signature, find_requests_file
from comity.intake.folder_limits import MAX_MANIFEST_BYTES, MAX_SIGNATURE_BYTES
from comity.intake.manifest import check_manifest
from comity.model.batch import Batch, Manifest, PartialManifest
from comity.model.fault import MANIFEST_FORM_RULE, SIGNATURE_RULE, Fault
from comity.model.request_fields import REQUESTS_SCHEMA
from comity.requests_file import parse_requests
from comity.requests_file.form_faults import make_unreadable_file_fault
from comity.requests_file.limits import MAX_FILE_BYTES, MAX_ROWS
from comity.signing import is_signed_by_embedded_key

_SIGN = "Sign it, once everything else is in order: comity request sign."
_SIGN_AGAIN = "Sign it again: comity request sign."


def inspect_draft(folder: Path) -> Batch:
    """Return the batch in `folder` as far as it can be read, with all of its faults and all of their rows.

    Its manifest is a `PartialManifest` when something is wrong with that.

    Raises:
        RequestError: `batch_unreadable` when there is no folder.
    """
    with open_batch_folder(folder) as source:
        signed, manifest, faults = _read_manifest(source)
        requests, sha256 = REQUESTS_SCHEMA.empty_table(), ""
        form_faults: tuple[Fault, ...] = ()
        try:
            named = vars(manifest).get("requests_file")
            name = find_requests_file(source, named)
            with source.copy(name, MAX_FILE_BYTES) as copy:
                sha256 = copy.sha256
                requests, form_faults = parse_requests(
                    copy.descriptor, name.rpartition(".")[2], max_listed_rows=MAX_ROWS
                )
        except RequestError as error:
            form_faults = (make_unreadable_file_fault(error.message, error.hint),)
        faults += _check_signature(source, signed, manifest, sha256)
    return Batch(manifest, hashlib.sha256(signed).hexdigest(), sha256, None, requests, (*faults, *form_faults))


def inspect_manifest(folder: Path) -> dict[str, Any]:
    """Return the members of a draft's manifest that can be read.

    Raises:
        RequestError: `batch_unreadable` when there is no folder or no manifest.
    """
    try:
        with open_batch_folder(folder) as source:
            signed = source.read(MANIFEST_NAME, MAX_MANIFEST_BYTES)
    except RequestError as error:
        hint = "Make a batch folder first: comity request init AGREEMENT --out BATCH."
        raise RequestError("batch_unreadable", error.message, hint) from error
    manifest, _ = check_manifest(signed)
    return dict(vars(manifest))


def _read_manifest(source: BatchFolder) -> tuple[bytes, Manifest, tuple[Fault, ...]]:
    try:
        signed = source.read(MANIFEST_NAME, MAX_MANIFEST_BYTES)
    except RequestError as error:
        fault = Fault(MANIFEST_FORM_RULE, error.message, to_do="Begin with: comity request init.")
        return b"", PartialManifest.model_construct(), (fault,)
    manifest, problems = check_manifest(signed)
    to_do = "Correct it in batch.json; docs/spec/batch.md has every member."
    return signed, manifest, tuple(Fault(MANIFEST_FORM_RULE, f"{problem}.", to_do=to_do) for problem in problems)


def _check_signature(source: BatchFolder, signed: bytes, manifest: Manifest, sha256: str) -> tuple[Fault, ...]:
    """Return what is wrong with the signature, as far as the batch itself can tell."""
    if not source.has_name(SIGNATURE_NAME):
        message = f"The batch is not signed: there is no {SIGNATURE_NAME}. Nothing of an unsigned batch is read."
        return (Fault(SIGNATURE_RULE, message, to_do=_SIGN),)
    try:
        signature = decode_signature(source.read(SIGNATURE_NAME, MAX_SIGNATURE_BYTES))
        is_own = is_signed_by_embedded_key(signed, signature)
    except RequestError as error:
        return (Fault(SIGNATURE_RULE, error.message, to_do=_SIGN_AGAIN),)
    faults = []
    if is_own is False:
        message = f"{MANIFEST_NAME} is not what was signed: it was changed after signing, or the signature was."
        faults.append(Fault(SIGNATURE_RULE, message, to_do=_SIGN_AGAIN))
    if sha256 and str(vars(manifest).get("sha256", sha256)).lower() != sha256:
        message = "The requests file is not the one that was signed: it was changed after signing."
        faults.append(Fault(SIGNATURE_RULE, message, to_do=_SIGN_AGAIN))
    return tuple(faults)

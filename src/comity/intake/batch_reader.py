"""Read one batch folder into a `Batch`: the manifest's form, its signature, the requests file's hash, the rows.

Guarantees: those of `comity.intake`. The requests file is not opened before a registered key is known to have signed
the manifest, and not parsed before it is known to be the file that was signed. A signed batch becomes a `Batch`,
however bad its rows, so that the refusal can be accounted for row by row (26 USC 6103(p)(3)(A) counts all requests).
"""

import hashlib
from pathlib import Path

from comity.errors import RequestError
from comity.intake.batch_folder import BatchFolder, open_batch_folder
from comity.intake.batch_signature import (
    MANIFEST_NAME,
    RegisteredKeyLookup,
    authenticate_manifest,
    find_requests_file,
)
from comity.intake.folder_limits import MAX_MANIFEST_BYTES
from comity.intake.manifest import parse_manifest
from comity.model.batch import Batch, Manifest
from comity.requests_file import parse_requests
from comity.requests_file.limits import MAX_FILE_BYTES


class RefusedBatchError(RequestError):
    """A batch of which no row was read: why, the SHA-256 of its manifest, and its id if it is signed.

    `manifest_sha256` is None when there is no manifest that could be read.
    """

    def __init__(self, reason: RequestError, manifest_sha256: str | None, manifest: Manifest | None) -> None:
        """Raise with the code, message and hint of `reason`."""
        super().__init__(reason.code, reason.message, reason.hint)
        self.manifest_sha256 = manifest_sha256
        self.manifest = manifest


def read_batch(folder: Path, registered_keys: RegisteredKeyLookup) -> Batch:
    """Return the batch in `folder`, signed with a key that is registered for the office that signed it.

    Raises:
        RefusedBatchError: `batch_unsigned`, `signer_unregistered`, or `batch_unreadable` when there is no manifest or
            no requests file.
    """
    digest, manifest = None, None
    try:
        with open_batch_folder(folder) as source:
            signed = source.read(MANIFEST_NAME, MAX_MANIFEST_BYTES)
            digest = hashlib.sha256(signed).hexdigest()
            parsed = parse_manifest(signed)
            key_id = authenticate_manifest(source, signed, registered_keys(parsed))
            manifest = parsed
            return _read_requests(source, manifest, digest, key_id)
    except RequestError as error:
        raise RefusedBatchError(error, digest, manifest) from error


def read_draft(folder: Path) -> Batch:
    """Return the batch in `folder`, whoever signed it: for its own requester, or to replay what was answered.

    Raises:
        RequestError: `batch_unreadable`.
    """
    with open_batch_folder(folder) as source:
        signed = source.read(MANIFEST_NAME, MAX_MANIFEST_BYTES)
        return _read_requests(source, parse_manifest(signed), hashlib.sha256(signed).hexdigest(), None)


def find_draft_file(folder: Path, manifest: Manifest) -> str:
    """Return the name of a batch's requests file. Raises RequestError `batch_unreadable`."""
    with open_batch_folder(folder) as source:
        return find_requests_file(source, manifest.requests_file)


def _read_requests(source: BatchFolder, manifest: Manifest, manifest_sha256: str, key_id: str | None) -> Batch:
    name = find_requests_file(source, manifest.requests_file)
    with source.copy(name, MAX_FILE_BYTES) as copy:
        if key_id is not None and manifest.sha256.lower() != copy.sha256:
            message = "The requests file is not the one that was signed: its SHA-256 differs. Nothing of it was read."
            raise RequestError(
                "batch_unsigned", message, "Sign the manifest for this file, or send the file signed for."
            )
        requests, faults = parse_requests(copy.descriptor, name.rpartition(".")[2])
    return Batch(manifest, manifest_sha256, copy.sha256, key_id, requests, faults)

"""Read a single question, which is a batch of one row, from memory.

Guarantees: those of `comity.intake`: nothing of the row is parsed before a registered key is known to have signed the
manifest, and the row is known to be the one that was signed. A signed question with a bad row becomes a `Batch` with
faults, so that the refusal is accounted for as any other.
Does not: start a process for the row. It is a line of JSON of at most `MAX_QUESTION_BYTES`, which the standard library
parses.
Basis: docs/spec/batch.md; ADR 0049.
Start at `read_question`.
"""

import hashlib
from dataclasses import dataclass

from comity.errors import RequestError
from comity.intake.batch_reader import RefusedBatchError
from comity.intake.batch_signature import RegisteredKeyLookup, authenticate_bytes
from comity.intake.manifest import parse_manifest
from comity.model.batch import Batch, Manifest
from comity.requests_file import parse_short_lines

QUESTION_FILE = "requests.jsonl"
"""The name of the requests file that a question's manifest may give."""
MAX_QUESTION_BYTES = 16 * 2**10


@dataclass(frozen=True, slots=True)
class SentQuestion:
    """The exact bytes of batch.json, of batch.json.jws, and of a requests.jsonl of one line."""

    manifest: bytes
    signature: bytes
    request: bytes


def read_question(sent: SentQuestion, registered_keys: RegisteredKeyLookup) -> Batch:
    """Return the batch of one row that a question is.

    Raises:
        RefusedBatchError: `batch_unsigned`, `signer_unregistered`, or `batch_unreadable` when the manifest has no form,
            or the request is not one line.
    """
    digest, manifest = hashlib.sha256(sent.manifest).hexdigest(), None
    try:
        parsed = parse_manifest(sent.manifest)
        key_id = authenticate_bytes(sent.manifest, sent.signature, registered_keys(parsed))
        manifest = parsed
        return _read_request(sent.request, manifest, digest, key_id)
    except RequestError as error:
        raise RefusedBatchError(error, digest, manifest) from error


def _read_request(request: bytes, manifest: Manifest, manifest_sha256: str, key_id: str) -> Batch:
    sha256 = hashlib.sha256(request).hexdigest()
    if manifest.sha256.lower() != sha256:
        message = "The request is not the one that was signed: its SHA-256 differs. Nothing of it was read."
        raise RequestError("batch_unsigned", message, "Sign the manifest for this request.")
    if manifest.requests_file not in {None, QUESTION_FILE}:
        message = f"A question's requests_file is {QUESTION_FILE}: one line of JSON."
        raise RequestError("batch_unreadable", message, "Correct it in the manifest, and sign again.")
    requests, faults = parse_short_lines(request[: MAX_QUESTION_BYTES + 1])
    if requests.num_rows != 1 or len(request) > MAX_QUESTION_BYTES:
        message = f"A question is one line of JSON, of at most {MAX_QUESTION_BYTES:,} bytes: one request."
        raise RequestError("batch_unreadable", message, "Send more requests as a batch.")
    return Batch(manifest, manifest_sha256, sha256, key_id, requests, faults)

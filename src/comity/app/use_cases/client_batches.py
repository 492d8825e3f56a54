"""Send a batch to a custodian's service, follow it, fetch its answers, and verify them with the published ledger.

Guarantees: what came already is not sent again, so that an interrupted upload goes on; the answers are written whole or
not at all, each file with the hash that was listed; they are verified by the separate checker against keys that the
agency has from elsewhere, and the whole ledger with them.
Does not: trust what the service says of its own keys.
Basis: docs/guides/service.md; docs/spec/answers.md.
Start at `submit_folder`.
"""

import base64
import hashlib
import json
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comity.app.access import PART_BYTES
from comity.app.service_client import ServiceClient, ServiceReply
from comity.app.use_cases.ledger_operations import AuditEvidence, PublishedLedgerCheck, verify_published_ledger
from comity.app.use_cases.received_answers import CustodianKeys
from comity.errors import ComityError, LedgerError, RequestError
from comity.folders import make_private_folder
from comity.intake import find_draft_file
from comity.intake.batch_signature import MANIFEST_NAME, SIGNATURE_NAME
from comity.intake.manifest import parse_manifest
from comity.release.answers_folder import ANSWERS_FOLDER_FILES
from comity.signing import Ed25519Key, sign_detached
from comity.tlog.tiles import CHECKPOINT_FILE, ENTRIES_LEVEL, format_tile_path, list_tiles

UNDER_WAY = frozenset({"receiving", "received", "in_progress"})
_SECONDS_BETWEEN_LOOKS = 2.0
_LEDGER_PATH = "/v1/ledger/"


@dataclass(frozen=True, slots=True)
class SubmittedBatch:
    """A batch that was submitted: its operation, and how many parts were sent now of how many."""

    batch_id: str
    operation: str
    sent_parts: int
    part_count: int


@dataclass(frozen=True, slots=True)
class FetchedFiles:
    """The answers that were fetched: their folder, and each file's SHA-256."""

    folder: Path
    sha256_by_name: dict[str, str]


def submit_folder(client: ServiceClient, folder: Path, *, part_bytes: int = PART_BYTES) -> SubmittedBatch:
    """Send a signed batch folder and submit it; run again after an interruption, it goes on.

    Raises:
        RequestError: `batch_unreadable` when the folder has no manifest, signature or requests file.
        ServiceError: as the service says.
    """
    try:
        manifest, signature = (folder / MANIFEST_NAME).read_bytes(), (folder / SIGNATURE_NAME).read_bytes()
    except OSError as error:
        message = f"The batch folder has no {MANIFEST_NAME}, or no {SIGNATURE_NAME}."
        raise RequestError("batch_unreadable", message, "Sign it first: comity request sign") from error
    parsed = parse_manifest(manifest)
    path = f"/v1/batches/{parsed.batch_id}"
    _send_manifest(client, path, manifest)
    batch, sent, count = client.request("GET", path), 0, 0
    if batch.content["state"] == "receiving":
        if not batch.content["signed"]:
            client.request("PUT", f"{path}/signature", signature)
        sent, count = _send_parts(client, path, folder / find_draft_file(folder, parsed), part_bytes)
        batch = client.request("GET", path)
    headers = {"Idempotency-Key": secrets.token_urlsafe(24), "If-Match": batch.headers["etag"]}
    operation = str(client.request("POST", f"{path}/submission", b"", headers).content["operation"])
    return SubmittedBatch(parsed.batch_id, operation, sent, count)


def follow_batch(
    client: ServiceClient, batch_id: str, *, seconds: float, report: Callable[[str], None]
) -> dict[str, Any]:
    """Return a batch once the service is done with it, or as it is when the seconds are over; report each new state.

    Raises ServiceError as the service says.
    """
    deadline, seen = time.monotonic() + seconds, ""
    while True:
        content: dict[str, Any] = client.request("GET", f"/v1/batches/{batch_id}").content
        state = str(content["state"])
        if state != seen:
            report(state)
            seen = state
        if state not in UNDER_WAY or time.monotonic() >= deadline:
            return content
        time.sleep(min(_SECONDS_BETWEEN_LOOKS, max(0.0, deadline - time.monotonic())))


def fetch_answers(client: ServiceClient, batch_id: str, out: Path) -> FetchedFiles:
    """Fetch the answers of a batch into a new folder, for its owner alone.

    Raises:
        ComityError: `output_exists` when the folder exists and is not empty.
        LedgerError: `proof_invalid` when a file is not what was listed.
        ServiceError: as the service says.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ComityError("output_exists", "The output folder exists and is not empty.", "Name another with --out.")
    path = f"/v1/batches/{batch_id}/answers"
    listed = {str(file["name"]): str(file["sha256"]) for file in client.request("GET", path).content["files"]}
    make_private_folder(out.parent)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        for name in sorted(listed.keys() & set(ANSWERS_FOLDER_FILES)):
            with os.fdopen(os.open(Path(folder) / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                sha256 = client.download(f"{path}/{name}", file)
            if sha256 != listed[name]:
                message = f"{name} is not the file that the service listed: it was changed, or the transfer broke off."
                raise LedgerError("proof_invalid", message, "Nothing was written. Fetch the answers again.")
        make_private_folder(out)
        for file_path in sorted(Path(folder).iterdir()):
            file_path.rename(out / file_path.name)
    return FetchedFiles(out, listed)


def acknowledge_recall(client: ServiceClient, recall_id: str, office_key: Ed25519Key) -> int:
    """Send word that the notice of a recall came, signed by an office; return the custodian's ledger entry.

    What is signed names the recall and the SHA-256 of the notice as it was fetched now.

    Raises ServiceError as the service says.
    """
    path = f"/v1/recalls/{recall_id}"
    notice = client.request("GET", f"{path}/notice/notice.json").body
    content = {"acknowledged": recall_id, "notice_sha256": hashlib.sha256(notice).hexdigest()}
    document = json.dumps(content, indent=2, sort_keys=True) + "\n"
    body = {"document": document, "signature": sign_detached(document.encode(), office_key)}
    headers = {"Idempotency-Key": secrets.token_urlsafe(24), "Content-Type": "application/json"}
    reply = client.request("POST", f"{path}/acknowledgement", json.dumps(body).encode(), headers)
    return int(reply.content["entry"])


def verify_answers(client: ServiceClient, answers: Path, keys: CustodianKeys, *, ledger: Path) -> PublishedLedgerCheck:
    """Copy the published ledger into a new folder and verify it, with the answers and their receipt, by these keys.

    Raises:
        ComityError: `output_exists` when the folder exists and is not empty, `bad_argument`.
        ServiceError: as the service says.
    """
    if ledger.exists() and any(ledger.iterdir()):
        raise ComityError("output_exists", "The folder for the ledger is not empty.", "Name another with --ledger.")
    copy_ledger(client, ledger)
    evidence = AuditEvidence(
        receipt_files=(answers / "receipt.tlog-proof",), answers_folders=(answers,), answers_key=keys.answers_key
    )
    with tempfile.NamedTemporaryFile("w", suffix=".vkey") as file:
        file.write("".join(f"{vkey}\n" for vkey in keys.log_keys))
        file.flush()
        return verify_published_ledger(ledger, evidence, vkey_file=Path(file.name))


def copy_ledger(client: ServiceClient, folder: Path) -> int:
    """Copy the published ledger into a folder, and return how many entries it has; the checkpoint comes first.

    Raises LedgerError `proof_invalid` when the checkpoint names no size.
    """
    checkpoint = client.read_public(f"{_LEDGER_PATH}{CHECKPOINT_FILE}")
    lines = checkpoint.split(b"\n")
    if len(lines) < 2 or not lines[1].isdigit() or len(lines[1]) > 18:
        message = "What the service publishes is no checkpoint of a ledger."
        raise LedgerError("proof_invalid", message, "Tell the custodian, and use no answer meanwhile.")
    size = int(lines[1])
    for name in _list_names(size):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(client.read_public(f"{_LEDGER_PATH}{name}"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CHECKPOINT_FILE).write_bytes(checkpoint)
    return size


def _list_names(size: int) -> Iterator[str]:
    for level, index, width in list_tiles(size, 0):
        yield format_tile_path(level, index, width)
        if level == 0:
            yield format_tile_path(ENTRIES_LEVEL, index, width)


def _send_manifest(client: ServiceClient, path: str, manifest: bytes) -> None:
    """Send the manifest, unless it is there; one that was withdrawn or refused unread begins again.

    Another one of that name is replaced, as long as it may be.
    """
    known = client.find(path)
    is_same = known is not None and known.content["manifest_sha256"] == hashlib.sha256(manifest).hexdigest()
    if is_same and known is not None and known.content.get("problem") is None:
        return
    client.request("PUT", f"{path}/manifest", manifest, _matching(known))


def _matching(known: ServiceReply | None) -> dict[str, str]:
    return {} if known is None else {"If-Match": known.headers["etag"]}


def _send_parts(client: ServiceClient, path: str, requests: Path, part_bytes: int) -> tuple[int, int]:
    """Send the parts that are not there yet; return how many were sent, and how many there are."""
    parts = client.request("GET", f"{path}/parts").content["parts"]
    there = {int(part["number"]): str(part["sha256"]) for part in parts}
    sent = number = 0
    with requests.open("rb") as file:
        while data := file.read(part_bytes):
            number += 1
            digest = hashlib.sha256(data)
            if there.get(number) == digest.hexdigest():
                continue
            headers = {"Content-Digest": f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"}
            client.request("PUT", f"{path}/requests/parts/{number}", data, headers)
            sent += 1
    return sent, number

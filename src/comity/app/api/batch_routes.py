"""Routes of batches: take one in by its manifest, its signature and parts, lint and submit it, fetch its answers.

Guarantees: a part is written to disk as it comes, with its hash, and holds no more than two blocks of memory; what
does not hash to what it says is deleted.
Start at `batch_router`.
"""

import hashlib
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel

from comity.app.api.header_fields import (
    MAX_PAGE,
    format_etag,
    make_cursor,
    read_cursor,
    read_sha256,
    read_version,
)
from comity.app.api.once_only import reply_once
from comity.app.api.problems import ProblemError
from comity.app.api.service_access import CallerDependency, ServiceDependency
from comity.app.use_cases import batch_uploads, fetched_answers
from comity.app.use_cases.batch_uploads import UploadView
from comity.intake.batch_signature import MANIFEST_NAME, SIGNATURE_NAME
from comity.store.desk.uploads import UploadPart

_BLOCK_BYTES = 2**20
OPERATION_PATH = "/v1/operations/"

batch_router = APIRouter(prefix="/v1/batches")


class BatchDescription(BaseModel):
    """A batch as its agency may see it. `problem` is the page of an error, of a batch that was refused unread."""

    batch_id: str
    agreement: str
    state: str
    manifest_sha256: str
    requests_sha256: str
    requests_file: str
    signed: bool
    revision: int
    bytes: int
    problem: str | None = None


class BatchPage(BaseModel):
    """Some batches, the newest first; `next` is the cursor of the page after this one."""

    batches: list[BatchDescription]
    next: str | None


class PartDescription(BaseModel):
    """A part of a requests file that came."""

    number: int
    size: int
    sha256: str


class PartList(BaseModel):
    """The parts that came, and the numbers that are missing below the highest."""

    parts: list[PartDescription]
    gaps: list[int]


class AnswerFile(BaseModel):
    """A file of the answers."""

    name: str
    size: int
    sha256: str


class AnswerFiles(BaseModel):
    """The files of a batch's answers."""

    files: list[AnswerFile]


class OperationStarted(BaseModel):
    """Work that was begun, and where to see what becomes of it."""

    operation: str
    location: str


@batch_router.get("", response_model=BatchPage)
def list_batches(
    service: ServiceDependency,
    caller: CallerDependency,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    """List the agency's batches, the newest first."""
    found, after = batch_uploads.list_batches(service, caller, before=read_cursor(cursor), limit=limit)
    return {"batches": found, "next": None if after is None else make_cursor(after)}


@batch_router.get("/{batch_id}", response_model=BatchDescription)
def show_batch(batch_id: str, request: Request, service: ServiceDependency, caller: CallerDependency) -> Response:
    """Show one batch; its ETag is what a change of it must name."""
    view = batch_uploads.find_batch(service, caller, batch_id)
    if request.headers.get("if-none-match") == format_etag(view.version):
        return Response(status_code=304, headers={"etag": format_etag(view.version)})
    return _show(view)


@batch_router.put("/{batch_id}/manifest", response_model=BatchDescription, status_code=201)
async def put_manifest(
    batch_id: str, request: Request, service: ServiceDependency, caller: CallerDependency
) -> Response:
    """Send the manifest, the exact bytes that are signed: it begins the batch."""
    data = await request.body()
    view, is_new = await run_in_threadpool(
        batch_uploads.put_manifest, service, caller, batch_id, data, seen_version=read_version(request)
    )
    return _show(view, 201 if is_new else 200)


@batch_router.get("/{batch_id}/manifest")
def show_manifest(batch_id: str, service: ServiceDependency, caller: CallerDependency) -> Response:
    """Return the manifest as it was sent."""
    data = batch_uploads.read_sent_file(service, caller, batch_id, MANIFEST_NAME)
    return Response(data, media_type="application/json")


@batch_router.put("/{batch_id}/signature", response_model=BatchDescription)
async def put_signature(
    batch_id: str, request: Request, service: ServiceDependency, caller: CallerDependency
) -> Response:
    """Send the detached JWS over the manifest; it is checked at once."""
    data = await request.body()
    return _show(await run_in_threadpool(batch_uploads.put_signature, service, caller, batch_id, data))


@batch_router.get("/{batch_id}/signature")
def show_signature(batch_id: str, service: ServiceDependency, caller: CallerDependency) -> Response:
    """Return the signature as it was sent."""
    data = batch_uploads.read_sent_file(service, caller, batch_id, SIGNATURE_NAME)
    return Response(data, media_type="application/jose")


@batch_router.put("/{batch_id}/requests/parts/{number}", response_model=BatchDescription)
async def put_part(
    batch_id: str, number: int, request: Request, service: ServiceDependency, caller: CallerDependency
) -> Response:
    """Send one part of the requests file, in any order and as often as need be, with its Content-Digest."""
    sha256 = read_sha256(request)
    folder = await run_in_threadpool(batch_uploads.prepare_part, service, caller, batch_id, number)
    received = folder / f"{secrets.token_hex(8)}.part"
    try:
        size, received_sha256 = await _receive(request.stream(), received)
        if received_sha256 != sha256:
            raise ProblemError("digest_differs", "The part is not what its Content-Digest says.", "Send it again.")
        part = UploadPart(number, size, sha256)
        view = await run_in_threadpool(batch_uploads.add_part, service, caller, batch_id, part, received)
    finally:
        await run_in_threadpool(received.unlink, missing_ok=True)
    return _show(view)


@batch_router.get("/{batch_id}/parts", response_model=PartList)
def list_parts(batch_id: str, service: ServiceDependency, caller: CallerDependency) -> dict[str, Any]:
    """List the parts that came with their hashes, and the gaps between them."""
    return batch_uploads.list_parts(service, caller, batch_id)


@batch_router.post("/{batch_id}/lint", response_model=OperationStarted, status_code=202)
def lint_batch(batch_id: str, request: Request, service: ServiceDependency, caller: CallerDependency) -> Response:
    """Check the batch before it is submitted: what the rules that the request alone decides would say."""

    def act() -> dict[str, str]:
        return _start(batch_uploads.request_lint(service, caller, batch_id))

    return reply_once(request, service, caller, body=b"", act=act)


@batch_router.post("/{batch_id}/submission", response_model=OperationStarted, status_code=202)
def submit_batch(batch_id: str, request: Request, service: ServiceDependency, caller: CallerDependency) -> Response:
    """Submit the batch, of the version that If-Match names, to be judged and answered. It is not changed any more."""
    seen = read_version(request)

    def act() -> dict[str, str]:
        return _start(batch_uploads.submit_batch(service, caller, batch_id, seen_version=seen))

    return reply_once(request, service, caller, body=(seen or "").encode(), act=act)


@batch_router.get("/{batch_id}/answers", response_model=AnswerFiles)
def list_answer_files(batch_id: str, service: ServiceDependency, caller: CallerDependency) -> dict[str, Any]:
    """List the files of the answers, as long as they may be given."""
    return {"files": fetched_answers.list_answer_files(service, caller, batch_id)}


@batch_router.get("/{batch_id}/answers/{name}")
def fetch_answer_file(batch_id: str, name: str, service: ServiceDependency, caller: CallerDependency) -> FileResponse:
    """Return one file of the answers, as long as they may be given."""
    path = fetched_answers.find_answer_file(service, caller, batch_id, name)
    return FileResponse(path, media_type="application/octet-stream")


async def _receive(chunks: AsyncIterator[bytes], path: Path) -> tuple[int, str]:
    """Write a body to a file as it comes; return its size and SHA-256 in hex."""
    digest, size, waiting = hashlib.sha256(), 0, bytearray()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            async for chunk in chunks:
                waiting += chunk
                if len(waiting) >= _BLOCK_BYTES:
                    block, waiting = bytes(waiting), bytearray()
                    await run_in_threadpool(_write_block, file.fileno(), digest, block)
                    size += len(block)
            await run_in_threadpool(_write_block, file.fileno(), digest, bytes(waiting))
            await run_in_threadpool(os.fsync, file.fileno())
    except OSError:
        raise ProblemError("disk_low", "The custodian cannot write what comes now.", "Send it again later.") from None
    return size + len(waiting), digest.hexdigest()


def _write_block(descriptor: int, digest: Any, block: bytes) -> None:
    digest.update(block)
    view = memoryview(block)
    while view:
        view = view[os.write(descriptor, view) :]


def _start(operation: str) -> dict[str, str]:
    return {"operation": operation, "location": f"{OPERATION_PATH}{operation}"}


def _show(view: UploadView, status: int = 200) -> Response:
    return JSONResponse(view.content, status, {"etag": format_etag(view.version)})

"""Routes of operations and recalls: what became of work that was asked for, and which answers are asked back.

Start at `operation_router`.
"""

import asyncio
from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from comity.app.access import Caller
from comity.app.api.header_fields import read_wait
from comity.app.api.once_only import verify_key
from comity.app.api.service_access import CallerDependency, ServiceDependency
from comity.app.use_cases import service_operations
from comity.app.use_cases.service_readiness import Service

_SECONDS_BETWEEN_LOOKS = 0.25
_UNDER_WAY = {"queued", "running"}
_MAX_WAITS = 8
"""How many requests of one client may wait at a time; more are answered at once, so that others find a connection."""
_waiting: Counter[str] = Counter()

operation_router = APIRouter(prefix="/v1")


class Operation(BaseModel):
    """Work that was asked for. `result` and `problem` come with the states `done` and `failed`."""

    operation: str
    kind: str
    batch_id: str
    state: str
    result: dict[str, Any] | None = None
    problem: str | None = None


class RecallDescription(BaseModel):
    """What a recall asks of the agency; days in ISO form, empty where nothing is owed or has come."""

    recall: str
    entry: int
    recipient: str
    batches: int
    answers: int
    acknowledge_by: str
    acknowledged_on: str
    certify_by: str
    certified_on: str
    preserved_by: list[str]
    overdue: list[str]


class Acknowledgment(BaseModel):
    """What an office says about a notice, and its detached JWS over exactly that text."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    document: Annotated[str, Field(min_length=1)]
    signature: Annotated[str, Field(min_length=1)]


class RecordedAcknowledgment(BaseModel):
    """The ledger's entry that commits to an acknowledgment."""

    recall: str
    entry: int


class RecallList(BaseModel):
    """Every recall of answers that the agency was given."""

    recalls: list[RecallDescription]


@operation_router.get("/operations/{operation}", response_model=Operation)
async def show_operation(
    operation: str, request: Request, service: ServiceDependency, caller: CallerDependency
) -> Response:
    """Show an operation; with Prefer: wait=SECONDS (at most 25), as soon as it has ended."""
    is_free = _waiting[caller.key] < _MAX_WAITS
    wait = read_wait(request) if is_free else 0
    _waiting[caller.key] += 1
    try:
        content = await _wait_for_end(operation, request, service, caller, wait=wait)
    finally:
        _waiting[caller.key] -= 1
        if not _waiting[caller.key]:
            del _waiting[caller.key]
    headers = {"preference-applied": f"wait={wait}"} if wait else {}
    if content["state"] in _UNDER_WAY:
        headers["retry-after"] = "2"
    return JSONResponse(content, headers=headers)


async def _wait_for_end(
    operation: str, request: Request, service: Service, caller: Caller, *, wait: int
) -> dict[str, Any]:
    """Return an operation once it has ended, or as it is when the seconds are over or the caller is gone."""
    deadline = asyncio.get_running_loop().time() + wait
    while True:
        content = await run_in_threadpool(service_operations.find_operation, service, caller, operation)
        is_late = asyncio.get_running_loop().time() >= deadline
        if content["state"] not in _UNDER_WAY or is_late or await request.is_disconnected():
            return content
        await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)


@operation_router.delete("/operations/{operation}", status_code=204)
def withdraw_operation(operation: str, service: ServiceDependency, caller: CallerDependency) -> Response:
    """Withdraw the batch of an operation that is not answered yet: nothing of it is released afterwards."""
    service_operations.withdraw_operation(service, caller, operation)
    return Response(status_code=204)


@operation_router.get("/recalls", response_model=RecallList)
def list_recalls(service: ServiceDependency, caller: CallerDependency) -> dict[str, Any]:
    """List what every recall asks of the agency."""
    return {"recalls": service_operations.list_recalls(service, caller)}


@operation_router.get("/recalls/{recall_id}/notice/{name}")
def fetch_notice(recall_id: str, name: str, service: ServiceDependency, caller: CallerDependency) -> Response:
    """Return one file of the notice of a recall: notice.json, its signature, or affected.csv."""
    data = service_operations.read_notice(service, caller, recall_id, name)
    return Response(data, media_type="application/octet-stream")


@operation_router.post("/recalls/{recall_id}/acknowledgement")
async def acknowledge_recall(
    recall_id: str, sent: Acknowledgment, request: Request, service: ServiceDependency, caller: CallerDependency
) -> RecordedAcknowledgment:
    """Take word that the notice of a recall came: a document that an office of the agency signed."""
    body = await request.body()

    def act() -> int:
        verify_key(request, service, caller, body=body)
        return service_operations.acknowledge_recall(service, caller, recall_id, sent.document, sent.signature)

    return RecordedAcknowledgment(recall=recall_id, entry=await run_in_threadpool(act))

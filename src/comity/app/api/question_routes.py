"""The route of single questions: a signed batch of one row, answered while the caller waits.

Start at `question_router`.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from comity.app.api.once_only import verify_key
from comity.app.api.service_access import CallerDependency, ServiceDependency
from comity.app.use_cases import asked_questions

question_router = APIRouter(prefix="/v1")


class QuestionDocument(BaseModel):
    """A question: the exact text of batch.json, of batch.json.jws, and of a requests.jsonl of one line."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    manifest: Annotated[str, Field(min_length=1)]
    signature: Annotated[str, Field(min_length=1)]
    request: Annotated[str, Field(min_length=1)]


class QuestionReply(BaseModel):
    """What became of a question: `answered`, `refused`, `held` or `in_progress`.

    `files` are those of the answers, by name, to be verified as those of a batch; none while it is held. `rules` are
    those that refuse or hold it.
    """

    batch_id: str | None = None
    state: str
    rules: list[str] = []
    files: dict[str, str] = {}


@question_router.post("/questions", response_model=QuestionReply, responses={202: {"model": QuestionReply}})
async def ask_question(
    question: QuestionDocument, request: Request, service: ServiceDependency, caller: CallerDependency
) -> Response:
    """Ask one question. 202 means that it takes longer: send the same again, with the same Idempotency-Key."""
    body = await request.body()
    agreement = await run_in_threadpool(_verify, question, request, service, caller, body)
    reply = await asked_questions.pass_on(service, question.model_dump() | {"agreement": agreement})
    if reply is None:
        return JSONResponse({"state": "in_progress", "rules": [], "files": {}}, 202, {"retry-after": "2"})
    return JSONResponse(reply)


def _verify(question: QuestionDocument, request: Request, service: Any, caller: Any, body: bytes) -> str:
    agreement = asked_questions.verify_asker(caller, question.manifest)
    verify_key(request, service, caller, body=body)
    return agreement

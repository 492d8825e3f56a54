"""Pass an agency's question on to the process that answers questions, and return what it says.

Guarantees: an agency asks in its own name alone. Nothing of a question is written or kept here.
Does not: judge, or open the index; `question_server` does, in a process of its own.
Basis: ADR 0049.
Start at `pass_on`.
"""

import asyncio
import json
from typing import Any

from comity.app.access import Caller
from comity.app.use_cases.service_readiness import Service
from comity.app.use_cases.work_folder import find_question_socket
from comity.errors import ServiceError
from comity.intake.manifest import parse_manifest

SECONDS_TO_ANSWER = 5.0
_MAX_REPLY_BYTES = 4 * 2**20


def verify_asker(caller: Caller, manifest: str) -> str:
    """Return the agreement that a question's manifest names.

    Raises:
        RequestError: `batch_unreadable`, naming what is malformed.
        ServiceError: `manifest_refused` when it is of another requester than the token.
    """
    parsed = parse_manifest(manifest.encode())
    if parsed.requester != caller.requester:
        message = "The manifest is of another requester than the token."
        raise ServiceError("manifest_refused", message, "Ask in your own name.")
    return parsed.agreement


async def pass_on(service: Service, question: dict[str, str]) -> dict[str, Any] | None:
    """Return what became of a question (`manifest`, `signature`, `request`, `agreement`); None when it takes longer.

    It goes on, and sent again it gets the answer that it got.

    Raises:
        ServiceError: `questions_unavailable`; with the code and text of the error that ended the question.
    """
    try:
        async with asyncio.timeout(SECONDS_TO_ANSWER):
            reply = await _exchange(service, json.dumps(question).encode() + b"\n")
    except TimeoutError:
        return None
    except (OSError, ValueError):
        message = "Nothing answers single questions here now."
        raise ServiceError("questions_unavailable", message, "Ask again in some seconds, or send a batch.") from None
    if "error" in reply:
        raise ServiceError(reply["error"], reply["message"], reply["hint"])
    return reply


async def _exchange(service: Service, line: bytes) -> dict[str, Any]:
    path = find_question_socket(service.settings.work_folder)
    reader, writer = await asyncio.open_unix_connection(path, limit=_MAX_REPLY_BYTES)
    try:
        writer.write(line)
        await writer.drain()
        reply: dict[str, Any] = json.loads(await reader.readline())
        return reply
    finally:
        writer.close()

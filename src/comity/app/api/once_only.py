"""Do what a POST asks for once, however often it is sent with the same Idempotency-Key.

Guarantees: the same request with the same key gets the reply that the first one got, for a day; another request with
that key is refused; one that failed may be sent again.
Basis: the IETF's draft on the Idempotency-Key.
Start at `reply_once`.
"""

import hashlib
import json
from collections.abc import Callable, Mapping

from fastapi import Request
from fastapi.responses import JSONResponse

from comity.app import clock
from comity.app.access import Caller
from comity.app.api.header_fields import read_idempotency_key
from comity.app.api.problems import ProblemError
from comity.app.use_cases.service_readiness import Service
from comity.store.desk import saved_replies
from comity.store.desk.saved_replies import ReplyState


def reply_once(
    request: Request, service: Service, caller: Caller, *, body: bytes, act: Callable[[], Mapping[str, str]]
) -> JSONResponse:
    """Return 202 with what `act` returns, doing it only for the first request with its key; `location` is a field too.

    Raises:
        ProblemError: `key_missing`, `key_reused`, `key_under_way`.
    """
    key, request_sha256 = read_idempotency_key(request), _hash_request(request, body)
    with service.desk.begin() as connection:
        state = saved_replies.begin_reply(connection, caller.key, key, request_sha256=request_sha256, at=clock.now())
    if state is ReplyState.OTHER_REQUEST:
        raise _reused_error()
    if state is ReplyState.UNDER_WAY:
        raise ProblemError("key_under_way", "A request with this key is under way.", "Send this again in a second.")
    if isinstance(state, str):
        return _make_reply(json.loads(state))
    try:
        content = dict(act())
    except BaseException:
        with service.desk.begin() as connection:
            saved_replies.forget_reply(connection, caller.key, key)
        raise
    with service.desk.begin() as connection:
        saved_replies.save_reply(connection, caller.key, key, json.dumps(content), at=clock.now())
    return _make_reply(content)


def verify_key(request: Request, service: Service, caller: Caller, *, body: bytes) -> None:
    """Verify that the Idempotency-Key is of this request alone: for what is done once by its nature.

    Raises:
        ProblemError: `key_missing`, `key_reused`.
    """
    key, request_sha256 = read_idempotency_key(request), _hash_request(request, body)
    with service.desk.begin() as connection:
        if not saved_replies.bind_key(connection, caller.key, key, request_sha256=request_sha256, at=clock.now()):
            raise _reused_error()


def _hash_request(request: Request, body: bytes) -> str:
    described = [request.method, request.url.path, hashlib.sha256(body).hexdigest()]
    return hashlib.sha256(json.dumps(described).encode()).hexdigest()


def _reused_error() -> ProblemError:
    return ProblemError("key_reused", "The Idempotency-Key belongs to another request.", "Make a new one.")


def _make_reply(content: Mapping[str, str]) -> JSONResponse:
    headers = {"location": content["location"], "retry-after": "2"} if "location" in content else {}
    return JSONResponse(dict(content), 202, headers)

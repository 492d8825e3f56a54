"""Decide about each request before its body is read: what route it is, who sends it, how often, and how much.

Guarantees: FastAPI, which parses a body before it asks who sent it, sees a request only when this has let it pass; a
body never grows beyond what its route takes, and does not come slower than `_SECONDS_PER_CHUNK` for each part; every
response forbids caches and sniffing; every error leaves as a problem document, or as a page to whoever reads pages; a
form of a person is one of their session before its route sees it.
Does not: terminate TLS, or know what a route does.
Basis: ASGI 3.0; RFC 9110 sections 15 and 10.1.1; RFC 9457.
Start at `Gatekeeper`.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from comity.app.access import AccessRow, Caller, PersonCaller, Role, find_row
from comity.app.api.page_responses import make_response, split_format
from comity.app.api.people_gate import PeopleGate, read_form
from comity.app.api.problems import ProblemError, log_fault
from comity.app.api.rate_limits import RateLimits
from comity.errors import ComityError

AsgiScope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[AsgiScope, Receive, Send], Awaitable[None]]

_SECONDS_PER_CHUNK = 30.0
_SMALL_BODY_BYTES = 64 * 2**10
"""A body up to this size is read whole here; a larger one is streamed to its route."""
_FIXED_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_TRANSPORT_SECURITY = "max-age=31536000"


class Authenticator(Protocol):
    """Whatever can tell who sent a request."""

    async def authenticate(self, scope: AsgiScope) -> Caller:
        """Return who sent a request, from its header alone. Raises ProblemError `not_authenticated`."""

    def list_headers(self) -> dict[str, str]:
        """Return header fields that the next request of an authenticated caller needs."""


class Gatekeeper:
    """An ASGI application around another one, which sees only what may pass."""

    def __init__(
        self, app: AsgiApp, limits: RateLimits, authenticator: Authenticator, people: PeopleGate, *, is_https: bool
    ) -> None:
        """Wrap an application; `is_https` says that browsers are to insist on it."""
        self._app = app
        self._people = people
        self._limits = limits
        self._authenticator = authenticator
        self._headers = dict(_FIXED_HEADERS)
        if is_https:
            self._headers["strict-transport-security"] = _TRANSPORT_SECURITY

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Serve one request; an event that is no request of HTTP goes on as it is, but a WebSocket is closed."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        scope = split_format(scope)
        response = _Response(scope, send, {**self._headers, "x-request-id": secrets.token_hex(8)})
        try:
            await self._serve(scope, receive, response)
        except Exception as error:  # noqa: BLE001  whatever is wrong, the caller gets a problem, and no trace
            await response.send_problem(error)

    async def _serve(self, scope: AsgiScope, receive: Receive, response: "_Response") -> None:
        row, is_path_known = find_row(str(scope["method"]), str(scope["path"]))
        if row is None:
            self._take(_address_of(scope))
            if is_path_known:
                raise ProblemError("method_not_allowed", "The resource has no such method.")
            raise ProblemError("not_found", "There is nothing at this path.")
        caller = await self._identify(row, scope)
        if isinstance(caller, Caller):
            response.headers |= self._authenticator.list_headers()
        _verify_declared_size(row, scope)
        scope["comity.caller"] = caller
        scope["comity.request_id"] = response.headers["x-request-id"]
        limited = _limit_body(receive, row.max_bytes)
        if 0 < row.max_bytes <= _SMALL_BODY_BYTES:
            read = await _read_body(limited)
            if isinstance(caller, PersonCaller):
                scope["comity.form"] = read_form(caller, _join_body(read[0]), _content_type_of(scope))
            limited = _replay(read)
        await self._app(scope, limited, response.send)

    async def _identify(self, row: AccessRow, scope: AsgiScope) -> Caller | PersonCaller | None:
        """Return who may use the route; None where anybody may."""
        if row.role is Role.ANYONE:
            self._take(_address_of(scope))
            return None
        caller: Caller | PersonCaller
        try:
            if row.role is Role.PERSON:
                if row.method != "GET":
                    self._people.verify_origin(scope["headers"])
                caller = await self._people.admit(scope["headers"], row)
            else:
                caller = await self._authenticator.authenticate(scope)
        except ComityError:
            self._take(_address_of(scope))
            raise
        self._take(f"{row.role} {caller.key}")
        return caller

    def _take(self, caller: str) -> None:
        if not self._limits.take(caller):
            raise ProblemError("too_many_requests", "More requests came than one caller may send in this time.")


class _Response:
    """What was sent of a response so far, with the header fields that every response has."""

    def __init__(self, scope: AsgiScope, send: Send, headers: dict[str, str]) -> None:
        self._scope = scope
        self._send = send
        self.headers = headers
        self._is_started = self._is_complete = False

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Send a message of the application, with the fields that it does not set itself."""
        if message["type"] == "http.response.start":
            self._is_started = True
            own = {name.lower() for name, _ in message.get("headers", ())}
            added = [(n.encode(), v.encode()) for n, v in self.headers.items() if n.encode() not in own]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._is_complete = True

    async def send_problem(self, error: Exception) -> None:
        """Send an error as a problem; when a response has begun, nothing more is sent, so that it stays incomplete."""
        if self._is_complete:  # the application answered it, and raised it again for whoever logs
            return
        log_fault(error)
        if self._is_started:
            raise ConnectionResetError("the response broke off") from None
        problem = make_response(self._scope, error, self.headers["x-request-id"])
        headers = {**problem.headers, "content-length": str(len(problem.body))}
        pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": problem.status, "headers": pairs})
        await self.send({"type": "http.response.body", "body": problem.body})


def _address_of(scope: AsgiScope) -> str:
    client = scope.get("client")
    return f"address {client[0]}" if client else "address unknown"


def _verify_declared_size(row: AccessRow, scope: AsgiScope) -> None:
    """Refuse a body that says it is larger than the route takes, before a byte of it is read."""
    fields = {name: value for name, value in scope["headers"] if name in {b"content-length", b"content-encoding"}}
    if fields.get(b"content-encoding", b"identity") != b"identity":
        raise ProblemError("request_invalid", "A compressed body is not taken.", "Send it as it is.")
    declared = fields.get(b"content-length", b"0")
    if not declared.isdigit() or len(declared) > 12 or int(declared) > row.max_bytes:
        raise _too_large(row.max_bytes)


def _too_large(max_bytes: int) -> ProblemError:
    return ProblemError("too_large", f"The body is larger than the {max_bytes:,} bytes that the resource takes.")


def _limit_body(receive: Receive, max_bytes: int) -> Receive:
    """Return a `receive` that ends with an error when the body grows too large or comes too slowly."""
    received = 0

    async def limited() -> MutableMapping[str, Any]:
        nonlocal received
        if received < 0:  # the body is whole; what follows is the end of the connection
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), _SECONDS_PER_CHUNK)
        except TimeoutError:
            raise ProblemError("too_slow", "The rest of the body did not come in time.") from None
        if message["type"] == "http.request":
            received += len(message.get("body", b""))
            if received > max_bytes:
                raise _too_large(max_bytes)
            if not message.get("more_body", False):
                received = -1
        return message

    return limited


async def _read_body(receive: Receive) -> tuple[list[MutableMapping[str, Any]], Receive]:
    messages = [await receive()]
    while messages[-1]["type"] == "http.request" and messages[-1].get("more_body", False):
        messages.append(await receive())
    return messages, receive


def _join_body(messages: list[MutableMapping[str, Any]]) -> bytes:
    return b"".join(message.get("body", b"") for message in messages if message["type"] == "http.request")


def _content_type_of(scope: AsgiScope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"content-type"), "")


def _replay(read: tuple[list[MutableMapping[str, Any]], Receive]) -> Receive:
    """Return a `receive` that gives what was read, then what comes after it."""
    messages, receive = read

    async def replayed() -> MutableMapping[str, Any]:
        return messages.pop(0) if messages else await receive()

    return replayed

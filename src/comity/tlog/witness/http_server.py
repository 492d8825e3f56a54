"""Serve a witness over HTTP: `POST /add-checkpoint` and `GET /<sha256 of the origin>/checkpoint`.

Guarantees: a request has a maximum length and a maximum time, even when it arrives a byte at a time; so many
connections are served at once and no more, so few of them from one address that it cannot keep others out; every
response is a status and a line of ours; the only thing reported of a
request is its method and the response's status; what a proxy could read as two requests, or as one where we read two,
ends the connection.
Does not: encrypt or authenticate. A checkpoint and a cosignature prove themselves; put a TLS proxy in front of it if
the network is not trusted to deliver. For a production witness see ADR 0022.
Basis: C2SP tlog-witness v1.0.0; RFC 9112 section 6.3. Standard library `http.server`.
Start at `make_server`.
"""

import io
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from comity.tlog.witness.witness import MAX_REQUEST_BYTES, HttpResponse, Witness

REQUEST_TIMEOUT_SECONDS = 20
"""How long one request may take to arrive."""

HEADER_TIMEOUT_SECONDS = 5
"""How long its line and headers may take, and how long a connection may wait for the next request."""

MAX_CONNECTIONS = 128
"""How many connections are served at a time; one more is closed."""

MAX_CONNECTIONS_PER_ADDRESS = 8
"""How many of them may come from one address; one more is closed."""

BACKLOG = 256
"""How many connections may wait to be accepted."""

_CHECKPOINT_PATH_PATTERN = re.compile(r"/([0-9a-f]{64})/checkpoint")
_LOGGED_METHODS = ("GET", "POST")


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """How long a request may take, and how many connections one address may have; more for a proxy in front."""

    request_seconds: float = REQUEST_TIMEOUT_SECONDS
    header_seconds: float = HEADER_TIMEOUT_SECONDS
    connections_per_address: int = MAX_CONNECTIONS_PER_ADDRESS


DEFAULT_LIMITS = ServerLimits()


def make_server(
    witness: Witness, host: str, port: int, report: Callable[[str], None], *, limits: ServerLimits = DEFAULT_LIMITS
) -> ThreadingHTTPServer:
    """Return a server that is listening; call its `serve_forever`. `report` is called with a line for each response."""
    return _WitnessServer((host, port), witness, report, limits)


class _WitnessServer(ThreadingHTTPServer):
    """Serves each connection in a thread of its own: at most MAX_CONNECTIONS at a time, and few from one address."""

    daemon_threads = True
    request_queue_size = BACKLOG

    def __init__(
        self, address: tuple[str, int], witness: Witness, report: Callable[[str], None], limits: ServerLimits
    ) -> None:
        self.witness, self.report, self.limits = witness, report, limits
        self._lock = threading.Lock()
        self._connections_by_address: Counter[str] = Counter()
        super().__init__(address, _RequestHandler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for a connection if there is a place for it; otherwise close it."""
        if self._take_place(client_address[0]):
            super().process_request(request, client_address)
        else:
            self.report("too many connections")
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection to its end, and free its place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._connections_by_address[client_address[0]] -= 1
                self._connections_by_address += Counter()  # drops addresses without a connection

    def _take_place(self, host: str) -> bool:
        with self._lock:
            has_place = (
                self._connections_by_address.total() < MAX_CONNECTIONS
                and self._connections_by_address[host] < self.limits.connections_per_address
            )
            self._connections_by_address[host] += has_place
            return has_place

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Report a caller who hung up, or a fault of the witness's disk, without a traceback, which holds values."""
        self.report("failed")


class _RequestHandler(BaseHTTPRequestHandler):
    """Handles the requests of one connection."""

    server: _WitnessServer
    protocol_version = "HTTP/1.1"  # keep-alive
    server_version, sys_version = "comity-witness", ""

    def setup(self) -> None:
        self.request.settimeout(self.server.limits.request_seconds)
        super().setup()
        self._incoming = _DeadlineReader(self.connection)
        self.rfile = io.BufferedReader(self._incoming)

    def handle_one_request(self) -> None:
        self._incoming.deadline = time.monotonic() + self.server.limits.header_seconds
        super().handle_one_request()

    def do_POST(self) -> None:
        lengths = self.headers.get_all("Content-Length", [])
        length = lengths[0] if len(lengths) == 1 and "Transfer-Encoding" not in self.headers else ""
        if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > MAX_REQUEST_BYTES:
            self.close_connection = True
            status = 413 if length.isdigit() else 411
            self._respond(HttpResponse(status, "a length of at most a megabyte is needed\n"))
            return
        self._incoming.deadline = time.monotonic() + self.server.limits.request_seconds
        body = self.rfile.read(int(length))
        is_known_path = self.path == "/add-checkpoint"
        self._respond(self.server.witness.add_checkpoint(body) if is_known_path else HttpResponse(404, "not found\n"))

    def do_GET(self) -> None:
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # a body, which is not read, must not be taken for the next request
        match = _CHECKPOINT_PATH_PATTERN.fullmatch(self.path)
        self._respond(self.server.witness.get_checkpoint(match[1]) if match else HttpResponse(404, "not found\n"))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Respond to what the library refuses, without the library's page, which quotes the request."""
        self.close_connection, self.request_version = True, self.protocol_version
        self._respond(HttpResponse(code, "not understood\n"))

    def _respond(self, response: HttpResponse) -> None:
        body = response.body.encode()
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        method = self.command if self.command in _LOGGED_METHODS else "other"
        self.server.report(f"{method} {response.status}")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the library's name for it
        """Log nothing: `_respond` reports."""


class _DeadlineReader(io.RawIOBase):
    """A socket to read from until a deadline. Raises TimeoutError."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.deadline = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(max(0.001, self.deadline - time.monotonic()))
        return self._connection.recv_into(buffer)

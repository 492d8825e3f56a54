"""The witness over HTTP: `POST /add-checkpoint` and `GET /<sha256 of the origin>/checkpoint`.

Guarantees: a request is read to a fixed length at most and for a fixed time at most, however it drips in, and so many
connections at once; whatever it holds, the reply is a status and a line of ours; nothing of a request is logged but
its kind and the reply's status; what could be two requests to a proxy and one to us, or the reverse, ends the connection.
Does not: encrypt or authenticate. A checkpoint and a cosignature prove themselves; put a TLS proxy before it if the
network is not trusted to deliver.
Basis: C2SP tlog-witness v1.0.0; RFC 9112 section 6.3. Standard library `http.server`.
Start at `make_server`.
"""

import io
import re
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from comity.tlog.witness.witness import MAX_REQUEST_BYTES, HttpResponse, Witness

REQUEST_TIMEOUT_SECONDS = 20
"""How long one request may take to come in, and a connection wait for the next."""

MAX_CONNECTIONS = 64
"""How many connections are served at a time; one more is closed."""

_CHECKPOINT_PATH_PATTERN = re.compile(r"/([0-9a-f]{64})/checkpoint")
_LOGGED_METHODS = ("GET", "POST")


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


def make_server(
    witness: Witness, host: str, port: int, report: Callable[[str], None], *, seconds: float = REQUEST_TIMEOUT_SECONDS
) -> ThreadingHTTPServer:
    """A server that listens already; `serve_forever` it. `report` is called with a line for each reply."""
    places = threading.BoundedSemaphore(MAX_CONNECTIONS)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # keep-alive
        timeout = seconds
        server_version, sys_version = "comity-witness", ""

        def setup(self) -> None:
            super().setup()
            self._incoming = _DeadlineReader(self.connection)
            self.rfile = io.BufferedReader(self._incoming)

        def handle_one_request(self) -> None:
            self._incoming.deadline = time.monotonic() + seconds
            super().handle_one_request()

        def do_POST(self) -> None:
            lengths = self.headers.get_all("Content-Length", [])
            length = lengths[0] if len(lengths) == 1 and "Transfer-Encoding" not in self.headers else ""
            if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > MAX_REQUEST_BYTES:
                self.close_connection = True
                self._reply(
                    HttpResponse(413 if length.isdigit() else 411, "a length of at most a megabyte is needed\n")
                )
                return
            body = self.rfile.read(int(length))
            known = self.path == "/add-checkpoint"
            self._reply(witness.add_checkpoint(body) if known else HttpResponse(404, "not found\n"))

        def do_GET(self) -> None:
            if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
                self.close_connection = True  # a body, which we do not read, must not pass for the next request
            found = _CHECKPOINT_PATH_PATTERN.fullmatch(self.path)
            self._reply(witness.get_checkpoint(found[1]) if found else HttpResponse(404, "not found\n"))

        def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
            """What the library refuses, without its page, which quotes the request."""
            self.close_connection, self.request_version = True, self.protocol_version
            self._reply(HttpResponse(code, "not understood\n"))

        def _reply(self, reply: HttpResponse) -> None:
            body = reply.body.encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(body)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)
            report(f"{self.command if self.command in _LOGGED_METHODS else 'other'} {reply.status}")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the library's name for it
            """Nothing: `report` says what there is to say."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def process_request(self, request: Any, client_address: Any) -> None:
            """Serve a connection in a thread of its own, if there is a place."""
            if places.acquire(blocking=False):
                super().process_request(request, client_address)
            else:
                report("too many connections")
                self.shutdown_request(request)

        def process_request_thread(self, request: Any, client_address: Any) -> None:
            """Serve a connection to its end, and free its place."""
            try:
                super().process_request_thread(request, client_address)
            finally:
                places.release()

        def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
            """A caller who hangs up, or a fault of the witness's own disk: no cosignature, and no trace with values."""
            report("failed")

    return Server((host, port), Handler)

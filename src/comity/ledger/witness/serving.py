"""The witness over HTTP: `POST /add-checkpoint` and `GET /<sha256 of the origin>/checkpoint`.

Guarantees: a request is read to a fixed length at most and for a fixed time at most; whatever it holds, the reply is
one of the protocol's; nothing of a request is logged but its kind and the reply's status.
Does not: encrypt or authenticate. A checkpoint and a cosignature prove themselves; put a TLS proxy before it if the
network is not trusted to deliver.
Basis: C2SP tlog-witness v1.0.0. Standard library `http.server`.
Start at `make_server`.
"""

import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from comity.ledger.witness.judging import MAX_REQUEST, Reply, Witness

_MONITOR = re.compile(r"/([0-9a-f]{64})/checkpoint")
_SECONDS = 20


def make_server(witness: Witness, host: str, port: int, report: Callable[[str], None]) -> ThreadingHTTPServer:
    """A server that listens already; `serve_forever` it. `report` is called with a line for each reply."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # keep-alive
        timeout = _SECONDS
        server_version, sys_version = "comity-witness", ""

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > MAX_REQUEST:
                self.close_connection = True
                self._reply(Reply(413 if length.isdigit() else 411, "a length of at most a megabyte is needed\n"))
                return
            body = self.rfile.read(int(length))
            known = self.path == "/add-checkpoint"
            self._reply(witness.add_checkpoint(body) if known else Reply(404, "not found\n"))

        def do_GET(self) -> None:
            found = _MONITOR.fullmatch(self.path)
            self._reply(witness.checkpoint(found[1]) if found else Reply(404, "not found\n"))

        def _reply(self, reply: Reply) -> None:
            body = reply.body.encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(body)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)
            report(f"{self.command} {reply.status}")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the library's name for it
            """Nothing: `report` says what there is to say."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
            """A caller who hangs up, or a fault of the witness's own disk: no cosignature, and no trace with values."""
            report("failed")

    return Server((host, port), Handler)

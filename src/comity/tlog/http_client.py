"""One HTTP exchange with somebody else's server: a witness, or a time-stamping authority.

Guarantees: HTTP and HTTPS only, no proxy, no redirect, a reply of at most a megabyte, ten seconds for each wait and
thirty for all of it, however slowly the reply drips in; every way in which it can fail is an OSError.
Does not: trust what comes back. It must prove itself.
Start at `call`.
"""

import http.client
import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

MAX_RESPONSE_BYTES = 1_000_000
_TIMEOUT_SECONDS = 10
_TOTAL_TIMEOUT_SECONDS = 30


def send_request(url: str, body: bytes | None = None, content_type: str = "") -> tuple[int, bytes]:
    """POST `body`, or GET when there is none; status and body of the reply. Raises OSError."""
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    try:
        parts = urlsplit(url)
        connection = kinds[parts.scheme if parts.hostname else ""](
            parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS
        )
    except (KeyError, ValueError, http.client.HTTPException) as fault:
        raise OSError("it has no URL that can be used") from fault
    late = threading.Event()
    try:
        connection.connect()
        ending = threading.Timer(_TOTAL_TIMEOUT_SECONDS, _abort_connection, [connection.sock, late])
        ending.start()
        try:
            headers = {"Content-Type": content_type} if content_type else {}
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET" if body is None else "POST", path, body, headers)
            reply = connection.getresponse()
            content = reply.read(MAX_RESPONSE_BYTES)
        finally:
            ending.cancel()
    except (http.client.HTTPException, ValueError) as fault:
        raise OSError("it did not answer as one") from fault
    finally:
        connection.close()
    if late.is_set():
        raise OSError("it took too long")
    return reply.status, content


def _abort_connection(connection: socket.socket, late: threading.Event) -> None:
    late.set()
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)

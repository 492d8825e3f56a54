"""Send one HTTP request to a server that is not trusted: a witness, or a time-stamping authority.

Guarantees: HTTP and HTTPS only, no proxy, no redirect, a response of at most a megabyte; at most ten seconds for each
wait and thirty in all, even when the response arrives a byte at a time; every failure is an OSError.
Does not: trust the response. Its signature must prove it.
Basis: ADR 0022.
Start at `send_request`.
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
    """POST `body`, or GET when there is none; return status and body of the response. Raises OSError."""
    connection_types = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    try:
        parts = urlsplit(url)
        connection = connection_types[parts.scheme if parts.hostname else ""](
            parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS
        )
    except (KeyError, ValueError, http.client.HTTPException) as error:
        raise OSError("it has no URL that can be used") from error
    timed_out = threading.Event()
    try:
        connection.connect()
        timer = threading.Timer(_TOTAL_TIMEOUT_SECONDS, _abort_connection, [connection.sock, timed_out])
        timer.start()
        try:
            headers = {"Content-Type": content_type} if content_type else {}
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET" if body is None else "POST", path, body, headers)
            response = connection.getresponse()
            content = response.read(MAX_RESPONSE_BYTES)
        finally:
            timer.cancel()
    except (http.client.HTTPException, ValueError) as error:
        raise OSError("it did not answer as one") from error
    finally:
        connection.close()
    if timed_out.is_set():
        raise OSError("it took too long")
    return response.status, content


def _abort_connection(connection: socket.socket, timed_out: threading.Event) -> None:
    """Close the socket under a request that took too long, so that its read ends."""
    timed_out.set()
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)

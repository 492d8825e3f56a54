"""The witness over HTTP, against hostile callers: nothing is echoed, nothing stays open, and it keeps serving."""

import contextlib
import hashlib
import http.client
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.tlog.checkpoint import Checkpoint, sign_checkpoint
from comity.tlog.cosignature import Cosigner
from comity.tlog.witness import http_server
from comity.tlog.witness.witness import MAX_REQUEST_BYTES, Witness
from tests.support.sample_ledger import ORIGIN, RECORDED_AT, SIGNER
from tests.support.witness_server import serve_witness

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

GOOD = ("old 0\n\n" + sign_checkpoint(Checkpoint(ORIGIN, 3, bytes(32)), [SIGNER])).encode()
HEAD = f"GET /{hashlib.sha256(ORIGIN.encode()).hexdigest()}/checkpoint HTTP/1.1\r\nHost: w\r\n\r\n".encode()


def post(body: bytes, *headers: str) -> bytes:
    lines = ["POST /add-checkpoint HTTP/1.1", "Host: w", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@pytest.fixture(name="reported")
def _said() -> list[str]:
    return []


@pytest.fixture(name="port")
def _port(tmp_path: Path, reported: list[str]) -> Iterator[int]:
    witness = Witness(
        [Cosigner("w.example", Ed25519PrivateKey.generate())],
        {ORIGIN: [SIGNER.verifier]},
        tmp_path,
        lambda: RECORDED_AT,
    )
    with serve_witness(witness, reported.append, seconds=0.5) as connection:
        yield int(connection.port)


def exchange(port: int, sent: bytes) -> bytes:
    """Send bytes; return what comes back until the witness closes the connection."""
    with socket.create_connection(("127.0.0.1", port), 10) as caller:
        caller.sendall(sent)
        return b"".join(iter(lambda: caller.recv(1 << 16), b""))


def still_serves(port: int) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("POST", "/add-checkpoint", GOOD)
        assert connection.getresponse().status in {200, 409}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"PUT /add-checkpoint HTTP/1.1\r\nContent-Length: 4\r\n\r\nold ", 501),
        (b"\x1b[31mFORGED /x HTTP/1.1\r\n\r\n", 501),
        (b"<script>alert(1)</script>\r\n\r\n", 400),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n", 431),
        (b"GET / HTTP/9.9\r\n\r\n", 505),
        (b"GET /\0 HTTP/1.1\r\nConnection: close\r\n\r\n", 404),
        (b"GET /../../etc/passwd HTTP/1.1\r\nConnection: close\r\n\r\n", 404),
        (post(b""), 411),
        (post(b"", f"Content-Length: {MAX_REQUEST_BYTES + 1}"), 413),
        (post(b"", "Content-Length: 99999999999999999999"), 413),
        (post(b"", "Content-Length: -1"), 411),
        (post(b"", "Content-Length: 0x10"), 411),
        (post(b"", "Content-Length: \N{SUPERSCRIPT TWO}"), 411),
    ],
)
def test_http_server__refuses_malformed_requests_without_quoting_them(
    port: int, reported: list[str], sent: bytes, status: int
) -> None:
    reply = exchange(port, sent)
    assert int(reply.split()[1]) == status
    assert not any(
        word in reply + "".join(reported).encode() for word in (b"\x1b", b"<", b"passwd", b"aaaa", b"FORGED")
    )
    still_serves(port)


@pytest.mark.parametrize(
    "headers",
    [
        ("Transfer-Encoding: chunked", "Content-Length: {0}"),
        ("Transfer-Encoding: identity", "Content-Length: {0}"),
        ("Content-Length: {0}", "Content-Length: 0"),
        ("Content-Length: 0", "Content-Length: {0}"),
    ],
)
def test_http_server__never_reads_one_request_as_two(port: int, headers: tuple[str, ...]) -> None:
    """A second response would pass, at a proxy that reuses connections, for the one to someone else's request."""
    sent = post(HEAD, *(header.format(len(HEAD)) for header in headers))
    assert exchange(port, sent).count(b"HTTP/1.1") == 1
    sent = HEAD.replace(b"\r\n\r\n", f"\r\nContent-Length: {len(HEAD)}\r\n\r\n".encode()) + HEAD
    assert exchange(port, sent).count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("sent", [b"POST /add-ch", post(b"old 0\n", f"Content-Length: {len(GOOD)}"), GOOD[:0]])
def test_http_server__gives_up_on_a_request_that_arrives_a_byte_at_a_time(
    port: int, reported: list[str], sent: bytes
) -> None:
    """A byte now and then keeps a wait from ever running out; the whole request has a time."""
    with socket.create_connection(("127.0.0.1", port), 10) as caller:
        caller.sendall(sent)
        for _ in range(2000):
            try:
                caller.sendall(b"a")
            except OSError:
                break
            time.sleep(0.02)
        else:
            pytest.fail("it was still listening")
    assert reported == []
    still_serves(port)


def test_http_server__closes_connections_beyond_the_maximum(
    tmp_path: Path, reported: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "MAX_CONNECTIONS", 3)
    witness = Witness(
        [Cosigner("w.example", Ed25519PrivateKey.generate())],
        {ORIGIN: [SIGNER.verifier]},
        tmp_path,
        lambda: RECORDED_AT,
    )
    with serve_witness(witness, reported.append) as connection:
        waiting = [socket.create_connection(("127.0.0.1", connection.port), 10) for _ in range(4)]
        assert waiting[3].recv(1) == b""
        assert reported == ["too many connections"]
        for caller in waiting:
            caller.close()
        for _ in range(2000):  # until the slots are free again
            with contextlib.suppress(OSError, http.client.HTTPException):
                still_serves(connection.port)
            if "POST 200" in reported:  # which is reported after the response is sent
                break
            time.sleep(0.02)
        else:
            pytest.fail("its slots were never free again")

"""The witness over HTTP, against hostile callers: nothing is echoed, nothing stays open, and it keeps serving."""

import contextlib
import hashlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.tlog.checkpoint import Checkpoint, sign_checkpoint
from comity.tlog.cosignature import Cosigner
from comity.tlog.witness import http_server
from comity.tlog.witness.http_server import ServerLimits
from comity.tlog.witness.witness import MAX_REQUEST_BYTES, Witness
from tests.support.sample_ledger import ORIGIN, RECORDED_AT, SIGNER
from tests.support.witness_server import serve_witness

STRANGERS = [f"127.0.0.{n}" for n in range(1, 41)]
pytestmark = pytest.mark.allow_hosts([*STRANGERS, "0.0.0.0"])

GOOD = ("old 0\n\n" + sign_checkpoint(Checkpoint(ORIGIN, 3, bytes(32)), [SIGNER])).encode()
HEAD = f"GET /{hashlib.sha256(ORIGIN.encode()).hexdigest()}/checkpoint HTTP/1.1\r\nHost: w\r\n\r\n".encode()


def post(body: bytes, *headers: str) -> bytes:
    lines = ["POST /add-checkpoint HTTP/1.1", "Host: w", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def make_witness(folder: Path) -> Witness:
    cosigner = Cosigner("w.example", Ed25519PrivateKey.generate())
    return Witness([cosigner], {ORIGIN: [SIGNER.verifier]}, folder, lambda: RECORDED_AT)


@pytest.fixture(name="reported")
def _said() -> list[str]:
    return []


@pytest.fixture(name="port")
def _port(tmp_path: Path, reported: list[str]) -> Iterator[int]:
    witness = make_witness(tmp_path)
    with serve_witness(
        witness, reported.append, limits=ServerLimits(request_seconds=0.5, header_seconds=0.5)
    ) as connection:
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
    witness = make_witness(tmp_path)
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


@pytest.fixture(name="shared_port")
def _shared_port(tmp_path: Path) -> Iterator[int]:
    """A witness that listens on every loopback address, with the limits that it has in use."""
    with serve_witness(make_witness(tmp_path), host="0.0.0.0") as connection:
        yield int(connection.port)


def serves_from(address: str, port: int) -> bool:
    """Whether a whole request from an address is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10, source_address=(address, 0))
    with contextlib.closing(connection):
        connection.request("POST", "/add-checkpoint", GOOD)
        return connection.getresponse().status in {200, 409}


def send_half(address: str, port: int) -> socket.socket:
    caller = socket.create_connection(("127.0.0.1", port), 10, source_address=(address, 0))
    caller.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n")
    return caller


def test_http_server__half_sent_requests_from_one_address_stop_nobody_else(shared_port: int) -> None:
    """The attack: as many as there were places, from one address, again and again as they are closed."""
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(send_half(STRANGERS[0], shared_port))
        assert [address for address in STRANGERS[1:] if not serves_from(address, shared_port)] == []
        for _ in range(300):
            stack.enter_context(send_half(STRANGERS[0], shared_port))
        assert [address for address in STRANGERS[1:] for _ in range(4) if not serves_from(address, shared_port)] == []


def test_http_server__an_address_gets_its_places_back(shared_port: int) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(64):
            stack.enter_context(send_half(STRANGERS[0], shared_port))
    for _ in range(500):
        with contextlib.suppress(OSError, http.client.HTTPException):
            if serves_from(STRANGERS[0], shared_port):
                return
        time.sleep(0.02)
    pytest.fail("its places were never free again")


def test_http_server__headers_must_arrive_soon_and_so_must_the_next_request(tmp_path: Path) -> None:
    witness = make_witness(tmp_path)
    with serve_witness(witness, limits=ServerLimits(request_seconds=60, header_seconds=0.2)) as connection:
        port = int(connection.port)
        for sent in (b"", b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n", HEAD):
            with socket.create_connection(("127.0.0.1", port), 10) as caller:
                caller.sendall(sent)
                start = time.monotonic()
                assert len(b"".join(iter(lambda caller=caller: caller.recv(1 << 16), b""))) < 1000  # type: ignore[misc]
                assert time.monotonic() - start < 5


def test_http_server__many_may_wait_to_be_accepted(tmp_path: Path) -> None:
    """While the witness accepts nothing, 128 callers connect at once and are all served when it goes on."""
    witness = make_witness(tmp_path)
    server = http_server.make_server(
        witness, "0.0.0.0", 0, lambda _: None, limits=ServerLimits(connections_per_address=8)
    )
    with server, contextlib.ExitStack() as stack:
        port = server.server_address[1]
        callers = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), 1, source_address=(STRANGERS[n // 4], 0)))
            for n in range(128)
        ]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        for caller in callers:
            caller.settimeout(10)
            caller.sendall(HEAD)
        replies = [caller.recv(1 << 16) for caller in callers]
        server.shutdown()
        thread.join()
    assert [reply for reply in replies if not reply.startswith(b"HTTP/1.1")] == []

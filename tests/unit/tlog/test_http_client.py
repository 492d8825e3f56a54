"""The HTTP client reaches HTTP servers only, and gives up on a response that never ends."""

import socket
import threading
import time
from contextlib import suppress

import pytest

from comity.ledger.witness_client import send_over_http
from comity.tlog import http_client


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "ftp://127.0.0.1/", "http://", "127.0.0.1", "http://[::1", "http://a:b/"]
)
def test_send_request__refuses_a_url_that_is_not_http(url: str) -> None:
    with pytest.raises(OSError, match="no URL"):
        send_over_http(url, "/add-checkpoint", b"")


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize(
    "again",
    [b"HTTP/1.1 100 Continue\r\n\r\n", b"x", b"HTTP/1.1 200 OK\r\nX: y\r\n"],
    ids=["go on, go on", "no end of a line", "no end of headers"],
)
def test_send_request__gives_up_on_a_response_that_never_ends(again: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "_TOTAL_TIMEOUT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            caller, _ = listening.accept()
            with caller, suppress(OSError):
                while True:
                    caller.sendall(again)
                    time.sleep(0.01)

        thread = threading.Thread(target=drip)
        thread.start()
        with pytest.raises(OSError):
            send_over_http(f"http://127.0.0.1:{listening.getsockname()[1]}", "/add-checkpoint", b"old 0\n")
        thread.join()

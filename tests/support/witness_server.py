"""Serve a witness on a loopback port, for tests over HTTP."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from comity.tlog.witness.http_server import DEFAULT_LIMITS, ServerLimits, make_server
from comity.tlog.witness.witness import Witness


@contextmanager
def serve_witness(
    witness: Witness,
    report: Callable[[str], None] = lambda _: None,
    *,
    limits: ServerLimits = DEFAULT_LIMITS,
    host: str = "127.0.0.1",
) -> Iterator[http.client.HTTPConnection]:
    """Serve a witness, and yield one keep-alive connection to it."""
    with make_server(witness, host, 0, report, limits=limits) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
        try:
            yield connection
        finally:
            connection.close()
            server.shutdown()
            thread.join()

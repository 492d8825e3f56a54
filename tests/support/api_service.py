"""Serve the API on a loopback port, for tests over HTTP."""

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comity.app.api.web_server import open_server
from comity.app.settings import ServiceSettings, load_settings
from comity.app.use_cases.demo_seats import DemoSeats


@dataclass(frozen=True)
class Reply:
    """A response: its status, its header fields in lower case, and its body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem."""
        assert self.headers["content-type"] == "application/problem+json", self
        return str(self.json["type"]).removeprefix("/problems/")


@dataclass(frozen=True)
class ApiServer:
    """A server under test."""

    url: str
    port: int
    settings: ServiceSettings
    metrics_port: int | None = None

    def send(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
        """Send one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body or None, dict(headers or {}))
            response = connection.getresponse()
            fields: dict[str, str] = {}
            for name, value in response.getheaders():
                key = name.lower()
                fields[key] = f"{fields[key]}, {value}" if key in fields else value
            return Reply(response.status, fields, response.read())
        finally:
            connection.close()


def make_settings(root: Path, **changes: object) -> ServiceSettings:
    """The settings of a service over `root`/home, on a free port."""
    given = {"home": root / "home", "index": root / "index", "work_folder": root / "work", "port": 0}
    return load_settings(None, given | changes)


@contextmanager
def serve_api(settings: ServiceSettings, seats: DemoSeats | None = None) -> Iterator[ApiServer]:
    """Serve the API in a thread of this process; `seats` are of a demonstration."""
    with open_server(settings, seats) as server:
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            port = int(server.url.rpartition(":")[2])
            yield ApiServer(server.url, port, settings, server.metrics_port)
        finally:
            server.stop()
            thread.join()

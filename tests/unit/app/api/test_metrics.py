"""Metrics: what is counted, and that nothing of a request is in them."""

import http.client
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.app.access import ACCESS_TABLE
from comity.app.home import Home
from comity.errors import ComityError
from tests.support.api_service import ApiServer, make_settings, serve_api

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

_LINE = re.compile(r'(comity_\w+)(?:\{((?:\w+="[^"]*",?)+)\})? [0-9.]+|# TYPE comity_\w+ \w+')
ALLOWED_LABELS = {
    "method": {row.method for row in ACCESS_TABLE} | {"other"},
    "route": {row.path for row in ACCESS_TABLE} | {"none"},
    "status": {"2xx", "3xx", "4xx", "5xx"},
    "state": {"queued", "running", "done", "failed", "stuck"},
    "check": {"control_database", "desk", "anchor", "clock", "law", "disk"},
    "le": {"0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "30.0", "+Inf"},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    root = tmp_path_factory.mktemp("metered")
    Home.open_or_create(root / "home")
    with serve_api(make_settings(root, requests_per_second=1000, metrics_port=0)) as server:
        yield server


def read_metrics(server: ApiServer, path: str = "/metrics") -> tuple[int, str]:
    assert server.metrics_port is not None
    connection = http.client.HTTPConnection("127.0.0.1", server.metrics_port, timeout=30)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_requests_are_counted_by_route_and_status(server: ApiServer) -> None:
    for _ in range(3):
        server.send("GET", "/healthz")
    server.send("GET", "/v1/batches/b-1")
    _, text = read_metrics(server)
    assert 'comity_requests_total{method="GET",route="/healthz",status="2xx"} 3' in text
    assert 'comity_requests_total{method="GET",route="/v1/batches/{batch_id}",status="4xx"} 1' in text
    assert 'comity_request_seconds_bucket{method="GET",route="/healthz",le="+Inf"} 3' in text
    assert 'comity_jobs{state="stuck"} 0' in text
    assert 'comity_ready{check="anchor"} 1' in text
    bounds = [int(n) for n in re.findall(r'route="/healthz",le="[^"]+"} (\d+)', text)]
    assert bounds == sorted(bounds)


def test_no_word_of_a_request_is_in_the_metrics(server: ApiServer) -> None:
    for path in ("/Zzyzx", "/v1/batches/Zzyzx", "/v1/batches?Zzyzx=1", '/x"} 1\nZzyzx 1', "/problems/Zzyzx"):
        server.send("GET", path.replace("\n", "%0a").replace('"', "%22").replace(" ", "%20"))
    server.send("ZZYZX", "/healthz")
    _, text = read_metrics(server)
    assert "zzyzx" not in text.lower()
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        assert match is not None, line
        for name, value in re.findall(r'(\w+)="([^"]*)"', match[2] or ""):
            assert value in ALLOWED_LABELS[name], line


def test_nothing_else_is_served_there_and_the_api_serves_no_metrics(server: ApiServer) -> None:
    assert read_metrics(server, "/v1/batches")[0] == 404
    assert server.send("GET", "/metrics").status == 404


def test_a_port_that_is_taken_stops_the_start(tmp_path: Path) -> None:
    Home.open_or_create(tmp_path / "home")
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ComityError) as refused,
        serve_api(make_settings(tmp_path, metrics_port=taken.getsockname()[1])),
    ):
        pass
    assert refused.value.code == "settings_invalid"

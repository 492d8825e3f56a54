"""Count requests and their seconds, and show them with the state of jobs as Prometheus reads it, on a port of its own.

Guarantees: a label is a word of this program: a method, a route of the access table, a class of status, the name of a
check, a state of jobs. No agency, batch, path as sent, answer or count of answers is in it. The port is of this
machine alone, whatever address the API listens on.
Does not: keep anything over a restart.
Basis: Prometheus text exposition format 0.0.4; docs/guides/service.md.
Start at `RequestMetrics`.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from comity.app.access import find_row
from comity.app.api.gatekeeper import AsgiApp, AsgiScope, Receive, Send
from comity.app.use_cases.service_readiness import Service, check_readiness
from comity.errors import ComityError
from comity.store.desk import jobs

METRICS_PATH = "/metrics"
_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKET_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0)
_NO_ROUTE = ("other", "none")
"""Method and route of a request that no row of the access table has."""


class RequestMetrics:
    """Counts of requests by route and class of status, and how long they took."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._buckets: Counter[tuple[str, str, float]] = Counter()
        self._seconds: dict[tuple[str, str], float] = {}

    def record_request(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count one request. Of its path, no more than the route that it has is looked at."""
        row, _ = find_row(method, path)
        route = _NO_ROUTE if row is None else (row.method, row.path)
        with self._lock:
            self._counts[(*route, f"{status // 100}xx")] += 1
            self._seconds[route] = self._seconds.get(route, 0.0) + seconds
            for bound in _BUCKET_SECONDS:
                self._buckets[(*route, bound)] += seconds <= bound

    def format_lines(self) -> Iterator[str]:
        """Yield what was counted, as lines of the exposition format."""
        with self._lock:
            counts, buckets, seconds = dict(self._counts), dict(self._buckets), dict(self._seconds)
        yield "# TYPE comity_requests_total counter"
        for (method, route, status), count in sorted(counts.items()):
            yield f'comity_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}'
        yield "# TYPE comity_request_seconds histogram"
        for (method, route), total in sorted(seconds.items()):
            labels = f'method="{method}",route="{route}"'
            asked = sum(count for key, count in counts.items() if key[:2] == (method, route))
            for bound in _BUCKET_SECONDS:
                yield f'comity_request_seconds_bucket{{{labels},le="{bound}"}} {buckets[(method, route, bound)]}'
            yield f'comity_request_seconds_bucket{{{labels},le="+Inf"}} {asked}'
            yield f"comity_request_seconds_sum{{{labels}}} {total:.3f}"
            yield f"comity_request_seconds_count{{{labels}}} {asked}"


class MeteredApp:
    """An ASGI application around another one, which counts its responses."""

    def __init__(self, app: AsgiApp, metrics: RequestMetrics) -> None:
        """Wrap an application."""
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Serve one request, and count it once it has ended, as 5xx when it never began to be answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 500

        async def watch(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            seconds = time.monotonic() - began
            self._metrics.record_request(str(scope["method"]), str(scope["path"]), status, seconds)


def format_metrics(service: Service, metrics: RequestMetrics) -> str:
    """Return everything that may be shown: requests, jobs by state, and the checks of readiness."""
    lines = [*metrics.format_lines(), "# TYPE comity_jobs gauge"]
    try:
        with service.desk.read() as connection:
            counts = jobs.count_by_state(connection)
    except ComityError:
        counts = {}
    lines += [f'comity_jobs{{state="{state}"}} {counts.get(state, 0)}' for state in jobs.STATES]
    lines.append("# TYPE comity_ready gauge")
    lines += [f'comity_ready{{check="{name}"}} {int(is_ok)}' for name, is_ok in check_readiness(service).items()]
    return "\n".join(lines) + "\n"


@contextmanager
def serve_metrics(service: Service, metrics: RequestMetrics, port: int | None) -> Iterator[int | None]:
    """Serve the metrics on a loopback port in threads until the block ends; give the port, None for none.

    Raises:
        ComityError: `settings_invalid` when nothing can listen there.
    """
    if port is None:
        yield None
        return

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            is_known = self.path == METRICS_PATH
            body = format_metrics(service, metrics).encode() if is_known else b""
            self.send_response_only(200 if is_known else 404)
            self.send_header("Content-Type", _CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Write no log."""

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        message = "The settings cannot be used: nothing can listen on metrics_port."
        raise ComityError("settings_invalid", message, "See what listens there already, or name another.") from error
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""Serve the API on the address of the settings, until the process is told to stop.

Guarantees: the address is bound before anything is said; no header names the server, and no access log is written,
since a path names a batch.
Start at `open_server`.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from comity.app.api.application import build_application
from comity.app.api.gatekeeper import AsgiApp
from comity.app.api.metrics import RequestMetrics, serve_metrics
from comity.app.settings import ServiceSettings
from comity.app.use_cases.demo_seats import DemoSeats
from comity.app.use_cases.service_readiness import open_service
from comity.errors import ComityError

_MAX_CONNECTIONS = 256
_SECONDS_TO_STOP = 10


@dataclass(frozen=True, slots=True)
class WebServer:
    """A server that listens and does not serve yet: its URL, how to run it, and the port of its metrics, if any."""

    url: str
    server: uvicorn.Server
    listener: socket.socket
    metrics_port: int | None = None

    def run(self) -> None:
        """Serve until the process is told to stop (SIGINT, SIGTERM)."""
        self.server.run(sockets=[self.listener])

    def stop(self) -> None:
        """Let `run` end, once the requests under way are answered."""
        self.server.should_exit = True


@contextmanager
def open_server(settings: ServiceSettings, seats: DemoSeats | None = None) -> Iterator[WebServer]:
    """Open the service and listen on its address; with port 0 on a free one. `seats` are of a demonstration alone.

    Raises:
        ComityError: `settings_invalid` when the address or the certificate cannot be used; as `open_service`.
    """
    listener = _listen(settings)
    with listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        metrics = RequestMetrics()
        with open_service(settings) as service, serve_metrics(service, metrics, settings.metrics_port) as metrics_port:
            try:
                server = uvicorn.Server(_configure(settings, build_application(service, metrics, seats)))
                server.config.load()
            except OSError as error:
                message = "The settings cannot be used: tls_certificate or tls_key could not be read."
                raise ComityError("settings_invalid", message, "Give PEM files that the user can read.") from error
            yield WebServer(settings.issuer, server, listener, metrics_port)


def _listen(settings: ServiceSettings) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        return socket.create_server((settings.host, settings.port), family=family, backlog=_MAX_CONNECTIONS)
    except OSError as error:
        message = "The settings cannot be used: nothing can listen on host and port."
        raise ComityError("settings_invalid", message, "See what listens there already, or name another.") from error


def _configure(settings: ServiceSettings, app: AsgiApp) -> uvicorn.Config:
    password = settings.tls_key_password
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        ws="none",
        http="h11",
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        limit_concurrency=_MAX_CONNECTIONS,
        timeout_graceful_shutdown=_SECONDS_TO_STOP,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        ssl_keyfile_password=None if password is None else password.get_secret_value(),
    )

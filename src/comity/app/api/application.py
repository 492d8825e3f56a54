"""Build the application: its routes, its errors, and the gatekeeper around them.

Guarantees: the routes of FastAPI and the rows of the access table are the same; a difference stops the start. No page
of documentation and no route of the framework's own is served.
Start at `build_application`.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from comity import __version__
from comity.app.access import ACCESS_TABLE
from comity.app.api.batch_routes import batch_router
from comity.app.api.console_routes import console_router
from comity.app.api.gatekeeper import AsgiApp, Gatekeeper
from comity.app.api.health_routes import health_router
from comity.app.api.ledger_routes import ledger_router
from comity.app.api.metrics import MeteredApp, RequestMetrics
from comity.app.api.openid_provider import OpenIdProvider
from comity.app.api.operation_routes import operation_router
from comity.app.api.page_responses import make_response
from comity.app.api.people_gate import PeopleGate
from comity.app.api.people_routes import people_router
from comity.app.api.problems import ProblemError, log_fault
from comity.app.api.question_routes import question_router
from comity.app.api.rate_limits import RateLimits
from comity.app.api.token_claims import ProofVerifier
from comity.app.api.token_routes import TokenAuthenticator, token_router
from comity.app.use_cases.demo_seats import DemoSeats
from comity.app.use_cases.service_readiness import Service
from comity.errors import ComityError

ROUTERS = (
    health_router,
    token_router,
    batch_router,
    question_router,
    operation_router,
    ledger_router,
    people_router,
    console_router,
)
"""Every router; what is not in one of these is not served."""

_MAX_LISTED_FAULTS = 20


def build_application(
    service: Service, metrics: RequestMetrics | None = None, seats: DemoSeats | None = None
) -> AsgiApp:
    """Return the whole application over an opened service, counting into `metrics`.

    `seats` are of a demonstration, and None elsewhere.

    Raises:
        RuntimeError: when routes and access table differ.
        ComityError: `settings_invalid` for an unusable key of the client.
    """
    settings = service.settings
    limits, proofs = RateLimits(settings.requests_per_second), ProofVerifier()
    authenticator = TokenAuthenticator(service, proofs)
    routes = build_routes(service, proofs)
    routes.state.seats = seats
    routes.state.provider = OpenIdProvider(settings) if settings.login_issuer else None
    people, is_https = PeopleGate(service), settings.issuer.startswith("https:")
    gatekeeper = Gatekeeper(routes, limits, authenticator, people, is_https=is_https)
    return MeteredApp(gatekeeper, metrics or RequestMetrics())


def build_routes(service: Service | None = None, proofs: ProofVerifier | None = None) -> FastAPI:
    """Return the routes alone, with nothing that decides who may use them: for the gatekeeper, and to describe them."""
    app = FastAPI(
        title="Comity",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.service, app.state.proofs = service, proofs
    for router in ROUTERS:
        app.router.routes.extend(router.routes)  # not included: then each is a route that can be listed
    app.add_exception_handler(ComityError, _answer_error)
    app.add_exception_handler(Exception, _answer_error)  # otherwise the framework answers in its own words
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(HTTPException, _answer_http_error)
    verify_access_rows(app)
    return app


def list_routes(app: FastAPI) -> set[tuple[str, str]]:
    """Return method and path of every route. TypeError for a route of another kind."""
    routes = set()
    for route in app.routes:
        if not isinstance(route, APIRoute):
            raise TypeError(f"a route is of the kind {type(route).__name__}, which the access table cannot name")
        routes |= {(method, route.path) for method in route.methods or ()}
    return routes


def verify_access_rows(app: FastAPI) -> None:
    """Raise RuntimeError unless every route has a row in the access table, and every row a route."""
    routes, rows = list_routes(app), {(row.method, row.path) for row in ACCESS_TABLE}
    if routes != rows:
        without = ", ".join(f"{method} {path}" for method, path in sorted(routes ^ rows))
        raise RuntimeError(f"routes and access table differ, so the service does not start: {without}")


def _request_id(request: Request) -> str:
    return str(request.scope.get("comity.request_id", ""))


async def _answer_error(request: Request, error: Exception) -> Response:
    log_fault(error)
    problem = make_response(request.scope, error, _request_id(request))
    return Response(problem.body, problem.status, problem.headers)


async def _answer_validation(request: Request, error: Exception) -> Response:
    """Say which member is at fault by its JSON pointer and the rule's name; the library's own text shows the value."""
    assert isinstance(error, RequestValidationError)
    faults = [
        {"pointer": "/" + "/".join(_list_steps(fault)), "rule": str(fault["type"])}
        for fault in error.errors()[:_MAX_LISTED_FAULTS]
    ]
    message = "Members of the request do not have their form."
    invalid = ProblemError("request_invalid", message, members={"faults": faults})
    problem = make_response(request.scope, invalid, _request_id(request))
    return Response(problem.body, problem.status, problem.headers)


def _list_steps(fault: Mapping[str, Any]) -> list[str]:
    """Return the steps to a member at fault; of one that nobody knows, the caller chose the name."""
    steps = [_escape_step(step) for step in fault["loc"]]
    return [*steps[:-1], "?"] if fault["type"] == "extra_forbidden" else steps


def _escape_step(step: object) -> str:
    """Return a step of a JSON pointer (RFC 6901); a name that the caller chose is left out."""
    text = str(step)
    return text if (text.isascii() and text.isidentifier()) or text.isdigit() or "-" in text else "?"


async def _answer_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 405: "method_not_allowed"}
    known = ProblemError(codes.get(error.status_code, "request_invalid"), "")
    problem = make_response(request.scope, known, _request_id(request))
    return Response(problem.body, problem.status, problem.headers)

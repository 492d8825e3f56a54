"""Routes that anybody may ask: whether the service runs, whether it is ready, what a problem's code means.

Start at `health_router`.
"""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from comity.app.api.problems import PROBLEM_PATH, ProblemError
from comity.app.api.service_access import ServiceDependency
from comity.app.use_cases.service_readiness import check_readiness
from comity.errors import ERROR_CODES

health_router = APIRouter()


class Health(BaseModel):
    """That the process answers."""

    status: str


class Readiness(BaseModel):
    """Whether each thing that the service needs is as it must be."""

    ready: bool
    checks: dict[str, bool]


class ProblemMeaning(BaseModel):
    """What a problem's code means."""

    type: str
    status: int
    meaning: str


@health_router.get("/healthz")
async def show_health() -> Health:
    """Return that the process answers; nothing else is looked at."""
    return Health(status="ok")


@health_router.get("/readyz", response_model=Readiness)
def show_readiness(service: ServiceDependency) -> Response:
    """Return whether stores, anchor, clock, law and disk are as they must be; 503 when one is not."""
    checks = check_readiness(service)
    is_ready = all(checks.values())
    return JSONResponse({"ready": is_ready, "checks": checks}, 200 if is_ready else 503)


@health_router.get(PROBLEM_PATH + "{code}")
async def show_problem(code: str) -> ProblemMeaning:
    """Return what a problem's code means: the page that a problem's type names."""
    if code not in ERROR_CODES:
        raise ProblemError("not_found", "There is no problem of that code.")
    known = ERROR_CODES[code]
    return ProblemMeaning(type=f"{PROBLEM_PATH}{code}", status=known.http_status, meaning=known.meaning)


@health_router.get("/v1/openapi.json", include_in_schema=False)
async def show_description(request: Request) -> Any:
    """Return the description of the API (OpenAPI 3.1)."""
    return request.app.openapi()

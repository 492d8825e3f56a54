"""Write errors as problem documents (RFC 9457), from the one table of codes.

Guarantees: type, title and status are those of `comity.errors.ERROR_CODES`; the detail is a sentence of ours, and of an
error that is the custodian's own business only the table's sentence is shown.
Start at `make_problem`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from comity import operator_log
from comity.errors import ERROR_CODES, ComityError, PolicyError, RequestError, ServiceError

PROBLEM_TYPE = "application/problem+json"
PROBLEM_PATH = "/problems/"
_FOR_CALLERS = (RequestError, PolicyError, ServiceError)


class ProblemError(ServiceError):
    """A `ServiceError` with members and header fields beside it."""

    def __init__(
        self,
        code: str,
        message: str,
        hint: str = "",
        *,
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Raise with a code of `ERROR_CODES`; `members` go into the document, `headers` into the response."""
        super().__init__(code, message, hint)
        self.members = dict(members or {})
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class ProblemResponse:
    """A problem as a response: status, body and header fields."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def log_fault(error: Exception) -> None:
    """Write an error of the service's own to the operator's log; what a caller did is none."""
    if not isinstance(error, ComityError):
        operator_log.log_event("request_failed", code="service_fault")
    elif error.http_status >= 500 and not isinstance(error, _FOR_CALLERS):
        operator_log.log_event("request_failed", code=error.code)


def make_problem(error: Exception, request_id: str) -> ProblemResponse:
    """Return the response for an error; one that nobody foresaw is `service_fault`, without a word of its own."""
    known = error if isinstance(error, ComityError) else ServiceError("service_fault", "")
    meaning = ERROR_CODES[known.code].meaning
    document: dict[str, Any] = {
        "type": f"{PROBLEM_PATH}{known.code}",
        "title": meaning,
        "status": known.http_status,
        "detail": known.message if isinstance(known, _FOR_CALLERS) and known.message else meaning,
        "instance": f"urn:comity:request:{request_id}",
    }
    if isinstance(known, _FOR_CALLERS) and known.hint:
        document["hint"] = known.hint
    headers: dict[str, str] = {"content-type": PROBLEM_TYPE}
    if isinstance(known, ProblemError):
        document |= known.members
        headers |= known.headers
    if known.http_status in {429, 503}:
        headers.setdefault("retry-after", "5")
    return ProblemResponse(known.http_status, json.dumps(document, ensure_ascii=True).encode(), headers)

"""Answer as a page or as its JSON twin, whichever was asked for: by the Accept field, or by `.json` after the path.

Guarantees: both come from the same data; a page has no script, no style of its own, and nothing from elsewhere; an
error is a page to whoever reads pages, and a problem document otherwise. Whoever is not logged in is led to the log-in.
Does not: decide anything. The gatekeeper has let the request pass, or refused it.
Basis: CSP Level 3; RFC 9110 section 12.5.1.
Start at `answer_page`.
"""

import json
from collections.abc import Mapping, MutableMapping
from typing import Any

from fastapi import Request, Response

from comity.app.access import PAGE_FOLDERS, PersonCaller
from comity.app.api.problems import PROBLEM_TYPE, ProblemResponse, make_problem
from comity.app.console.page_templates import render_page
from comity.app.use_cases.synthetic_data import is_index_synthetic
from comity.errors import ERROR_CODES

PAGE_TYPE = "text/html; charset=utf-8"
STYLE_PATH = "/console/style.css"
PAGE_HEADERS = {
    "content-type": PAGE_TYPE,
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",  # with none at all, a browser calls the origin of a form null
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "vary": "Accept, Cookie",
}
_JSON_ENDING = ".json"
_JSON_MARK = "comity.json"


def split_format(scope: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Return a request with `.json` taken off the path of a page, and a mark that says so."""
    path, raw_path = str(scope["path"]), bytes(scope["raw_path"])
    if not path.startswith("/console") or not path.endswith(_JSON_ENDING):
        return scope
    bare = raw_path.removesuffix(_JSON_ENDING.encode())
    return {**scope, "path": path.removesuffix(_JSON_ENDING), "raw_path": bare, _JSON_MARK: True}


def is_page_wanted(scope: Mapping[str, Any]) -> bool:
    """Return whether a request is a reader's of pages, who gets a page, and errors as pages."""
    if scope.get(_JSON_MARK) or not str(scope["path"]).startswith(PAGE_FOLDERS):
        return False
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return b"text/html" in accepted


def answer_page(request: Request, template: str, data: Mapping[str, Any], *, status: int = 200) -> Response:
    """Return a page, or the same data as JSON. `data` is plain data, and all that the template shows.

    Whether the index says that its records are synthetic is added, so that every page can say so.
    """
    data = {**data, "is_synthetic": is_index_synthetic(request.app.state.service.settings.index)}
    if not is_page_wanted(request.scope):
        return Response(json.dumps(data, ensure_ascii=True), status, {"content-type": "application/json"})
    caller = request.scope.get("comity.caller")
    reader = caller if isinstance(caller, PersonCaller) else None
    return Response(render_page(template, data, reader, path=request.url.path), status, PAGE_HEADERS)


def make_page(template: str, data: Mapping[str, Any], *, status: int = 200) -> Response:
    """Return a page for whoever is not logged in yet, whatever was asked for."""
    return Response(render_page(template, data, None), status, PAGE_HEADERS)


def lead_to(path: str) -> Response:
    """Return a response that leads a browser to another page of the service, after a form or before a log-in."""
    return Response(b"", 303, {"location": path})


def make_response(scope: Mapping[str, Any], error: Exception, request_id: str) -> ProblemResponse:
    """Return the response for an error: a problem document, a page, or the way to the log-in."""
    problem = make_problem(error, request_id)
    if not is_page_wanted(scope):
        return problem
    document = json.loads(problem.body)
    code = str(document["type"]).rpartition("/")[2]
    if code == "not_logged_in" and scope["method"] == "GET":
        return ProblemResponse(303, b"", {"location": "/login"})
    data = {"title": ERROR_CODES[code].meaning, "detail": document["detail"], "hint": document.get("hint", "")}
    headers = {name: value for name, value in problem.headers.items() if value != PROBLEM_TYPE}
    body = render_page("error.html.j2", data | {"request": request_id}, None).encode()
    return ProblemResponse(problem.status, body, headers | PAGE_HEADERS)

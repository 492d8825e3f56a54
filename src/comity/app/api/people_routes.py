"""Routes by which people log in and out, and see and end sessions.

Guarantees: a log-in counts once, in the browser that began it; the session's cookie is new at each log-in, and no
other site's page sends it along. What the provider or the browser sent is never shown.
Basis: ADR 0050; OpenID Connect Core 1.0; OAuth 2.0 Security Best Current Practice (RFC 9700).
Start at `finish_login`.
"""

import secrets
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from comity.app import clock
from comity.app.api.openid_provider import Callback, OpenIdProvider
from comity.app.api.page_responses import answer_page, lead_to, make_page
from comity.app.api.people_gate import LOGIN_COOKIE, SESSION_COOKIE, format_cookie, read_cookie
from comity.app.api.problems import ProblemError
from comity.app.api.service_access import PersonDependency, ServiceDependency
from comity.app.console.page_templates import read_style
from comity.app.console.session_view import describe_sessions
from comity.app.use_cases import people_sessions
from comity.app.use_cases.demo_seats import DemoSeats
from comity.app.use_cases.people_sessions import Account
from comity.app.use_cases.service_readiness import Service
from comity.store.desk import sessions

LOGIN_TIME = timedelta(minutes=10)
"""How long the way to the provider and back may take."""

_PARAMETERS = ("code", "state", "iss", "error")
_MAX_CHARACTERS = 2048
_STYLE_HEADERS = {"cache-control": "public, max-age=300", "content-type": "text/css; charset=utf-8"}

people_router = APIRouter(include_in_schema=False)


@people_router.get("/")
async def lead_home() -> Response:
    """Send a browser to the console."""
    return lead_to("/console")


@people_router.get("/console/style.css")
async def show_style() -> Response:
    """Return the one file of styles."""
    return Response(read_style(), headers=_STYLE_HEADERS)


@people_router.get("/login")
async def show_login(request: Request) -> Response:
    """Show how to log in."""
    provider = _find_provider(request)
    is_demo = isinstance(request.app.state.seats, DemoSeats)
    data = {"provider": None if provider is None else provider.origin, "is_demo": is_demo, "is_synthetic": is_demo}
    return make_page("login.html.j2", data)


@people_router.get("/login/start")
def start_login(request: Request, service: ServiceDependency) -> Response:
    """Send a browser to the provider, and remember what must come back."""
    provider = _get_provider(request)
    start = provider.start_login()
    browser, now = secrets.token_urlsafe(32), clock.now()
    with service.desk.begin() as connection:
        is_taken = sessions.insert_login(
            connection, start.state, browser, start.login, expires_at=now + LOGIN_TIME, at=now
        )
    if not is_taken:
        raise ProblemError("too_many_requests", "More log-ins are under way than the service keeps.")
    response = lead_to(start.url)
    cookie = format_cookie(LOGIN_COOKIE, browser, same_site="Lax", seconds=int(LOGIN_TIME.total_seconds()))
    response.headers.append("set-cookie", cookie)
    return response


@people_router.get("/login/callback")
def finish_login(request: Request, service: ServiceDependency) -> Response:
    """Take the provider's answer, and open a session for the person whose account it names."""
    provider, given = _get_provider(request), _read_answer(request)
    browser = read_cookie(request.scope["headers"], LOGIN_COOKIE)
    login = None
    if browser is not None and "state" in given:
        with service.desk.begin() as connection:
            login = sessions.take_login(connection, given["state"], browser, at=clock.now())
    if login is None:
        raise _refuse("this browser began no such log-in, or it was finished, or took too long")
    if "error" in given or "code" not in given:
        raise _refuse("the provider says that it did not happen")
    callback = Callback(given["code"], given.get("iss", ""))
    return open_browser_session(request, service, provider.finish_login(callback, login))


@people_router.get("/login/link/{link}")
async def show_link(link: str, request: Request) -> Response:
    """Show whose seat of a demonstration a link is; loading it uses nothing up."""
    seat = _get_seats(request).find_seat(link)
    if seat is None:
        raise _refuse("the link was used, or is of an earlier start")
    return make_page("link.html.j2", {"name": seat.filer.name, "roles": list(seat.roles), "is_synthetic": True})


@people_router.post("/login/link/{link}")
def follow_link(link: str, request: Request, service: ServiceDependency) -> Response:
    """Log in at a seat of a demonstration."""
    account = _get_seats(request).use_link(link)
    if account is None:
        raise _refuse("the link was used, or is of an earlier start")
    return open_browser_session(request, service, account)


@people_router.post("/logout")
def log_out(service: ServiceDependency, caller: PersonDependency) -> Response:
    """End the session."""
    people_sessions.end_session(service, caller.session)
    response = lead_to("/login")
    response.headers.append("set-cookie", format_cookie(SESSION_COOKIE, "", same_site="Strict", seconds=0))
    response.headers["clear-site-data"] = '"cache", "storage"'
    return response


@people_router.get("/console/sessions")
def show_sessions(request: Request, service: ServiceDependency, caller: PersonDependency) -> Response:
    """Show the open sessions: the reader's own, or to security everybody's."""
    return answer_page(request, "sessions.html.j2", describe_sessions(service, caller, at=clock.now()))


@people_router.post("/console/sessions/{handle}/end")
def end_session(handle: str, service: ServiceDependency, caller: PersonDependency) -> Response:
    """End one of these sessions."""
    if not people_sessions.end_listed_session(service, caller, handle, at=clock.now()):
        raise ProblemError("not_found", "There is no such session that you may end.")
    return lead_to("/console/sessions")


def open_browser_session(request: Request, service: Service, account: Account) -> Response:
    """Open a session, end the one that the browser had, and show a page that goes on by itself.

    A page, and not a redirect: the browser came from another site, and would not send the new cookie along yet.
    """
    token = people_sessions.open_session(service, account, at=clock.now())
    if token is None:
        raise _refuse("nobody who has a role in Comity logs in by that account")
    earlier = read_cookie(request.scope["headers"], SESSION_COOKIE)
    if earlier is not None:
        people_sessions.end_by_secret(service, earlier, at=clock.now())
    response = make_page("continue.html.j2", {})
    seconds = int(sessions.TOTAL_TIME.total_seconds())
    response.headers.append("set-cookie", format_cookie(SESSION_COOKIE, token, same_site="Strict", seconds=seconds))
    response.headers.append("set-cookie", format_cookie(LOGIN_COOKIE, "", same_site="Lax", seconds=0))
    return response


def _read_answer(request: Request) -> dict[str, str]:
    """Return what the provider sent along; a parameter that comes twice or is too long makes it none of ours."""
    pairs: list[tuple[str, Any]] = [pair for pair in request.query_params.multi_items() if pair[0] in _PARAMETERS]
    if len(dict(pairs)) != len(pairs) or any(not 0 < len(value) <= _MAX_CHARACTERS for _, value in pairs):
        return {}
    return dict(pairs)


def _get_seats(request: Request) -> DemoSeats:
    """Return the seats of a demonstration. Raises ProblemError `not_found` elsewhere: there is no such page."""
    seats = request.app.state.seats
    if not isinstance(seats, DemoSeats):
        raise ProblemError("not_found", "There is nothing at this path.")
    return seats


def _find_provider(request: Request) -> OpenIdProvider | None:
    provider = request.app.state.provider
    assert provider is None or isinstance(provider, OpenIdProvider)
    return provider


def _get_provider(request: Request) -> OpenIdProvider:
    provider = _find_provider(request)
    if provider is None:
        raise ProblemError("not_found", "No provider of log-ins is named in the settings.")
    return provider


def _refuse(why: str) -> ProblemError:
    return ProblemError("login_refused", f"You are not logged in: {why}.", "Begin again at /login.")

"""Decide about a person's request before its route sees it: the session, the role, and whether a form is one of ours.

Guarantees: a request without a session that counts is `not_logged_in`; one whose person has none of the roles of the
row is `not_allowed`; a form needs the service's own origin, by the browser's word, and the token of its session.
Does not: say what a route does.
Basis: Fetch Standard (Origin, Sec-Fetch-Site); OWASP ASVS 5.0 sections 3.5 and 7; RFC 6265bis (cookie prefixes).
Start at `PeopleGate`.
"""

import hmac
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl

from fastapi.concurrency import run_in_threadpool

from comity.app import clock
from comity.app.access import AccessRow, PersonCaller
from comity.app.api.problems import ProblemError
from comity.app.use_cases.people_sessions import find_caller
from comity.app.use_cases.service_readiness import Service

SESSION_COOKIE, LOGIN_COOKIE = "__Host-comity-session", "__Host-comity-login"
FORM_FIELD = "form_token"
FORM_TYPE = "application/x-www-form-urlencoded"

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_MAX_FIELDS = 20
HeaderPairs = Iterable[tuple[bytes, bytes]]


class PeopleGate:
    """Admits people to the routes that are theirs."""

    def __init__(self, service: Service) -> None:
        """Use the sessions of a service."""
        self._service = service

    async def admit(self, headers: HeaderPairs, row: AccessRow) -> PersonCaller:
        """Return who sent a request. Raises ProblemError `not_logged_in`, `not_allowed`."""
        token = read_cookie(headers, SESSION_COOKIE)
        caller = None
        if token is not None:
            caller = await run_in_threadpool(find_caller, self._service, token, at=clock.now())
        if caller is None:
            raise ProblemError("not_logged_in", "Nobody is logged in, or the session is over.", "Log in at /login.")
        if not caller.roles & row.people:
            message = "None of your roles allows this."
            raise ProblemError(
                "not_allowed", message, "Ask whoever holds a role that does, or two persons for the role."
            )
        return caller

    def verify_origin(self, headers: HeaderPairs) -> None:
        """Raise ProblemError `form_untrusted` unless the browser says that a page of the service sent the request."""
        origins = [value for name, value in headers if name == b"origin"]
        sites = [value for name, value in headers if name == b"sec-fetch-site"]
        own = self._service.settings.issuer.encode()
        is_told = bool(origins or sites)
        if not is_told or any(origin != own for origin in origins) or any(site != b"same-origin" for site in sites):
            raise _untrusted()


def read_form(caller: PersonCaller, body: bytes, content_type: str) -> dict[str, str]:
    """Return the fields of a form. Raises ProblemError `form_untrusted` unless it carries the token of its session."""
    fields = parse_form(body, content_type)
    token = fields.pop(FORM_FIELD, "")
    if not hmac.compare_digest(token.encode("utf-8", "surrogatepass"), caller.form_token.encode()):
        raise _untrusted()
    return fields


def parse_form(body: bytes, content_type: str) -> dict[str, str]:
    """Return the fields of a form. Raises ProblemError `request_invalid` for what is none, or has a field twice."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError:
        pairs = None
    is_form = content_type.partition(";")[0].strip().lower() == FORM_TYPE
    if pairs is None or not is_form or len(dict(pairs)) != len(pairs):
        raise ProblemError(
            "request_invalid", "What came is no form of a page.", "Go back, load the page, and try again."
        )
    return dict(pairs)


def read_cookie(headers: HeaderPairs, name: str) -> str | None:
    """Return the secret in a cookie; None when it is missing, there twice, or has not the form of one of ours."""
    fields = [value.decode("latin-1") for field, value in headers if field == b"cookie"]
    crumbs = [crumb.strip().partition("=") for field in fields for crumb in field.split(";")]
    found = [value for crumb, _, value in crumbs if crumb == name]
    return found[0] if len(found) == 1 and _SECRET.fullmatch(found[0]) else None


def format_cookie(name: str, value: str, *, same_site: str, seconds: int) -> str:
    """Return a Set-Cookie field, which no script reads and no other host or path sees; 0 seconds delete the cookie."""
    return f"{name}={value}; Path=/; Secure; HttpOnly; SameSite={same_site}; Max-Age={seconds}"


def _untrusted() -> ProblemError:
    message = "The form was not sent from a page of this session, so nothing was done."
    return ProblemError("form_untrusted", message, "Load the page again, and send the form from there.")

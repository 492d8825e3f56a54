"""Say who may do what over the API and on the pages: one table, one row for each route.

Guarantees: a request is matched with a row before its body is read; a route without a row, or a row without a route,
stops the start (`comity.app.api.application`); what no row allows is refused.
Does not: decide what the law allows. Gates, orders and two persons do that, whoever asks.
Basis: docs/guides/service.md; tests/unit/app/api/test_access.py has the same table, typed by hand.
Start at `ACCESS_TABLE`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from comity.model.person_role import PersonRole

PART_BYTES = 16 * 2**20
"""The largest part of a requests file that one request may send."""

PAGE_FOLDERS = ("/console", "/login", "/logout")
"""What the paths of pages begin with."""

MAX_FORM_BYTES = 16 * 2**10
"""The largest form that a page sends."""


class Role(StrEnum):
    """Who asks: anybody, a system of an agency with a token, or a person of the custodian with a session."""

    ANYONE = "anyone"
    CLIENT = "client"
    PERSON = "person"


class AccessScope(StrEnum):
    """Of what: of what is public, of the caller's own agency, or of the custodian.

    Another agency's is 404, as what does not exist.
    """

    PUBLIC = "public"
    OWN_AGENCY = "own_agency"
    CUSTODIAN = "custodian"


@dataclass(frozen=True)
class AccessRow:
    """One route: who may use it, and how many bytes a request may carry. `people` are the roles of a person's route."""

    method: str
    path: str
    permission: str
    role: Role
    scope: AccessScope
    max_bytes: int = 0
    people: frozenset[PersonRole] = frozenset()

    @property
    def is_page(self) -> bool:
        """Return whether it is a route of the pages; the others are of the API."""
        return self.path == "/" or self.path.startswith(PAGE_FOLDERS)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return the expression that a path of this route matches."""
        parts = re.split(r"\{\w+(:path)?\}", self.path)
        text = re.escape(parts[0])
        for is_rest, literal in zip(parts[1::2], parts[2::2], strict=True):
            text += (".+" if is_rest else "[^/]+") + re.escape(literal)
        return re.compile(text, re.DOTALL)


@dataclass(frozen=True, slots=True)
class Caller:
    """A system of an agency, as its token names it; `key` is the thumbprint of the key it proved to have."""

    requester: str
    office: str
    key: str


@dataclass(frozen=True, slots=True)
class PersonCaller:
    """A person of the custodian, as the session names them.

    `key` is the thumbprint of the person's key, `session` the session's handle, and `form_token` what a form of the
    session's pages carries.
    """

    name: str
    key: str
    roles: frozenset[PersonRole]
    session: str
    form_token: str


EVERY_ROLE = frozenset(PersonRole)
ACTING_ROLES = EVERY_ROLE - {PersonRole.INSPECTOR}
"""The roles that may change something: whoever inspects does not."""


_BATCH_ROLES = EVERY_ROLE - {PersonRole.SECURITY}
_DECIDING_ROLES = frozenset({PersonRole.APPROVER, PersonRole.COUNSEL, PersonRole.SECURITY})


def _public(method: str, path: str, permission: str, max_bytes: int = 0) -> AccessRow:
    return AccessRow(method, path, permission, Role.ANYONE, AccessScope.PUBLIC, max_bytes)


def _own(method: str, path: str, permission: str, max_bytes: int = 0) -> AccessRow:
    return AccessRow(method, path, permission, Role.CLIENT, AccessScope.OWN_AGENCY, max_bytes)


def _page(path: str, permission: str, people: frozenset[PersonRole] = EVERY_ROLE) -> AccessRow:
    return AccessRow("GET", path, permission, Role.PERSON, AccessScope.CUSTODIAN, people=people)


def _form(path: str, permission: str, people: frozenset[PersonRole], max_bytes: int = MAX_FORM_BYTES) -> AccessRow:
    return AccessRow("POST", path, permission, Role.PERSON, AccessScope.CUSTODIAN, max_bytes, people)


ACCESS_TABLE = (
    _public("GET", "/healthz", "see_health"),
    _public("GET", "/readyz", "see_health"),
    _public("GET", "/problems/{code}", "read_documentation"),
    _public("GET", "/v1/openapi.json", "read_documentation"),
    _public("POST", "/oauth/token", "ask_for_token", 16 * 2**10),
    _own("GET", "/v1/client", "see_own_client"),
    _own("GET", "/v1/batches", "see_batch"),
    _own("GET", "/v1/batches/{batch_id}", "see_batch"),
    _own("PUT", "/v1/batches/{batch_id}/manifest", "send_batch", 4 * 2**20),
    _own("GET", "/v1/batches/{batch_id}/manifest", "see_batch"),
    _own("PUT", "/v1/batches/{batch_id}/signature", "send_batch", 8 * 2**10),
    _own("GET", "/v1/batches/{batch_id}/signature", "see_batch"),
    _own("PUT", "/v1/batches/{batch_id}/requests/parts/{number}", "send_batch", PART_BYTES),
    _own("GET", "/v1/batches/{batch_id}/parts", "see_batch"),
    _own("POST", "/v1/batches/{batch_id}/lint", "send_batch"),
    _own("POST", "/v1/batches/{batch_id}/submission", "submit_batch"),
    _own("GET", "/v1/batches/{batch_id}/answers", "fetch_answers"),
    _own("GET", "/v1/batches/{batch_id}/answers/{name}", "fetch_answers"),
    _own("POST", "/v1/questions", "ask_question", 64 * 2**10),
    _own("GET", "/v1/operations/{operation}", "see_batch"),
    _own("DELETE", "/v1/operations/{operation}", "withdraw_batch"),
    _own("GET", "/v1/recalls", "see_recall"),
    _own("GET", "/v1/recalls/{recall_id}/notice/{name}", "see_recall"),
    _own("POST", "/v1/recalls/{recall_id}/acknowledgement", "acknowledge_recall", 16 * 2**10),
    _public("GET", "/v1/ledger/checkpoint", "read_ledger"),
    _public("GET", "/v1/ledger/tile/{tile:path}", "read_ledger"),
    _public("GET", "/", "log_in"),
    _public("GET", "/console/style.css", "log_in"),
    _public("GET", "/login", "log_in"),
    _public("GET", "/login/start", "log_in"),
    _public("GET", "/login/callback", "log_in"),
    _public("GET", "/login/link/{link}", "log_in"),
    _public("POST", "/login/link/{link}", "log_in", MAX_FORM_BYTES),
    _form("/logout", "log_out", EVERY_ROLE),
    _page("/console", "see_home"),
    _page("/console/batches", "see_batches", _BATCH_ROLES),
    _page("/console/batches/{name}", "see_batches", _BATCH_ROLES),
    _page("/console/filings", "see_filings"),
    _page("/console/filings/{name}", "see_filings"),
    _form("/console/filings/{name}/decision", "decide_filing", _DECIDING_ROLES),
    _page("/console/orders", "see_orders"),
    _page("/console/recalls", "see_recalls", _BATCH_ROLES),
    _page("/console/ledger", "see_ledger"),
    _page("/console/stop", "see_stops"),
    _form("/console/stop", "stop_everything", ACTING_ROLES),
    _form("/console/stop/{number}/lift", "lift_stop", ACTING_ROLES),
    _page("/console/sessions", "see_sessions"),
    _form("/console/sessions/{handle}/end", "end_session", EVERY_ROLE),
)
"""Every route of the API and of the pages."""


def find_row(method: str, path: str) -> tuple[AccessRow | None, bool]:
    """Return the row of a request, and whether any row has its path."""
    rows = [row for row in ACCESS_TABLE if row.pattern.fullmatch(path)]
    return next((row for row in rows if row.method == method), None), bool(rows)

"""Open, find and end the sessions of the custodian's people.

Guarantees: a session is one account's, and whose that is, is read from what is on file at each request: the end of a
role, or of a key, ends what the session could do. Every log-in opens a session of its own, with a new secret.
Does not: say what a role may do (`comity.app.access`).
Basis: ADR 0050; docs/guides/service.md.
Start at `open_session`.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from comity.app.access import PersonCaller
from comity.app.use_cases.service_readiness import Service
from comity.law.filing_register import FilingRegister
from comity.law.person_roles import find_account_holder, list_role_grants
from comity.ledger.filed import read_register
from comity.model.person_role import PersonRole
from comity.store.desk import sessions
from comity.store.desk.sessions import StoredSession


@dataclass(frozen=True, slots=True)
class Account:
    """An account at a provider, by which one person logs in."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as it is listed: whose it is, since when, and when it was last used."""

    handle: str
    name: str
    opened_at: datetime
    seen_at: datetime
    is_own: bool


def open_session(service: Service, account: Account, *, at: datetime) -> str | None:
    """Return the secret of a new session; None when nobody who has a role logs in by that account."""
    if _find_person(_read_register(service), account.issuer, account.subject) is None:
        return None
    token, handle = secrets.token_urlsafe(32), secrets.token_hex(8)
    stored = StoredSession(handle, account.issuer, account.subject, at, at)
    with service.desk.begin() as connection:
        sessions.insert_session(connection, token, stored)
    return token


def find_caller(service: Service, token: str, *, at: datetime) -> PersonCaller | None:
    """Return who a session's secret is of, and note that it was used; None for a session that is over or was ended."""
    with service.desk.read() as connection:
        stored = sessions.find_session(connection, token, at=at)
    if stored is None:
        return None
    found = _find_person(_read_register(service), stored.issuer, stored.subject)
    if found is None:
        return None
    if not sessions.is_noted(stored, at):
        with service.desk.begin() as connection:
            sessions.note_request(connection, stored.handle, at=at)
    key, name, roles = found
    return PersonCaller(name, key, roles, stored.handle, derive_form_token(token))


def derive_form_token(token: str) -> str:
    """Return what the forms of a session carry; it tells nothing of the session's secret."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"form {token}".encode()).digest()).rstrip(b"=").decode()


def end_session(service: Service, handle: str) -> None:
    """End a session, whether there is one or not."""
    with service.desk.begin() as connection:
        sessions.delete_session(connection, handle)


def end_by_secret(service: Service, token: str, *, at: datetime) -> None:
    """End the session of a secret, if it is open."""
    with service.desk.begin() as connection:
        stored = sessions.find_session(connection, token, at=at)
        if stored is not None:
            sessions.delete_session(connection, stored.handle)


def list_sessions(service: Service, caller: PersonCaller, *, at: datetime) -> list[OpenSession]:
    """Return the open sessions that a person may see: their own, or with the role `security` everybody's."""
    register = _read_register(service)
    with service.desk.read() as connection:
        found = sessions.list_sessions(connection, at=at)
    is_security, views = PersonRole.SECURITY in caller.roles, []
    for one in found:
        person = _find_person(register, one.issuer, one.subject)
        is_own = person is not None and person[0] == caller.key
        if is_own or is_security:
            name = "nobody who has a role" if person is None else person[1]
            views.append(OpenSession(one.handle, name, one.opened_at, one.seen_at, is_own))
    return views


def end_listed_session(service: Service, caller: PersonCaller, handle: str, *, at: datetime) -> bool:
    """End a session that a person may see; return False, ending nothing, for any other."""
    if handle not in {one.handle for one in list_sessions(service, caller, at=at)}:
        return False
    end_session(service, handle)
    return True


def _find_person(register: FilingRegister, issuer: str, subject: str) -> tuple[str, str, frozenset[PersonRole]] | None:
    """Return whose an account is: the key's thumbprint, the name, and the roles."""
    holder = find_account_holder(register, issuer, subject)
    if holder is None:
        return None
    return holder, register.persons[holder].name, frozenset(list_role_grants(register)[holder].roles)


def _read_register(service: Service) -> FilingRegister:
    with service.store.read() as tx:
        return read_register(tx)

"""Sessions of people in browsers, and log-ins under way.

Guarantees: a session is found by its secret's SHA-256, which is all that is stored of it, and only while it is neither
idle for too long nor too old; a log-in is found once, by the browser that began it.
Start at `insert_session`.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from comity.store.desk.people_tables import logins, sessions
from comity.store.timestamps import format_timestamp, parse_timestamp

IDLE_TIME = timedelta(minutes=15)
"""How long a session lasts without a request."""

TOTAL_TIME = timedelta(hours=8)
"""How long a session lasts in all."""

MAX_LOGINS = 10_000
_SECONDS_BETWEEN_NOTES = 30


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session: its public handle, the account that logged in, and when it was opened and last used."""

    handle: str
    issuer: str
    subject: str
    opened_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class StoredLogin:
    """What the answer of a provider must fit: the nonce of the ID token, and the verifier of the code."""

    nonce: str
    verifier: str


def insert_session(connection: sa.Connection, token: str, stored: StoredSession) -> None:
    """Store a session. What is over is forgotten."""
    forget_old_sessions(connection, at=stored.opened_at)
    values = {
        "token_sha256": _hash_text(token),
        "handle": stored.handle,
        "issuer": stored.issuer,
        "subject": stored.subject,
        "opened_at": format_timestamp(stored.opened_at),
        "seen_at": format_timestamp(stored.seen_at),
    }
    connection.execute(sa.insert(sessions).values(values))


def find_session(connection: sa.Connection, token: str, *, at: datetime) -> StoredSession | None:
    """Return the session of a secret; None for one that nobody has, that ended, or that is over."""
    row = connection.execute(sa.select(sessions).where(sessions.c.token_sha256 == _hash_text(token))).one_or_none()
    stored = None if row is None else _from_row(row)
    return stored if stored is not None and is_open(stored, at) else None


def is_open(stored: StoredSession, at: datetime) -> bool:
    """Return whether a session is neither idle for too long nor too old."""
    return at - stored.seen_at < IDLE_TIME and at - stored.opened_at < TOTAL_TIME


def is_noted(stored: StoredSession, at: datetime) -> bool:
    """Return whether the last request is noted well enough: writing it each time would make every page a write."""
    return (at - stored.seen_at).total_seconds() < _SECONDS_BETWEEN_NOTES


def note_request(connection: sa.Connection, handle: str, *, at: datetime) -> None:
    """Note that a session was used."""
    change = sessions.update().where(sessions.c.handle == handle).values(seen_at=format_timestamp(at))
    connection.execute(change)


def list_sessions(connection: sa.Connection, *, at: datetime) -> list[StoredSession]:
    """Return the open sessions, the oldest first."""
    rows = connection.execute(sa.select(sessions).order_by(sessions.c.opened_at, sessions.c.handle))
    return [stored for row in rows if is_open(stored := _from_row(row), at)]


def delete_session(connection: sa.Connection, handle: str) -> bool:
    """End a session by its handle; return whether there was one."""
    return connection.execute(sa.delete(sessions).where(sessions.c.handle == handle)).rowcount == 1


def forget_old_sessions(connection: sa.Connection, *, at: datetime) -> None:
    """Delete every session that is over."""
    connection.execute(
        sa.delete(sessions).where(
            sa.or_(
                sessions.c.seen_at <= format_timestamp(at - IDLE_TIME),
                sessions.c.opened_at <= format_timestamp(at - TOTAL_TIME),
            )
        )
    )


def insert_login(  # noqa: PLR0913  each is a secret of the log-in
    connection: sa.Connection, state: str, browser: str, login: StoredLogin, *, expires_at: datetime, at: datetime
) -> bool:
    """Store a log-in that begins; return False, storing nothing, when too many are under way."""
    connection.execute(sa.delete(logins).where(logins.c.expires_at <= format_timestamp(at)))
    if connection.execute(sa.select(sa.func.count()).select_from(logins)).scalar_one() >= MAX_LOGINS:
        return False
    values = {
        "state_sha256": _hash_text(state),
        "browser_sha256": _hash_text(browser),
        "nonce": login.nonce,
        "verifier": login.verifier,
        "expires_at": format_timestamp(expires_at),
    }
    connection.execute(sa.insert(logins).values(values))
    return True


def take_login(connection: sa.Connection, state: str, browser: str, *, at: datetime) -> StoredLogin | None:
    """Return a log-in and delete it; None for a state that is unknown, used, expired, or of another browser."""
    query = sa.select(logins).where(logins.c.state_sha256 == _hash_text(state))
    row = connection.execute(query).one_or_none()
    if row is None or not hmac.compare_digest(row.browser_sha256, _hash_text(browser)):
        return None
    connection.execute(sa.delete(logins).where(logins.c.state_sha256 == row.state_sha256))
    return StoredLogin(row.nonce, row.verifier) if row.expires_at > format_timestamp(at) else None


def _from_row(row: sa.Row[tuple[object, ...]]) -> StoredSession:
    return StoredSession(
        row.handle, row.issuer, row.subject, parse_timestamp(row.opened_at), parse_timestamp(row.seen_at)
    )


def _hash_text(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

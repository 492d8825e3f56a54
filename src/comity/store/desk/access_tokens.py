"""Tokens of clients, and the assertions by which they were asked for.

Guarantees: a token is found by its SHA-256, which is all that is stored of it; one that has expired is never found; an
assertion is used once.
Start at `insert_token`.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from comity.store.desk.desk_tables import access_tokens, used_assertions
from comity.store.timestamps import format_timestamp


@dataclass(frozen=True, slots=True)
class StoredToken:
    """Whose a token is, and the key that a proof of possession must be made with; both by thumbprint."""

    client: str
    requester: str
    office: str
    proof_key: str


def insert_token(connection: sa.Connection, token: str, stored: StoredToken, *, expires_at: datetime) -> None:
    """Store a token."""
    values = {
        "token_sha256": _hash_text(token),
        "client": stored.client,
        "requester": stored.requester,
        "office": stored.office,
        "proof_key": stored.proof_key,
        "expires_at": format_timestamp(expires_at),
    }
    connection.execute(sa.insert(access_tokens).values(values))


def find_token(connection: sa.Connection, token: str, *, at: datetime) -> StoredToken | None:
    """Return whose a token is; None for one that nobody has or that has expired."""
    query = sa.select(access_tokens).where(
        access_tokens.c.token_sha256 == _hash_text(token), access_tokens.c.expires_at > format_timestamp(at)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else StoredToken(row.client, row.requester, row.office, row.proof_key)


def use_assertion(connection: sa.Connection, client: str, jti: str, *, expires_at: datetime, at: datetime) -> bool:
    """Record that a client used an assertion; return False when it was used before. What has expired is forgotten."""
    now = format_timestamp(at)
    for table in (used_assertions, access_tokens):
        connection.execute(sa.delete(table).where(table.c.expires_at <= now))
    digest = _hash_text(f"{client} {jti}")
    known = connection.execute(sa.select(used_assertions).where(used_assertions.c.id_sha256 == digest)).one_or_none()
    if known is not None:
        return False
    values = {"id_sha256": digest, "expires_at": format_timestamp(expires_at)}
    connection.execute(sa.insert(used_assertions).values(values))
    return True


def _hash_text(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

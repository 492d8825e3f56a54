"""What was replied to requests with an Idempotency-Key, so that one sent twice is done once.

Basis: the IETF's draft on the Idempotency-Key header field.
Start at `begin_reply`.
"""

import hashlib
from datetime import datetime, timedelta
from enum import Enum

import sqlalchemy as sa

from comity.store.desk.desk_tables import saved_replies
from comity.store.timestamps import format_timestamp

_UNDER_WAY = timedelta(seconds=60)
_SAVED = timedelta(hours=24)


class ReplyState(Enum):
    """What a key says of a request: it is new, it is under way, or it belongs to another request."""

    NEW = "new"
    UNDER_WAY = "under way"
    OTHER_REQUEST = "other request"


def begin_reply(
    connection: sa.Connection, client: str, key: str, *, request_sha256: str, at: datetime
) -> ReplyState | str:
    """Return what was replied to a request with this key, or its state; a new one is under way from now on."""
    connection.execute(sa.delete(saved_replies).where(saved_replies.c.expires_at <= format_timestamp(at)))
    row = connection.execute(sa.select(saved_replies).where(_is_of(client, key))).one_or_none()
    if row is None:
        values = {
            "client": client,
            "key_sha256": _hash_key(key),
            "request_sha256": request_sha256,
            "expires_at": format_timestamp(at + _UNDER_WAY),
        }
        connection.execute(sa.insert(saved_replies).values(values))
        return ReplyState.NEW
    if row.request_sha256 != request_sha256:
        return ReplyState.OTHER_REQUEST
    return ReplyState.UNDER_WAY if row.reply is None else str(row.reply)


def save_reply(connection: sa.Connection, client: str, key: str, reply: str, *, at: datetime) -> None:
    """Store what was replied, for a day."""
    values = {"reply": reply, "expires_at": format_timestamp(at + _SAVED)}
    connection.execute(sa.update(saved_replies).where(_is_of(client, key)).values(values))


def bind_key(connection: sa.Connection, client: str, key: str, *, request_sha256: str, at: datetime) -> bool:
    """Bind a key to a request for a day; return False when it belongs to another request.

    For what the request itself does once, and whose reply is not stored.
    """
    if begin_reply(connection, client, key, request_sha256=request_sha256, at=at) is ReplyState.OTHER_REQUEST:
        return False
    save_reply(connection, client, key, "{}", at=at)
    return True


def forget_reply(connection: sa.Connection, client: str, key: str) -> None:
    """Delete the trace of a request that failed, so that it may be sent again."""
    connection.execute(sa.delete(saved_replies).where(_is_of(client, key)))


def _is_of(client: str, key: str) -> sa.ColumnElement[bool]:
    return (saved_replies.c.client == client) & (saved_replies.c.key_sha256 == _hash_key(key))


def _hash_key(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()

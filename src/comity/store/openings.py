"""Openings: content and salt of the commitments of entries that are neither answers, releases nor purges.

Guarantees: nothing here is ever changed (guards). Content is canonical JSON, as committed to.
Does not: append the entry; `ledger.events` does, in the same transaction.
Start at `insert`.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from comity.store.database import Snapshot, Transaction
from comity.store.tables import openings
from comity.store.timestamps import format_timestamp, parse_timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One entry opened. `about` is the batch, recall or kind of paper that it is about."""

    entry: int
    kind: str
    about: str
    content: bytes
    salt: bytes
    recorded_at: datetime

    @property
    def parsed_content(self) -> dict[str, Any]:
        """Return the content as data."""
        return dict(json.loads(self.content))


def insert(tx: Transaction, opening: Opening) -> None:
    """Store an opening."""
    content, recorded_at = opening.content.decode(), format_timestamp(opening.recorded_at)
    values = (opening.entry, opening.kind, opening.about, content, opening.salt, recorded_at)
    tx.insert_many(openings, ("entry", "kind", "about", "content", "salt", "recorded_at"), [values])


_ALL_QUERY = sa.select(openings).order_by(openings.c.entry)
_BY_KIND_QUERY = _ALL_QUERY.where(openings.c.kind.in_(sa.bindparam("kinds", expanding=True)))


def list_by_kind(tx: Snapshot, *kinds: str, about: str | None = None) -> tuple[Opening, ...]:
    """Return the openings of some kinds (of all, when none is named), in ledger order."""
    query = _BY_KIND_QUERY.params(kinds=kinds) if kinds else _ALL_QUERY
    if about is not None:
        query = query.where(openings.c.about == about)
    return tuple(
        Opening(
            entry=r.entry,
            kind=r.kind,
            about=r.about,
            content=r.content.encode(),
            salt=r.salt,
            recorded_at=parse_timestamp(r.recorded_at),
        )
        for r in tx.connection.execute(query)
    )

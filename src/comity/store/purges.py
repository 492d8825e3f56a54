"""Purges: which answers were erased on an order, by which ledger entry; and the erasing itself.

Guarantees: an answer is erased only when a purge names it (the guards see to it), and with it everything from which it
could be derived with the rest of its batch: the hash of the answers file, the release's salt, the counts. With a
batch's last answer goes the salt of its name, so that nobody can show any more which batch its entries are about.
Does not: append the entry; `ledger.purge` does, in the same transaction.
Start at `insert`, then `erase_answers`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from comity.store.database import Snapshot, Transaction
from comity.store.guards import ERASED_ANSWER_COLUMNS, ERASED_RELEASE_COLUMNS
from comity.store.tables import answers, batches, purges, releases
from comity.store.timestamps import format_timestamp, parse_timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """One purge: the rows of a batch that were erased, on which order, and the salt that opens its entry."""

    entry: int
    batch_id: str
    row_numbers: tuple[int, ...]
    order: str
    salt: bytes
    purged_at: datetime


def insert(tx: Transaction, purge: Purge) -> None:
    """Store a purge. RuntimeError when a row was purged before, or is not answered."""
    common = (purge.entry, purge.order, purge.salt, format_timestamp(purge.purged_at))
    names = ("batch_id", "row", "entry", "order", "salt", "purged_at")
    tx.insert_many(purges, names, ((purge.batch_id, row, *common) for row in purge.row_numbers))


def erase_answers(tx: Transaction, batch_id: str, rows: Sequence[int]) -> None:
    """Set to null what the answers say, and what the batch says of them. RuntimeError for an unknown row."""
    for row in rows:
        change = answers.update().where(answers.c.batch_id == batch_id, answers.c.row == row)
        if tx.connection.execute(change.values(dict.fromkeys(ERASED_ANSWER_COLUMNS))).rowcount != 1:
            raise RuntimeError("the batch has no such row")
    left = sa.select(answers.c.row).where(answers.c.batch_id == batch_id, answers.c.salt.is_not(None)).limit(1)
    if tx.connection.execute(left).first() is None:
        tx.connection.execute(batches.update().where(batches.c.batch_id == batch_id).values(name_salt=None))
    change = releases.update().where(releases.c.batch_id == batch_id)
    tx.connection.execute(change.values(dict.fromkeys(ERASED_RELEASE_COLUMNS)))


def list_purges(tx: Snapshot) -> tuple[Purge, ...]:
    """Return every purge on file, in ledger order."""
    by_entry: dict[int, Purge] = {}
    for r in tx.connection.execute(sa.select(purges).order_by(purges.c.entry, purges.c.row)):
        rows = (*by_entry[r.entry].row_numbers, r.row) if r.entry in by_entry else (r.row,)
        by_entry[r.entry] = Purge(
            entry=r.entry,
            batch_id=r.batch_id,
            row_numbers=rows,
            order=r.order,
            salt=r.salt,
            purged_at=parse_timestamp(r.purged_at),
        )
    return tuple(by_entry.values())


def is_purged(tx: Snapshot, batch_id: str) -> bool:
    """Return whether any answer of a batch was erased."""
    query = sa.select(sa.func.count()).select_from(purges).where(purges.c.batch_id == batch_id)
    return bool(tx.connection.execute(query).scalar_one())

"""Erase answers that an order, or a schedule, demands be erased; the ledger keeps its entries, and says that it happened.

The entries held only salted commitments. With answer and salt gone, and with the file hash, counts and salt of their
release, nobody can tell what they said, not even by trying each of the few answers there are; every proof still holds.

Guarantees: entry, record and erasing are one transaction; afterwards nothing of it is left in the database file and its
journal (SQLite), or in dead rows (PostgreSQL).
Does not: reach backups, a server's archived WAL, or what was delivered. Each needs its own order carried out.
Basis: docs/spec/ledger.md; 44 USC 3303a (disposal by schedule).
Start at `purge_answers`.
"""

from collections.abc import Iterable
from datetime import datetime

from comity.errors import ComityError
from comity.ledger import leaf, log
from comity.store import batches, purges
from comity.store.database import Store, Transaction

_MAX_ORDER_CHARACTERS = 200


def purge_answers(store: Store, *, batch_id: str, rows: Iterable[int], order: str, at: datetime) -> int:
    """Erase the answers of these rows; the index of the entry that says so.

    Args:
        store: the control database, as its tables' owner.
        batch_id: an answered batch.
        rows: places in its file, from 1.
        order: what demands it, in the custodian's words.
        at: when.

    Raises:
        ComityError: `bad_argument` when there is nothing of that kind to erase.
    """
    wanted = tuple(sorted(set(rows)))
    if not wanted or not order.strip() or len(order) > _MAX_ORDER_CHARACTERS or not order.isprintable():
        message = f"A purge needs rows, and the order that demands it in 1 to {_MAX_ORDER_CHARACTERS} characters."
        raise ComityError("bad_argument", message)
    with store.begin() as tx:
        _verify_rows(tx, batch_id, wanted)
        salt = leaf.generate_salts(1)[0]
        entry = leaf.encode_purge_leaf(batch_id=batch_id, rows=wanted, order=order, salt=salt, as_of=at)
        index = log.append_entries(tx, [entry], at=at)
        purge = purges.Purge(entry=index, batch_id=batch_id, row_numbers=wanted, order=order, salt=salt, purged_at=at)
        purges.insert(tx, purge)
        purges.erase_answers(tx, batch_id, wanted)
    store.purge_free_pages()
    return index


def _verify_rows(tx: Transaction, batch_id: str, rows: tuple[int, ...]) -> None:
    batch = batches.get(tx, batch_id)
    if batch is None or batch.status != batches.ANSWERED or rows[0] < 1 or rows[-1] > batch.rows:
        raise ComityError("bad_argument", "No answered batch of that name has all of these rows.")
    erased = {row for purge in purges.list_purges(tx) if purge.batch_id == batch_id for row in purge.row_numbers}
    if erased & set(rows):
        raise ComityError("bad_argument", "Some of these rows were purged before.", "Name the others.")

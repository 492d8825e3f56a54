"""Erase answers that an order or a schedule requires to be erased; the ledger keeps its entries and records the purge.

The entries hold only salted commitments. Once the answer and its salt are erased, and the file hash, counts and salt
of its release, no one can find out what it was, not even by trying each possible answer. Every proof still verifies.

Guarantees: entry, record and erasure are one transaction; afterwards nothing of the answer is left in the database
file and its journal (SQLite), or in dead rows (PostgreSQL).
Does not: reach backups, a server's archived WAL, or what was delivered. The order must be carried out there separately.
Basis: docs/spec/ledger.md; 44 USC 3303a (disposal by schedule).
Start at `carry_out_purge`, which takes what two persons filed.
"""

from datetime import datetime

from comity.errors import ComityError
from comity.ledger import leaf, log
from comity.ledger.filed import read_register
from comity.model.filing import Act
from comity.store import batches, purges
from comity.store.batches import StoredBatch
from comity.store.database import Snapshot, Store, Transaction


def carry_out_purge(store: Store, number: int, *, at: datetime) -> tuple[int, int]:
    """Erase the answers that a filing of two persons names; return the index of the entry, and how many answers.

    Raises:
        PolicyError: `filing_missing` unless two persons filed it, read in the transaction that erases.
        ComityError: `bad_argument` when the batch or a row does not exist or was purged before.
    """
    with store.begin() as tx:
        content = read_register(tx).get_in_force(number, Act.PURGE).content
        rows = tuple(sorted(set(content.rows)))
        entry = _erase(tx, content.batch, rows, content.order, at)
    store.purge_free_pages()
    return entry, len(rows)


def _erase(tx: Transaction, name: str, rows: tuple[int, ...], order: str, at: datetime) -> int:
    batch, salt = find_purgeable(tx, name, rows), leaf.generate_salts(1)[0]
    batch_id = batch.batch_id
    purge_leaf = leaf.encode_purge_leaf(
        batch_id=batch_id, rows=rows, order=order, salt=salt, as_of=at, version=batch.leaf_version
    )
    entry = log.append_entries(tx, [purge_leaf], at=at)
    purges.insert(
        tx, purges.Purge(entry=entry, batch_id=batch_id, row_numbers=rows, order=order, salt=salt, purged_at=at)
    )
    purges.erase_answers(tx, batch_id, rows)
    return entry


def find_purgeable(tx: Snapshot, name: str, rows: tuple[int, ...]) -> StoredBatch:
    """Return the batch of a name or id, whose rows (from 1, sorted) are answered and not purged.

    Raises ComityError `bad_argument` when there is none.
    """
    batch = batches.resolve(tx, name)
    if batch is None or batch.status != batches.ANSWERED or rows[0] < 1 or rows[-1] > batch.rows:
        raise ComityError("bad_argument", "No answered batch of that name has all of these rows.")
    erased = {row for purge in purges.list_purges(tx) if purge.batch_id == batch.batch_id for row in purge.row_numbers}
    if erased & set(rows):
        raise ComityError("bad_argument", "Some of these rows were purged before.", "Name the others.")
    return batch

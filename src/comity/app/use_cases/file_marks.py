"""Mark what is on file, so that a change of it shows: law, filings, orders in force, recalls, purges, the day.

Answers are checked against all of that when a worker writes them. They are fetched later, and fetching is what
discloses them. While the mark is the same, what was checked still holds; when it differs, they are checked again first.

Guarantees: whatever a delivery checks is in the mark, or cannot change while the mark stays.
Basis: ADR 0045; promise 11 (orders bind at delivery).
Start at `compute_file_mark`.
"""

import hashlib
import json
from datetime import UTC, datetime

from comity.law import apply_filings, load_law
from comity.ledger.filed import read_filings
from comity.store import entries, openings, purges
from comity.store.database import Store


def compute_file_mark(store: Store, agreement: str, *, at: datetime) -> str:
    """Return the mark of what is on file about an agreement at a time, in hex.

    Raises:
        PolicyError: `law_invalid`.
        LedgerError: `ledger_damaged`.
        ComityError: `clock_behind`.
    """
    with store.read() as tx:
        entries.verify_clock(tx, at)  # a clock that was set back could hide an order in force
        filings = read_filings(tx)
        erased = [purge.entry for purge in purges.list_purges(tx)]
        recalled = [opening.entry for opening in openings.list_by_kind(tx, "recall", "destruction")]
    law = apply_filings(load_law(), filings)
    orders = [order.id for order in law.find_orders_in_force(at, agreement)]
    steps = [filing.entry for filing in filings]
    content = [law.fingerprint, steps[-1:], erased[-1:], recalled[-1:], orders, at.astimezone(UTC).date().isoformat()]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()

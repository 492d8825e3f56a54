"""Filings in the control database: every step that a person took about an order, or about what takes two persons.

Guarantees: filings are added and never changed (the guards see to it). They are read in the order of their ledger
entries, inside the caller's transaction, so that a release sees every one that was committed before it.
Does not: append the entry (`orders` does, in the same transaction), verify signatures (`ledger.filed`), or decide what
is in force (`law`).
Start at `insert`.
"""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from comity.errors import LedgerError
from comity.model.filing import Act, Filing, FilingStep
from comity.store.database import Snapshot, Transaction
from comity.store.tables import filings
from comity.store.timestamps import format_timestamp, parse_timestamp


def insert(tx: Transaction, filing: Filing) -> None:
    """Store a filing. RuntimeError when another has its entry."""
    values = {name: getattr(filing, name) for name in Filing.__slots__}
    words = {"act": str(filing.act), "step": str(filing.step), "at": format_timestamp(filing.at)}
    names, row = [column.name for column in filings.columns], values | words
    tx.insert_many(
        filings, names, [[row[name] for name in names]]
    )  # a server may log parameters, and these name records


def list_filings(tx: Snapshot) -> tuple[Filing, ...]:
    """Return every filing, oldest first. Raises LedgerError `ledger_damaged` when one cannot be read.

    While the rows are the same, so is what is returned, the very same object: what follows from it need not be worked
    out again.
    """
    return _parse_rows(tuple(tx.connection.execute(_ALL_QUERY)))


_ALL_QUERY = sa.select(filings).order_by(filings.c.entry)


@lru_cache(maxsize=8)
def _parse_rows(rows: tuple[sa.Row[Any], ...]) -> tuple[Filing, ...]:
    if not ({r.step for r in rows} <= set(FilingStep) and {r.act for r in rows} <= set(Act)):
        message = "A filing is not what Comity wrote: the control database was changed from outside."
        raise LedgerError(
            "ledger_damaged", message, "Stop releasing, keep it as evidence, and restore the newest copy."
        )
    return tuple(
        Filing(
            entry=r.entry,
            act=Act(r.act),
            subject=r.subject,
            step=FilingStep(r.step),
            by=r.by,
            name=r.name,
            device=r.device,
            at=parse_timestamp(r.at),
            content=r.content,
            salt=r.salt,
            signature=r.signature,
        )
        for r in rows
    )

"""Answers in the control database: one for each row of an answered batch, with the salt that opens its ledger entry.

Columns may be sequences or Arrow arrays: a batch has up to millions of rows.
Guarantees: no second answer for a row, nor for a request_id unless each is a refusal (constraints of the table).
Start at `insert`.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from comity.store.database import Snapshot, Transaction
from comity.store.tables import answers

ColumnData = Any
"""A sequence, or an Arrow or NumPy array; only its order and length matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerColumns:
    """All answers of one batch, column by column, from row 1 to the last: what the requester receives, and the salts.

    `salt` are fresh ones from `ledger.leaf.generate_salts`. The last three columns are for the custodian alone: null
    where no record was compared, left out when none was in the whole batch.
    """

    row: ColumnData
    request_id: ColumnData
    code: ColumnData
    reasons: ColumnData
    salt: ColumnData
    outcome: ColumnData = None
    match_probability: ColumnData = None
    record_id: ColumnData = None


ERASED_CODE = "erased"
"""The code under which `count_stored_codes` counts answers that a purge erased."""


def to_list(column: ColumnData) -> list[Any]:
    """Return a column as a list of plain Python values."""
    if isinstance(column, pa.ChunkedArray | pa.Array):
        if pa.types.is_string(column.type) or not column.null_count:
            return list(column.to_numpy(zero_copy_only=False).tolist())  # several times faster than `to_pylist`
        return list(column.to_pylist())
    return list(column.tolist() if hasattr(column, "tolist") else column)


def insert(tx: Transaction, batch_id: str, columns: AnswerColumns, *, first_entry: int) -> None:
    """Store a batch's answers: the first is ledger entry `first_entry`, and the others follow it.

    Raises RuntimeError when one of them has an answer already, or the columns are not rows 1 to the last.
    """
    rows = to_list(columns.row)
    count = len(rows)
    given = {name: getattr(columns, name) for name in AnswerColumns.__slots__}
    values = {name: [None] * count if column is None else to_list(column) for name, column in given.items()}
    if any(len(column) != count for column in values.values()) or rows != list(range(1, count + 1)):
        raise RuntimeError("the answers are not those of rows 1 to the last, in order")
    values |= {"batch_id": [batch_id] * count, "entry": list(range(first_entry, first_entry + count))}
    names = [column.name for column in answers.columns]
    tx.insert_many(answers, names, zip(*(values[name] for name in names), strict=True))


def stream_by_batch(tx: Snapshot, batch_id: str) -> Iterator[sa.Row[Any]]:
    """Yield the answers of a batch in row order; columns as in the table."""
    return tx.stream_rows(sa.select(answers).where(answers.c.batch_id == batch_id).order_by(answers.c.row))


def stream_public_columns(tx: Snapshot, batch_id: str) -> Iterator[tuple[tuple[Any, ...], ...]]:
    """Yield what a batch was answered, as columns of many rows at a time: row, request_id, code, reasons."""
    c = answers.c
    query = sa.select(c.row, c.request_id, c.code, c.reasons).where(c.batch_id == batch_id)
    return tx.stream_columns(query.order_by(c.row))


def stream_openings(tx: Snapshot, batch_id: str) -> Iterator[sa.Row[Any]]:
    """Yield what opens a batch's ledger entries, in row order: row, request_id, code, reasons, salt."""
    c = answers.c
    query = sa.select(c.row, c.request_id, c.code, c.reasons, c.salt)
    return tx.stream_rows(query.where(c.batch_id == batch_id).order_by(c.row))


def count_stored_codes(tx: Snapshot, batch_id: str) -> dict[str, int]:
    """Return how many answers of each code a batch has (`ERASED_CODE` for erased ones)."""
    query = sa.select(answers.c.code, sa.func.count()).where(answers.c.batch_id == batch_id).group_by(answers.c.code)
    return {str(row[0] or ERASED_CODE): int(row[1]) for row in tx.connection.execute(query.order_by(answers.c.code))}


def count_refused_reasons(tx: Snapshot, batch_id: str) -> dict[str, int]:
    """Return how many rows of a batch were refused for each set of reasons, as the answers name them."""
    c = answers.c
    query = sa.select(c.reasons, sa.func.count()).where(c.batch_id == batch_id, c.code == "REFUSED").group_by(c.reasons)
    return {str(row[0]): int(row[1]) for row in tx.connection.execute(query.order_by(c.reasons))}


def stream_determined_columns(tx: Snapshot, batch_id: str) -> Iterator[tuple[tuple[Any, ...], ...]]:
    """Yield row, code and record_id of a batch's answers, as columns of many rows at a time, in row order."""
    c = answers.c
    query = sa.select(c.row, c.code, c.record_id).where(c.batch_id == batch_id)
    return tx.stream_columns(query.order_by(c.row))


def count_confirmed_about(tx: Snapshot, batch_id: str, record_ids: Collection[str]) -> int:
    """Return how many confirmations of a batch are about these records."""
    if not record_ids:
        return 0
    query = sa.select(answers.c.record_id).where(answers.c.batch_id == batch_id, answers.c.code == "CONFIRMED")
    return sum(row[0] in record_ids for row in tx.stream_rows(query))


def list_by_record(tx: Snapshot, record_ids: Sequence[str]) -> tuple[sa.Row[Any], ...]:
    """Return the answers based on these records, oldest first: batch_id, row, code, record_id, entry."""
    c = answers.c
    query = sa.select(c.batch_id, c.row, c.code, c.record_id, c.entry).where(c.record_id.in_(record_ids))
    return tuple(tx.connection.execute(query.order_by(c.entry)))


def stream_erased(tx: Snapshot) -> Iterator[tuple[str, int]]:
    """Yield batch and row of every answer without content."""
    c = answers.c
    for row in tx.stream_rows(sa.select(c.batch_id, c.row).where(sa.or_(c.salt.is_(None), c.code.is_(None)))):
        yield row.batch_id, row.row


def find_first_entries(tx: Snapshot) -> dict[str, int]:
    """Return, in ledger order, the entry of row 1 of each batch that has answers, by the majority of its rows."""
    offset = (answers.c.entry - answers.c.row).label("offset")
    query = sa.select(answers.c.batch_id, offset).group_by(answers.c.batch_id, offset).order_by(sa.func.count())
    first = {row.batch_id: row.offset + 1 for row in tx.connection.execute(query)}  # the most frequent comes last
    return dict(sorted(first.items(), key=itemgetter(1)))


def stream_out_of_place(tx: Snapshot, batch_id: str, first_entry: int) -> Iterator[sa.Row[Any]]:
    """Yield row and entry of the answers that are not in place if row 1 is entry `first_entry`."""
    query = sa.select(answers.c.row, answers.c.entry).where(answers.c.batch_id == batch_id)
    return tx.stream_rows(query.where(answers.c.entry - answers.c.row != first_entry - 1).order_by(answers.c.row))

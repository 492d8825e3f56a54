"""What the accounting needs besides answers: each batch's manifest; each row's reason, statute, case, officer, subject.

Guarantees: on file from the moment a batch is received, for held and refused batches too; never changed (guards), never
purged: 26 USC 6103(p)(3)(A) asks for a permanent system.
Does not: keep names or addresses; who a row is about is here only as digests under the home's key (ADR 0035). What a
requester writes into a reason is kept as written, in the encrypted database.
Start at `encode`, `insert` and `stream_reasons`.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from comity.store.database import Snapshot, Transaction
from comity.store.tables import accounted, reasons

REASON_COLUMNS = ("row", "tax_year", "statute", "element", "proceeding", "reason", "case_number", "officer_id")
_ROWS_PER_CHUNK = 65_536


SUBJECT_COLUMNS = ("number", "named", "written")
"""Digests of who a row is about and what it asks (`gates.subject_digests`); batches of before have none."""


def encode(requests: pa.Table, subjects: pa.Table | None) -> list[tuple[int, bytes]]:
    """Return the reasons of a batch's rows and, where they are known, the digests of subjects, as `insert` stores them.

    That is for each chunk of rows the number of the first, from 1, and the compressed columns.
    """
    table = requests.select(list(REASON_COLUMNS))
    for name in SUBJECT_COLUMNS if subjects is not None else ():
        assert subjects is not None
        table = table.append_column(name, subjects.column(name))
    return [
        (start + 1, _to_arrow_ipc(table.slice(start, _ROWS_PER_CHUNK)))
        for start in range(0, table.num_rows, _ROWS_PER_CHUNK)
    ]


def insert(tx: Transaction, batch_id: str, manifest: str, encoded: Iterable[tuple[int, bytes]]) -> None:
    """Store a batch's manifest (JSON), and what `encode` made of its rows."""
    tx.insert_many(accounted, ("batch_id", "manifest"), [(batch_id, manifest)])
    chunks = ((batch_id, first_row, content) for first_row, content in encoded)
    tx.insert_many(reasons, ("batch_id", "first_row", "content"), chunks)


def _to_arrow_ipc(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def get_manifest(tx: Snapshot, batch_id: str) -> dict[str, Any] | None:
    """Return a batch's manifest; None for one that was received before manifests were kept."""
    manifest = tx.connection.execute(sa.select(accounted.c.manifest).where(accounted.c.batch_id == batch_id)).scalar()
    return None if manifest is None else dict(json.loads(manifest))


def stream_reasons(tx: Snapshot, batch_id: str) -> Iterator[pa.Table]:
    """Yield the reasons of a batch's rows (`REASON_COLUMNS`), in order, up to 65,536 rows at a time."""
    query = sa.select(reasons.c.content).where(reasons.c.batch_id == batch_id).order_by(reasons.c.first_row)
    for row in tx.stream_rows(query, 1):
        yield pa.ipc.open_stream(row.content).read_all()


def stream_subjects(tx: Snapshot, batch_id: str) -> Iterator[pa.Table]:
    """Yield the digests of a batch's rows (`SUBJECT_COLUMNS`, null where none is stored) and their `case_number`."""
    for table in stream_reasons(tx, batch_id):
        columns = {
            name: table[name] if name in table.column_names else pa.nulls(table.num_rows, pa.uint64())
            for name in SUBJECT_COLUMNS
        }
        yield pa.table(columns | {"case_number": table["case_number"].cast(pa.string())})

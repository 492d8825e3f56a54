"""Count the persons about whom answers were given, each once: over batches, agreements, years and spellings.

Two answers are about one person when their requests give one taxpayer number, or one name in one case, or when both
were confirmed from one record. The first two are keyed digests, stored with the requests' reasons (ADR 0035).

Guarantees: an answer after a record was looked for is about somebody, a no as well as a yes; a refused request is not
counted. No name and no number is read.
Does not: recognize a person who is asked about by name alone in two cases, unless one record confirmed both.
Basis: 26 USC 6103(p)(3)(C)(i)(III) [INF: counsel must confirm].
Start at `label_persons`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from comity.columns.buffers import Int64s
from comity.store import answers, request_reasons
from comity.store.database import Snapshot

_DISCLOSED_CODES = pa.array(["CONFIRMED", "NOT_CONFIRMED"], pa.string())


@dataclass(frozen=True, slots=True)
class PersonLabels:
    """The persons of some batches' answers: for each batch, one number for each answer after a look-up."""

    by_batch: dict[str, Int64s]

    def count(self, batch_ids: Iterable[str]) -> int:
        """Return how many different persons the answers of these batches are about."""
        labels = [self.by_batch[batch_id] for batch_id in batch_ids]
        return len(np.unique(np.concatenate(labels))) if labels else 0


def label_persons(tx: Snapshot, batch_ids: Sequence[str]) -> PersonLabels:
    """Return which answers of these batches are about one person."""
    tables = [_read_answered_rows(tx, batch_id) for batch_id in batch_ids]
    table = pa.concat_tables([_KEYS_SCHEMA.empty_table(), *tables])
    labels = _connect(table)
    ends = np.cumsum([0, *(part.num_rows for part in tables)]).tolist()
    spans = zip(batch_ids, ends, ends[1:], strict=False)
    return PersonLabels({batch_id: labels[start:stop] for batch_id, start, stop in spans})


_KEYS_SCHEMA = pa.schema(
    [("number", pa.uint64()), ("named", pa.uint64()), ("case_number", pa.string()), ("record_id", pa.string())]
)


def _read_answered_rows(tx: Snapshot, batch_id: str) -> pa.Table:
    """Return what identifies the person of each answer of a batch that was given after a look-up (`_KEYS_SCHEMA`)."""
    reasons = pa.concat_tables([_SUBJECTS_SCHEMA.empty_table(), *request_reasons.stream_subjects(tx, batch_id)])
    parts = [
        pa.table({"row": row, "code": code, "record_id": record_id}, schema=_CODES_SCHEMA)
        for row, code, record_id in answers.stream_determined_columns(tx, batch_id)
    ]
    given = pa.concat_tables([_CODES_SCHEMA.empty_table(), *parts])
    given = given.filter(pc.is_in(given["code"], _DISCLOSED_CODES))
    rows = pc.subtract(given["row"], 1)
    # A batch from before reasons were kept has none: then only a record says who an answer is about.
    reasons = reasons.take(pc.if_else(pc.less(rows, reasons.num_rows), rows, pa.scalar(None, pa.int64())))
    is_confirmed = pc.equal(given["code"], "CONFIRMED")
    record_ids = pc.if_else(is_confirmed, given["record_id"], pa.scalar(None, pa.string()))
    columns = [reasons["number"], reasons["named"], reasons["case_number"], record_ids]
    return pa.table(columns, schema=_KEYS_SCHEMA)


_SUBJECTS_SCHEMA = pa.schema(
    [*((name, pa.uint64()) for name in request_reasons.SUBJECT_COLUMNS), ("case_number", pa.string())]
)
_CODES_SCHEMA = pa.schema([("row", pa.int64()), ("code", pa.string()), ("record_id", pa.string())])


def _connect(table: pa.Table) -> Int64s:
    """Return a number for each row; rows that share the value of a key, directly or by way of others, have one."""
    # Where no digest was stored (a batch from before they were), the case stands for the name in it.
    has_digest = pc.or_(pc.is_valid(table["named"]), pc.is_valid(table["number"]))
    cases = pc.if_else(has_digest, pa.scalar(None, pa.string()), table["case_number"])
    rows, keys, first_key = [], [], table.num_rows
    for column in (table["number"], table["named"], cases, table["record_id"]):
        codes = column.combine_chunks().dictionary_encode()
        codes = codes if isinstance(codes, pa.DictionaryArray) else pa.concat_arrays(codes.chunks)
        is_given = codes.indices.is_valid().to_numpy(zero_copy_only=False)
        rows.append(np.flatnonzero(is_given))
        keys.append(codes.indices.fill_null(0).to_numpy()[is_given].astype(np.int64) + first_key)
        first_key += len(codes.dictionary)
    edges = np.concatenate(rows), np.concatenate(keys)
    graph = coo_array((np.ones(len(edges[0]), np.int8), edges), shape=(first_key, first_key))
    labels: npt.NDArray[np.int64] = connected_components(graph, directed=False)[1][: table.num_rows].astype(np.int64)
    return labels

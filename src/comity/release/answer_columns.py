"""Answers as columns: to the control database, with the determination behind each, and back as a table.

Guarantees: a refused row has no outcome, probability or record id.
Start at `build_answer_columns`.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from comity.model.answer import ANSWERS_SCHEMA
from comity.store.answers import AnswerColumns, to_list

_CUSTODIAN_COLUMNS = (("outcome", pa.string()), ("match_probability", pa.float64()), ("record_id", pa.string()))


def build_answer_columns(table: pa.Table, determinations: pa.Table | None, *, salts: Sequence[bytes]) -> AnswerColumns:
    """Return the answers (`ANSWERS_SCHEMA`) with the determination of each compared row, for the control database."""
    columns = {name: pa.nulls(table.num_rows, arrow_type) for name, arrow_type in _CUSTODIAN_COLUMNS}
    if determinations is not None:
        positions = np.full(table.num_rows, -1, dtype=np.int64)
        positions[determinations.column("row").to_numpy() - 1] = np.arange(determinations.num_rows)
        indices = pa.array(positions, mask=positions < 0)
        columns = {name: determinations.column(name).combine_chunks().take(indices) for name, _ in _CUSTODIAN_COLUMNS}
    public_columns = {name: to_list(table.column(name)) for name in ("row", "request_id", "code", "reasons")}
    return AnswerColumns(salt=salts, **public_columns, **columns)


def build_answers_table(stored: Iterable[tuple[Sequence[Any], ...]]) -> pa.Table:
    """Return stored answers (from `store.answers.stream_public_columns`) as one `ANSWERS_SCHEMA` table."""
    tables = [pa.table(list(columns), schema=ANSWERS_SCHEMA) for columns in stored]
    return pa.concat_tables(tables) if tables else ANSWERS_SCHEMA.empty_table()

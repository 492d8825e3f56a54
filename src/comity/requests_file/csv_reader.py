"""Read a requests file in CSV (RFC 4180), block by block; a row of the wrong number of fields is an empty row.

Basis: docs/spec/batch.md.
"""

import csv
import io
from array import array
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from comity.model.request_fields import REQUEST_FIELDS, TEXT_SCHEMA
from comity.requests_file.columns import check_columns, select_agreed_columns
from comity.requests_file.form_faults import FormFaultKind, FormFaults, UnreadableFileError
from comity.requests_file.limits import MAX_HEADER_BYTES, MAX_HEADER_COLUMNS, MAX_ROWS
from comity.requests_file.plain_text import PlainTextReader

_BLOCK_BYTES = 2 * 2**20  # Arrow reads 32 blocks ahead
_SHIFTED = FormFaultKind(
    "Rows do not have the header's number of fields: a comma too many or too few.",
    "Give the row a field for each column, and put a field with a comma in it between quotes.",
    REQUEST_FIELDS,
)


def read_csv(file: IO[bytes], faults: FormFaults) -> Iterator[pa.RecordBatch]:
    """Yield the data rows as text, in file order. Raises UnreadableFileError."""
    text = PlainTextReader(file, faults, first_row=0)
    lines = io.BufferedReader(text, _BLOCK_BYTES)
    first = lines.readline(MAX_HEADER_BYTES)
    header = _parse_header(first.decode(errors="replace").rstrip("\r\n"))
    if not first.endswith(b"\n") and len(first) == MAX_HEADER_BYTES:
        header = []
    check_columns(header, faults)
    if not 0 < len(header) <= MAX_HEADER_COLUMNS:
        text.skip_to_end()
        raise UnreadableFileError("The file's first line is no header.", max(0, text.line_count - 1))
    if not lines.peek(1):
        return
    shifted = _ShiftedRows()
    try:
        for batch in _open_rows(lines, header, shifted):
            yield shifted.insert(select_agreed_columns(batch, header))
    except pa.ArrowInvalid as error:
        if shifted.is_overflown:
            raise UnreadableFileError(f"The file has more than {MAX_ROWS:,} rows.") from error
        text.skip_to_end()
        message = "The CSV cannot be parsed: a quote is left open or a field is larger than any name."
        raise UnreadableFileError(message, text.line_count - 1) from error
    yield shifted.insert_last()
    if shifted.numbers:
        faults.add_rows(_SHIFTED, shifted.numbers)


def _parse_header(line: str) -> list[str]:
    """Return the column names; a single unknown name when the line is empty or not CSV."""
    try:
        return next(csv.reader([line]), []) or [""]
    except csv.Error:
        return [""]


def _open_rows(lines: IO[bytes], header: list[str], shifted: "_ShiftedRows") -> Iterator[pa.RecordBatch]:
    names = [f"column {position}" for position in range(len(header))]  # the header may repeat a name
    yield from pa_csv.open_csv(
        lines,
        read_options=pa_csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES, column_names=names),
        parse_options=pa_csv.ParseOptions(
            newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=shifted.skip
        ),
        convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), check_utf8=False),
    )


class _ShiftedRows:
    """The rows that were skipped for their number of fields, and where each belongs among the others."""

    def __init__(self) -> None:
        self.numbers = array("q")
        self.is_overflown = False
        self._inserted = self._row_count = 0

    def skip(self, row: Any) -> str:
        """Take the number of an invalid row, as Arrow's parser calls it."""
        if len(self.numbers) >= MAX_ROWS:
            self.is_overflown = True
            return "error"
        self.numbers.append(row.number)
        return "skip"

    def insert(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the next rows with an empty row at each number that was skipped before or between them."""
        missing = np.array(self.numbers[self._inserted :], dtype=np.int64) - 1 - self._row_count
        missing = missing[missing - np.arange(len(missing)) < batch.num_rows]
        self._inserted += len(missing)
        self._row_count += batch.num_rows + len(missing)
        if not len(missing):
            return batch
        present = np.ones(batch.num_rows + len(missing), dtype=bool)
        present[missing] = False
        return batch.take(pa.array(np.where(present, np.cumsum(present) - 1, 0), mask=~present))

    def insert_last(self) -> pa.RecordBatch:
        """Return the empty rows after the last one."""
        rows = len(self.numbers) - self._inserted
        return pa.RecordBatch.from_arrays([pa.nulls(rows, pa.string())] * len(REQUEST_FIELDS), schema=TEXT_SCHEMA)

"""Read a requests file (CSV, JSON Lines, Parquet) into columns of text, in file order, losing no row.

Guarantees: the result has the schema `REQUESTS_SCHEMA`; a row that cannot be read is there with empty fields and is
named in a `Fault`. Size is bounded before anything is decoded, by what is on disk and by what the file claims.
Basis: docs/spec/batch.md; rule R13 (schema drift: unknown column, shifted row, wrong encoding, byte order mark,
repeated header); RFC 4180.
Start at `read_requests_table`.
"""

import codecs
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from comity.columns.buffers import combine_chunks
from comity.errors import RequestError
from comity.intake.form_faults import make_form_fault
from comity.intake.limits import MAX_DICTIONARY_BYTES, MAX_FILE_BYTES, MAX_ROWS
from comity.model.batch import REQUEST_FIELDS, REQUESTS_SCHEMA, Fault

REQUESTS_FILE_NAMES = ("requests.csv", "requests.jsonl", "requests.parquet")
_CSV_BLOCK_BYTES = 32 * 2**20
_PARQUET_BATCH_ROWS = 65_536
_KNOWN_ENCODINGS = {"PLAIN", "RLE", "RLE_DICTIONARY", "PLAIN_DICTIONARY", "BIT_PACKED"}


def find_requests_file(folder: Path, file_name: str | None) -> Path:
    """Return the batch's one requests file.

    Raises:
        RequestError: `batch_unreadable` when there is none, more than one, or it is too large.
    """
    names = [file_name] if file_name is not None else [name for name in REQUESTS_FILE_NAMES if (folder / name).exists()]
    if len(names) != 1 or names[0] not in REQUESTS_FILE_NAMES:
        message = "The batch folder must hold exactly one requests file: " + ", ".join(REQUESTS_FILE_NAMES) + "."
        raise RequestError("batch_unreadable", message, "Name it in requests_file if there are several.")
    path = folder / names[0]
    if not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
        message = f"The requests file is missing, not a plain file, or over {MAX_FILE_BYTES:,} bytes."
        raise RequestError("batch_unreadable", message, "Split the batch as the agreement allows.")
    return path


def read_requests_table(path: Path) -> tuple[pa.Table, tuple[Fault, ...]]:
    """Return every data row as text, and what is wrong with the file's form."""
    readers = {".csv": _read_csv, ".jsonl": _read_jsonl, ".parquet": _read_parquet}
    return readers[path.suffix](path)


def _read_csv(path: Path) -> tuple[pa.Table, tuple[Fault, ...]]:
    raw, encoding = _repair_utf8(path.read_bytes(), first_row=0)
    first, _, rows = raw.partition(b"\n")
    header = _parse_header(first.decode().rstrip("\r"))
    faults = (*encoding, *_check_columns(header))
    if not rows:
        return _empty_rows(0), faults
    shifted: list[int] = []

    def skip(row: Any) -> str:
        shifted.append(row.number - 1)  # the header is number 1
        return "skip"

    column_names = [f"column {position}" for position in range(len(header))]  # the header may repeat a name
    try:
        table = pa_csv.read_csv(
            io.BytesIO(raw),
            read_options=pa_csv.ReadOptions(
                use_threads=False, block_size=_CSV_BLOCK_BYTES, column_names=column_names, skip_rows=1
            ),
            parse_options=pa_csv.ParseOptions(
                newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=skip
            ),
            convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(column_names, pa.string())),
        )
    except pa.ArrowInvalid:
        fault = make_form_fault("The CSV cannot be parsed: a quote is left open or a field is larger than any name.")
        return _empty_rows(len(rows.splitlines())), (*faults, fault)
    if table.num_rows + len(shifted) > MAX_ROWS:
        return _empty_rows(0), (*faults, make_form_fault(f"The file has more than {MAX_ROWS:,} rows."))
    numbered = _number_rows(_select_agreed_columns(table, header))
    if not shifted:
        return numbered, faults
    fault = make_form_fault("Rows do not have the header's number of fields: a comma too many or too few.", shifted)
    return _insert_empty_rows(numbered, shifted), (*faults, fault)


def _parse_header(line: str) -> list[str]:
    """Return the column names; a single unknown name when the line is empty or not CSV."""
    try:
        return next(csv.reader([line]), []) or [""]
    except csv.Error:
        return [""]


def _select_agreed_columns(table: pa.Table, header: list[str]) -> pa.Table:
    """Return the agreed columns of a table whose columns are in the header's order; missing ones are null."""
    empty = pa.nulls(table.num_rows, pa.string())
    return pa.table({n: table.column(header.index(n)) if n in header else empty for n in REQUEST_FIELDS})


def _read_jsonl(path: Path) -> tuple[pa.Table, tuple[Fault, ...]]:
    raw, encoding = _repair_utf8(path.read_bytes(), first_row=1)
    lines = raw.splitlines()
    if len(lines) > MAX_ROWS:
        return _empty_rows(0), (make_form_fault(f"The file has more than {MAX_ROWS:,} rows."),)
    columns: dict[str, list[str | None]] = {name: [] for name in REQUEST_FIELDS}
    malformed: list[int] = []
    for number, fields in enumerate(_parse_lines(lines), start=1):
        if fields is None:
            malformed.append(number)
        for name, values in columns.items():
            values.append(fields.get(name) if fields else None)
    faults = (
        (make_form_fault("Lines are not JSON objects with only the known fields, as text.", malformed),)
        if malformed
        else ()
    )
    return _number_rows(pa.table({n: pa.array(v, pa.string()) for n, v in columns.items()})), (*encoding, *faults)


def _parse_lines(lines: list[bytes]) -> Iterator[dict[str, str | None] | None]:
    """Yield each line's known fields as text, or None when the line is anything else."""
    for line in lines:
        try:
            pairs = json.loads(line, object_pairs_hook=list)
            fields = {k: None if v is None else _field_text(v) for k, v in pairs}
            if len(fields) != len(pairs) or not fields.keys() <= set(REQUEST_FIELDS):
                raise ValueError("fields")  # noqa: TRY301  one way out for every malformed line
        except (ValueError, TypeError, RecursionError):
            yield None
            continue
        yield fields


def _field_text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError("not text")
    text = str(value)
    text.encode("utf-8")  # a lone surrogate raises ValueError
    return text


def _read_parquet(path: Path) -> tuple[pa.Table, tuple[Fault, ...]]:
    try:
        file = pq.ParquetFile(path, read_dictionary=list(REQUEST_FIELDS))
        meta = file.metadata
        claimed = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
        if meta.num_rows > MAX_ROWS or claimed > MAX_FILE_BYTES:
            return _empty_rows(0), (
                make_form_fault(f"The file claims more than {MAX_ROWS:,} rows or {MAX_FILE_BYTES:,} bytes."),
            )
        faults = _check_columns(file.schema_arrow.names)
        if faults:
            return _empty_rows(meta.num_rows), faults  # nobody can know which column is which
        plain = pq.ParquetFile(path)
        groups = [
            _decode_dictionaries(batch)
            for group in range(meta.num_row_groups)
            for batch in (plain if _has_short_values(file, group) else file).iter_batches(
                batch_size=_PARQUET_BATCH_ROWS, row_groups=[group]
            )
        ]
    except (pa.ArrowException, OSError, ValueError):
        return _empty_rows(0), (make_form_fault("The Parquet file is damaged, or a column cannot be read as text."),)
    return _number_rows(pa.Table.from_batches(groups, _TEXT_SCHEMA)), ()


def _has_short_values(file: pq.ParquetFile, group: int) -> bool:
    """Return whether no value of a row group would be huge when repeated, so that it can be decoded at once.

    The first row brings each column's dictionary; a value outside of a dictionary takes the space it claims.
    """
    columns = (file.metadata.row_group(group).column(position) for position in range(file.metadata.num_columns))
    if not all(_KNOWN_ENCODINGS.issuperset(column.encodings) for column in columns):
        return False
    first = next(file.iter_batches(batch_size=1, row_groups=[group]), None)
    dictionaries = [c.dictionary for c in (first.columns if first else ()) if pa.types.is_dictionary(c.type)]
    longest = (pc.max(pc.binary_length(values)).as_py() or 0 for values in dictionaries)
    return max(longest, default=0) <= MAX_DICTIONARY_BYTES // _PARQUET_BATCH_ROWS


def _decode_dictionaries(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Decode dictionaries to text, after checking their size.

    One huge value repeated a million times is small on disk and enormous in memory.
    """
    columns = []
    for field in _TEXT_SCHEMA:
        column = batch.column(field.name)
        if pa.types.is_dictionary(column.type) and column.dictionary.nbytes > MAX_DICTIONARY_BYTES:
            raise ValueError("dictionary too large")
        columns.append(column.cast(pa.string()))
    return pa.RecordBatch.from_arrays(columns, schema=_TEXT_SCHEMA)


_TEXT_SCHEMA = pa.schema([(name, pa.string()) for name in REQUEST_FIELDS])


def _repair_utf8(raw: bytes, *, first_row: int) -> tuple[bytes, tuple[Fault, ...]]:
    """Return the text as plain UTF-8 in which every row keeps its place, and the faults that were repaired.

    `first_row` is the row number of the file's first line (0 where that is the header).
    """
    faults: list[Fault] = []
    if raw.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        faults.append(make_form_fault("The file begins with a byte order mark; write plain UTF-8."))
        raw = raw.decode("utf-8-sig" if raw.startswith(codecs.BOM_UTF8) else "utf-16", "replace").encode()
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace")
        malformed = [row for row, line in enumerate(text.split("\n"), start=first_row) if "\ufffd" in line and row > 0]
        faults.append(make_form_fault("The file is not UTF-8.", malformed))
        raw = text.encode()
    return raw, tuple(faults)


def _check_columns(header: list[str]) -> tuple[Fault, ...]:
    """Return a fault for columns that are not the agreed ones.

    Missing columns are named (their names are ours); unknown ones are only counted (their names are the sender's).
    """
    missing = [name for name in REQUEST_FIELDS if name not in header]
    unknown = len([name for name in header if name not in REQUEST_FIELDS])
    repeated = len(header) - len(set(header))
    faults = []
    if missing:
        faults.append("missing " + ", ".join(missing))
    if unknown:
        faults.append(f"{unknown} unknown")
    if repeated:
        faults.append(f"{repeated} repeated")
    return (make_form_fault("The columns are not the agreed ones: " + "; ".join(faults) + "."),) if faults else ()


def _empty_rows(rows: int) -> pa.Table:
    rows = max(0, min(rows, MAX_ROWS))
    return _number_rows(pa.table({name: pa.nulls(rows, pa.string()) for name in REQUEST_FIELDS}))


def _number_rows(table: pa.Table) -> pa.Table:
    numbers = pa.array(np.arange(1, table.num_rows + 1, dtype=np.int32))
    columns = [numbers, *(combine_chunks(table.column(name)) for name in REQUEST_FIELDS)]
    return pa.Table.from_arrays(columns, schema=REQUESTS_SCHEMA)


def _insert_empty_rows(table: pa.Table, missing: list[int]) -> pa.Table:
    """Insert an empty row at each number in `missing` (1-based)."""
    present = np.ones(table.num_rows + len(missing), dtype=bool)
    present[np.array(missing) - 1] = False
    positions = np.where(present, np.cumsum(present) - 1, 0)
    return _number_rows(table.take(pa.array(positions, mask=~present)))

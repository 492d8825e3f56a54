"""A bank's customers from a Parquet or CSV file, in batches of small numbers; no text of the file goes any further.

Columns, all of them and no other: customer_id; opened_on and document_expires_on (YYYY-MM-DD); kind; birth_year; state;
number_kind; former_name_on_file, details_kept and verified (yes or no); document_kind. Blank means unknown and is
counted so.

Guarantees: a column that is missing, repeated or not in the list stops everything, so no name, language, birthplace or
group can come in; every value is in its closed list or a fault with its row; all faults are told at once, and none
tells a value.
Does not: keep a customer_id; each becomes a 64-bit hash that lives until repeated ones are looked for.
Start at `open_customers`.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numba import njit

from comity.assess.customer_csv import SAVE_AS, CsvDialect, CsvFault, describe_names, explain_rows, find_dialect
from comity.errors import RequestError
from comity.law.candidate import AccountKind, NumberKind
from comity.law.worth import EvidenceTable
from comity.plain_files import verify_plain_file
from comity.process_limits import limited_memory
from comity.reference.states import STATE_NAMES

COLUMNS = (
    "customer_id", "opened_on", "kind", "birth_year", "state", "number_kind", "former_name_on_file", "document_kind",
    "document_expires_on", "details_kept", "verified",
)  # fmt: skip
OTHER_DOCUMENT = "other"
UNKNOWN_DAY = np.iinfo(np.int32).min
"""In columns of days since 1970: blank."""
NO, YES = 1, 2
"""Codes of yes and no; 0 is blank."""

LISTED = {
    "kind": f"one of {', '.join(AccountKind)}", "number_kind": f"one of {', '.join(NumberKind)}",
    "state": "a state in two letters", "document_kind": "a kind of `comity documents table`, nor other",
    "former_name_on_file": "yes or no", "details_kept": "yes or no", "verified": "yes or no",
}  # fmt: skip
"""What a column takes."""

BATCH_ROWS = 1 << 20
CSV_BLOCK_BYTES = 16 << 20
MAX_ID_BYTES = 200
MIN_ID_BYTES = 8
"""Bytes for each row below which ids are taken to be shared by many rows."""
MAX_ROWS = 400_000_000
MAX_ROWS_LISTED = 10
FIRST_BIRTH_YEAR = 1880
FIRST_OPENING = date(1780, 1, 1)

MAX_DATA_BYTES = 4 << 30
MAX_FOOTER_BYTES, MAX_FOOTER_ITEMS, MIN_PARQUET_BYTES = 32 << 20, 1_000_000, 12
SYNTHETIC_ID = "SYNTHETIC-"
"""How every customer_id of a synthetic file begins: a mark in each row, which no metadata can replace."""

Codes = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class CustomerBatch:
    """Some customers as numbers, one array per column: codes of closed lists (0: blank), or days and years."""

    columns: Mapping[str, Codes]
    id_hashes: npt.NDArray[np.uint64]
    first_row: int

    @property
    def rows(self) -> int:
        """Return how many customers."""
        return len(self.id_hashes)


@dataclass(slots=True)
class Faults:
    """What is wrong with a file, by column, with the first rows of each."""

    rows: dict[str, list[int]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def note(self, what: str, rows: Sequence[int] | npt.NDArray[Any]) -> None:
        """Note rows (1 is the first data row) at fault in one way."""
        if len(rows):
            first_rows = self.rows.setdefault(what, [])
            first_rows.extend(int(row) for row in rows[: MAX_ROWS_LISTED - len(first_rows)])
            self.counts[what] = self.counts.get(what, 0) + len(rows)

    def raise_if_any(self) -> None:
        """Raise `customers_invalid` with all of them, when there are any."""
        if self.counts:
            faults = [_describe_fault(what, self.rows[what], count) for what, count in self.counts.items()]
            raise customers_invalid(faults)


def _describe_fault(what: str, rows: Sequence[int], count: int) -> str:
    listed = ", ".join(f"{row:,}" for row in rows) + (", ..." if count > len(rows) else "")
    return f"{what} ({count:,} {'row' if count == 1 else 'rows'}: {listed})"


def customers_invalid(faults: Sequence[str]) -> RequestError:
    """Return the refusal of a file with these faults."""
    message = (
        f"The file of customers cannot be assessed: {'; '.join(faults)}. A row left out would make every count wrong."
    )
    hint = (
        f"Give exactly the columns {', '.join(COLUMNS)}; leave blank what is not known; see docs/guides/documents.md."
    )
    return RequestError("customers_invalid", message, hint)


class CustomerSource:
    """An open file of customers. Iterate over `batches` once, then call `finish`.

    `rows_expected` is what the file says of itself; `is_synthetic` holds while every customer read has a synthetic id.
    """

    def __init__(
        self,
        tables: Iterator[pa.RecordBatch],
        table: EvidenceTable,
        as_of: date,
        *,
        rows: int | None,
    ) -> None:
        self._batches = tables
        self.rows_expected = rows
        self.is_synthetic = True
        self._faults = Faults()
        self._hashes: list[npt.NDArray[np.uint64]] = []
        self._readers = _readers(table, as_of)

    def batches(self) -> Iterator[CustomerBatch]:
        """Yield the customers as numbers; faults are gathered until `finish`."""
        first = 1
        for batch in self._batches:
            yield self._code(batch, first)
            first += batch.num_rows
            if first > MAX_ROWS:
                raise customers_invalid([f"it has more than {MAX_ROWS:,} rows"])
        if self.rows_expected not in {None, first - 1}:
            raise customers_invalid(["it does not have as many rows as its footer says: write it again"])

    def finish(self) -> None:
        """Raise when anything was wrong.

        Raises:
            RequestError: `customers_invalid`, with all faults.
        """
        hashes = np.concatenate(self._hashes) if self._hashes else np.zeros(0, np.uint64)
        if not len(hashes):
            raise customers_invalid(["it holds no customer"])
        if not self._faults.counts.get("customer_id is blank"):
            self._faults.note("customer_id is not the only one of its kind", _repeated_rows(hashes))
        self._faults.raise_if_any()

    def _code(self, batch: pa.RecordBatch, first: int) -> CustomerBatch:
        ids = batch.column("customer_id")
        hashes, is_bad = _hash_ids(ids)
        self.is_synthetic = self.is_synthetic and _are_synthetic(ids)
        self._faults.note("customer_id is blank", np.flatnonzero(is_bad[0]) + first)
        self._faults.note("customer_id has blanks around it, or is too long", np.flatnonzero(is_bad[1]) + first)
        self._hashes.append(hashes)
        columns = {}
        for name, reader in self._readers.items():
            codes, is_fault = reader.read(batch.column(name))
            self._faults.note(reader.fault, np.flatnonzero(is_fault) + first)
            columns[name] = codes
        return CustomerBatch(columns, hashes, first)


@contextmanager
def open_customers(path: Path, table: EvidenceTable, as_of: date) -> Iterator[CustomerSource]:
    """Open a file of customers.

    Raises:
        RequestError: `customers_invalid`.
    """
    ending = path.suffix.lower()
    if ending not in {".parquet", ".csv"}:
        what = f": it is a workbook; {SAVE_AS}" if ending in {".xlsx", ".xls", ".xlsm", ".ods"} else ""
        raise customers_invalid([f"its name ends neither in .parquet nor in .csv{what}"])
    try:
        verify_plain_file(path)
    except FileNotFoundError as fault:
        raise customers_invalid(["there is no file of that name"]) from fault
    except OSError as fault:
        raise customers_invalid(["it may not be read, or is a folder, a link, a pipe or a device"]) from fault
    try:
        with limited_memory(MAX_DATA_BYTES):
            yield from _open(path, table, as_of)
    except MemoryError as fault:
        raise customers_invalid([f"reading it takes more than {MAX_DATA_BYTES >> 20:,} MiB of memory"]) from fault


def _open(path: Path, table: EvidenceTable, as_of: date) -> Iterator[CustomerSource]:
    if path.suffix.lower() == ".csv":
        dialect = None
        try:
            dialect = find_dialect(path, COLUMNS)
            yield _open_csv(path, dialect, table, as_of)
        except CsvFault as fault:
            raise customers_invalid([str(fault)]) from None
        except MemoryError:  # the library's own error of memory is one of its exceptions too
            raise
        except (pa.ArrowException, OSError, UnicodeError) as fault:
            faults = explain_rows(path, dialect) if dialect is not None else []
            raise customers_invalid(faults or ["it cannot be read or is damaged"]) from fault
    else:
        try:
            yield _open_parquet(path, table, as_of)
        except MemoryError:  # the library's own error of memory is one of its exceptions too
            raise
        except (pa.ArrowException, OSError, UnicodeError) as fault:
            raise customers_invalid(["it is no Parquet file, or is damaged or cut off: write it again"]) from fault


def _open_parquet(path: Path, table: EvidenceTable, as_of: date) -> CustomerSource:
    limits = {"thrift_string_size_limit": MAX_FOOTER_BYTES, "thrift_container_size_limit": MAX_FOOTER_ITEMS}
    _check_footer(path)
    file = pq.ParquetFile(path, **limits)
    schema = file.schema_arrow
    _check_columns(schema.names)
    _check_counts(file.metadata)
    leaves = [file.schema.column(place) for place in range(len(file.schema))]
    texts = [leaf.name for leaf in leaves if leaf.physical_type == "BYTE_ARRAY" and leaf.path == leaf.name]
    if _has_own_bytes(file.metadata, schema.names.index("customer_id")):
        texts = [name for name in texts if name != "customer_id"]  # as a dictionary, ids take three times as long
    # As a dictionary, a long text that many rows share is there once.
    file = pq.ParquetFile(path, read_dictionary=texts, **limits)
    batches = file.iter_batches(batch_size=BATCH_ROWS, columns=list(COLUMNS))
    return CustomerSource(batches, table, as_of, rows=file.metadata.num_rows)


def _check_footer(path: Path) -> None:
    """Raise for a file that does not end as Parquet does, or says that its footer is larger than any is."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 8))
        end = file.read(8)
    footer_bytes = int.from_bytes(end[:4], "little")
    if size < MIN_PARQUET_BYTES or end[4:] != b"PAR1":
        raise customers_invalid(["it is no Parquet file, or is cut off: write it again, or name a CSV file .csv"])
    if not 0 < footer_bytes <= min(MAX_FOOTER_BYTES, size - MIN_PARQUET_BYTES):
        raise customers_invalid(["its footer is longer than any, or than the file: write it again"])


def _has_own_bytes(metadata: Any, column: int) -> bool:
    """Return whether each row of a column has bytes of its own in every group, so that reading it expands nothing."""
    chunks = [metadata.row_group(place).column(column) for place in range(metadata.num_row_groups)]
    return all(chunk.total_uncompressed_size >= MIN_ID_BYTES * chunk.num_values for chunk in chunks)


def _check_counts(metadata: Any) -> None:
    """Raise when the numbers of rows that a footer gives cannot be or do not agree with each other."""
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    rows = [group.num_rows for group in groups]
    values = {group.column(place).num_values - group.num_rows for group in groups for place in range(group.num_columns)}
    if metadata.num_rows > MAX_ROWS:
        raise customers_invalid([f"it has more than {MAX_ROWS:,} rows"])
    if min(rows, default=0) < 0 or sum(rows) != metadata.num_rows or values - {0}:
        raise customers_invalid(["the numbers of rows in its footer do not agree: write it again"])


def _open_csv(path: Path, dialect: CsvDialect, table: EvidenceTable, as_of: date) -> CustomerSource:
    _check_columns(dialect.names)
    reader = pa_csv.open_csv(
        path,
        read_options=pa_csv.ReadOptions(
            block_size=CSV_BLOCK_BYTES, column_names=dialect.names, skip_rows=dialect.lines_before,
            encoding="utf8" if dialect.encoding.startswith("utf-8") else dialect.encoding,
        ),
        parse_options=pa_csv.ParseOptions(delimiter=dialect.delimiter),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(COLUMNS, pa.string()), strings_can_be_null=True, null_values=[""]
        ),
    )  # fmt: skip
    return CustomerSource(iter(reader), table, as_of, rows=None)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _check_columns(names: Sequence[str]) -> None:
    """Raise for columns that are not the eleven."""
    faults = describe_names(names, COLUMNS)
    if faults:
        raise customers_invalid(faults)


@dataclass(frozen=True, slots=True)
class ColumnReader:
    """Turns a column into numbers: texts through `parse` (None for a fault), and one type of column as it is."""

    fault: str
    parse: Callable[[str], int | None]
    blank: int
    least: int
    most: int
    is_typed: Callable[[pa.DataType], bool] = pa.types.is_null
    parsed: dict[str, int | None] = field(default_factory=dict)

    def read(self, column: pa.Array) -> tuple[Codes, npt.NDArray[np.bool_]]:
        """Return the numbers, and which rows are at fault (they get the number for blank)."""
        if self.is_typed(column.type):
            plain = column.cast(pa.int32()) if not pa.types.is_integer(column.type) else column.cast(pa.int64())
            values = _filled(plain, self.blank)
            return self._checked(values + 1 if pa.types.is_boolean(column.type) else values, column)
        coded = column if pa.types.is_dictionary(column.type) else _as_text(column).dictionary_encode()
        texts = coded.dictionary.cast(pa.string()).to_pylist()
        codes = [self.blank if text is None else self._parsed(text) for text in texts]
        table = np.array([*(self.blank if code is None else code for code in codes), self.blank], np.int32)
        is_bad = np.array([*(code is None for code in codes), False])
        places = _filled(coded.indices.cast(pa.int32()), len(texts))
        return table[places], is_bad[places]

    def _parsed(self, text: str) -> int | None:
        if text not in self.parsed:
            if len(self.parsed) > 1_000_000:
                self.parsed.clear()
            word = text.strip()
            code = self.parse(word) if word else self.blank
            is_good = code is not None and (code == self.blank or self.least <= code <= self.most)
            self.parsed[text] = code if is_good else None
        return self.parsed[text]

    def _checked(self, values: npt.NDArray[Any], column: pa.Array) -> tuple[Codes, npt.NDArray[np.bool_]]:
        is_null = column.is_null().to_numpy(zero_copy_only=False)
        is_bad = ~is_null & ((values < self.least) | (values > self.most))
        return np.where(is_null | is_bad, self.blank, values).astype(np.int32), is_bad


def _filled(column: pa.Array, blank: int) -> npt.NDArray[Any]:
    values: npt.NDArray[Any] = pc.fill_null(column, blank).to_numpy(zero_copy_only=False)
    return values


def _hash_ids(column: pa.Array) -> tuple[npt.NDArray[np.uint64], tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    """Return the hash of each id, and which rows have none, and which have one that is not formed as an id is."""
    coded = column if pa.types.is_dictionary(column.type) else None
    texts = pc.fill_null(_as_text(coded.dictionary if coded is not None else column), "")
    lengths = pc.binary_length(texts).to_numpy(zero_copy_only=False)
    stripped = pc.binary_length(pc.utf8_trim_whitespace(texts)).to_numpy(zero_copy_only=False)
    is_blank, is_misformed = stripped == 0, (stripped > 0) & ((stripped < lengths) | (lengths > MAX_ID_BYTES))
    offsets, data = _buffers(texts)
    hashes = np.empty(len(texts), np.uint64)
    _hash_texts(data, offsets, hashes)
    if coded is None:
        return hashes, (is_blank, is_misformed)
    places = _filled(coded.indices.cast(pa.int64()), len(texts))  # a null in the last place: blank
    hashes, is_blank, is_misformed = (
        np.append(values, value)[places] for values, value in ((hashes, 0), (is_blank, True), (is_misformed, False))
    )
    return hashes.astype(np.uint64), (is_blank.astype(bool), is_misformed.astype(bool))


def _are_synthetic(column: pa.Array) -> bool:
    """Return whether every id is one that a synthetic customer has and no other."""
    texts = _as_text(column.dictionary if pa.types.is_dictionary(column.type) else column)
    return bool(pc.all(pc.starts_with(texts, SYNTHETIC_ID), skip_nulls=False, min_count=0).as_py())


def _as_text(column: pa.Array) -> pa.Array:
    return column if _is_text(column.type) else column.cast(pa.string())


def _readers(table: EvidenceTable, as_of: date) -> dict[str, ColumnReader]:
    today = _day(as_of)
    yes_no = {"yes": YES, "no": NO}
    lists = {
        "kind": code_names(AccountKind),
        "number_kind": code_names(NumberKind),
        "state": code_names(sorted(STATE_NAMES)),
        "document_kind": code_names(document_kinds(table)),
        "former_name_on_file": yes_no,
        "details_kept": yes_no,
        "verified": yes_no,
    }
    readers = {
        name: ColumnReader(
            f"{name} is not {LISTED[name]}", codes.get, 0, 1, len(codes),
            pa.types.is_boolean if codes is yes_no else pa.types.is_null,
        )
        for name, codes in lists.items()
    }  # fmt: skip
    far = _day(date(9999, 12, 31))
    first, form = _day(FIRST_OPENING), "no date written YYYY-MM-DD"
    readers["opened_on"] = ColumnReader(
        f"opened_on is {form}, or after the day of the assessment", _parse_day, UNKNOWN_DAY, first, today,
        pa.types.is_date32,
    )  # fmt: skip
    readers["document_expires_on"] = ColumnReader(
        f"document_expires_on is {form}", _parse_day, UNKNOWN_DAY, first, far, pa.types.is_date32
    )
    readers["birth_year"] = ColumnReader(
        "birth_year is no year of a living person", _parse_year, 0, FIRST_BIRTH_YEAR, as_of.year, pa.types.is_integer
    )
    return readers


def document_kinds(table: EvidenceTable) -> list[str]:
    """Return the names that document_kind may have, in the order of their codes."""
    return [*sorted(table.kinds), OTHER_DOCUMENT]


def code_names(names: Any) -> dict[str, int]:
    """Return the code of each name, from 1 on."""
    return {str(name): code for code, name in enumerate(names, start=1)}


def _day(day: date) -> int:
    return (day - date(1970, 1, 1)).days


_DAY_FORM = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _parse_day(text: str) -> int | None:
    try:
        return _day(date.fromisoformat(text)) if _DAY_FORM.fullmatch(text) else None
    except ValueError:
        return None


def _parse_year(text: str) -> int | None:
    return int(text) if len(text) == len("1980") and text.isascii() and text.isdigit() else None


def _buffers(texts: pa.Array) -> tuple[npt.NDArray[Any], npt.NDArray[np.uint8]]:
    """Return the offsets and bytes of a column of texts without nulls."""
    _, offsets, data = texts.buffers()
    width = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    starts = np.frombuffer(offsets, width)[texts.offset : texts.offset + len(texts) + 1]
    return starts, np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)


_KEY = np.frombuffer(hashlib.sha256(b"comity customer_id").digest()[:16], np.uint64)


@njit(cache=True)
def _hash_loop(data, offsets, first, factor, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  compiled
    """Write a 64-bit hash of each text (multiply and fold, byte by byte)."""
    for i in range(len(out)):
        value = first
        for k in range(offsets[i], offsets[i + 1]):
            value = (value ^ np.uint64(data[k])) * factor
            value ^= value >> np.uint64(29)
        out[i] = value


def _hash_texts(data: npt.NDArray[np.uint8], offsets: npt.NDArray[Any], out: npt.NDArray[np.uint64]) -> None:
    _hash_loop(data, offsets, _KEY[0], _KEY[1] | np.uint64(1), out)


def _repeated_rows(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Return the rows (from 1 on) whose customer_id an earlier row has, by their hashes.

    Two different ids of ten million share a hash with a chance of some three in a million.
    """
    ordered = np.sort(hashes)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(twice):
        return np.zeros(0, np.int64)
    rows = np.flatnonzero(np.isin(hashes, twice))
    _, firsts = np.unique(hashes[rows], return_index=True)
    return np.delete(rows, firsts) + 1

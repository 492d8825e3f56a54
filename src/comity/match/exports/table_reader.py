"""Read a file of an export as Arrow batches of texts, each row with its number, as its table in the map lays it out.

Guarantees: memory is bounded, whatever the size of the file; the file that is named is opened, whatever its name; each
line that is no row of the table is kept with its row number and a cause, never left out in silence; a byte that is not
of the encoding is refused with its line.
Does not: know what the columns mean (`column_sql.py` does).
Start at `read_table`.
"""

import codecs
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from comity.columns.block_reader import BlockReader
from comity.errors import ComityError
from comity.match.exports.export_map import ExportTable
from comity.match.records_source import ROWS_LISTED

ROW_COLUMN = "row number of the file"
"""The column of row numbers, from 1 without the header and without empty lines."""
BLANK_ROW = "blank rows"
"""The cause under which blank rows are counted; they are never records."""
MOST_MALFORMED_LINES = 100_000
"""More lines than these without the table's fields are no file of this table."""
_BLOCK_BYTES = 1 << 23
_COMPRESSIONS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2"}
_LINE_COLUMN = "line"
_NO_DELIMITER = "\x1f"
"""The unit separator, which no line of a fixed-width file has."""


@dataclass(slots=True)
class FaultCounts:
    """How many rows have each fault, and the numbers of the first of them.

    `fatal` is why a file could not be read to its end: Arrow and DuckDB, which read it, pass no cause on. It is the
    text of the cause and not an exception, whose frames would keep this, the file and the database alive in a circle.
    """

    counts: Counter[str] = field(default_factory=Counter)
    rows: dict[str, list[int]] = field(default_factory=dict)
    fatal: str = ""

    def add(self, cause: str, row: int, count: int = 1) -> None:
        """Add a row, or a row that stands for several."""
        self.counts[cause] += count
        listed = self.rows.setdefault(cause, [])
        if len(listed) <= ROWS_LISTED:
            listed.append(row)


@dataclass(slots=True)
class TableRows:
    """The rows of a file as they are read.

    Attributes:
        schema: the columns of texts, and `ROW_COLUMN`.
        batches: the rows; they can be read once.
        faults: the lines that are no rows, complete when all batches are read.
    """

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    faults: FaultCounts


def detect_compression(file: Path) -> str | None:
    """Return how a file is compressed, by its first bytes: gzip, zstd, bz2, or None. Raises OSError."""
    with file.open("rb") as stream:
        start = stream.read(4)
    return next((name for magic, name in _COMPRESSIONS.items() if start.startswith(magic)), None)


def open_content(file: Path) -> IO[bytes]:
    """Open a file's content, decompressed. Raises OSError, also while reading, where it is damaged."""
    compression = detect_compression(file)
    if compression is None:
        return file.open("rb", buffering=1 << 20)
    stream = pa.CompressedInputStream(pa.OSFile(str(file)), compression)
    return io.BufferedReader(_RawStream(stream), 1 << 20)


class _RawStream(io.RawIOBase):
    """An Arrow stream as a raw stream of Python's, which knows the end of compressed data."""

    def __init__(self, stream: pa.NativeFile) -> None:
        self._stream = stream

    def close(self) -> None:
        """Close the Arrow stream, too."""
        self._stream.close()
        super().close()

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what `io` passes
        """Fill the buffer, and return how many bytes were read; 0 at the end."""
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Utf8Stream(BlockReader):
    """The text of a stream in any encoding, as UTF-8 without a byte order mark; it knows at which line it is."""

    def __init__(
        self, stream: IO[bytes], encoding: str, file_name: str, *, skip_lines: int = 0, faults: FaultCounts
    ) -> None:
        super().__init__()
        self._stream, self._file_name, self._faults = stream, file_name, faults
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._line, self._is_first = 1, True
        self._lines_to_skip, self._has_bare_returns = skip_lines, False

    def _read_block(self) -> bytes:
        try:
            block = self._stream.read(1 << 20)
        except (OSError, EOFError) as e:
            raise self._stop(f"it is damaged at line {self._line} or after it") from e
        self._is_at_end = not block
        try:
            text = self._decoder.decode(block, final=self._is_at_end)
        except UnicodeDecodeError as e:
            line = self._line + e.object[: e.start].count(b"\n")
            raise self._stop(f"line {line} is not in the encoding of the map") from e
        if self._is_first and text:
            text, self._is_first = text.removeprefix("\ufeff"), False
            self._has_bare_returns = "\r" in text and "\n" not in text
        if self._has_bare_returns:  # as old systems end lines
            text = text.replace("\r", "\n")
        self._line += text.count("\n")
        while self._lines_to_skip and text:
            _, end, text = text.partition("\n")
            self._lines_to_skip -= bool(end)
        return text.encode("utf-8", errors="surrogatepass")

    def _stop(self, cause: str) -> ComityError:
        self._faults.fatal = cause
        return unreadable_file_error(self._file_name, cause)


def unreadable_file_error(name: str, cause: str) -> ComityError:
    """Return the error for a file of an export that cannot be read through its map."""
    return ComityError(
        "records_invalid",
        f"The file {name} cannot be read: {cause}.",
        "Correct the file, or its table in the map: encoding, delimiter, quote, header, skip_lines.",
    )


@contextmanager
def read_table(file: Path, table: ExportTable) -> Iterator[TableRows]:
    """Open a delimited or fixed-width file as its table lays it out; it is closed when the block ends.

    Raises:
        ComityError: `records_invalid`, the file is empty, damaged, not in its encoding, or lacks a column of the map.
    """
    faults, skipped = FaultCounts(), list[int]()
    try:
        content = open_content(file)
    except OSError as e:
        raise unreadable_file_error(file.name, "it cannot be opened") from e
    with content:
        stream = _Utf8Stream(content, table.encoding, file.name, skip_lines=table.skip_lines, faults=faults)
        reader = _open_reader(io.BufferedReader(stream, _BLOCK_BYTES), file, table, faults, skipped)
        if table.layout == "fixed":
            batches, names = _slice_lines(reader, table), [*fixed_columns(table)]
        else:
            batches, names = iter(reader), reader.schema.names
        schema = pa.schema([*((name, pa.string()) for name in names), (ROW_COLUMN, pa.int64())])
        yield TableRows(schema, _number_rows(batches, schema, file, skipped, faults), faults)


def fixed_columns(table: ExportTable) -> dict[str, tuple[int, int]]:
    """Return the name, start and end of each column of a fixed-width table: its field's name."""
    return {
        name: (source.slice.start - 1, source.slice.start - 1 + source.slice.width)
        for name, source in table.fields.items()
        if source.slice is not None
    }


def _open_reader(
    stream: IO[bytes], file: Path, table: ExportTable, faults: FaultCounts, skipped: list[int]
) -> pcsv.CSVStreamingReader:
    """Open a stream of delimited text; every column is text, and a line of another number of fields is a fault."""
    is_fixed = table.layout == "fixed"

    def note_line(line: pcsv.InvalidRow) -> str:
        is_blank = not line.text.strip(" \t\r\n\x1a")  # a file of old may end with Control-Z
        cause = BLANK_ROW if is_blank else f"{line.actual_columns} fields and not {line.expected_columns}"
        faults.add(cause, line.number)
        skipped.append(line.number)
        if len(skipped) > MOST_MALFORMED_LINES:
            faults.fatal = f"more than {MOST_MALFORMED_LINES:,} lines have {cause}"
            raise unreadable_file_error(file.name, faults.fatal)
        return "skip"

    parse = pcsv.ParseOptions(
        delimiter=_NO_DELIMITER if is_fixed else table.delimiter,
        quote_char=False if is_fixed or not table.quote else table.quote,
        newlines_in_values=bool(table.quote) and not is_fixed,
        invalid_row_handler=note_line,
    )
    names = _read_names(stream, file, table)
    read = pcsv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES, column_names=names)
    convert = pcsv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
    )
    try:
        return pcsv.open_csv(stream, read_options=read, parse_options=parse, convert_options=convert)
    except pa.ArrowInvalid as e:
        cause = "it holds no rows, or a row of more than eight megabytes"
        raise unreadable_file_error(file.name, faults.fatal or cause) from e


def _read_names(stream: IO[bytes], file: Path, table: ExportTable) -> list[str]:
    """Return the names of a file's columns: read the header line if there is one, or count the fields of the first."""
    peeked = _peek_line(stream)
    if not peeked.strip():
        where = f" after the {table.skip_lines:,} lines that the map skips" if table.skip_lines else ""
        raise unreadable_file_error(file.name, f"it is empty{where}")
    if table.layout == "fixed":
        if table.has_header:
            stream.readline()
        return [_LINE_COLUMN]
    line = stream.readline() if table.has_header else peeked
    names = split_line(line.decode("utf-8", errors="replace"), table.delimiter, table.quote)
    if not table.has_header:
        names = [f"column_{number}" for number in range(1, len(names) + 1)]
    names = number_repeated_names(names)
    missing = sorted({column for source in table.fields.values() for column in source.columns} - set(names))
    if missing:
        cause = f"it has no column {', '.join(missing)}"
        is_repeated = any(re.sub(r" \(\d+\)$", "", name) in missing for name in names if name not in missing)
        advice = "; a name that its header has twice is written with its position, as NAME (2)" * is_repeated
        raise unreadable_file_error(file.name, cause + advice)
    return names


def number_repeated_names(names: Sequence[str]) -> list[str]:
    """Return the names of columns without blanks around them, each that occurs twice with its position.

    >>> number_repeated_names(["ID", "NAME", " NAME"])
    ['ID', 'NAME (2)', 'NAME (3)']
    """
    plain = [name.strip() for name in names]
    counts = Counter(plain)
    return [f"{name} ({number})" if counts[name] > 1 else name for number, name in enumerate(plain, 1)]


def _peek_line(stream: IO[bytes]) -> bytes:
    """Return the first line without reading on; blank lines before it are read."""
    assert isinstance(stream, io.BufferedReader)
    while True:
        line = stream.peek(1 << 16).partition(b"\n")[0]
        if line.strip() or not stream.peek(1):
            return line
        stream.readline()


def split_line(line: str, delimiter: str, quote: str) -> list[str]:
    """Return the fields of one line of delimited text."""
    line = line.rstrip("\r\n")
    if not quote or quote not in line:
        return line.split(delimiter)
    fields, text, is_quoted = [], "", False
    for character in line:
        if character == quote:
            is_quoted = not is_quoted
        elif character == delimiter and not is_quoted:
            fields.append(text)
            text = ""
        else:
            text += character
    return [*fields, text]


def _slice_lines(reader: pcsv.CSVStreamingReader, table: ExportTable) -> Iterator[pa.RecordBatch]:
    columns = fixed_columns(table)
    for batch in reader:
        lines = batch.column(0)
        slices = [pc.utf8_slice_codeunits(lines, start, stop) for start, stop in columns.values()]
        yield pa.record_batch(slices, names=list(columns))


def _number_rows(
    batches: Iterator[pa.RecordBatch], schema: pa.Schema, file: Path, skipped: list[int], faults: FaultCounts
) -> Iterator[pa.RecordBatch]:
    """Yield the batches with row numbers, which count the skipped lines too; these are noted before their batch."""
    last = 0
    try:
        for batch in batches:
            numbers = np.arange(last + 1, last + 1 + batch.num_rows + len(skipped), dtype=np.int64)
            numbers = numbers[~np.isin(numbers, skipped)][: batch.num_rows]
            last = int(numbers[-1]) if len(numbers) else last
            yield pa.record_batch([*batch.columns, pa.array(numbers)], schema=schema)
    except pa.ArrowInvalid as e:
        cause = f"what follows row {last} is no such text, or a quote is not closed"
        faults.fatal = faults.fatal or cause
        raise unreadable_file_error(file.name, faults.fatal) from e

"""How a CSV file of customers is written, and why one cannot be read: for people who exported it from something.

What can be read in one way alone is read: commas, semicolons, tabs or bars between fields; UTF-8 and UTF-16; a byte
order mark; the line `sep=;` that Excel writes. What cannot be read is explained, with its rows and what to do.

Guarantees: no value of the file is told; a file is explained in time that grows with its size alone.
Start at `find_dialect`, and at `explain_rows` for a file that could not be parsed.
"""

import codecs
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HEAD_BYTES = 100_000
MOST_ROWS = 10
DELIMITERS: Mapping[str, str] = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
SAVE_AS = "in a spreadsheet, save as CSV UTF-8"

_OTHER_FILES = {
    b"PK\x03\x04": f"it is an Excel workbook under another name: {SAVE_AS}",
    b"\xd0\xcf\x11\xe0": f"it is an old Excel workbook under another name: {SAVE_AS}",
    b"PAR1": "it is a Parquet file under another name: rename it to .parquet",
    b"\x1f\x8b": "it is compressed (gzip): unpack it first",
}
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_SEPARATOR_LINE = re.compile(r"sep=(.)", re.IGNORECASE)


class CsvFault(ValueError):  # noqa: N818  the house's word
    """Why a file is no CSV that is read here."""


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """How a file is written. `lines_before` are those before the first customer: the names, and perhaps `sep=;`."""

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    lines_before: int


def find_dialect(path: Path, columns: Sequence[str]) -> CsvDialect:
    """Return how a CSV file with some of these columns is written.

    Raises:
        CsvFault: it is another kind of file, or its first line cannot be read.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    for start, what in _OTHER_FILES.items():
        if head.startswith(start):
            raise CsvFault(what)
    encoding = _find_encoding(head)
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head)
    lines = re.split(r"\r\n|\r|\n", text, maxsplit=2)
    separator = _SEPARATOR_LINE.fullmatch(lines[0].strip(' "'))
    if separator is not None:
        lines = lines[1:]
    if not lines or not lines[0].strip():
        raise CsvFault("its first line is empty, or it is empty" if head.strip() else "it is empty")
    if len(text) >= HEAD_BYTES and len(lines) == 1:
        raise CsvFault("its first line has no end")
    delimiters = [separator[1]] if separator is not None and separator[1] in DELIMITERS else list(DELIMITERS)
    found = [(delimiter, _read_names(lines[0], delimiter)) for delimiter in delimiters]
    delimiter, names = max(found, key=lambda pair: sum(name in columns for name in pair[1]))
    return CsvDialect(encoding, delimiter, names, 1 + (separator is not None))


def _find_encoding(head: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            if encoding == "utf-32":
                raise CsvFault(f"it is written in UTF-32: {SAVE_AS}")
            return encoding
    if head[1:2] == b"\0" and head[:1] != b"\0":
        return "utf-16-le"
    return "utf-16-be" if head[:1] == b"\0" and head[1:2] != b"\0" else "utf-8"


def _read_names(line: str, delimiter: str) -> tuple[str, ...]:
    """Return the names of the columns; one unknown name where the line is not CSV."""
    try:
        return tuple(next(csv.reader([line], strict=True, delimiter=delimiter), [""]))
    except csv.Error:
        return ("",)


def describe_names(names: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Return what is wrong with the names of the columns. Names that are not ours are the sender's and are not told."""
    missing = [name for name in columns if name not in names]
    strangers = [name for name in names if name not in columns]
    alike = sum(name.strip().lower() in columns for name in strangers)
    nameless = sum(not name.strip() for name in strangers)
    twice = len([name for name in names if name.strip()]) - len({name for name in names if name.strip()})
    faults = [f"columns are missing: {', '.join(missing)}"] if missing else []
    if strangers:
        limit = "nothing about a name, a group or an origin is read"
        faults.append(f"{len(strangers)} columns are not in the list; {limit}")
    if alike:
        faults.append(f"{alike} of them differ from the list in blanks or capitals alone: write the names as listed")
    if nameless and len(names) > 1:
        faults.append(f"{nameless} of them have no name: delete the empty columns")
    if twice:
        faults.append(f"{twice} columns are there twice")
    return faults


def explain_rows(path: Path, dialect: CsvDialect) -> list[str]:
    """Return why a file cannot be parsed, with the first rows; row 1 is the first after the names of the columns."""
    wrong_sizes: dict[str, list[int]] = {}
    not_text: list[int] = []
    row = 0
    try:
        with path.open(encoding=dialect.encoding, errors="surrogateescape", newline="") as file:
            for row, fields in enumerate(_rows(file, dialect), 1):
                if len(fields) != len(dialect.names):
                    what = "too many fields" if len(fields) > len(dialect.names) else "too few fields"
                    wrong_sizes.setdefault(what, []).append(row)
                if any("\udc80" <= mark <= "\udcff" or mark == "\0" for mark in "".join(fields)):
                    not_text.append(row)
    except csv.Error:
        what = "has a quotation mark that is not closed, or text after one: double the marks inside fields"
        return [f"row {row + 1:,} {what}"]
    except UnicodeError:
        return [f"it is not whole {dialect.encoding.upper()} text after row {row:,}: {SAVE_AS}"]
    size = f"the first line has {len(dialect.names)}, with {DELIMITERS[dialect.delimiter]} between them"
    what_to_do = "put quotation marks around a field that holds one, and leave no line break in a field"
    faults = [f"{_rows_text(rows)} of {what}: {size}; {what_to_do}" for what, rows in wrong_sizes.items()]
    if not_text:
        likely = "Windows-1252, as Excel's plain CSV is" if dialect.encoding.startswith("utf-8") else "damaged"
        faults.append(
            f"{_rows_text(not_text)} that are not {dialect.encoding[:5].upper()} (perhaps {likely}): {SAVE_AS}"
        )
    return faults


def _rows(file: Iterator[str], dialect: CsvDialect) -> Iterator[list[str]]:
    """Yield the fields of every line after the names; empty lines are passed over, as the parser does."""
    reader = csv.reader(file, delimiter=dialect.delimiter, strict=True)
    for _ in range(dialect.lines_before):
        next(reader, None)
    yield from (fields for fields in reader if fields)


def _rows_text(rows: Sequence[int]) -> str:
    listed = ", ".join(f"{row:,}" for row in rows[:MOST_ROWS]) + (", ..." if len(rows) > MOST_ROWS else "")
    return f"{len(rows):,} {'row' if len(rows) == 1 else 'rows'} ({listed})"

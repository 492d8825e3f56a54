"""Read the custodian's records from Parquet and CSV files, or from folders of them.

Guarantees: every file has the columns of `RECORD_COLUMNS` and no others (the `OPTIONAL_COLUMNS` may be absent, and the
index that pandas writes is left out); the file that was named is read, never one that its name matches as a pattern;
a number is read exactly or refused; messages name files, columns and row numbers, and never quote a value.
Does not: read files with columns of their own (`comity.match.exports` does).
Start at `records_query`.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from comity.columns.duck import DuckDBConnection, connect
from comity.errors import ComityError
from comity.match.exact_numbers import exact_number, inexact_number, is_readable_type

RECORD_COLUMNS = (
    "record_id",
    "return_id",
    "role",
    "tax_year",
    "first_name",
    "middle_name",
    "last_name",
    "suffix",
    "tin",
    "street",
    "street2",
    "city",
    "state",
    "zip",
)
OPTIONAL_COLUMNS = frozenset({"return_id", "role", "middle_name", "suffix", "tin", "street2"})
REQUIRED_COLUMNS = tuple(column for column in RECORD_COLUMNS if column not in OPTIONAL_COLUMNS)
PARQUET_SUFFIXES = frozenset({".parquet", ".pq"})
MAX_ID_BYTES = 200
PANDAS_INDEX = re.compile(r"__index_level_\d+__")
ROWS_LISTED = 10
"""How many row numbers a message lists before it only counts."""
_SUFFIXES = PARQUET_SUFFIXES | {".csv"}
_DELIMITERS = ",;|\t"
_HEADER_BYTES = 1 << 16
_LINE_IN_FAULT = re.compile(r"CSV Error on Line: (\d+)")
USABLE_ID = f"(record_id <> '' AND NOT contains(record_id, chr(0)) AND strlen(record_id) <= {MAX_ID_BYTES})"
"""SQL: whether a record_id can be stored; null or false where it cannot."""
USABLE_YEAR = """(CASE WHEN try_cast(tax_year AS USMALLINT)::VARCHAR = tax_year THEN strlen(tax_year) = 4
    ELSE regexp_full_match(trim(tax_year), '[1-9][0-9]{3}') END)"""
"""SQL: whether a tax year is a year of four digits; null or false where it is not."""

_DIGITS = "regexp_replace(tin, '[^0-9]', '', 'g')"
ISSUABLE_NUMBER = f"""(length({_DIGITS}) = 9 AND {_DIGITS}[1:3] NOT IN ('000', '666')
    AND NOT ({_DIGITS}[1] = '9' AND {_DIGITS}[4:5] < '50'))"""
"""SQL: whether a taxpayer number can be a person's; null where there is none.

A number is never issued with area 000, 666 or 900 to 999, except to a taxpayer (ITIN, ATIN) from 900-50 on.
"""


@dataclass(frozen=True, slots=True)
class RecordFiles:
    """The files of records at the given places, and the files of named folders that are not read."""

    read: tuple[Path, ...]
    not_read: tuple[Path, ...]


def find_record_files(records: Sequence[Path]) -> RecordFiles:
    """Find the Parquet and CSV files that `records` names directly or as folders; files of a folder by name.

    Raises:
        ComityError: `records_invalid`, there is no file, or a file of another kind is named.
    """
    files: list[Path] = []
    not_read: list[Path] = []
    missing: list[str] = []
    for path in records:
        found = list_files(path)
        if not found:
            missing.append(f"{path.name} is not there, or is an empty folder")
        for file in found:
            is_read = file.suffix.lower() in _SUFFIXES or file == path
            (files if is_read else not_read).append(file)
    wrong = [file.name for file in files if file.suffix.lower() not in _SUFFIXES]
    if not files or wrong or missing:
        faults = [*missing, *(f"{name} is neither .parquet nor .csv" for name in wrong)]
        faults = faults or [f"{path.name} holds no such file" for path in records]
        raise ComityError(
            "records_invalid",
            f"There is no Parquet or CSV file of records at the given place: {'; '.join(faults[:ROWS_LISTED])}.",
            "Give .parquet or .csv files, or folders that hold them; for other files run: comity index map FILES",
        )
    return RecordFiles(tuple(files), tuple(not_read))


def list_record_files(records: Sequence[Path]) -> list[Path]:
    """List the Parquet and CSV files that `records` names directly or as folders; files of a folder by name.

    Raises:
        ComityError: as `find_record_files` does.
    """
    return list(find_record_files(records).read)


def list_files(path: Path) -> list[Path]:
    """Return the file that is named, or all files below a named folder in order; a missing path gives an empty list."""
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file())
    return [path] if path.is_file() else []


def quote_name(column: str) -> str:
    """Return a column's name as SQL writes it."""
    return '"' + column.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def quote_path(file: Path) -> str:
    """Return the SQL text of a path that DuckDB takes as this file's name and not as a pattern."""
    return quote_text(re.sub(r"[\[*?]", lambda mark: f"[{mark[0]}]", str(file.absolute())))


def is_parquet(file: Path) -> bool:
    """Return whether a file of records is read as Parquet."""
    return file.suffix.lower() in PARQUET_SUFFIXES


def _read_header(file: Path) -> tuple[str, list[str]]:
    """Return the delimiter and the columns of a CSV file: the delimiter that gives the most columns of records.

    Raises:
        ComityError: `records_invalid`, the file is not UTF-8 text.
    """
    try:
        with file.open("rb") as stream:
            start = stream.read(_HEADER_BYTES)
        line = re.split(r"\r\n|\r|\n", start.decode("utf-8-sig", errors="ignore"), maxsplit=1)[0]
        headers = {mark: next(csv.reader(io.StringIO(line), delimiter=mark), []) for mark in _DELIMITERS}
    except (OSError, csv.Error) as e:
        raise _unreadable_error(file) from e
    return max(headers.items(), key=lambda item: len(set(item[1]) & set(RECORD_COLUMNS)))


def scan_parquet(file: Path) -> str:
    """Return SQL that scans one Parquet file, with `file_row_number` from 0."""
    return f"read_parquet({quote_path(file)}, hive_partitioning = false, file_row_number = true)"


def _scan_csv(file: Path, delimiter: str, columns: Sequence[str]) -> str:
    """Return SQL that scans one CSV file with nothing left to guess."""
    types = ", ".join(f"{quote_text(column)}: 'VARCHAR'" for column in columns)
    return (
        f"read_csv({quote_path(file)}, auto_detect = false, header = true, delim = {quote_text(delimiter)}, "
        f"quote = '\"', escape = '\"', hive_partitioning = false, columns = {{{types}}})"
    )


def _describe_file(db: DuckDBConnection, file: Path) -> tuple[str, dict[str, str]]:
    """Return SQL that scans a file, and the types of its columns.

    Raises:
        ComityError: `records_invalid`, a file cannot be read, or columns are missing, repeated or unknown.
    """
    if is_parquet(file):
        scan = scan_parquet(file)
        try:
            relation = db.sql(f"SELECT * EXCLUDE (file_row_number) FROM {scan} LIMIT 0")
        except duckdb.Error as e:
            raise _unreadable_error(file) from e
        types = dict(zip(relation.columns, map(str, relation.types), strict=True))
        _verify_columns(file, [name for name in types if not PANDAS_INDEX.fullmatch(name)])
    else:
        delimiter, header = _read_header(file)
        if not any(name.strip() for name in header):
            raise _unreadable_error(file, ": it is empty, or its first line is")
        _verify_columns(file, header)
        scan, types = _scan_csv(file, delimiter, header), dict.fromkeys(header, "VARCHAR")
    return scan, types


def _verify_columns(file: Path, columns: Sequence[str]) -> None:
    missing = [column for column in REQUIRED_COLUMNS if column not in columns]
    unknown = len([column for column in columns if column not in RECORD_COLUMNS])
    repeated = len(columns) - len(set(columns))
    counts = {"unknown": unknown, "repeated": repeated}
    faults = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"{name}: {n}" for name, n in counts.items() if n]
    if faults:
        raise ComityError(
            "records_invalid",
            f"The columns of {file.name} are not those of the format ({'; '.join(faults)}).",
            f"The columns are {', '.join(RECORD_COLUMNS)}. For a file with columns of its own run: "
            "comity index map FILES",
        )


def _unreadable_error(file: Path, place: str = "") -> ComityError:
    return ComityError(
        "records_invalid",
        f"The file {file.name} cannot be read{place}.",
        "It must be whole Parquet, or CSV in UTF-8 with a header. For other files run: comity index map FILES",
    )


def records_query(db: DuckDBConnection, files: Sequence[Path]) -> str:
    """Return a SELECT of all rows of the files, with every column as text.

    Raises:
        ComityError: `records_invalid`, a file cannot be read, or its columns are not those of the format.
    """
    return " UNION ALL ".join(select_records(db, file) for file in files)


def select_records(db: DuckDBConnection, file: Path) -> str:
    """Return a SELECT of all rows of one file, with every column as text. Raises ComityError as `records_query`."""
    scan, types = _describe_file(db, file)
    selected = (
        f"{exact_number(column, types[column], column)} AS {column}"
        if column in types
        else f"NULL::VARCHAR AS {column}"
        for column in RECORD_COLUMNS
    )
    return f"SELECT {', '.join(selected)} FROM {scan}"


def verify_records(db: DuckDBConnection, files: Sequence[Path]) -> tuple[int, int]:
    """Return the number of records and the bytes that a record_id needs.

    Raises:
        ComityError: `records_invalid`: a file cannot be read to its end, or has a record without a record_id, without a
            tax year, or with a number that is not exact. Every fault of every file is in the message, with rows.
    """
    rows, width, faults = 0, 0, []
    for file in files:
        file_rows, file_width, causes = _measure_file(db, file)
        rows, width = rows + file_rows, max(width, file_width)
        faults += [f"{file.name}: {cause}" for cause in causes]
    if not rows and not faults:
        faults.append("there are no rows")
    if faults:
        raise invalid_records_error("; ".join(faults))
    return rows, width


def _measure_file(db: DuckDBConnection, file: Path) -> tuple[int, int, list[str]]:
    """Return a file's rows, the bytes of its longest record_id, and what is wrong with its rows."""
    scan, types = _describe_file(db, file)
    conditions = {
        "record_id is missing, longer than 200 bytes, or holds a NUL": f"{USABLE_ID} IS NOT TRUE",
        "tax_year is not a year": f"{USABLE_YEAR} IS NOT TRUE",
    }
    inexact = {
        f"{column} is not an exact number": inexact_number(column, kind)
        for column, kind in types.items()
        if column in RECORD_COLUMNS and inexact_number(column, kind)
    }
    unreadable = [c for c, kind in types.items() if c in RECORD_COLUMNS and not is_readable_type(kind)]
    if unreadable:
        return 0, 0, [f"columns of a type that holds no text: {', '.join(unreadable)}"]
    counts = ", ".join(f"count(*) FILTER ({condition})" for condition in conditions.values())
    try:
        total, width, *faulty = db.execute(
            f"SELECT count(*), coalesce(max(strlen(record_id)), 0), {counts} FROM ({select_records(db, file)})"
        ).fetchall()[0]
        if inexact:
            counts = ", ".join(f"count(*) FILTER ({condition})" for condition in inexact.values())
            faulty += db.execute(f"SELECT {counts} FROM {scan}").fetchall()[0]
    except duckdb.Error as e:
        line = _LINE_IN_FAULT.search(str(e))
        raise _unreadable_error(file, f" beyond line {int(line[1]) - 1}" if line else "") from e
    causes = [
        f"{cause} in {count} rows ({list_rows(file, condition, is_raw=cause in inexact)})"
        for (cause, condition), count in zip((conditions | inexact).items(), faulty, strict=True)
        if count
    ]
    return int(total), int(width), causes


def list_rows(file: Path, condition: str, *, is_raw: bool = False) -> str:
    """Return the numbers of the first rows of a file that meet a condition in SQL, from 1 without the header."""
    with connect(threads=1) as db:
        db.execute("SET preserve_insertion_order = true")
        source = _describe_file(db, file)[0] if is_raw else f"({select_records(db, file)})"
        numbered = f"SELECT row_number() OVER () AS row, * FROM {source}"
        rows = db.execute(f"SELECT row FROM ({numbered}) WHERE {condition} ORDER BY row LIMIT {ROWS_LISTED + 1}")
        return write_row_list([row for (row,) in rows.fetchall()])


def write_row_list(rows: Sequence[int]) -> str:
    """Return row numbers for a message: the first ones, and dots if there are more.

    >>> write_row_list([7]), write_row_list(range(1, 12))
    ('row 7', 'rows 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...')
    """
    listed = ", ".join(map(str, rows[:ROWS_LISTED])) + (", ..." if len(rows) > ROWS_LISTED else "")
    return f"row{'s' if len(rows) > 1 else ''} {listed}"


def list_repeated_ids(files: Sequence[Path]) -> str:
    """Return, file by file, the first rows whose record_id another row has too."""
    with connect() as db:
        query = records_query(db, files)
        db.execute(f"""
            CREATE TEMP TABLE repeated AS
            SELECT record_id FROM ({query}) GROUP BY record_id HAVING count(*) > 1 LIMIT {ROWS_LISTED}""")
        ids = ", ".join(quote_text(record_id) for (record_id,) in db.execute("FROM repeated").fetchall())
    listed = [(file.name, list_rows(file, f"record_id IN ({ids})")) for file in files] if ids else []
    return "; ".join(f"{name}: {rows}" for name, rows in listed if not rows.endswith(" "))


def invalid_records_error(reason: str) -> ComityError:
    """Return the error for records that cannot be indexed."""
    return ComityError(
        "records_invalid", f"The records cannot be indexed: {reason}.", "Correct the records and run it again."
    )


def is_all_synthetic(files: Sequence[Path]) -> bool:
    """Return whether every file declares its data synthetic (Parquet metadata `comity.synthetic`)."""
    return all(
        is_parquet(file) and (pq.read_schema(file).metadata or {}).get(b"comity.synthetic") == b"true" for file in files
    )

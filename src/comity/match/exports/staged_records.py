"""Turn the files of an export into one Parquet file of records, and count everything that is left out on the way.

Guarantees: a row becomes a record, or is counted under a cause with its file and row number; unless the caller allows
rows to be left out, any such row refuses the export; what a text that stands for no value was emptied in is counted.
Does not: index the records (`comity.match.index` does); keep the staged file.
Start at `stage_records`.
"""

import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from comity.columns.duck import DuckDBConnection, connect
from comity.errors import ComityError
from comity.folders import make_private_folder
from comity.match.exact_numbers import is_readable_type
from comity.match.exports.column_sql import FieldSql, SourceColumn, select_fields
from comity.match.exports.export_map import WHOLE_NAME, ExportMap, ExportTable, TableLink
from comity.match.exports.table_reader import (
    BLANK_ROW,
    ROW_COLUMN,
    FaultCounts,
    TableRows,
    read_table,
    unreadable_file_error,
)
from comity.match.records_source import (
    ISSUABLE_NUMBER,
    PANDAS_INDEX,
    RECORD_COLUMNS,
    ROWS_LISTED,
    USABLE_ID,
    USABLE_YEAR,
    invalid_records_error,
    is_all_synthetic,
    list_files,
    quote_name,
    quote_text,
    scan_parquet,
    write_row_list,
)

_SOURCE_VIEW = "export_rows"
_MOST_LINES_OF_VALUE = 20
_OPEN_QUOTE = "a value goes over several lines: is a quote not closed?"
_UNRELATED_SUFFIXES = frozenset(
    {".toml", ".md", ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".zip", ".json", ".py", ".sql"}
)
"""Endings of files in a folder that are no table unless the map names them."""
_NAME_IN_MAP = (
    "Name the files in the map's tables: files = [...]; a pattern such as export_*.csv may stand for several."
)
_LOOK_FOR_SLIP = "Look for a slip in the names that were given."


@dataclass(frozen=True, slots=True)
class FileCounts:
    """What became of one file. `causes` are those of the rows that gave no record, each with its count and rows."""

    name: str
    table: str
    rows: int
    causes: Mapping[str, tuple[int, Sequence[int]]]
    emptied: Mapping[str, int]
    unread_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordsReport:
    """What was read, and what was not.

    Attributes:
        files: the files that were read.
        not_read: the files that were not, each with why.
        records: how many records were made.
        notes: other counts of what gave no record, by cause.
    """

    files: tuple[FileCounts, ...]
    not_read: Mapping[str, str]
    records: int
    notes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StagedRecords:
    """The Parquet file of the records of an export, and the report of how it was made."""

    file: Path
    report: RecordsReport


@dataclass(frozen=True, slots=True)
class _Part:
    """One file as it was staged: a Parquet file of fields, row numbers, causes and emptied texts."""

    file: Path
    staged: Path
    table: ExportTable
    malformed: FaultCounts
    unread_columns: tuple[str, ...]


@contextmanager
def stage_records(
    records: Sequence[Path], export_map: ExportMap, folder: Path, *, leave_out: bool = False
) -> Iterator[StagedRecords]:
    """Read the files that `records` names, or their folders hold, into a private `folder` that is removed at the end.

    Args:
        records: files and folders.
        export_map: what the files are.
        folder: a folder to make; it must not exist, except from a killed run.
        leave_out: whether rows that give no record are left out; otherwise they refuse the export.

    Raises:
        ComityError: `records_invalid`, with every cause by file, count and row.
    """
    shutil.rmtree(folder, ignore_errors=True)
    make_private_folder(folder)
    try:
        tables, not_read = assign_tables(records, export_map)
        with connect(spill=folder / "spill") as db:
            yield _stage_files(db, tables, not_read, export_map, folder, leave_out=leave_out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def assign_tables(
    records: Sequence[Path], export_map: ExportMap
) -> tuple[list[tuple[Path, ExportTable]], dict[str, str]]:
    """Return each file that is read with its table, and the files of folders that are not read with why.

    Raises:
        ComityError: `records_invalid`, a named file is missing or no table's, or there is nothing to read.
    """
    tables, not_read, faults, hints = [], {}, [], set[str]()
    for path in records:
        files = list_files(path)
        if not files:
            faults.append(f"{path.name} is not there, or is an empty folder")
            hints.add(_LOOK_FOR_SLIP)
        for file in files:
            table = export_map.find_table(file.name)
            is_named = table is not None and file.name in table.files
            is_unrelated = file.suffix.lower() in _UNRELATED_SUFFIXES or file.name.startswith(".")
            if table is None and file == path:
                faults.append(f"no table of the map has the file {file.name}")
                hints.add(_NAME_IN_MAP)
            elif table is None:
                not_read[file.name] = "no table of the map has a file of this name"
            elif is_unrelated and not is_named and file != path:
                not_read[file.name] = "a file of this kind is no table"
            else:
                tables.append((file, table))
    if not tables and not faults:
        faults.append("no file of the folders is a table of the map")
        hints.add(_NAME_IN_MAP)
    if faults:
        raise ComityError(
            "records_invalid",
            f"The files cannot be read through the map: {'; '.join(faults)}.",
            " ".join(sorted(hints)),
        )
    return tables, not_read


def _stage_files(  # noqa: PLR0913  each is needed
    db: DuckDBConnection,
    tables: Sequence[tuple[Path, ExportTable]],
    not_read: Mapping[str, str],
    export_map: ExportMap,
    folder: Path,
    *,
    leave_out: bool,
) -> StagedRecords:
    parts = [
        _stage_file(db, file, table, _key_columns(table, export_map.links), folder / f"part-{number:05d}.parquet")
        for number, (file, table) in enumerate(tables)
    ]
    given = {part.table.name for part in parts}
    links = [link for link in export_map.links if link.rows_table in given]
    missing = sorted({link.persons_table for link in links} - given)
    if missing:
        raise invalid_records_error(f"no file of the table {', '.join(missing)} was given, which a link names")
    joined, out = folder / "joined.parquet", folder / "records.parquet"
    _copy(
        db,
        f"SELECT *, {_final_cause()} AS final FROM ({_select_records(parts, links)}) "
        f"WINDOW same_id AS (PARTITION BY record_id, cause IS NULL)",
        joined,
    )
    causes = _count_causes(db, joined, parts)
    _refuse_faults(parts, causes, leave_out=leave_out)
    is_synthetic = all(part.table.layout == "parquet" for part in parts) and is_all_synthetic([p.file for p in parts])
    if export_map.is_synthetic:
        _verify_synthetic(db, joined)
        is_synthetic = True
    query = f"SELECT {', '.join(RECORD_COLUMNS)} FROM {scan_parquet(joined)} WHERE final IS NULL"
    _copy(db, query, out, is_synthetic=is_synthetic)
    records = int(db.execute(f"SELECT count(*) FROM {scan_parquet(out)}").fetchall()[0][0])
    if not records:
        raise invalid_records_error("there are no rows")
    counts = tuple(_count_file(db, part, causes[number]) for number, part in enumerate(parts))
    notes = _count_unlinked(db, parts, links) | _count_second_names(db, parts)
    return StagedRecords(out, RecordsReport(counts, dict(not_read), records, notes))


def _copy(db: DuckDBConnection, query: str, path: Path, *, is_synthetic: bool = False) -> None:
    metadata = ", KV_METADATA {'comity.synthetic': 'true'}" if is_synthetic else ""
    db.execute(f"COPY ({query}) TO {quote_text(str(path.absolute()))} (FORMAT parquet{metadata})")


def _verify_synthetic(db: DuckDBConnection, joined: Path) -> None:
    """Refuse records that a map calls synthetic and that cannot be. Raises ComityError `records_invalid`."""
    query = f"SELECT count(*) FROM {scan_parquet(joined)} WHERE {ISSUABLE_NUMBER}"
    number = int(db.execute(query).fetchall()[0][0])
    if number:
        raise ComityError(
            "records_invalid",
            f"The map says that all data are synthetic, and {number:,} records have a taxpayer number that can be a "
            "person's, so that nothing was indexed.",
            "Give invented persons numbers that are never issued (area 000, 666 or 900 to 999), or take synthetic out "
            "of the map.",
        )


def _key_columns(table: ExportTable, links: Sequence[TableLink]) -> list[str]:
    """Return the columns of a table by which it is linked with another."""
    columns = [link.rows_column for link in links if link.rows_table == table.name]
    columns += [link.persons_column for link in links if link.persons_table == table.name]
    return list(dict.fromkeys(columns))


def _stage_file(db: DuckDBConnection, file: Path, table: ExportTable, keys: Sequence[str], staged: Path) -> _Part:
    """Write the fields of one file with row numbers, causes, and the names of fields that were emptied."""
    used = list(dict.fromkeys([*(column for source in table.fields.values() for column in source.columns), *keys]))
    with ExitStack() as stack:
        if table.layout == "parquet":
            types, faults = _parquet_types(db, file, used), FaultCounts()
            columns = {name: SourceColumn(quote_name(name), kind) for name, kind in types.items()}
            source, row = scan_parquet(file), "file_row_number + 1"
        else:
            rows = stack.enter_context(read_table(file, table))
            names = [name for name in rows.schema.names if name != ROW_COLUMN]
            faults, columns = rows.faults, {name: SourceColumn(f"f{n}", "VARCHAR") for n, name in enumerate(names)}
            missing = [key for key in keys if key not in columns]
            if missing:
                raise unreadable_file_error(file.name, f"it has no column {', '.join(missing)}, which a link names")
            source, row = _SOURCE_VIEW, "row"
            db.register(_SOURCE_VIEW, _rename_columns(rows, [*(column.name for column in columns.values()), row]))
            stack.callback(db.unregister, _SOURCE_VIEW)
        try:
            _copy(db, _select_part(table, columns, keys, f"{row} AS row", source), staged)
        except (duckdb.Error, pa.ArrowInvalid) as e:
            cause = faults.fatal or "it is damaged, or not of its layout"
            raise unreadable_file_error(file.name, cause) from e
    unread = [name for name in columns if name not in used and not PANDAS_INDEX.fullmatch(name)]
    return _Part(file, staged, table, faults, tuple(unread) if table.layout != "fixed" else ())


def _rename_columns(rows: TableRows, names: Sequence[str]) -> pa.RecordBatchReader:
    """Return a file's rows under names of our own: SQL takes ID and id for one column."""
    schema = pa.schema([field.with_name(name) for field, name in zip(rows.schema, names, strict=True)])
    batches = (pa.record_batch(batch.columns, schema=schema) for batch in rows.batches)
    return pa.RecordBatchReader.from_batches(schema, batches)


def _select_part(
    table: ExportTable, columns: Mapping[str, SourceColumn], keys: Sequence[str], row: str, source: str
) -> str:
    """Return SQL for the fields of a file's rows, why a row gives no record, and which fields were emptied.

    Each step is a query over the one before, because DuckDB computes an expression as often as it is written.
    """
    key_names = {_key_name(key): key for key in keys}
    sql = select_fields(table, columns, key_names)
    parts, fields = _name_parts(sql.fields)
    query = f"SELECT {row}, {_as_columns({'runs_on': _runs_on(table, columns), **sql.trimmed})} FROM {source}"
    for step in (sql.cleaned, sql.texts, parts | {name: name for name in key_names}):
        query = f"SELECT row, {_as_columns({'runs_on': 'runs_on', **step})} FROM ({query})"
    values = {name: fields[name].value if name in fields else "NULL::VARCHAR" for name in RECORD_COLUMNS}
    values |= {"cause": _first_cause(fields, key_names), "emptied": _emptied_list(fields)}
    return f"SELECT row, {_as_columns(values | {name: name for name in key_names})} FROM ({query})"


def _as_columns(step: Mapping[str, str]) -> str:
    return ", ".join(f"{value} AS {name}" for name, value in step.items())


def _name_parts(fields: Mapping[str, FieldSql]) -> tuple[dict[str, str], dict[str, FieldSql]]:
    """Return the values, emptied marks and faults of fields by names, and the fields written with these names."""
    parts, named = dict[str, str](), dict[str, FieldSql]()
    for name, sql in fields.items():
        is_constant, is_never = sql.value.startswith("'"), sql.is_emptied == "false"
        faults = tuple((cause, f"{name}_fault_{number}") for number, (cause, _) in enumerate(sql.faults))
        parts |= {} if is_constant else {f"{name}_value": sql.value}
        parts |= {} if is_never else {f"{name}_emptied": sql.is_emptied}
        parts |= {own: is_wrong for (_, own), (_, is_wrong) in zip(faults, sql.faults, strict=True)}
        value = sql.value if is_constant else f"{name}_value"
        named[name] = FieldSql(value, "false" if is_never else f"{name}_emptied", faults)
    return parts, named


def _runs_on(table: ExportTable, columns: Mapping[str, SourceColumn]) -> str:
    """Return SQL for whether a value of a row goes over lines, in whatever column; over many, where the map allows it.

    A quote that is not closed swallows rows up to the next quote, and every one of them would be missing.
    """
    if table.layout != "delimited" or not table.quote:
        return "false"
    names = [column.name for column in columns.values()]
    if not table.is_multiline:
        return " OR ".join(f"contains({name}, chr(10))" for name in names)
    most = _MOST_LINES_OF_VALUE
    return " OR ".join(f"length({name}) - length(replace({name}, chr(10), '')) > {most}" for name in names)


def _key_name(column: str) -> str:
    """Return the name, as SQL writes it, under which a column that links tables is staged."""
    return quote_name(f"key {column}")


def _parquet_types(db: DuckDBConnection, file: Path, used: Sequence[str]) -> dict[str, str]:
    """Return the types of a Parquet file's columns.

    Raises:
        ComityError: `records_invalid`, it is no Parquet file, or a column of the map is missing or holds no text.
    """
    try:
        relation = db.sql(f"SELECT * EXCLUDE (file_row_number) FROM {scan_parquet(file)} LIMIT 0")
    except duckdb.Error as e:
        raise unreadable_file_error(file.name, "it is not whole Parquet") from e
    types = {
        name: "VARCHAR" if str(kind).startswith("ENUM") else str(kind).strip('"')
        for name, kind in zip(relation.columns, relation.types, strict=True)
    }
    causes = [f"it has no column {column}" for column in used if column not in types]
    textless = [column for column in used if not is_readable_type(types.get(column, ""))]
    causes += [f"{column} is of a type that holds no text" for column in textless]
    if causes:
        raise unreadable_file_error(file.name, "; ".join(causes))
    return types


def _first_cause(fields: Mapping[str, FieldSql], keys: Collection[str]) -> str:
    """Return SQL for why a row gives no record, or null: a blank row first, then the fields' causes in order."""
    values = [sql.value for sql in fields.values() if not sql.value.startswith("'")] + list(keys)
    is_blank = " AND ".join(f"({value}) IS NULL" for value in values) or "false"
    faults = "".join(
        f" WHEN {is_wrong} THEN {quote_text(cause)}" for sql in fields.values() for cause, is_wrong in sql.faults
    )
    emptied = " OR ".join(sql.is_emptied for sql in fields.values())
    return f"""CASE WHEN ({is_blank}) AND NOT ({emptied}) AND NOT coalesce({_any_fault(fields)}, false)
        THEN {quote_text(BLANK_ROW)} WHEN runs_on THEN {quote_text(_OPEN_QUOTE)}{faults} END"""


def _any_fault(fields: Mapping[str, FieldSql]) -> str:
    """Return SQL for whether a text was there that cannot be its field."""
    faults = [f"coalesce({is_wrong}, false)" for sql in fields.values() for _, is_wrong in sql.faults]
    return f"({' OR '.join(faults) or 'false'})"


def _emptied_list(fields: Mapping[str, FieldSql]) -> str:
    """Return SQL for the list of a row's fields in which a text stood for no value; null for none."""
    names = [
        f"CASE WHEN {sql.is_emptied} THEN {quote_text(name)} END"
        for name, sql in fields.items()
        if sql.is_emptied != "false"
    ]
    return f"string_split(nullif(concat_ws(',', {', '.join(names)}), ''), ',')" if names else "NULL::VARCHAR[]"


def _select_records(parts: Sequence[_Part], links: Sequence[TableLink]) -> str:
    """Return SQL for the rows that are to become records: those of unlinked tables, and each link's pairs."""
    linked = {name for link in links for name in (link.rows_table, link.persons_table)}
    selects = [
        f"SELECT {number} AS file, row, {', '.join(RECORD_COLUMNS)}, cause FROM {scan_parquet(part.staged)}"
        for number, part in enumerate(parts)
        if part.table.name not in linked
    ]
    selects += [_select_link(parts, link) for link in links]
    return " UNION ALL ".join(selects)


def _scan_table(parts: Sequence[_Part], table: str) -> str:
    """Return SQL for the staged rows of a table's files."""
    return " UNION ALL ".join(
        f"SELECT {number} AS file, * FROM {scan_parquet(part.staged)}"
        for number, part in enumerate(parts)
        if part.table.name == table
    )


def _select_link(parts: Sequence[_Part], link: TableLink) -> str:
    """Return SQL for one record of each row that names a person, and why there is none where that is so."""
    rows_key, persons_key = _key_name(link.rows_column), _key_name(link.persons_column)
    values = {name: f"coalesce(r.{name}, p.{name})" for name in RECORD_COLUMNS}
    if link.role:
        values["role"] = quote_text(link.role)
        own_id = f"coalesce(r.return_id, p.return_id) || '-' || {values['role']}"
        values["record_id"] = f"coalesce(r.record_id, p.record_id, {own_id})"
    fields = ", ".join(f"{value} AS {name}" for name, value in values.items())
    persons = link.persons_table.replace("'", "''")
    return f"""
        SELECT r.file, r.row, {fields}, CASE WHEN r.cause IS NOT NULL THEN r.cause
            WHEN p.persons > 1 THEN 'the person is in several rows of {persons}'
            WHEN p.row IS NULL THEN 'the person is in no row of {persons}'
            WHEN p.cause IS NOT NULL THEN 'the person''s row of {persons} cannot be read' END AS cause
        FROM ({_scan_table(parts, link.rows_table)}) r
        LEFT JOIN (SELECT *, count(*) OVER (PARTITION BY {persons_key}) AS persons
            FROM ({_scan_table(parts, link.persons_table)}) WHERE {persons_key} IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY {persons_key} ORDER BY file, row) = 1) p
        ON r.{rows_key} = p.{persons_key}
        WHERE r.{rows_key} IS NOT NULL OR r.cause IS NOT NULL"""


def _final_cause() -> str:
    """Return SQL for why a row gives no record, once tables are linked; of equal rows the first gives one."""
    content = f"hash({', '.join(RECORD_COLUMNS)})"
    return f"""CASE WHEN cause IS NOT NULL THEN cause
        WHEN {USABLE_ID} IS NOT TRUE THEN 'record_id is missing, longer than 200 bytes, or holds a NUL'
        WHEN coalesce(trim(tax_year), '') = '' THEN 'tax_year is missing'
        WHEN {USABLE_YEAR} IS NOT TRUE THEN 'tax_year is not a year from 1000 on'
        WHEN min({content}) OVER same_id <> max({content}) OVER same_id THEN 'record_id is repeated for another record'
        WHEN row_number() OVER (PARTITION BY record_id, cause IS NULL ORDER BY file, row) > 1
            THEN 'the record is repeated' END"""


def _count_causes(db: DuckDBConnection, joined: Path, parts: Sequence[_Part]) -> list[dict[str, tuple[int, list[int]]]]:
    """Return for each file the rows that give no record by cause: how many, and the first."""
    causes: list[dict[str, tuple[int, list[int]]]] = [{} for _ in parts]
    for number, part in enumerate(parts):
        causes[number] |= {
            cause: (n, part.malformed.rows[cause][:ROWS_LISTED]) for cause, n in part.malformed.counts.items()
        }
    rows = f"SELECT DISTINCT file, final, row FROM {scan_parquet(joined)} WHERE final IS NOT NULL"
    rows += "".join(
        f" UNION ALL SELECT {number}, cause, row FROM {scan_parquet(part.staged)} WHERE cause IS NOT NULL"
        for number, part in enumerate(parts)
    )
    for file, cause, n, first in db.execute(f"""
        SELECT file, final, count(DISTINCT row), list_slice(list_sort(list(DISTINCT row)), 1, {ROWS_LISTED})
        FROM ({rows}) GROUP BY ALL ORDER BY ALL""").fetchall():
        before = causes[file].get(cause, (0, []))
        causes[file][cause] = (before[0] + n, sorted([*before[1], *first])[:ROWS_LISTED])
    return causes


def _count_file(db: DuckDBConnection, part: _Part, causes: Mapping[str, tuple[int, list[int]]]) -> FileCounts:
    """Return what became of one file."""
    emptied = db.execute(
        f"SELECT name, count(*) FROM (SELECT unnest(emptied) AS name FROM {scan_parquet(part.staged)}) GROUP BY name"
    ).fetchall()
    rows = int(db.execute(f"SELECT count(*) FROM {scan_parquet(part.staged)}").fetchall()[0][0])
    rows += part.malformed.counts.total()
    return FileCounts(part.file.name, part.table.name, rows, dict(causes), dict(sorted(emptied)), part.unread_columns)


def _count_unlinked(db: DuckDBConnection, parts: Sequence[_Part], links: Sequence[TableLink]) -> dict[str, int]:
    """Return how many rows of persons no row of another table names, by table."""
    notes = {}
    for table in dict.fromkeys(link.persons_table for link in links):
        named = " UNION ALL ".join(
            f"SELECT {_key_name(link.rows_column)} AS key FROM ({_scan_table(parts, link.rows_table)})"
            for link in links
            if link.persons_table == table
        )
        key = _key_name(next(link.persons_column for link in links if link.persons_table == table))
        query = f"SELECT count(*) FROM ({_scan_table(parts, table)}) p ANTI JOIN ({named}) n ON p.{key} = n.key"
        notes[f"rows of {table} that no other row names"] = int(db.execute(query).fetchall()[0][0])
    return {note: n for note, n in notes.items() if n}


def _count_second_names(db: DuckDBConnection, parts: Sequence[_Part]) -> dict[str, int]:
    """Return how many whole names had a word after the first given name that is no initial, by table."""
    notes: Counter[str] = Counter()
    for part in parts:
        source = part.table.fields.get(WHOLE_NAME)
        if source is None or "middle_name" in part.table.fields or "MIDDLE" not in str(source.form):
            continue
        query = f"SELECT count(*) FROM {scan_parquet(part.staged)} WHERE length(rtrim(middle_name, '.')) > 1"
        note = f"names of {part.table.name} of which the words after the first given name were taken as the middle name"
        notes[note] += int(db.execute(query).fetchall()[0][0])
    return {note: n for note, n in notes.items() if n}


def _refuse_faults(
    parts: Sequence[_Part], causes: Sequence[Mapping[str, tuple[int, list[int]]]], *, leave_out: bool
) -> None:
    """Raise an error that names every cause by which rows give no record, unless these may be left out."""
    faults = [
        f"{part.file.name}: {describe_cause(cause, n, rows)}"
        for part, found in zip(parts, causes, strict=True)
        for cause, (n, rows) in found.items()
        if cause != BLANK_ROW
    ]
    if faults and not leave_out:
        raise ComityError(
            "records_invalid",
            f"Rows cannot be indexed: {'; '.join(faults)}.",
            "Correct the files or the map. To index the other rows, and count these: --leave-out",
        )


def describe_cause(cause: str, number: int, rows: Sequence[int]) -> str:
    """Return a cause with its count and its first rows, for a message.

    >>> describe_cause("tax_year is missing", 2, [4, 9])
    'tax_year is missing in 2 rows (rows 4, 9)'
    """
    more = [*rows, rows[-1] + 1] if number > len(rows) else rows
    return f"{cause} in {number:,} row{'s' if number > 1 else ''} ({write_row_list(more)})"

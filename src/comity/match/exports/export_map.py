"""The map of an export: which files are tables of what layout, and which column gives which field of a record.

A map is TOML that `comity index map` proposes and a person edits; `docs/guides/custodian-files.md` describes it.

Guarantees: a map that cannot be used is refused with everything that is wrong with it, by table and column.
Does not: open the files.
Start at `read_export_map`.
"""

import hashlib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NoReturn

from comity.errors import ComityError
from comity.match.records_source import RECORD_COLUMNS

MAP_VERSION = 1
WHOLE_NAME, WHOLE_PLACE = "name", "place"
"""Fields of a map that are split into several of a record: a person's whole name; city, state and ZIP code."""
FIELDS = (*RECORD_COLUMNS, WHOLE_NAME, WHOLE_PLACE)
WHOLE_NAME_FIELDS, WHOLE_PLACE_FIELDS = ("first_name", "middle_name", "last_name", "suffix"), ("city", "state", "zip")
NAME_FORMS = (
    "LAST, FIRST MIDDLE",
    "LAST, FIRST",
    "LAST/FIRST MIDDLE",
    "LAST*FIRST*MIDDLE",
    "LAST FIRST MIDDLE",
    "FIRST MIDDLE LAST",
    "FIRST LAST",
)
PLACE_FORMS = ("CITY, STATE ZIP",)
DEFAULT_EMPTY = (
    *("N/A", "n/a", "#N/A", "NULL", "null", "(null)", "NaN", "nan", "<NA>", "-", "--"),
    *("UNKNOWN", "Unknown", "unknown"),
)
"""Texts that stand for no value, in every column, exactly as written. `Null`, `Na` and `None` are people's names."""
LAYOUTS = ("delimited", "fixed", "parquet")
_MAX_MAP_BYTES = 1 << 20
_TABLE_KEYS = frozenset(
    {"name", "files", "layout", "encoding", "delimiter", "quote", "header", "skip_lines", "multiline", "columns"}
    | {"empty", "thousands"}
)
_SOURCE_KEYS = frozenset({"column", "join", "with", "constant", "form", "empty", "start", "width"})
_REFERENCE = re.compile(r"([^.]+)\.(.+)")


@dataclass(frozen=True, slots=True)
class Slice:
    """Where a column of a fixed-width file is: its first character, from 1, and how many there are."""

    start: int
    width: int


@dataclass(frozen=True, slots=True)
class FieldSource:
    """What gives a field: columns that are joined, a part of each line, or one text for all rows.

    Attributes:
        columns: the names of the columns, joined in this order.
        separator: what is written between joined columns.
        slice: the place in a fixed-width line, instead of columns.
        constant: the text of every row, instead of columns.
        form: how the text is written: one of `NAME_FORMS` or `PLACE_FORMS`; of a tax year, a date as strptime has it.
        empty: the texts that stand for no value here, instead of the map's; None for the map's.
    """

    columns: tuple[str, ...] = ()
    separator: str = " "
    slice: Slice | None = None
    constant: str | None = None
    form: str | None = None
    empty: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ExportTable:
    """Files of one layout, and which of their columns give which fields.

    Attributes:
        name: the table's name in the map.
        files: names or patterns of names; empty for every file.
        layout: one of `LAYOUTS`.
        encoding: a codec's name; of no meaning for Parquet.
        delimiter: the character between fields.
        quote: the character around quoted fields; empty for none.
        has_header: whether the first line names the columns; otherwise they are column_1, column_2 and so on.
        skip_lines: how many lines stand before the header.
        is_multiline: whether a quoted value may go over several lines.
        empty: the texts that stand for no value.
        thousands: the mark between thousands in numbers; empty for none.
        fields: the source of each field.
    """

    name: str
    files: tuple[str, ...]
    layout: str
    encoding: str
    delimiter: str
    quote: str
    has_header: bool
    skip_lines: int
    is_multiline: bool
    empty: tuple[str, ...]
    thousands: str
    fields: Mapping[str, FieldSource]

    def has_file(self, name: str) -> bool:
        """Return whether a file of this name is one of the table's: the very name first, then the patterns."""
        return not self.files or name in self.files or any(fnmatchcase(name, pattern) for pattern in self.files)


@dataclass(frozen=True, slots=True)
class TableLink:
    """One person of a row: the row's column that names a person, and the persons' column that is named."""

    rows_table: str
    rows_column: str
    persons_table: str
    persons_column: str
    role: str | None


@dataclass(frozen=True, slots=True)
class ExportMap:
    """How the records of an export are made of its tables.

    Attributes:
        tables: the tables.
        links: which of them give records together.
        fingerprint: SHA-256 of the map's bytes.
        is_synthetic: whether its writer states that every value is invented, which text files cannot say themselves.
    """

    tables: tuple[ExportTable, ...]
    links: tuple[TableLink, ...]
    fingerprint: str
    is_synthetic: bool = False

    def find_table(self, file_name: str) -> ExportTable | None:
        """Return the table of a file: one that has its very name, or the first with a pattern that it matches."""
        exact = (table for table in self.tables if file_name in table.files)
        return next(exact, None) or next((table for table in self.tables if table.has_file(file_name)), None)

    def get_table(self, name: str) -> ExportTable:
        """Return the table of this name."""
        return next(table for table in self.tables if table.name == name)


def read_export_map(path: Path) -> ExportMap:
    """Read a map.

    Raises:
        ComityError: `map_invalid`, with everything that is wrong.
    """
    try:
        data = path.read_bytes()
    except OSError as e:
        raise ComityError("map_invalid", "The map cannot be read.", "Write one with: comity index map FILES") from e
    if len(data) > _MAX_MAP_BYTES:
        _refuse(["it is larger than a megabyte"])
    try:
        content = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as e:  # a fault of TOML names its line and column
        place = re.search(r"\(at (line \d+, column \d+|end of document)\)", str(e))
        raise ComityError(
            "map_invalid",
            f"The map is not TOML in UTF-8{f' ({place[1]})' if place else ''}.",
            "Mend that line, or write a map again with: comity index map FILES",
        ) from e
    reader = _MapReader(content)
    tables = tuple(reader.read_tables())
    links = tuple(reader.read_links({table.name for table in tables}))
    reader.verify_fields(tables, links)
    if reader.faults:
        _refuse(reader.faults)
    return ExportMap(tables, links, hashlib.sha256(data).hexdigest(), reader.is_synthetic)


def _refuse(faults: Sequence[str]) -> NoReturn:
    raise ComityError(
        "map_invalid",
        f"The map cannot be used: {'; '.join(faults)}.",
        "Correct it, or write a map again with: comity index map FILES",
    )


class _MapReader:
    """Turn parsed TOML into tables and links, and collect everything that is wrong with it in `faults`."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.faults: list[str] = []
        self._content = content
        known = frozenset({"version", "empty", "thousands", "synthetic", "tables", "links"})
        self._check_keys(content, known, "the map")
        if content.get("version") != MAP_VERSION:
            self.faults.append(f"version must be {MAP_VERSION}")
        self.is_synthetic = self._flag(content, "synthetic", "the map", default=False)
        self._empty = self._texts(content, "empty", "the map", DEFAULT_EMPTY)

    def read_tables(self) -> Iterator[ExportTable]:
        """Yield the tables."""
        entries = self._content.get("tables")
        if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
            self.faults.append("it has no [[tables]]")
            return
        names = [entry.get("name", f"table_{number}") for number, entry in enumerate(entries, 1)]
        if len(set(map(str, names))) < len(names):
            self.faults.append("two tables have one name")
        for number, entry in enumerate(entries, 1):
            yield self._read_table(entry, str(names[number - 1]))

    def _read_table(self, entry: Mapping[str, Any], name: str) -> ExportTable:
        where = f"table {name}"
        self._check_keys(entry, _TABLE_KEYS, where)
        layout = self._text(entry, "layout", where, "delimited")
        if layout not in LAYOUTS:
            self.faults.append(f"{where}: layout must be one of {', '.join(LAYOUTS)}")
        encoding = self._text(entry, "encoding", where, "utf-8")
        if not _is_text_codec(encoding):
            self.faults.append(f"{where}: no encoding has that name")
        delimiter, quote = self._text(entry, "delimiter", where, ","), self._text(entry, "quote", where, '"')
        if len(delimiter) != 1 or not delimiter.isascii() or delimiter in "\r\n" or delimiter == quote:
            self.faults.append(f"{where}: delimiter must be one ASCII character other than the quote")
        if len(quote) > 1 or not quote.isascii():
            self.faults.append(f'{where}: quote must be one ASCII character, or "" for none')
        skip_lines = entry.get("skip_lines", 0)
        if not isinstance(skip_lines, int) or isinstance(skip_lines, bool) or not 0 <= skip_lines <= 1000:
            self.faults.append(f"{where}: skip_lines must be a number up to 1000")
        columns = entry.get("columns")
        if not isinstance(columns, dict):
            self.faults.append(f"{where}: it has no [tables.columns]")
            columns = {}
        sources = {field: self._read_source(value, f"{where}, {field}", layout) for field, value in columns.items()}
        unknown = [field for field in sources if field not in FIELDS]
        if unknown:
            self.faults.append(f"{where}: records have no fields {', '.join(unknown)}; fields are {', '.join(FIELDS)}")
        fields = {field: source for field, source in sources.items() if source is not None and field in FIELDS}
        self._check_forms(fields, where)
        return ExportTable(
            name=name,
            files=self._texts(entry, "files", where, ()),
            layout=layout,
            encoding=encoding,
            delimiter=delimiter,
            quote=quote,
            has_header=self._flag(entry, "header", where, default=layout != "fixed"),
            skip_lines=skip_lines if isinstance(skip_lines, int) else 0,
            is_multiline=self._flag(entry, "multiline", where, default=False),
            empty=self._texts(entry, "empty", where, self._empty),
            thousands=self._text(entry, "thousands", where, str(self._content.get("thousands", ""))),
            fields=fields,
        )

    def _read_source(self, value: object, where: str, layout: str) -> FieldSource | None:
        """Return what gives a field; None where the map says it wrongly."""
        if isinstance(value, str):
            value = {"column": value}
        if not isinstance(value, dict):
            self.faults.append(f"{where}: name a column, or write {{column = ..., form = ...}}")
            return None
        self._check_keys(value, _SOURCE_KEYS, where)
        ways = [key for key in ("column", "join", "constant", "start") if key in value]
        if len(ways) != 1:
            self.faults.append(f"{where}: give one of column, join, constant, or start and width")
            return None
        if layout == "fixed" and ways[0] in {"column", "join"}:
            self.faults.append(f"{where}: a fixed-width table needs start and width")
        if layout != "fixed" and ways[0] == "start":
            self.faults.append(f"{where}: start and width are for fixed-width tables")
        form = self._text(value, "form", where, "")
        columns = self._texts(value, "join", where, ())
        if "column" in value:
            columns = (self._text(value, "column", where, ""),)
        return FieldSource(
            columns=columns,
            separator=self._text(value, "with", where, " "),
            slice=self._slice(value, where) if "start" in value else None,
            constant=self._text(value, "constant", where, "") if "constant" in value else None,
            form=form or None,
            empty=self._texts(value, "empty", where, ()) if "empty" in value else None,
        )

    def _slice(self, value: Mapping[str, Any], where: str) -> Slice | None:
        start, width = value.get("start"), value.get("width")
        if isinstance(start, int) and isinstance(width, int) and 0 < start < 100_000 and 0 < width < 100_000:
            return Slice(start, width)
        self.faults.append(f"{where}: start and width are numbers from 1")
        return None

    def _check_forms(self, fields: Mapping[str, FieldSource], where: str) -> None:
        """Collect fields that are given twice, and forms that no field of theirs has."""
        for whole, parts, forms in (
            (WHOLE_NAME, WHOLE_NAME_FIELDS, NAME_FORMS),
            (WHOLE_PLACE, WHOLE_PLACE_FIELDS, PLACE_FORMS),
        ):
            if whole not in fields:
                continue
            if fields[whole].form not in forms:
                self.faults.append(f"{where}, {whole}: form must be one of: {'; '.join(forms)}")
            twice = [part for part in parts if part in fields and part != "suffix"]
            if twice:
                self.faults.append(f"{where}: {whole} gives {', '.join(twice)}, too; leave one out")
        for field, source in fields.items():
            is_date = field == "tax_year" and source.form is not None and "%" in source.form
            if source.form is not None and field not in {WHOLE_NAME, WHOLE_PLACE} and not is_date:
                self.faults.append(f"{where}, {field}: form is for whole names, places, and a tax_year in a date")

    def read_links(self, tables: set[str]) -> Iterator[TableLink]:
        """Yield the links between tables."""
        entries = self._content.get("links", [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            self.faults.append("links are written as [[links]]")
            return
        for number, entry in enumerate(entries, 1):
            where = f"link {number}"
            self._check_keys(entry, frozenset({"from", "to", "role"}), where)
            ends = [_REFERENCE.fullmatch(self._text(entry, end, where, "")) for end in ("from", "to")]
            role = self._text(entry, "role", where, "") or None
            source, target = ends
            if source is None or target is None or source[1] not in tables or target[1] not in tables:
                self.faults.append(f'{where}: from and to are written "TABLE.COLUMN", of tables of this map')
            elif source[1] == target[1]:
                self.faults.append(f"{where}: it joins a table with itself")
            else:
                yield TableLink(source[1], source[2], target[1], target[2], role)

    def verify_fields(self, tables: Sequence[ExportTable], links: Sequence[TableLink]) -> None:
        """Collect the required fields that no column gives, table by table, or link by link."""
        by_name = {table.name: table for table in tables}
        linked = {name for link in links for name in (link.rows_table, link.persons_table)}
        for table in tables:
            if table.name not in linked:
                self._require_fields(given_fields(table.fields), f"table {table.name}")
        if len({(link.rows_table, link.role) for link in links}) < len(links):
            self.faults.append("links from one table need different roles")
        for number, link in enumerate(links, 1):
            rows, persons = by_name[link.rows_table].fields, by_name[link.persons_table].fields
            given = given_fields(rows) | given_fields(persons)
            if "return_id" in given and link.role:
                given |= {"record_id"}
            twice = sorted(given_fields(rows) & given_fields(persons))
            if twice:
                self.faults.append(f"link {number}: both tables give {', '.join(twice)}; leave one out")
            self._require_fields(given, f"link {number}")

    def _require_fields(self, given: set[str], where: str) -> None:
        required = ("record_id", "tax_year", "first_name", "last_name", "street", "city", "state", "zip")
        missing = [field for field in required if field not in given]
        if missing:
            self.faults.append(f"{where}: no column gives {', '.join(missing)}")

    def _check_keys(self, entry: Mapping[str, Any], known: frozenset[str], where: str) -> None:
        unknown = [key for key in entry if key not in known]
        if unknown:
            self.faults.append(f"{where}: unknown settings {', '.join(unknown)}")

    def _text(self, entry: Mapping[str, Any], key: str, where: str, default: str) -> str:
        value = entry.get(key, default)
        if isinstance(value, str) and "\0" not in value:
            return value
        self.faults.append(f"{where}: {key} must be a text")
        return default

    def _texts(self, entry: Mapping[str, Any], key: str, where: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = entry.get(key, list(default))
        if isinstance(value, list) and all(isinstance(text, str) and "\0" not in text for text in value):
            return tuple(value)
        self.faults.append(f"{where}: {key} must be a list of texts")
        return default

    def _flag(self, entry: Mapping[str, Any], key: str, where: str, *, default: bool) -> bool:
        value = entry.get(key, default)
        if isinstance(value, bool):
            return value
        self.faults.append(f"{where}: {key} must be true or false")
        return default


def given_fields(fields: Collection[str]) -> set[str]:
    """Return the fields of a record that these fields of a map give: a whole name gives its parts."""
    given = set(fields) - {WHOLE_NAME, WHOLE_PLACE}
    if WHOLE_NAME in fields:
        given |= {*WHOLE_NAME_FIELDS}
    if WHOLE_PLACE in fields:
        given |= {*WHOLE_PLACE_FIELDS}
    return given


def _is_text_codec(encoding: str) -> bool:
    try:
        return "a".encode(encoding).decode(encoding) == "a"
    except (LookupError, ValueError):
        return False

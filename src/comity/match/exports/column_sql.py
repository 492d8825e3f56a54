"""Write the SQL that turns the columns of an export into the fields of records, as its map says.

Guarantees: what a field loses on the way is counted: each expression comes with one that says whether a text stood for
no value, or cannot be what the field is; nothing is guessed that the map does not say.
Does not: normalize names and addresses (`comity.normalize` does); run anything.
Start at `select_fields`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from comity.match.exact_numbers import exact_number, inexact_number
from comity.match.exports.export_map import WHOLE_NAME, WHOLE_PLACE, ExportTable, FieldSource
from comity.match.records_source import RECORD_COLUMNS, quote_name, quote_text

_BLANKS = "chr(32) || chr(9) || chr(10) || chr(13) || chr(160) || chr(8239) || chr(12288) || chr(65279)"
_EDGE = r"'^[ \t\n\r\x{A0}\x{202F}\x{3000}\x{FEFF}]|[ \t\n\r\x{A0}\x{202F}\x{3000}\x{FEFF}]$'"
"""Whether such a blank is at an end of a text: trimming takes three times as long as to find that there is none."""
_SUFFIX = r"(?:JR|SR|JNR|SNR|II|III|IV|2ND|3RD|4TH|JUNIOR|SENIOR)\.?"
_PARTICLES = (
    r"(?:(?:DE LOS|DE LAS|DE LA|DEL|DE|VAN DEN|VAN DER|VAN DE|VAN|VON DER|VON|DELLA|DI|DA|DOS|ST|SAN|SANTA)\.? )*"
)
_SCIENTIFIC = r"[0-9]\.?[0-9]*[eE]\+[0-9]+"
_PLACE = r"(?i)^(.*?[^, ])[, ]+([a-z]{2}|[a-z. ]*[a-z])\.?[, ]+([0-9]{3,5}(?:-?[0-9]{4})?)$"
_FRACTION = r"^([0-9]+)\.0*$"
_YEAR = r"^(?:[FTC]Y ?)?([0-9]{4})(?:\.0*)?$"


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column of an export: how SQL names it, and its DuckDB type."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class FieldSql:
    """A field as SQL over the texts of `TableSql.texts`.

    Attributes:
        value: its text, or null.
        is_emptied: whether a text was there that stands for no value.
        faults: for each cause, whether a text was there that cannot be the field.
    """

    value: str
    is_emptied: str = "false"
    faults: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TableSql:
    """A table as SQL in steps, each over the one before, so that nothing is computed twice for a row.

    Attributes:
        trimmed: what is read of the file's columns, without blanks around it.
        cleaned: the same without the ="..." of spreadsheets; null where nothing is left.
        texts: what the map takes from it, placeholders emptied.
        fields: the fields of records, over `texts`.
    """

    trimmed: Mapping[str, str]
    cleaned: Mapping[str, str]
    texts: Mapping[str, str]
    fields: Mapping[str, FieldSql]


def select_fields(table: ExportTable, columns: Mapping[str, SourceColumn], keys: Mapping[str, str]) -> TableSql:
    """Return the fields of a record that a table gives.

    Args:
        table: what gives them.
        columns: those of the file, by name.
        keys: columns whose texts are wanted beside the fields, by the name that `texts` gives them.
    """
    reader = _ColumnReader(columns)
    fields: dict[str, FieldSql] = {}
    for field, source in table.fields.items():
        text = reader.read_source(source, field, table)
        if field == WHOLE_NAME:
            fields |= {name: sql for name, sql in _split_name(text, source).items() if name not in table.fields}
        elif field == WHOLE_PLACE:
            fields |= _split_place(text)
        else:
            fields[field] = _shape_field(field, text, source, table)
    texts = reader.texts | {name: reader.read_column(column) for name, column in keys.items()}
    ordered = {field: fields[field] for field in RECORD_COLUMNS if field in fields}
    return TableSql(reader.trimmed, reader.cleaned, texts, ordered)


class _ColumnReader:
    """Collects what is read of a file's columns, step by step."""

    def __init__(self, columns: Mapping[str, SourceColumn]) -> None:
        self._columns = columns
        self.trimmed: dict[str, str] = {}
        self.cleaned: dict[str, str] = {}
        self.texts: dict[str, str] = {}

    def read_column(self, column: str, field: str = "") -> str:
        """Return the name of the cleaned text of a column, as a field has it."""
        source = self._columns[column]
        text = exact_number(source.name, source.kind, field)
        name = f"c{len(self.trimmed)}"
        if source.kind != "VARCHAR":
            return self._pass_on(text)
        self.trimmed[name] = f"CASE WHEN regexp_matches({text}, {_EDGE}) THEN trim({text}, {_BLANKS}) ELSE {text} END"
        unquoted = f"""CASE WHEN starts_with({name}, '="') THEN rtrim({name}[3:], '"') ELSE {name} END"""
        self.cleaned[name] = f"nullif({unquoted}, '')"
        return name

    def read_source(self, source: FieldSource, field: str, table: ExportTable) -> FieldSql:
        """Return the text that the map says gives a field, placeholders emptied."""
        if source.constant is not None:
            return FieldSql(quote_text(source.constant))
        empty = source.empty if source.empty is not None else table.empty
        values, emptied, faults = [], [], []
        for column in (field,) if source.slice is not None else source.columns:
            text, kind = self.read_column(column, field), self._columns[column].kind
            if kind == "VARCHAR" and empty:
                is_placeholder = f"{text} IN ({', '.join(map(quote_text, empty))})"
                emptied.append(f"coalesce({is_placeholder}, false)")
                text = f"CASE WHEN {is_placeholder} THEN NULL ELSE {text} END"
            values.append(text)
            if is_inexact := inexact_number(self._columns[column].name, kind):
                faults.append(self._pass_on(is_inexact))
        joined = f"nullif(concat_ws({quote_text(source.separator)}, {', '.join(values)}), '')"
        value = values[0] if len(values) == 1 else joined
        if field == WHOLE_NAME:
            value = f"regexp_replace({value}, '\\s+', ' ', 'g')"
        text, is_emptied = quote_name(f"{field} text"), quote_name(f"{field} emptied")
        self.texts |= {text: value, is_emptied: " OR ".join(emptied) or "false"}
        if not faults:
            return FieldSql(text, is_emptied)
        is_inexact = quote_name(f"{field} inexact")
        self.texts[is_inexact] = " OR ".join(faults)
        return FieldSql(text, is_emptied, ((f"{field} is not an exact number", is_inexact),))

    def _pass_on(self, sql: str) -> str:
        """Return the name under which an expression over the file's columns can be used in `texts`."""
        name = f"c{len(self.trimmed)}"
        self.trimmed[name], self.cleaned[name] = sql, name
        return name


def _shape_field(field: str, text: FieldSql, source: FieldSource, table: ExportTable) -> FieldSql:
    """Return a field as records have it: a year of four digits, a taxpayer number of nine."""
    plain = f"replace({text.value}, {quote_text(table.thousands)}, '')" if table.thousands else text.value
    without_fraction = f"regexp_replace({plain}, {quote_text(_FRACTION)}, '\\1')"
    is_lossy = f"regexp_full_match({text.value}, {quote_text(_SCIENTIFIC)})"
    lossy = (*text.faults, (f"{field} is in scientific notation, which loses digits", is_lossy))
    if field == "tax_year":
        year, cause = f"nullif(regexp_extract({plain}, {quote_text(_YEAR)}, 1), '')", "tax_year is not a year"
        if source.form:
            year = f"lpad(year(try_strptime({text.value}, {quote_text(source.form)}))::VARCHAR, 4, '0')"
            cause = "tax_year is not a date in the form of the map"
        is_wrong = f"({text.value} IS NOT NULL AND {year} IS NULL)"
        return FieldSql(year, text.is_emptied, (*text.faults, (cause, is_wrong)))
    if field == "zip":
        return FieldSql(without_fraction, text.is_emptied, lossy)
    if field == "tin":
        digits = f"regexp_replace({without_fraction}, '[ -]', '', 'g')"
        number = f"CASE WHEN regexp_full_match({digits}, '[0-9]{{7,9}}') THEN lpad({digits}, 9, '0') END"
        is_wrong = f"({text.value} IS NOT NULL AND {number} IS NULL)"
        return FieldSql(number, f"{text.is_emptied} OR {is_wrong}", lossy)
    if field in {"record_id", "return_id"}:
        return FieldSql(text.value, text.is_emptied, lossy)
    return text


def _split_name(text: FieldSql, source: FieldSource) -> dict[str, FieldSql]:
    """Return the parts of a whole name; a name of one word is a surname alone, and any other misfit is a fault."""
    name, form = text.value, str(source.form)
    if form.startswith("LAST FIRST"):
        pattern = rf"(?i)^({_PARTICLES}[^ ]+)((?: {_SUFFIX})?) ([^ ]+)(?: (.*))?$"
        parts = _split_by_pattern(name, pattern, (1, 3, 4, 2))
    elif form == "FIRST LAST":
        parts = _split_by_pattern(name, rf"(?i)^(.+?)() ({_PARTICLES}[^ ]+?)((?:,? {_SUFFIX})?)$", (3, 1, 2, 4))
    elif form.startswith("FIRST"):
        pattern = rf"(?i)^([^ ]+)(?: (.*?))?? ({_PARTICLES}[^ ]+?)((?:,? {_SUFFIX})?)$"
        parts = _split_by_pattern(name, pattern, (3, 1, 2, 4))
    else:
        parts = _split_by_mark(name, form)
    fault = (f"the name is not in the form {form}", f"{text.value} IS NOT NULL AND coalesce({parts[0]}, '') = ''")
    fields = {
        field: FieldSql(f"nullif(trim({part}, ' ,'), '')")
        for field, part in zip(("last_name", "first_name", "middle_name", "suffix"), parts, strict=True)
    }
    return fields | {"last_name": FieldSql(fields["last_name"].value, text.is_emptied, (*text.faults, fault))}


def _split_by_pattern(name: str, pattern: str, groups: Sequence[int]) -> list[str]:
    """Return SQL for surname, first, middle and suffix: groups of a pattern; one word is a surname."""
    parts = [f"regexp_extract({name}, {quote_text(pattern)}, {group})" for group in groups]
    return [f"CASE WHEN NOT contains({name}, ' ') THEN {name} ELSE {parts[0]} END", *parts[1:]]


def _split_by_mark(name: str, form: str) -> list[str]:
    """Return SQL for the parts of a name with a mark after the surname: DOE, JOHN A; DOE JR, JOHN; DOE, JOHN, JR."""
    mark = re.sub("[A-Z ]", "", form)[0]
    parts = [f"trim(split_part({name}, {quote_text(mark)}, {number}))" for number in (1, 2, 3)]
    count = f"len(string_split({name}, {quote_text(mark)}))"
    second, third = (f"regexp_full_match({part}, {quote_text('(?i)' + _SUFFIX)})" for part in parts[1:])
    if form.count(mark) == 2:
        surname = f"CASE WHEN {count} <= 3 AND ({count} > 1 OR NOT contains({name}, ' ')) THEN {parts[0]} END"
        return [surname, parts[1], parts[2], "NULL::VARCHAR"]
    fits = f"{count} = 2 AND {parts[1]} <> '' OR {count} = 3 AND ({second} OR {third})"
    surname = f"CASE WHEN {fits} OR {count} = 1 AND NOT contains({name}, ' ') THEN {parts[0]} END"
    given = f"CASE WHEN {count} = 3 AND {second} THEN {parts[2]} ELSE {parts[1]} END"
    suffix = f"CASE WHEN {count} = 3 AND {second} THEN {parts[1]} WHEN {count} = 3 THEN {parts[2]} END"
    if form.endswith("MIDDLE"):
        return [surname, f"split_part({given}, ' ', 1)", f"regexp_extract({given}, '^[^ ]+ (.*)$', 1)", suffix]
    return [surname, given, "NULL::VARCHAR", suffix]


def _split_place(text: FieldSql) -> dict[str, FieldSql]:
    """Return city, state and ZIP code of a text such as SPRINGFIELD, IL 62701-1234."""
    city, state, zip_code = (
        f"nullif(regexp_extract({text.value}, {quote_text(_PLACE)}, {group}), '')" for group in (1, 2, 3)
    )
    fault = ("the place is not in the form CITY, STATE ZIP", f"{text.value} IS NOT NULL AND {city} IS NULL")
    return {
        "city": FieldSql(city, text.is_emptied, (*text.faults, fault)),
        "state": FieldSql(state),
        "zip": FieldSql(zip_code),
    }

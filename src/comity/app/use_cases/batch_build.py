"""Build a batch's requests file from an officer's own table: a workbook, delimited text, or NIEM JSON.

Guarantees: the requests file is written only when every row could be taken; otherwise the rows to correct are listed,
all at once. The manifest stays as it is. The table is not changed.
Start at `build_requests`.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from comity.app import bootstrap
from comity.app.home import Home
from comity.errors import ComityError, PolicyError, RequestError
from comity.folders import lock_folder, replace_file_in
from comity.intake import inspect_manifest
from comity.law import Law
from comity.model.request_fields import REQUEST_FIELDS
from comity.plain_files import read_plain_file
from comity.requests_file.requests_writer import encode_requests_file
from comity.spreadsheets import ConvertedSheet, Sheet, SheetFault, convert_sheet
from comity.spreadsheets.niem_document import read_niem_document
from comity.spreadsheets.text_table import read_text_table
from comity.spreadsheets.values import DateOrder, DateReading
from comity.spreadsheets.workbook import HIDDEN_CHOICES, read_workbook_table

REQUESTS_NAME, FAULTS_NAME, COLUMNS_NAME = "requests.csv", "to-correct.csv", "columns.csv"
_MAX_COLUMNS_BYTES = 64 * 2**10
_DOTS = "dots="
_TEXT_SUFFIXES, _WORKBOOK_SUFFIXES, _NIEM_SUFFIXES = (".csv", ".txt", ".tsv"), (".xlsx",), (".json",)
_FAULTS_HEADER = ("row", "letter", "column", "finding", "to_do")


@dataclass(frozen=True, slots=True)
class TableChoices:
    """What an officer says about a table: columns, dates, the sheet, and what becomes of hidden rows."""

    columns: Mapping[str, str]
    dates: str = ""
    sheet: str = ""
    hidden: str = "ask"


@dataclass(frozen=True, slots=True)
class BuiltRequests:
    """What became of a table: the requests that were written, or the faults because of which none were."""

    folder: Path
    sheet: Sheet
    converted: ConvertedSheet
    is_signed: bool

    @property
    def faults(self) -> tuple[SheetFault, ...]:
        """Return what must be corrected before there is a requests file."""
        return self.converted.faults


def build_requests(table: Path, batch: Path, choices: TableChoices, *, home_path: Path | None) -> BuiltRequests:
    """Write a table's requests as requests.csv of a batch folder, or the rows to correct as to-correct.csv.

    Raises:
        ComityError: `bad_argument`.
        RequestError: `sheet_unreadable` when the table cannot be read; `batch_unreadable` when there is no batch folder
            to write to, or its manifest names another requests file.
    """
    dates = parse_dates(choices.dates)
    if choices.hidden not in HIDDEN_CHOICES:
        hint = f"Use one of: {', '.join(HIDDEN_CHOICES)}."
        raise ComityError("bad_argument", "What --hidden-rows says is not known.", hint)
    manifest = inspect_manifest(batch)
    if manifest.get("requests_file") not in {None, REQUESTS_NAME}:
        message = f"batch.json names another requests file than {REQUESTS_NAME}, which is what is written."
        raise RequestError("batch_unreadable", message, f"Set requests_file to {REQUESTS_NAME}.")
    sheet = _read_table(table, choices)
    law = bootstrap.load_law(None if home_path is None else Home.open(home_path))
    earlier = _read_columns(batch / COLUMNS_NAME)
    required = _list_required_columns(law, manifest.get("agreement"))
    converted = convert_sheet(sheet, chosen=choices.columns, earlier=earlier, dates=dates, required=required)
    with lock_folder(batch) as folder:
        replace_file_in(folder, FAULTS_NAME, _encode_faults(converted.faults))
        if converted.columns:
            replace_file_in(folder, COLUMNS_NAME, _encode_columns(converted.columns))
        if not converted.faults:
            replace_file_in(folder, REQUESTS_NAME, encode_requests_file(converted.requests, "csv"))
    return BuiltRequests(batch, sheet, converted, (batch / "batch.json.jws").exists())


def parse_dates(text: str) -> DateReading:
    """Return how days are read by the words of --dates; dots count as day first, or as what is said of them.

    Raises:
        ComityError: `bad_argument`.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    dotted = [word.removeprefix(_DOTS) for word in words if word.startswith(_DOTS)]
    orders = [word for word in words if not word.startswith(_DOTS)]
    try:
        if len(orders) > 1 or len(dotted) > 1:
            raise ValueError("said twice")  # noqa: TRY301  one way out
        order = DateOrder(*orders or [DateOrder.UNKNOWN])
        customary = order if order is DateOrder.DAY_FIRST else DateOrder.UNKNOWN
        return DateReading(order, DateOrder(*dotted or [customary]))
    except ValueError as error:
        hint = (
            "Use month-first (03/04 is March 4) or day-first (03/04 is April 3). Days with dots (03.04.2025) are read "
            "by day-first, or as dots=month-first or dots=day-first says: --dates month-first,dots=day-first"
        )
        raise ComityError("bad_argument", "What --dates says is not known.", hint) from error


def _read_table(table: Path, choices: TableChoices) -> Sheet:
    suffix = table.suffix.lower()
    if suffix in _WORKBOOK_SUFFIXES:
        return read_workbook_table(table, sheet=choices.sheet, hidden=choices.hidden)
    if suffix in _TEXT_SUFFIXES:
        return read_text_table(table)
    if suffix in _NIEM_SUFFIXES:
        return read_niem_document(table)
    message = "The table's name does not end as a file that can be read does."
    hint = f"Save it as .xlsx or as CSV UTF-8 ({', '.join((*_TEXT_SUFFIXES, *_NIEM_SUFFIXES))})."
    raise RequestError("sheet_unreadable", message, hint)


def _list_required_columns(law: Law, agreement_id: object) -> tuple[str, ...]:
    """Return the columns that the batch's agreement needs in each row; none while it names none on file."""
    try:
        needs = law.get_agreement(str(agreement_id)).needs
    except PolicyError:
        return ()
    return tuple(name for name in REQUEST_FIELDS if name in needs)


def _read_columns(path: Path) -> dict[str, str]:
    """Return which column of the table is which of ours, as the last build wrote it or the officer changed it."""
    try:
        text = read_plain_file(path, _MAX_COLUMNS_BYTES).decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, csv.Error) as error:
        message = f"{COLUMNS_NAME} in the batch folder cannot be read."
        raise ComityError(
            "bad_argument", message, "Correct it, or delete it: the next build writes it again."
        ) from error
    if not all(len(row) == 2 for row in rows):
        message = f"{COLUMNS_NAME} must have two fields in each line: our column and the name of yours."
        raise ComityError("bad_argument", message, "Correct it, or delete it: the next build writes it again.")
    return {ours: yours for ours, yours in rows[1:] if yours.strip()}


def _encode_columns(columns: Mapping[str, str]) -> bytes:
    return _encode_csv(("ours", "yours"), [(name, columns.get(name, "")) for name in REQUEST_FIELDS])


def _encode_faults(faults: tuple[SheetFault, ...]) -> bytes:
    rows = [(str(f.row or ""), f.letter, f.column, f.message, f.to_do) for f in faults]
    return _encode_csv(_FAULTS_HEADER, rows)


def _encode_csv(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "replace")

"""Read a workbook in this process, which was started for it and ends with it.

    python -I -c "..."  OUTPUT  SHEET    the workbook is standard input, OUTPUT the number of a descriptor

Guarantees: limits itself before it reads anything, and reads no more than the limits below, whatever the file claims.
Runs no macro, follows no link, and computes no formula. Writes one JSON object.
Does not: open any file.
Start at `run`.
"""

import json
import os
import re
import sys
import warnings
import zipfile
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import IO, Any

from comity.process_limits import limit_process

MAX_ROWS, MAX_COLUMNS = 100_000, 200
_MAX_PARTS, _MAX_EXPANDED_BYTES = 2_000, 400 * 2**20
_DATA_BYTES, _CPU_SECONDS, _OPEN_FILES, _OUTPUT_BYTES = 3 * 2**30, 300, 64, 2**30
_MAX_EXACT_NUMBER = 10**15
_PADDED_FORMAT = re.compile(r"[0-]*0[0-]*(?:;@)?")
_DECLARATIONS = tuple(word.encode(codec) for word in ("<!DOCTYPE", "<!ENTITY") for codec in ("ascii", "utf-16-le"))
_UNREAD_KINDS, _ISO_DAY_LENGTH = {"f": "formula", "e": "error"}, 10
_DAMAGED = "The workbook is damaged, or is no workbook: it cannot be opened."


class RefusedWorkbookError(Exception):
    """The workbook cannot be read: why, and what to do."""


def run(output: int, sheet: str) -> None:
    """Read standard input, and write what was read to the descriptor `output`."""
    limit_process(data_bytes=_DATA_BYTES, cpu_seconds=_CPU_SECONDS, file_bytes=_OUTPUT_BYTES, open_files=_OPEN_FILES)
    with os.fdopen(output, "w", encoding="utf-8") as sink, os.fdopen(sys.stdin.fileno(), "rb", closefd=False) as file:
        json.dump(read_workbook(file, sheet), sink)


def read_workbook(file: IO[bytes], sheet: str) -> dict[str, Any]:
    """Return the rows of the named sheet (of the only one with anything in it, when no name is given), or the error."""
    try:
        data = file.read()
        _check_parts(data)
        return _read_sheet(data, sheet)
    except RefusedWorkbookError as error:
        return {"error": error.args}
    except MemoryError:
        return {
            "error": ("The workbook takes more memory than a table of requests does.", "Save the sheet as CSV UTF-8.")
        }
    except Exception:  # noqa: BLE001  openpyxl raises whatever its parts raise
        return {"error": (_DAMAGED, "Open it in your spreadsheet program, and save it as .xlsx again.")}


def _check_parts(data: bytes) -> None:
    """Refuse what is no workbook, expands without measure, or declares entities."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        message = "The workbook is protected with a password, or is in the old format .xls."
        raise RefusedWorkbookError(message, "Save it as .xlsx without a password.")
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = archive.infolist()
        too_large = sum(part.file_size for part in parts) > _MAX_EXPANDED_BYTES or len(parts) > _MAX_PARTS
        if too_large:
            message = "The workbook expands to more than a table of requests can be."
            raise RefusedWorkbookError(message, "Save the one sheet with the requests as CSV UTF-8.")
        left = _MAX_EXPANDED_BYTES
        for part in parts:
            with archive.open(part) as content:
                text = content.read(left + 1)
            left -= len(text)
            if left < 0:
                raise RefusedWorkbookError(_DAMAGED, "Save the one sheet with the requests as CSV UTF-8.")
            if part.filename.lower().endswith((".xml", ".rels")) and any(word in text for word in _DECLARATIONS):
                message = "The workbook declares XML entities, which no spreadsheet program writes."
                raise RefusedWorkbookError(message, "Open it in your spreadsheet program, and save it as .xlsx again.")


def _read_sheet(data: bytes, name: str) -> dict[str, Any]:
    from openpyxl import load_workbook  # noqa: PLC0415  after the limits are set

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and validations, which are not read
        workbook = load_workbook(BytesIO(data), keep_links=False)
    shown = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    filled = [sheet for sheet in shown if any(cell.value is not None for row in sheet.iter_rows() for cell in row)]
    titles = [sheet.title for sheet in workbook.worksheets]
    chosen = [sheet for sheet in (workbook.worksheets if name else filled) if not name or sheet.title == name]
    if not chosen:
        message = (
            "The workbook has no sheet of that name." if name else "The workbook has no sheet with anything in it."
        )
        raise RefusedWorkbookError(message, f"Its sheets are: {', '.join(titles)}.")
    if len(chosen) > 1:
        message = f"The workbook has {len(chosen)} sheets with something in them."
        names = ", ".join(sheet.title for sheet in chosen)
        raise RefusedWorkbookError(message, f"Name the one with the requests with --sheet: {names}.")
    not_read = [sheet.title for sheet in workbook.worksheets if sheet not in shown and sheet is not chosen[0]]
    return _read_rows(chosen[0]) | {"hidden_sheets": not_read}


def _read_rows(sheet: Any) -> dict[str, Any]:
    if sheet.max_row > MAX_ROWS or sheet.max_column > MAX_COLUMNS:
        message = f"The sheet reaches beyond row {MAX_ROWS:,} or column {MAX_COLUMNS}."
        raise RefusedWorkbookError(message, "Delete what is empty there, or save the sheet as CSV UTF-8.")
    hidden = [n for n, row in sheet.row_dimensions.items() if row.hidden and n <= sheet.max_row]
    hidden_columns = [
        letter
        for letter, column in sheet.column_dimensions.items()
        if column.hidden and any(cell.value is not None for cell in sheet[letter])
    ]
    rows = [[_describe_cell(cell) for cell in row] for row in sheet.iter_rows()]
    return {
        "title": sheet.title,
        "rows": rows,
        "merged": [(str(m), m.min_row, m.max_row, m.min_col, m.max_col) for m in sheet.merged_cells.ranges],
        "hidden_rows": [n for n in hidden if any(text.strip() for text, _ in rows[n - 1])],
        "hidden_columns": hidden_columns,
        "is_filtered": bool(sheet.auto_filter.ref and sheet.auto_filter.filterColumn),
    }


def _describe_cell(cell: Any) -> tuple[str, str]:
    """Return a cell's text and kind (`CellKind`)."""
    value = cell.value
    if value is None:
        return "", "text"
    if (kind := _UNREAD_KINDS.get(cell.data_type)) or isinstance(value, bool):
        return kind or "truth", kind or "truth"
    if isinstance(value, date) and (not isinstance(value, datetime) or value.time() == time()):
        return value.isoformat()[:_ISO_DAY_LENGTH], "date"
    if isinstance(value, date | time | timedelta):
        return "time", "time"
    if isinstance(value, int | float):
        return _describe_number(value, str(cell.number_format))
    return str(value), "text"


def _describe_number(value: float, number_format: str) -> tuple[str, str]:
    """Return a number's digits; those that its format shows (00000, 000-00-0000) with their zeros and dashes."""
    if value != int(value) or not 0 <= value < _MAX_EXACT_NUMBER:
        return "number", "inexact"
    digits = str(int(value))
    pattern = number_format.removesuffix(";@")
    if not _PADDED_FORMAT.fullmatch(number_format) or pattern == "0" or len(digits) > pattern.count("0"):
        return digits, "number"
    padded = iter(digits.zfill(pattern.count("0")))
    return "".join(next(padded) if mark == "0" else mark for mark in pattern), "text"

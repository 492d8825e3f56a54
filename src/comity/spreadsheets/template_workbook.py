"""Write a workbook to fill in: our columns, a note on each, lists to choose from, and every cell as text.

Guarantees: a cell that is typed into stays as it was typed: ZIP codes keep their zeros, dates and numbers their digits.
A list offers what the law on file has; another value can be entered, because a custodian's own law may have more.
Start at `encode_template`.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation

from comity.model.column_meanings import COLUMN_MEANINGS
from comity.model.request_fields import REQUEST_FIELDS
from comity.spreadsheets.sheet import column_letter

SHEET_TITLE, CODES_TITLE = "requests", "codes"
_TEXT_FORMAT, _LAST_ROW = "@", 100_000
_WIDE = {"reason": 60, "street": 28, "statute": 22, "proceeding": 24, "element": 20}


def encode_template(choices: Mapping[str, Sequence[str]], required: Sequence[str]) -> bytes:
    """Return a workbook (.xlsx).

    Args:
        choices: for some columns, the values to choose from.
        required: the columns that must be filled in each row.
    """
    workbook = Workbook()
    sheet: Any = workbook.active
    codes = workbook.create_sheet(CODES_TITLE)
    codes.sheet_state = "hidden"
    sheet.title = SHEET_TITLE
    for position, name in enumerate(REQUEST_FIELDS):
        letter = column_letter(position)
        header = sheet.cell(1, position + 1, name)
        header.font = Font(bold=True)
        need = "Must be filled in each row." if name in required else "May be left empty."
        header.comment = Comment(f"{name}: {COLUMN_MEANINGS[name]}. {need}", "Comity", height=120, width=320)
        column = sheet.column_dimensions[letter]
        column.number_format, column.width = _TEXT_FORMAT, _WIDE.get(name, 16)
        if name in choices:
            _add_list(sheet, codes, letter, choices[name])
    sheet.freeze_panes = "B2"
    content = BytesIO()
    workbook.save(content)
    return content.getvalue()


def _add_list(sheet: Any, codes: Any, letter: str, values: Sequence[str]) -> None:
    """Offer values in a column, from a range of the sheet of codes: a list in a cell itself ends at 255 characters."""
    for row, value in enumerate(values, 1):
        codes[f"{letter}{row}"] = value
        codes[f"{letter}{row}"].number_format = _TEXT_FORMAT
    source = f"{CODES_TITLE}!${letter}$1:${letter}${len(values)}"
    validation = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=False)
    sheet.add_data_validation(validation)
    validation.add(f"{letter}2:{letter}{_LAST_ROW}")

"""A table as it was read from a file: its header, its rows by number, and what its cells are."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from comity.errors import RequestError


class CellKind(StrEnum):
    """What a cell holds. A text file has text alone."""

    TEXT = "text"
    NUMBER = "number"
    INEXACT = "inexact"
    DATE = "date"
    TIME = "time"
    FORMULA = "formula"
    ERROR = "error"
    TRUTH = "truth"


class Cell(NamedTuple):
    """One cell; a number's text is its digits, a date's is YYYY-MM-DD."""

    text: str
    kind: CellKind = CellKind.TEXT


EMPTY_CELL = Cell("")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row, by its number as a spreadsheet program shows it."""

    number: int
    cells: Sequence[Cell]


class CellRange(NamedTuple):
    """Merged cells: what the program calls them (A1:B2), and their first and last row and column, from 1."""

    name: str
    first_row: int
    last_row: int
    first_column: int
    last_column: int


@dataclass(frozen=True, slots=True)
class SheetFault:
    """One thing to correct in a table: its row (None when it is about a column or the whole), its column, what to do.

    `letter` is the column's letter in the spreadsheet program, `column` our name for it; either may be empty.
    """

    row: int | None
    letter: str
    column: str
    message: str
    to_do: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: the row that names the columns, the rows below it that are not blank, and what its reader has to say.

    `faults` are those that its reader found; `merged` are merged cells, which are faults where they touch a column that
    is used. `header_number` is the header's row.
    """

    header: Sequence[str]
    rows: Sequence[SheetRow]
    blank_rows: int = 0
    notes: tuple[str, ...] = ()
    faults: tuple[SheetFault, ...] = ()
    merged: tuple[CellRange, ...] = ()
    header_number: int = 1


def make_sheet(
    records: Sequence[SheetRow],
    notes: tuple[str, ...] = (),
    *,
    faults: tuple[SheetFault, ...] = (),
    merged: tuple[CellRange, ...] = (),
) -> Sheet:
    """Return the table whose first row that is not blank names the columns. Raises RequestError `sheet_unreadable`."""
    filled = [record for record in records if any(cell.text.strip() for cell in record.cells)]
    if not filled:
        raise unreadable_sheet("The file has no row with anything in it.", "Save the table with its header, and again.")
    header = [cell.text for cell in filled[0].cells]
    blank_rows = len(records) - len(filled)
    return Sheet(header, filled[1:], blank_rows, notes, faults, merged, header_number=filled[0].number)


def unreadable_sheet(message: str, hint: str) -> RequestError:
    """Return the error that a table cannot be read at all."""
    return RequestError("sheet_unreadable", message, hint)


def column_letter(position: int) -> str:
    """Return a column's letter as a spreadsheet program shows it, for a position from 0.

    >>> [column_letter(position) for position in (0, 25, 26, 701, 702)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA']
    """
    letters, number = "", position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters

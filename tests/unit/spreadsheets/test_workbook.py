"""A workbook is read in its own process, or refused: what it hides, computes, merges or inflates is said."""

import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from comity.errors import RequestError
from comity.spreadsheets.sheet import CellKind
from comity.spreadsheets.workbook import read_workbook_table
from comity.spreadsheets.workbook_process import read_workbook

SECRET = "Zyxwvutson"


def save(change: Callable[[Any, Any], None] = lambda _book, _sheet: None) -> bytes:
    """Return a workbook with a header and two rows, changed."""
    book = Workbook()
    sheet: Any = book.active
    for row in (("last_name", "zip", "day"), (SECRET, "02134", "2024-03-04"), ("Roe", 2134, date(2024, 3, 4))):
        sheet.append(row)
    change(book, sheet)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def put(cell: str, value: Any, number_format: str = "") -> Callable[[Any, Any], None]:
    """Return a change that puts a value into a cell."""

    def change(_book: Any, sheet: Any) -> None:
        sheet[cell] = value
        sheet[cell].number_format = number_format or sheet[cell].number_format

    return change


def repack(data: bytes, name: str, content: bytes) -> bytes:
    """Return a workbook with one part replaced or added."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            if part.filename != name:
                target.writestr(part, source.read(part))
        target.writestr(name, content)
    return out.getvalue()


@pytest.mark.slow
def test_a_sheet_is_read_in_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "cases.xlsx").write_bytes(save())
    sheet = read_workbook_table(tmp_path / "cases.xlsx")
    assert sheet.header == ["last_name", "zip", "day"]
    assert [(row.number, *row.cells) for row in sheet.rows] == [
        (2, (SECRET, CellKind.TEXT), ("02134", CellKind.TEXT), ("2024-03-04", CellKind.TEXT)),
        (3, ("Roe", CellKind.TEXT), ("2134", CellKind.NUMBER), ("2024-03-04", CellKind.DATE)),
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (put("A2", "=B2"), ("formula", "formula")),
        (put("A2", "#N/A"), ("error", "error")),
        (put("A2", True), ("truth", "truth")),
        (put("A2", datetime(2024, 3, 4)), ("2024-03-04", "date")),  # noqa: DTZ001
        (put("A2", datetime(2024, 3, 4, 5)), ("time", "time")),  # noqa: DTZ001
        (put("A2", time(5)), ("time", "time")),
        (put("A2", 2134, "00000"), ("02134", "text")),
        (put("A2", 12345678, "000-00-0000"), ("012-34-5678", "text")),
        (put("A2", 1234567890, "000-00-0000"), ("1234567890", "number")),
        (put("A2", 123456789.0), ("123456789", "number")),
        (put("A2", 1.5), ("number", "inexact")),
        (put("A2", -1), ("number", "inexact")),
        (put("A2", 12345678901234567), ("number", "inexact")),
        (put("A2", "two\nlines"), ("two\nlines", "text")),
    ],
)
def test_a_cell_is_described_as_what_it_holds(change: Callable[[Any, Any], None], expected: tuple[str, str]) -> None:
    assert read_workbook(BytesIO(save(change)), "")["rows"][1][0] == expected


def add_sheet(book: Any, _sheet: Any) -> None:
    book.create_sheet("second")["A1"] = SECRET


def write_bomb() -> bytes:
    return repack(save(), "xl/worksheets/sheet1.xml", b" " * (450 * 2**20))


def write_entities() -> bytes:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>'
    return repack(save(), "xl/worksheets/sheet1.xml", bomb)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (lambda: save(add_sheet), "2 sheets"),
        (write_bomb, "expands"),
        (write_entities, "entities"),
        (lambda: b"\xd0\xcf\x11\xe0 encrypted", "password"),
        (lambda: b"no zip", "damaged"),
        (lambda: save()[:-400], "damaged"),
        (lambda: repack(save(), "xl/worksheets/sheet1.xml", b"<no"), "damaged"),
        (lambda: save(put("A200000", "x")), "beyond row"),
        (lambda: save(put("ZZ1", "x")), "beyond row"),
    ],
)
def test_what_is_no_plain_table_is_refused(data: Callable[[], bytes], said: str) -> None:
    message, hint = read_workbook(BytesIO(data()), "")["error"]
    assert said in message
    assert hint
    assert SECRET not in message + hint


def test_the_sheet_is_named_where_there_are_several() -> None:
    data = save(add_sheet)
    assert read_workbook(BytesIO(data), "")["error"][1].endswith("Sheet, second.")
    assert read_workbook(BytesIO(data), "second")["rows"] == [[(SECRET, "text")]]
    assert "no sheet of that name" in read_workbook(BytesIO(data), "third")["error"][0]


def hide_row(_book: Any, sheet: Any) -> None:
    sheet.row_dimensions[2].hidden = True


def hide_column(_book: Any, sheet: Any) -> None:
    sheet.column_dimensions["B"].hidden = True


def merge(_book: Any, sheet: Any) -> None:
    sheet.merge_cells("A2:A3")


@pytest.mark.slow
def test_what_is_hidden_or_merged_is_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "cases.xlsx"

    def change_all(book: Any, sheet: Any) -> None:
        for change in (hide_row, hide_column, merge):
            change(book, sheet)

    path.write_bytes(save(change_all))
    asked = read_workbook_table(path)
    assert [(fault.letter, fault.row) for fault in asked.faults] == [("B", None), ("", None)]
    assert "--hidden-rows" in asked.faults[1].to_do
    assert asked.merged == (("A2:A3", 2, 3, 1, 1),)
    assert [row.number for row in asked.rows] == [2, 3]
    path.write_bytes(save(hide_row))
    assert [row.number for row in read_workbook_table(path, hidden="take").rows] == [2, 3]
    left = read_workbook_table(path, hidden="leave-out")
    assert [row.number for row in left.rows] == [3]
    assert any("left out: 2" in note for note in left.notes)


@pytest.mark.slow
def test_a_reader_that_ends_early_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "cases.xlsx").write_bytes(save())
    with pytest.raises(RequestError, match="could not be read within the limits"):
        read_workbook_table(tmp_path / "cases.xlsx", sheet="a\0b")

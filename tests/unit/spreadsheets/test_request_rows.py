"""A table is taken whole, each row that is not blank once, or refused with everything that is wrong with it."""

from collections.abc import Sequence

import pytest

from comity.model.request_fields import REQUEST_FIELDS
from comity.spreadsheets import ConvertedSheet, Sheet, convert_sheet
from comity.spreadsheets.sheet import Cell, SheetRow
from comity.spreadsheets.usual_headings import SYNONYMS, match_columns, normalize_header
from comity.spreadsheets.values import DateOrder, DateReading

SECRET = "Zyxwvutson"


def convert(header: Sequence[str], *rows: Sequence[str], **chosen: str) -> ConvertedSheet:
    """Convert a table whose rows begin in row 2."""
    lines = [SheetRow(number, [Cell(text) for text in row]) for number, row in enumerate(rows, 2)]
    return convert_sheet(Sheet(header, lines), chosen=chosen, dates=DateReading(), required=("tax_year",))


def test_columns_are_found_by_usual_names() -> None:
    converted = convert(["SSN", "LAST NAME", "First-Name", "Tax Year"], ["123456789", SECRET, "Ann", "2023"])
    assert not converted.faults
    row = converted.requests.to_pylist()[0]
    assert (row["request_id"], row["tin"], row["last_name"], row["tax_year"]) == ("row-2", "123456789", SECRET, "2023")


def test_no_usual_name_fits_two_columns() -> None:
    pairs = {(normalize_header(name), column) for column, others in SYNONYMS.items() for name in (column, *others)}
    assert set(SYNONYMS) == set(REQUEST_FIELDS)
    assert len({name for name, _ in pairs}) == len(pairs)


def test_two_columns_that_could_be_one_of_ours_are_asked_about() -> None:
    converted = convert(["family name", "surname", "first", "year", "city"], [SECRET, "x", "y", "2023", "z"])
    assert [(fault.column, fault.to_do) for fault in converted.faults] == [
        ("last_name", "Say which with --column last_name=NAME, or rename one.")
    ]
    assert not convert(
        ["family name", "surname", "first", "year"], [SECRET, "x", "y", "2023"], last_name="surname"
    ).faults
    assert match_columns(["last_name", "surname"], {})[0] == {"last_name": 0}, "our own name is ours"


def test_a_wrong_choice_is_said() -> None:
    converted = convert(["a", "b", "year"], [SECRET, "x", "2023"], last_name="c", nonsense="a")
    assert [fault.column for fault in converted.faults] == ["last_name", ""]


def test_everything_is_said_at_once_with_row_and_column() -> None:
    header = ["last", "first", "ssn", "order date", "", "notes"]
    rows = [[SECRET, "Ann", "1.2E+08", "03/04/2025", "", ""], [SECRET, "Ann", "", "", "x", ""], [SECRET, "Ann"]]
    converted = convert(header, *rows)
    assert [(fault.row, fault.letter, fault.column) for fault in converted.faults] == [
        (None, "", "tax_year"),
        (2, "C", "tin"),
        (2, "D", "final_order_date"),
        (3, "E", ""),
        (4, "", ""),
    ]
    assert all(fault.to_do and SECRET not in fault.message for fault in converted.faults)
    assert converted.unused_columns == ("F",)
    assert converted.requests.num_rows == len(rows)


@pytest.mark.parametrize("header", [[SECRET, "Ann", "12 Maple St"], ["", "", ""], ["hello"]])
def test_a_table_without_names_is_one_fault(header: list[str]) -> None:
    converted = convert(header, [SECRET, "Ann", "12 Maple St"])
    assert len(converted.faults) == 1
    assert "does not name the columns" in converted.faults[0].message


def test_a_table_without_rows_asks_about_nobody() -> None:
    assert [fault.message for fault in convert(["last", "first", "year"]).faults] == [
        "The table has no row below its header."
    ]


@pytest.mark.parametrize(
    ("order", "days", "refused"),
    [
        (DateOrder.MONTH_FIRST, ["6/1/2024", "7/2/2024", "13/6/2024"], [2, 3, 4]),
        (DateOrder.MONTH_FIRST, ["6/1/2024", "7/2/2024", "6/13/2024"], []),
        (DateOrder.DAY_FIRST, ["6/1/2024", "5/5/2024", "6/13/2024"], [2, 4]),
        (DateOrder.DAY_FIRST, ["6/1/2024", "1-6-2024", "6-13-2024"], [3, 4]),
        (DateOrder.MONTH_FIRST, ["6/1/2024", "2024-06-01", "1.6.2024", "13.6.2024"], [4]),
        (DateOrder.UNKNOWN, ["13/6/2024", "6/13/2024", "2024-06-01"], []),
    ],
)
def test_an_order_of_dates_that_a_cell_contradicts_reads_nothing(
    order: DateOrder, days: list[str], refused: list[int]
) -> None:
    dotted = order if order is DateOrder.DAY_FIRST else DateOrder.UNKNOWN
    lines = [SheetRow(n, [Cell("Roe"), Cell("2023"), Cell(day)]) for n, day in enumerate(days, 2)]
    sheet = Sheet(["last", "year", "order date"], lines)
    faults = convert_sheet(sheet, chosen={}, dates=DateReading(order, dotted)).faults
    assert [fault.row for fault in faults] == refused

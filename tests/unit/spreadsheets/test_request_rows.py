"""A table is taken whole, each row that is not blank once, or refused with everything that is wrong with it."""

from collections.abc import Sequence

import pytest

from comity.model.request_fields import REQUEST_FIELDS
from comity.spreadsheets import ConvertedSheet, Sheet, convert_sheet
from comity.spreadsheets.sheet import Cell, CellRange, SheetRow
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
    assert converted.unused_columns == ("notes (column F)",)
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


HEADER = ("last", "first", "year", "street", "city", "state", "zip", "notes")
ROE = ("Roe", "Ann", "2023", "12 Maple St", "Salem", "OR", "97301", "")


@pytest.mark.parametrize(
    "row",
    [
        ("Total", "", "", "", "", "", "200", ""),
        ("", "", "", "", "", "", "2", "Grand total: two"),
        ("", "", "", "", "", "", "200", ""),
        ("COUNT", "200", "", "", "", "", "", ""),
    ],
)
def test_a_row_that_looks_like_a_total_is_one_fault(row: tuple[str, ...]) -> None:
    (fault,) = convert_all(ROE, ("Doe", *ROE[1:]), row).faults
    assert (fault.row, fault.to_do) == (4, "Delete the row, or fill in its cells if it is a request.")


@pytest.mark.parametrize("row", [("Total", *ROE[1:]), ("Sumner", "Al", "2023", "9 Elm St", "", "", "", "")])
def test_a_row_with_cells_of_a_request_is_one(row: tuple[str, ...]) -> None:
    assert not convert_all(ROE, row).faults


def convert_all(*rows: Sequence[str]) -> ConvertedSheet:
    return convert(HEADER, *rows)


def test_rows_that_ask_the_same_are_named_and_taken() -> None:
    found = convert_all(ROE, ("Doe", *ROE[1:]), ("ROE ", *ROE[1:]))
    assert (found.repeats, found.faults, found.requests.num_rows) == (((2, 4),), (), 3)
    header = ("request_id", *HEADER)
    assert convert(header, ("Q1", *ROE), ("Q2", *ROE)).repeats == ((2, 3),)
    assert not convert_all(ROE, (*ROE[:6], "97302", "")).repeats


def test_merged_cells_are_a_fault_beside_others_where_their_column_is_used() -> None:
    lines = [SheetRow(n, [Cell(text) for text in (*ROE[:6], "1.2E+08", "")]) for n in (2, 3)]
    used, unused, below = CellRange("B2:B3", 2, 3, 2, 2), CellRange("H2:H3", 2, 3, 8, 8), CellRange("A8:B9", 8, 9, 1, 2)
    found = convert_sheet(Sheet(HEADER, lines, merged=(used, unused, below)), chosen={}, dates=DateReading())
    assert [(fault.row, fault.letter) for fault in found.faults] == [(2, "B"), (2, "G"), (3, "G")]
    assert "2, the first H2:H3" in found.notes[0]
    assert found.columns["last_name"] == "last"


def test_a_name_of_columns_csv_that_the_table_lacks_is_named_as_such() -> None:
    found = convert_sheet(
        Sheet(HEADER, [SheetRow(2, [Cell(text) for text in ROE])]),
        chosen={"city": "Ort"},
        earlier={"street": "Street of\nresidence", "city": "Town"},
        dates=DateReading(),
    )
    assert [fault.column for fault in found.faults] == ["street", "city"]
    assert '"Street of residence", which columns.csv' in found.faults[0].message
    assert "--column gives for city" in found.faults[1].message

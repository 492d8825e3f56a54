"""A cell is taken as it was meant, or refused with what to do: nothing that a program lost is guessed."""

import pytest

from comity.spreadsheets.sheet import Cell, CellKind
from comity.spreadsheets.values import DateOrder, DateReading, convert_cell

UNSAID = DateReading()
NUMBER, DATE = CellKind.NUMBER, CellKind.DATE


def taken(column: str, text: str, kind: CellKind = CellKind.TEXT, dates: DateReading = UNSAID) -> str | None:
    """Return a cell's text, or None when it is refused; a refusal says what happened and what to do, and no value."""
    converted = convert_cell(column, Cell(text, kind), dates)
    assert bool(converted.message) == bool(converted.to_do)
    assert not (converted.message and converted.text)
    digits = text.strip()
    assert len(digits) < 5 or digits not in converted.message + converted.to_do
    return None if converted.message else converted.text


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("last_name", "  O’Neil\u00a0", "O'Neil"),
        ("last_name", "Smith–Jones", "Smith-Jones"),
        ("last_name", "García\u200b", "García"),
        ("last_name", "\u02bbAnoai", "\u02bbAnoai"),
        ("zip", "2134", "02134"),
        ("zip", "501", "00501"),
        ("zip", "21341234", "021341234"),
        ("zip", "02134-1234", "02134-1234"),
        ("zip", "02134–1234", "02134-1234"),
        ("zip", "2134.0", "02134"),
        ("zip", "12", "12"),
        ("tin", "123-45-6789", "123-45-6789"),
        ("tin", "1.23456789E+08", "123456789"),
        ("tin", "1,23456789E+08", "123456789"),
        ("tin", "1.23E+08", None),
        ("tin", "12345678", None),
        ("tin", "12-345-678", None),
        ("case_number", "1.23E+15", None),
        ("case_number", "1E5", "1E5"),
        ("reason", "1.23E+08", "1.23E+08"),
        ("street", "12 Maple St\nApt 4", None),
        ("street", "12\x00", None),
        ("street", "x" * 501, None),
        ("street", "12 \ud800", None),
        ("request_id", "", ""),
        ("request_id", " \u00a0 ", ""),
    ],
)
def test_text_is_made_plain_or_refused(column: str, text: str, expected: str | None) -> None:
    assert taken(column, text) == expected


@pytest.mark.parametrize(
    ("text", "unsaid", "month_first", "day_first"),
    [
        ("2024-05-03", "2024-05-03", "2024-05-03", "2024-05-03"),
        ("2024-05-03 00:00:00", "2024-05-03", "2024-05-03", "2024-05-03"),
        ("20240503", "2024-05-03", "2024-05-03", "2024-05-03"),
        ("3-May-2024", "2024-05-03", "2024-05-03", "2024-05-03"),
        ("May 3, 2024", "2024-05-03", "2024-05-03", "2024-05-03"),
        ("03MAY2024", "2024-05-03", "2024-05-03", "2024-05-03"),
        ("03/04/2025", None, "2025-03-04", "2025-04-03"),
        ("3.4.2025", None, None, "2025-04-03"),
        ("04/04/2025", "2025-04-04", "2025-04-04", "2025-04-04"),
        ("13/04/2025", "2025-04-13", None, "2025-04-13"),
        ("04/13/2025", "2025-04-13", "2025-04-13", None),
        ("02/30/2025", None, None, None),
        ("30/02/2025", None, None, None),
        ("3/4/25", None, None, None),
        ("45432", None, None, None),
        ("2024-05-03 13:00", None, None, None),
        ("Smarch 3, 2024", None, None, None),
        ("soon", None, None, None),
    ],
)
def test_a_date_is_one_day_or_refused(
    text: str, unsaid: str | None, month_first: str | None, day_first: str | None
) -> None:
    month_first_alone = DateReading(DateOrder.MONTH_FIRST)
    readings = (UNSAID, month_first_alone, DateReading(DateOrder.DAY_FIRST, DateOrder.DAY_FIRST))
    found = [taken("final_order_date", text, dates=dates) for dates in readings]
    assert found == [unsaid, month_first, day_first]


@pytest.mark.parametrize("kind", [k for k in CellKind if k not in {CellKind.TEXT, CellKind.NUMBER}])
@pytest.mark.parametrize("column", ["last_name", "tin", "tax_year", "street2"])
def test_what_a_program_made_of_a_cell_is_refused(column: str, kind: CellKind) -> None:
    assert taken(column, "2024-03-04", kind) is None


def test_cells_of_a_workbook_are_taken_as_their_kind_says() -> None:
    assert taken("final_order_date", "2024-03-04", DATE) == "2024-03-04"
    assert taken("final_order_date", "45355", NUMBER) == "2024-03-04"
    assert taken("final_order_date", "123", NUMBER) is None
    assert taken("zip", "2134", NUMBER) == "02134"
    assert taken("tax_year", "2023", NUMBER) == "2023"
    assert taken("tin", "12345678", NUMBER) is None


def test_days_with_dots_are_read_in_the_order_said_of_them() -> None:
    for order, day in ((DateOrder.MONTH_FIRST, "2025-03-04"), (DateOrder.DAY_FIRST, "2025-04-03")):
        dates = DateReading(DateOrder.MONTH_FIRST, order)
        assert taken("final_order_date", "3.4.2025", dates=dates) == day
    assert taken("final_order_date", "3/4.2025", dates=dates) is None

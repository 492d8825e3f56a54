"""Row checks skip columns in which nothing can be wrong; each shortcut is tried on a column that defeats it."""

import pyarrow as pa
import pytest

from comity.model.request_fields import TEXT_SCHEMA
from comity.requests_file.field_checks import check_fields, clear_repeated_ids
from comity.requests_file.form_faults import FormFaults
from comity.requests_file.limits import MAX_FIELD_CHARACTERS
from tests.support.batch_folders import make_requests_table


def check(table: pa.Table) -> tuple[pa.Table, set[tuple[int, ...]]]:
    """Check rows as one file; the rows of each fault."""
    faults = FormFaults()
    (rows,) = table.select(TEXT_SCHEMA.names).combine_chunks().to_batches()
    checked = clear_repeated_ids(pa.Table.from_batches([check_fields(rows, faults, first_row=1)]), faults)
    return checked, {fault.rows for fault in faults.to_faults()}


def test_check_fields_trims_bounds_and_clears_text() -> None:
    longest = "é" * MAX_FIELD_CHARACTERS
    street = ["12 Main St", "  12 Main St\u00a0", " ", "a\x00b", "a\x7fb", "tab\there", longest, longest + "é", None]
    checked, faults = check(make_requests_table(street=street))
    expected = ["12 Main St", "12 Main St", None, None, None, "tab\there", longest, None, None]
    assert checked.column("street").to_pylist() == expected
    assert faults == {(8,), (4, 5)}


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["a", "b", "c"], ["a", "b", "c"]),
        (["c", "b", "a"], ["c", "b", "a"]),
        (["a", "a", "b"], [None, None, "b"]),
        (["b", "a", "b"], [None, "a", None]),
        (["a", None, "a"], [None, None, None]),
    ],
)
def test_clear_repeated_ids_clears_request_ids_in_any_order(ids: list[str | None], expected: list[str | None]) -> None:
    checked, faults = check(make_requests_table(request_id=ids))
    assert checked.column("request_id").to_pylist() == expected
    assert bool(faults) == (None in expected)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2023", "2023"),
        ("2023.0", "2023"),
        ("2023.00", "2023"),
        ("TY2023", "2023"),
        ("ty 2023", "2023"),
        ("Tax Year 2023", "2023"),
        ("FY2023", "FY2023"),
        ("2023.5", "2023.5"),
        ("2023-2024", "2023-2024"),
        ("TY23", "TY23"),
    ],
)
def test_check_fields_reads_a_tax_year_as_systems_export_it(written: str, expected: str) -> None:
    """A fiscal year, a range and a year of two digits are something else, and stay for R06 to refuse."""
    assert check(make_requests_table(tax_year=[written]))[0]["tax_year"].to_pylist() == [expected]

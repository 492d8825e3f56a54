"""Row checks skip columns in which nothing can be wrong; each shortcut is tried on a column that defeats it."""

import pytest

from comity.intake.limits import MAX_FIELD_CHARACTERS
from comity.intake.row_checks import check_rows
from tests.support.batch_folders import make_requests_table


def test_check_rows_trims_bounds_and_clears_text() -> None:
    longest = "é" * MAX_FIELD_CHARACTERS
    street = ["12 Main St", "  12 Main St\u00a0", " ", "a\x00b", "a\x7fb", "tab\there", longest, longest + "é", None]
    checked, faults = check_rows(make_requests_table(street=street))
    expected = ["12 Main St", "12 Main St", None, None, None, "tab\there", longest, None, None]
    assert checked.column("street").to_pylist() == expected
    assert {fault.rows for fault in faults} == {(8,), (4, 5)}


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
def test_check_rows_clears_repeated_request_ids_in_any_order(ids: list[str | None], expected: list[str | None]) -> None:
    checked, faults = check_rows(make_requests_table(request_id=ids))
    assert checked.column("request_id").to_pylist() == expected
    assert bool(faults) == (None in expected)

"""What intake skips where nothing can be found makes no difference: each shortcut against a file that defeats it."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity.intake.limits import MAX_FIELD_CHARACTERS
from comity.intake.requests_file import read_requests_table
from comity.intake.row_checks import check_rows
from comity.model.batch import REQUEST_FIELDS, REQUESTS_SCHEMA
from tests.support.batch_folders import make_row

HUGE = "x" * 5_000


def requests(**changes: list[str | None]) -> pa.Table:
    count = max(len(values) for values in changes.values())
    plain = {name: [make_row()[name]] * count for name in REQUEST_FIELDS}
    columns: dict[str, Any] = plain | {"request_id": [f"q{n}" for n in range(count)]} | changes
    return pa.table({"row": range(1, count + 1), **columns}, schema=REQUESTS_SCHEMA)


@pytest.mark.parametrize("use_dictionary", [True, False, ["street"]])
def test_a_parquet_file_reads_alike_however_it_is_encoded(tmp_path: Path, use_dictionary: bool | list[str]) -> None:
    table = requests(reason=[f"reason {n % 7}" for n in range(300)], street=["12 Main St", HUGE, None] * 100)
    path = tmp_path / "requests.parquet"
    pq.write_table(table.drop_columns("row"), path, row_group_size=130, use_dictionary=use_dictionary)
    read, faults = read_requests_table(path)
    assert faults == ()
    assert read.equals(table)


def test_an_encoding_in_which_little_can_stand_for_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "requests.parquet"
    table = requests(reason=[HUGE + str(n) for n in range(300)]).drop_columns("row")
    pq.write_table(table, path, use_dictionary=False, column_encoding={"reason": "DELTA_BYTE_ARRAY"})
    _, faults = read_requests_table(path)
    assert [fault.rule for fault in faults] == ["r13_file_form"]


def test_text_is_checked_as_if_each_value_were_looked_at() -> None:
    longest = "é" * MAX_FIELD_CHARACTERS
    street = ["12 Main St", "  12 Main St\u00a0", " ", "a\x00b", "a\x7fb", "tab\there", longest, longest + "é", None]
    checked, faults = check_rows(requests(street=street))
    expected = ["12 Main St", "12 Main St", None, None, None, "tab\there", longest, None, None]
    assert checked.column("street").to_pylist() == expected
    assert {fault.rows for fault in faults} == {(8,), (4, 5)}


@pytest.mark.parametrize(
    ("ids", "left"),
    [
        (["a", "b", "c"], ["a", "b", "c"]),
        (["c", "b", "a"], ["c", "b", "a"]),
        (["a", "a", "b"], [None, None, "b"]),
        (["b", "a", "b"], [None, "a", None]),
        (["a", None, "a"], [None, None, None]),
    ],
)
def test_a_repeated_identifier_is_found_in_any_order(ids: list[str | None], left: list[str | None]) -> None:
    checked, faults = check_rows(requests(request_id=ids))
    assert checked.column("request_id").to_pylist() == left
    assert bool(faults) == (None in left)

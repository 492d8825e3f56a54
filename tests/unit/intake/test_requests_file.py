"""Requests files in Parquet: every encoding reads alike, and one that could exhaust memory is refused."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from comity.intake.requests_file import read_requests_table
from tests.support.batch_folders import make_requests_table

HUGE = "x" * 5_000


@pytest.mark.parametrize("use_dictionary", [True, False, ["street"]])
def test_read_requests_table_reads_every_parquet_encoding_alike(
    tmp_path: Path, use_dictionary: bool | list[str]
) -> None:
    table = make_requests_table(reason=[f"reason {n % 7}" for n in range(300)], street=["12 Main St", HUGE, None] * 100)
    path = tmp_path / "requests.parquet"
    pq.write_table(table.drop_columns("row"), path, row_group_size=130, use_dictionary=use_dictionary)
    read, faults = read_requests_table(path)
    assert faults == ()
    assert read.equals(table)


def test_read_requests_table_refuses_an_encoding_that_expands_without_bound(tmp_path: Path) -> None:
    path = tmp_path / "requests.parquet"
    table = make_requests_table(reason=[HUGE + str(n) for n in range(300)]).drop_columns("row")
    pq.write_table(table, path, use_dictionary=False, column_encoding={"reason": "DELTA_BYTE_ARRAY"})
    _, faults = read_requests_table(path)
    assert [fault.rule for fault in faults] == ["r13_file_form"]

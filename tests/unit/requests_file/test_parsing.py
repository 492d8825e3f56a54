"""Requests files in Parquet: every encoding reads alike, and one that could exhaust memory is refused."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.support.batch_folders import make_requests_table
from tests.support.requests_files import parse_file

HUGE = "x" * 5_000


@pytest.mark.parametrize("use_dictionary", [True, False, ["street"]])
def test_parse_requests_reads_every_parquet_encoding_alike(tmp_path: Path, use_dictionary: bool | list[str]) -> None:
    table = make_requests_table(reason=[f"reason {n % 7}" for n in range(300)], street=["12 Main St", HUGE, None] * 100)
    path = tmp_path / "requests.parquet"
    pq.write_table(table.drop_columns("row"), path, row_group_size=130, use_dictionary=use_dictionary)
    read, faults = parse_file(path)
    assert [fault.rows_total for fault in faults] == [100], "values that are too long are no text of a request"
    kept = pc.if_else(pc.equal(table["street"], HUGE), pa.scalar(None, pa.string()), table["street"])
    assert read["street"].equals(kept)
    assert read["reason"].equals(table["reason"])


def test_parse_requests_refuses_an_encoding_that_expands_without_bound(tmp_path: Path) -> None:
    path = tmp_path / "requests.parquet"
    table = make_requests_table(reason=[HUGE + str(n) for n in range(300)]).drop_columns("row")
    pq.write_table(table, path, use_dictionary=False, column_encoding={"reason": "DELTA_BYTE_ARRAY"})
    _, faults = parse_file(path)
    assert [fault.rule for fault in faults] == ["r13_file_form"]

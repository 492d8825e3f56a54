"""The census of names."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import comity.reference
from comity.reference import census_names


@pytest.mark.parametrize(
    ("table", "first"),
    [(census_names.load_last_name_counts(), "SMITH"), (census_names.load_first_name_counts(), "MICHAEL")],
)
def test_names_come_most_frequent_first_without_the_remainder(table: pa.Table, first: str) -> None:
    assert table["name"][0].as_py() == first
    assert "ALL OTHER NAMES" not in table["name"].to_pylist()
    assert pc.min(table["count"]).as_py() > 0
    assert table.num_rows == len(set(table["name"].to_pylist()))


def test_no_shipped_file_carries_a_share_by_group() -> None:
    allowed = {"name", "count", "zip", "state", "city", "county", "kind", "city_aliases"}
    for name in ("names_last", "names_first", "zips"):
        (folder,) = comity.reference.__path__
        schema = pq.read_schema(Path(folder) / f"{name}.parquet")
        assert set(schema.names) <= allowed

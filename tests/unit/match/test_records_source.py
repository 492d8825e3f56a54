"""Records in Parquet and CSV files, and records that cannot be indexed."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity.columns.duck import connect
from comity.errors import ComityError
from comity.match import build_index
from tests.support.match_records import make_neighbors, write_records


def test_records_are_read_from_csv_files_in_a_folder(tmp_path: Path) -> None:
    table = pq.read_table(write_records(tmp_path / "x.parquet", make_neighbors(4)))
    (tmp_path / "in").mkdir()
    with connect() as db:
        db.register("t", table)
        db.execute(f"COPY t TO '{tmp_path / 'in' / 'a.csv'}' (HEADER)")
    assert build_index([tmp_path / "in"], tmp_path / "index").rows == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop_columns(["street"]), "missing: street"),
        (lambda t: t.append_column("secret", pa.array(["Hunter2"] * len(t))), "unknown: 1"),
        (lambda t: pa.concat_tables([t, t]), "repeated in 3 of 6"),
        (lambda t: t.set_column(3, "tax_year", pa.array(["Hunter2"] * len(t))), "not a year in 3"),
        (lambda t: t.slice(0, 0), "no rows"),
    ],
)
def test_records_that_cannot_be_indexed_are_refused_without_a_value(
    tmp_path: Path, change: Callable[[pa.Table], pa.Table], message: str
) -> None:
    path = write_records(tmp_path / "r.parquet", make_neighbors(3))
    pq.write_table(change(pq.read_table(path)), path)
    with pytest.raises(ComityError, match=message) as e:
        build_index([path], tmp_path / "index")
    assert e.value.code == "records_invalid"
    assert "Hunter2" not in f"{e.value} {e.value.hint}"
    assert [p.name for p in tmp_path.iterdir()] == ["r.parquet"]

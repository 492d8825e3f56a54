"""Write a small labelled data set: records, requests about them, and the truth about each request."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.support.match_records import make_neighbors, write_records


def write_labelled_town(folder: Path) -> tuple[Path, Path, Path]:
    """Write records, requests (60 to be confirmed, 30 about strangers) and truth as Parquet; return their paths."""
    records = make_neighbors(300)
    requests = [r | {"request_id": f"q{i}"} for i, r in enumerate(records[:60])]
    requests += [
        r | {"request_id": f"x{i}", "first_name": "Zelda", "middle_name": None} for i, r in enumerate(records[60:90])
    ]
    columns = ["request_id", "first_name", "middle_name", "last_name", "street", "city", "state", "zip", "tax_year"]
    table = pa.Table.from_pylist([{c: r[c] for c in columns} for r in requests])
    truth = pa.table(
        {
            "request_id": table["request_id"],
            "confirmed": [str(r["request_id"]).startswith("q") for r in requests],
            "complete": [True] * 90,
            "group": ["A", "<script>B"] * 45,
        }
    )
    pq.write_table(table, folder / "requests.parquet")
    pq.write_table(truth.take(list(reversed(range(90)))), folder / "truth.parquet")
    return write_records(folder / "records.parquet", records), folder / "requests.parquet", folder / "truth.parquet"

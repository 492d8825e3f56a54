"""Write requests as a file that `parse_requests` reads back to the same rows.

Guarantees: an empty field is written as one; no value is changed.
Does not: check the rows (`field_checks` does, when the file is read).
Basis: docs/spec/batch.md.
Start at `encode_requests_file`.
"""

import io
import json

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from comity.model.request_fields import REQUEST_FIELDS


def encode_requests_file(requests: pa.Table, format_name: str) -> bytes:
    """Return the rows (`REQUESTS_SCHEMA`) as a file in `csv`, `jsonl` or `parquet`."""
    table = requests.select(list(REQUEST_FIELDS))
    sink = io.BytesIO()
    if format_name == "csv":
        pa_csv.write_csv(table, sink, pa_csv.WriteOptions(quoting_style="needed", quoting_header="none"))
    elif format_name == "parquet":
        pq.write_table(table, sink, compression="zstd")
    else:
        for batch in table.to_batches(max_chunksize=65_536):
            rows = ({name: value for name, value in row.items() if value is not None} for row in batch.to_pylist())
            sink.writelines((json.dumps(row, ensure_ascii=False) + "\n").encode() for row in rows)
    return sink.getvalue()

"""Parse a requests file in this process, which was started for it and ends with it.

    python -I -c "..."  FORMAT  OUTPUT  ROWS    the file is standard input, OUTPUT the number of a descriptor,
                                                ROWS how many row numbers a fault may list

Guarantees: limits itself before it reads anything; writes an Arrow stream of checked rows, whose last batch carries a
summary as metadata: how many rows there are, whether they could be read, and the faults.
Does not: open any file. It exits with 0, or the rows are not those of the file.
Start at `run`.
"""

import json
import os
import sys
from typing import IO

from comity.process_limits import limit_process
from comity.requests_file.limits import (
    MAX_LISTED_ROWS,
    MAX_ROWS,
    PARSER_CPU_SECONDS,
    PARSER_DATA_BYTES,
    max_table_bytes,
)

SUMMARY_KEY = b"summary"
_OPEN_FILES = 32


def run(format_name: str, output: int, max_listed_rows: int) -> None:
    """Parse standard input, and write the rows to the descriptor `output`."""
    limit_process(
        data_bytes=PARSER_DATA_BYTES,
        cpu_seconds=PARSER_CPU_SECONDS,
        file_bytes=max_table_bytes(os.fstat(sys.stdin.fileno()).st_size),
        open_files=_OPEN_FILES,
    )
    with os.fdopen(output, "wb") as sink, os.fdopen(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as file:
        parse(file, format_name, sink, max_listed_rows)


def parse(file: IO[bytes], format_name: str, sink: IO[bytes], max_listed_rows: int = MAX_LISTED_ROWS) -> None:
    """Write the checked rows of a requests file and their summary to `sink`, as an Arrow stream."""
    import pyarrow as pa  # noqa: PLC0415  after the limits are set

    from comity.model.request_fields import REQUEST_FIELDS, TEXT_SCHEMA  # noqa: PLC0415
    from comity.requests_file.csv_reader import read_csv  # noqa: PLC0415
    from comity.requests_file.field_checks import check_fields  # noqa: PLC0415
    from comity.requests_file.form_faults import FormFaults, UnreadableFileError, check_row_count  # noqa: PLC0415
    from comity.requests_file.jsonl_reader import read_jsonl  # noqa: PLC0415
    from comity.requests_file.parquet_reader import read_parquet  # noqa: PLC0415

    read_rows = {"csv": read_csv, "jsonl": read_jsonl, "parquet": read_parquet}[format_name]
    pa.set_cpu_count(1)
    faults, row_count, is_readable = FormFaults(max_listed_rows), 0, True
    with pa.ipc.new_stream(sink, TEXT_SCHEMA) as writer:
        try:
            for rows in read_rows(file, faults):
                row_count += rows.num_rows
                check_row_count(row_count)
                writer.write_batch(check_fields(rows, faults, first_row=row_count - rows.num_rows + 1))
        except UnreadableFileError as error:
            faults.add_file_fault(error.message, "Write the file again.", columns=REQUEST_FIELDS)
            row_count, is_readable = min(error.row_count, MAX_ROWS), False
        summary = {
            "rows": row_count,
            "is_readable": is_readable,
            "faults": faults.to_summary(),
        }
        empty = pa.RecordBatch.from_pylist([], schema=TEXT_SCHEMA)
        writer.write_batch(empty, custom_metadata={SUMMARY_KEY: json.dumps(summary)})

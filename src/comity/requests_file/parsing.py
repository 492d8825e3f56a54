"""Start the process that parses a requests file, and take the rows from it.

Guarantees: however the process ends, the result is a table and the faults that explain it. What it wrote is checked
before it is used. It has no environment of this process, and no file but its input and output.
Start at `parse_requests`.
"""

import io
import json
import mmap
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa

from comity.columns.buffers import combine_chunks
from comity.model.fault import Fault
from comity.model.request_fields import REQUEST_FIELDS, REQUESTS_SCHEMA, TEXT_SCHEMA
from comity.requests_file.child_watch import wait_or_kill
from comity.requests_file.field_checks import check_fields, clear_repeated_ids
from comity.requests_file.form_faults import FormFaults, make_unreadable_file_fault, read_faults
from comity.requests_file.jsonl_reader import read_jsonl
from comity.requests_file.limits import MAX_LISTED_ROWS, MAX_ROWS, PARSER_CPU_SECONDS, PARSER_IDLE_SECONDS
from comity.requests_file.parser_process import SUMMARY_KEY

_SOURCES = Path(__file__).parents[2]
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); from comity.requests_file import parser_process; "
    "parser_process.run(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))"
)
_ENVIRONMENT = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_INHERITED_VARIABLES = ("LD_LIBRARY_PATH", "PATH", "TZDIR")
_ENDED_EARLY = (
    "The file could not be parsed within the limits of memory and time, or it broke the parser: it is damaged, or it "
    "is no file of requests."
)


def parse_requests(
    file: int, format_name: str, *, max_listed_rows: int = MAX_LISTED_ROWS
) -> tuple[pa.Table, tuple[Fault, ...]]:
    """Return every data row as text (`REQUESTS_SCHEMA`), and what is wrong with the file's form.

    Args:
        file: the descriptor of a private copy of the file, from which it is read to its end.
        format_name: `csv`, `jsonl` or `parquet`.
        max_listed_rows: how many row numbers a fault may list before it only counts.
    """
    os.lseek(file, 0, os.SEEK_SET)
    output = os.memfd_create("comity-requests")
    try:
        if _run_parser(file, format_name, output, max_listed_rows) == 0 and (parsed := read_output(output)) is not None:
            return number_rows(*parsed, max_listed_rows=max_listed_rows)
    finally:
        os.close(output)
    return number_rows(TEXT_SCHEMA.empty_table(), (make_unreadable_file_fault(_ENDED_EARLY),))


def parse_short_lines(data: bytes) -> tuple[pa.Table, tuple[Fault, ...]]:
    """Return the rows and faults of a few lines of JSON, as `parse_requests` does, parsed in this process.

    For a caller that bounds how long they are: JSON is the one form that only the standard library parses.
    """
    faults, batches, row_count = FormFaults(), [], 0
    for rows in read_jsonl(io.BytesIO(data), faults):
        batches.append(check_fields(rows, faults, first_row=row_count + 1))
        row_count += rows.num_rows
    return number_rows(pa.Table.from_batches(batches, TEXT_SCHEMA), faults.to_faults())


def _run_parser(file: int, format_name: str, output: int, max_listed_rows: int) -> int:
    """Run the parser to its end, and return its exit code; the process never outlives this call."""
    inherited = {name: os.environ[name] for name in _INHERITED_VARIABLES if name in os.environ}
    process = subprocess.Popen(  # noqa: S603  this interpreter
        [sys.executable, "-I", "-c", _PROGRAM, str(_SOURCES), format_name, str(output), str(max_listed_rows)],
        stdin=file,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(output,),
        cwd="/",
        env=_ENVIRONMENT | inherited,
    )
    return wait_or_kill(process, seconds=2 * PARSER_CPU_SECONDS, idle_seconds=PARSER_IDLE_SECONDS)


def read_output(output: int) -> tuple[pa.Table, tuple[Fault, ...]] | None:
    """Return the rows and faults that the parser wrote; None when it wrote something else."""
    try:
        buffer = pa.py_buffer(mmap.mmap(output, 0, access=mmap.ACCESS_READ))
        batches, metadata = [], None
        with pa.ipc.open_stream(buffer) as reader:
            for item in reader.iter_batches_with_custom_metadata():
                batches.append(item.batch)
                metadata = item.custom_metadata
        table = pa.Table.from_batches(batches, TEXT_SCHEMA)
        table.validate(full=True)
        summary = json.loads(dict(metadata or {})[SUMMARY_KEY])
        faults = read_faults(summary["faults"])
        if not summary["is_readable"]:
            row_count = min(int(summary["rows"]), MAX_ROWS)
            nulls = [pa.nulls(row_count, pa.string())] * len(REQUEST_FIELDS)
            table = pa.Table.from_arrays(nulls, schema=TEXT_SCHEMA)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError):
        return None
    return table, faults


def number_rows(
    table: pa.Table, faults: tuple[Fault, ...], *, max_listed_rows: int = MAX_LISTED_ROWS
) -> tuple[pa.Table, tuple[Fault, ...]]:
    """Return the rows with their numbers in the file, and each request_id once."""
    id_faults = FormFaults(max_listed_rows)
    table = clear_repeated_ids(table, id_faults)
    if table.num_rows == 0 and not any(fault.columns == REQUEST_FIELDS and not fault.rows for fault in faults):
        id_faults.add_file_fault("The file has no rows that could be read.", "Put a row for each request in it.")
    numbers = pa.array(np.arange(1, table.num_rows + 1, dtype=np.int32))
    columns = [numbers, *(combine_chunks(table.column(name)) for name in REQUEST_FIELDS)]
    return pa.Table.from_arrays(columns, schema=REQUESTS_SCHEMA), (*faults, *id_faults.to_faults())

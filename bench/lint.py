"""Lint 1.28 million rows of which one in twenty is bad, and name every row; writes docs/results/lint.md.

Usage: python bench/lint.py [ROWS]. Times are CPU seconds of the command and its parsing process, all threads together:
other work on the machine changes them little. Ends with 1, after writing the page, if a bad row is not in the file of
findings. Start at `main`.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from comity import intake
from comity.model.request_fields import REQUEST_FIELDS, TEXT_SCHEMA
from comity.requests_file.requests_writer import encode_requests_file
from comity.signing import create_signing_key
from comity.simulate import run_simulation

RESULTS = Path(__file__).parents[1] / "docs/results/lint.md"
ROWS, SEED = 1_280_000, 7
CREATED_AT = datetime(2025, 8, 1, tzinfo=UTC)
BAD_VALUES = {
    "tax_year": "all years",
    "street": "Unknown Address",
    "reason": "wanted\tfor\x07questions",
    "request_id": "not good",
    "final_order_date": "soon",
    "zip": "00000",
}
"""What the bad rows have, in turn, and in which column."""


def main() -> int:
    """Write the batch, lint it as a user would, compare the rows with those that were made bad, write the page."""
    row_count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulation = run_simulation(
            people=row_count // 2, requests=row_count, seed=SEED, out=folder / "sim", created_at=CREATED_AT
        )
        batch = simulation.batch_folder
        _measure(folder, batch, "first")  # compiles what an installation compiles once
        clean = _measure(folder, batch, "clean")
        bad_rows = _spoil(batch, row_count)
        intake.sign_batch(batch, create_signing_key(folder / "requester.key"))
        spoiled = _measure(folder, batch, "spoiled")
        named = pa_csv.read_csv(folder / "spoiled.csv").column("row").drop_null().unique()
        missed = int(pc.sum(pc.invert(pc.is_in(pa.array(bad_rows + 1), value_set=named))).as_py())
        lines = (folder / "spoiled.csv").read_bytes().count(b"\n") - 1
    page = [
        "# Lint",
        "",
        f"Written by `make bench-lint`; {os.cpu_count()} processors. A synthetic batch of {row_count:,} rows, as it is",
        f"and with {len(bad_rows):,} rows made bad in one column each: {', '.join(BAD_VALUES)} in turn.",
        "`comity request lint --findings` names every row that is wrong. CPU seconds are those of all threads together",
        "and of the process that parses the file; elapsed seconds depend on what else the machine does.",
        "",
        "| batch | CPU seconds | elapsed seconds | peak memory, MiB | exit code |",
        "|---|---|---|---|---|",
        *(
            f"| {title} | {cpu:.1f} | {wall:.1f} | {peak:,.0f} | {code} |"
            for title, cpu, wall, peak, code in (clean, spoiled)
        ),
        "",
        f"Lines of findings for the spoiled batch: {lines:,}. Bad rows that no line names: {missed:,}.",
    ]
    RESULTS.write_text("\n".join(page) + "\n", encoding="utf-8")
    return int(missed > 0)


def _spoil(batch: Path, row_count: int) -> np.ndarray:
    """Make one row in twenty bad, in one column; return their positions."""
    (path,) = batch.glob("requests.*")  # a large simulation is in Parquet
    types = pa_csv.ConvertOptions(column_types=dict.fromkeys(REQUEST_FIELDS, pa.string()), strings_can_be_null=True)
    read = pq.read_table(path) if path.suffix == ".parquet" else pa_csv.read_csv(path, convert_options=types)
    table = read.select(list(REQUEST_FIELDS)).cast(TEXT_SCHEMA)
    bad_rows = np.arange(0, row_count, 20)
    for turn, (column, value) in enumerate(BAD_VALUES.items()):
        mask = np.zeros(row_count, dtype=bool)
        mask[bad_rows[turn :: len(BAD_VALUES)]] = True
        changed = pc.if_else(pa.array(mask), pa.scalar(value), table.column(column))
        table = table.set_column(table.schema.get_field_index(column), column, changed)
    path.write_bytes(encode_requests_file(table, path.suffix[1:]))
    return bad_rows


def _measure(folder: Path, batch: Path, title: str) -> tuple[str, float, float, float, int]:
    """Run the command; return its title, CPU seconds, elapsed seconds, peak memory in MiB, and exit code."""
    program = "from comity.app.cli import main; main()"
    command = [sys.executable, "-c", program, "request", "lint", str(batch), "--as-of", "2025-08-07"]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run = subprocess.run([*command, "--findings", str(folder / f"{title}.csv")], capture_output=True, check=False)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - start
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return title, cpu, wall, after.ru_maxrss / 2**10, run.returncode


if __name__ == "__main__":
    raise SystemExit(main())

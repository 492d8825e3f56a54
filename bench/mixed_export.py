"""Time how an export in five layouts is indexed beside the same records in plain form; check that it is right.

    .venv/bin/python bench/mixed_export.py [ROWS]

Both indexes must have one fingerprint, which covers every normalized name, address, year, record_id and taxpayer
number: that is the count against truth. Writes docs/results/mixed-export.md.

Start at `main`.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from comity.app import kernel_cache  # noqa: E402  after the path
from comity.app.use_cases import record_index  # noqa: E402
from tests.support.mixed_export import make_rows, write_mixed, write_plain  # noqa: E402

OUT = ROOT / "docs/results/mixed-export.md"


def main() -> None:
    """Write the records both ways, index both, and compare."""
    rows = make_rows(int(sys.argv[1]) if len(sys.argv) > 1 else 150_000)
    kernel_cache.ensure_kernels(print)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        plain = write_plain(folder / "plain.parquet", rows)
        export_map = write_mixed(folder / "mixed", rows)
        size = sum(file.stat().st_size for file in (folder / "mixed").iterdir())
        started = time.perf_counter()
        mixed_commit, report = record_index.build_index([folder / "mixed"], folder / "idx", export_map=export_map)
        mixed_seconds = time.perf_counter() - started
        started = time.perf_counter()
        plain_commit, _ = record_index.build_index([plain], folder / "truth")
        plain_seconds = time.perf_counter() - started
        started = time.perf_counter()
        record_index.check_records([folder / "mixed"], folder / "quality", export_map=export_map)
        check_seconds = time.perf_counter() - started
    is_right = mixed_commit.segments[0].fingerprint == plain_commit.segments[0].fingerprint
    emptied = sum(n for file in report.files for n in file.emptied.values())
    lines = [
        "# An export in five layouts",
        "",
        f"Written by `make bench-exports` on {os.cpu_count()} processors. Invented people; bars in Windows-1252 and",
        "gzip with whole names, tabs in UTF-16, fixed width in zstd, Parquet with doubles, semicolons without header.",
        "",
        "| figure | value |",
        "|---|---|",
        f"| rows | {len(rows):,} in {len(report.files)} files, {size / 2**20:.0f} MiB |",
        f"| records indexed | {mixed_commit.rows:,} |",
        f"| values emptied, each counted | {emptied:,} |",
        f"| same index as from the format of records, by fingerprint | {'yes' if is_right else 'NO'} |",
        f"| `index build` of the export | {mixed_seconds:.1f} s |",
        f"| `index build` of the same in the format of records | {plain_seconds:.1f} s |",
        f"| `index check` of the export | {check_seconds:.1f} s |",
    ]
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    if not is_right:
        sys.exit("The indexes differ.")


if __name__ == "__main__":
    main()

"""Make `class_shares.parquet` of `comity.reference`: the share of the Census's people in each class of names.

The rules about probing leave common names more room by these shares. Run it again whenever the classes of names change
(`normalize/name_classes.py`); a test compares the file with them. Same inputs give the same bytes.

Run it as:

    .venv/bin/python tools/make_class_shares.py

Start at `main`.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from comity.normalize.name_classes import GIVEN, SURNAME, compute_class_shares

OUT = Path(__file__).parents[1] / "src/comity/reference/class_shares.parquet"


def main() -> None:
    """Write the file."""
    rows = [(part, *share) for part in (GIVEN, SURNAME) for share in compute_class_shares(part).items()]
    parts, classes, shares = zip(*rows, strict=True)
    columns = [pa.array(parts, pa.string()), pa.array(classes, pa.string()), pa.array(shares, pa.float64())]
    pq.write_table(pa.table(columns, names=["part", "class", "share"]), OUT, compression="zstd")
    print(f"{len(rows)} classes, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()

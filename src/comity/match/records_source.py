"""Read the custodian's records: Parquet and CSV files, or folders of them.

Guarantees: every file has the columns of `RECORD_COLUMNS` and no others (those in `OPTIONAL` may be left out of all);
messages name columns and count files, and carry no value.
Basis: product.md section 4.
Start at `records_query`.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from comity.columns.duck import DuckDBConnection
from comity.errors import ComityError

RECORD_COLUMNS = (
    "record_id", "return_id", "role", "tax_year", "first_name", "middle_name", "last_name", "suffix", "tin",
    "street", "street2", "city", "state", "zip",
)  # fmt: skip
OPTIONAL_COLUMNS = frozenset({"return_id", "role", "middle_name", "suffix", "tin", "street2"})
REQUIRED_COLUMNS = tuple(c for c in RECORD_COLUMNS if c not in OPTIONAL_COLUMNS)


def list_record_files(records: Sequence[Path]) -> list[Path]:
    """The files meant by `records`, in order of their names.

    Raises:
        ComityError: `records_invalid`, nothing there, or a file of another kind is named.
    """
    files: list[Path] = []
    for path in records:
        found = sorted(p for p in path.rglob("*") if p.suffix in {".parquet", ".csv"}) if path.is_dir() else [path]
        files += [p for p in found if p.is_file()]
    if not files or any(p.suffix not in {".parquet", ".csv"} for p in files):
        raise ComityError(
            "records_invalid",
            "There is no Parquet or CSV file of records at the given place.",
            "Give .parquet or .csv files, or folders that hold them.",
        )
    return files


def _scan_expression(file: Path) -> str:
    text = str(file).replace("'", "''")
    return (
        f"read_parquet('{text}')"
        if file.suffix == ".parquet"
        else f"read_csv('{text}', header = true, all_varchar = true)"
    )


def records_query(db: DuckDBConnection, files: Sequence[Path]) -> str:
    """A SELECT of all rows of the files, every column as text.

    Raises:
        ComityError: `records_invalid`, a file cannot be read, or columns are missing or unknown.
    """
    selects = []
    for file in files:
        try:
            columns = db.sql(f"SELECT * FROM {_scan_expression(file)} LIMIT 0").columns
        except duckdb.Error as e:
            raise ComityError(
                "records_invalid",
                "A file of records cannot be read.",
                "It must be whole Parquet, or CSV in UTF-8 with a header.",
            ) from e
        missing = [c for c in REQUIRED_COLUMNS if c not in columns]
        unknown = [c for c in columns if c not in RECORD_COLUMNS]
        if missing or unknown:
            said = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"unknown: {len(unknown)}"] * bool(unknown)
            raise ComityError(
                "records_invalid",
                f"The columns of the records are not those of the format ({'; '.join(said)}).",
                f"The columns are {', '.join(RECORD_COLUMNS)}.",
            )
        cast = (f"{c}::VARCHAR AS {c}" if c in columns else f"NULL::VARCHAR AS {c}" for c in RECORD_COLUMNS)
        selects.append(f"SELECT {', '.join(cast)} FROM {_scan_expression(file)}")
    return " UNION ALL ".join(selects)


def is_all_synthetic(files: Sequence[Path]) -> bool:
    """Whether every file says of itself that its data are synthetic (Parquet metadata `comity.synthetic`)."""
    return all(
        f.suffix == ".parquet" and (pq.read_schema(f).metadata or {}).get(b"comity.synthetic") == b"true" for f in files
    )

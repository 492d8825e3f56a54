"""Read the custodian's records from Parquet and CSV files, or from folders of them.

Guarantees: every file has the columns of `RECORD_COLUMNS` and no others (the `OPTIONAL_COLUMNS` may be absent);
messages name columns and count files, and never quote a value.
Start at `records_query`.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from comity.columns.duck import DuckDBConnection
from comity.errors import ComityError

RECORD_COLUMNS = (
    "record_id",
    "return_id",
    "role",
    "tax_year",
    "first_name",
    "middle_name",
    "last_name",
    "suffix",
    "tin",
    "street",
    "street2",
    "city",
    "state",
    "zip",
)
OPTIONAL_COLUMNS = frozenset({"return_id", "role", "middle_name", "suffix", "tin", "street2"})
REQUIRED_COLUMNS = tuple(column for column in RECORD_COLUMNS if column not in OPTIONAL_COLUMNS)


def list_record_files(records: Sequence[Path]) -> list[Path]:
    """List the Parquet and CSV files that `records` names directly or as folders; files of a folder by name.

    Raises:
        ComityError: `records_invalid`, there is no file, or a file of another kind is named.
    """
    files: list[Path] = []
    for path in records:
        paths = sorted(p for p in path.rglob("*") if p.suffix in {".parquet", ".csv"}) if path.is_dir() else [path]
        files += [p for p in paths if p.is_file()]
    if not files or any(file.suffix not in {".parquet", ".csv"} for file in files):
        raise ComityError(
            "records_invalid",
            "There is no Parquet or CSV file of records at the given place.",
            "Give .parquet or .csv files, or folders that hold them.",
        )
    return files


def _scan_expression(file: Path) -> str:
    path = str(file).replace("'", "''")
    return (
        f"read_parquet('{path}')"
        if file.suffix == ".parquet"
        else f"read_csv('{path}', header = true, all_varchar = true)"
    )


def records_query(db: DuckDBConnection, files: Sequence[Path]) -> str:
    """Return a SELECT of all rows of the files, with every column as text.

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
        missing = [column for column in REQUIRED_COLUMNS if column not in columns]
        unknown = [column for column in columns if column not in RECORD_COLUMNS]
        if missing or unknown:
            faults = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"unknown: {len(unknown)}"] * bool(unknown)
            raise ComityError(
                "records_invalid",
                f"The columns of the records are not those of the format ({'; '.join(faults)}).",
                f"The columns are {', '.join(RECORD_COLUMNS)}.",
            )
        casts = (
            f"{column}::VARCHAR AS {column}" if column in columns else f"NULL::VARCHAR AS {column}"
            for column in RECORD_COLUMNS
        )
        selects.append(f"SELECT {', '.join(casts)} FROM {_scan_expression(file)}")
    return " UNION ALL ".join(selects)


def is_all_synthetic(files: Sequence[Path]) -> bool:
    """Return whether every file declares its data synthetic (Parquet metadata `comity.synthetic`)."""
    return all(
        file.suffix == ".parquet" and (pq.read_schema(file).metadata or {}).get(b"comity.synthetic") == b"true"
        for file in files
    )

"""Read labelled requests: the requests file, the truth beside it, and their columns as arrays.

Guarantees: every defect of a file is an error that says what to change; no error text contains a value of a row.
Start at `read_labelled_table`.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from comity.errors import RequestError
from comity.model.request_fields import REQUESTS_SCHEMA

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
StringArray = npt.NDArray[np.str_]

REQUIRED_COLUMNS = ("request_id", "tax_year", "first_name", "last_name", "street")
BOOLEAN_COLUMNS = frozenset({"confirmed", "complete"})


def read_labelled_table(path: Path, required_columns: tuple[str, ...]) -> pa.Table:
    """Read a Parquet or CSV table; a CSV's columns are text, but for `confirmed` and `complete`.

    Raises:
        RequestError: `bad_argument`, the file cannot be read or lacks a required column.
    """
    try:
        if path.suffix == ".parquet":
            table = pq.read_table(path)
        else:
            with path.open(encoding="utf-8") as file:
                names = file.readline().strip().split(",")
            options = pyarrow.csv.ConvertOptions(
                column_types={name: pa.string() for name in names if name not in BOOLEAN_COLUMNS},
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            )
            table = pyarrow.csv.read_csv(path, convert_options=options)
    except (OSError, pa.ArrowException, UnicodeDecodeError) as e:
        raise RequestError(
            "bad_argument", "A file to evaluate on cannot be read.", "Give Parquet, or CSV in UTF-8."
        ) from e
    missing = [name for name in required_columns if name not in table.column_names]
    if missing:
        raise RequestError("bad_argument", f"A file to evaluate on lacks: {', '.join(missing)}.", "Add the columns.")
    return table


def read_requests(path: Path) -> pa.Table:
    """Read requests into the schema `REQUESTS_SCHEMA`; columns that the file lacks are null.

    Raises:
        RequestError: `bad_argument`, the file cannot be read or lacks a column that matching needs.
    """
    table = read_labelled_table(path, REQUIRED_COLUMNS)
    columns: dict[str, pa.Array | pa.ChunkedArray] = {"row": pa.array(np.arange(1, len(table) + 1), pa.int32())}
    for field in list(REQUESTS_SCHEMA)[1:]:
        is_in_file = field.name in table.column_names
        columns[field.name] = table[field.name].cast(pa.string()) if is_in_file else pa.nulls(len(table), pa.string())
    return pa.table(columns, schema=REQUESTS_SCHEMA)


def cast_label_columns(truth: pa.Table) -> pa.Table:
    """Cast `confirmed` and `complete` to Boolean.

    Raises:
        RequestError: `bad_argument`, a value is neither true nor false, or `confirmed` is missing in a row.
    """
    for name in BOOLEAN_COLUMNS & set(truth.column_names):
        try:
            values = truth[name].cast(pa.bool_())
        except pa.ArrowException as e:
            raise RequestError(
                "bad_argument", f"`{name}` is not yes or no in every row.", "Write true or false."
            ) from e
        if values.null_count and name == "confirmed":
            raise RequestError(
                "bad_argument",
                f"`confirmed` is missing in {values.null_count} rows of the truth.",
                "Write true or false.",
            )
        truth = truth.set_column(truth.schema.get_field_index(name), name, values)
    return truth


def align_truth(truth: pa.Table, requests: pa.Table) -> pa.Table:
    """Return the truth in the order of the requests, with `confirmed` and `complete` cast to Boolean.

    Raises:
        RequestError: `bad_argument`, a request has no row in the truth, or a label is neither true nor false.
    """
    positions = pc.index_in(requests["request_id"], truth["request_id"].cast(pa.string()).combine_chunks())
    if positions.null_count:
        raise RequestError(
            "bad_argument",
            f"{positions.null_count} requests have no row in the truth.",
            "Give one row of truth for each request.",
        )
    return cast_label_columns(truth.take(positions))


def boolean_column(table: pa.Table, column: str) -> BoolArray:
    """Return a Boolean column as an array; null becomes false."""
    values: BoolArray = table[column].fill_null(False).to_numpy(zero_copy_only=False).astype(bool)
    return values


def outcomes_and_truth(determinations: pa.Table, truth: pa.Table) -> tuple[StringArray, BoolArray]:
    """Return the outcome of each request, and whether the truth confirms it."""
    return np.array(determinations["outcome"].to_pylist(), dtype=str), boolean_column(truth, "confirmed")


def match_probabilities(determinations: pa.Table) -> FloatArray:
    """Return the match probability of each request; 0 is a request without a candidate."""
    values: FloatArray = determinations["match_probability"].to_numpy().astype(np.float64)
    return values

"""A synthetic file of customers. No person in it exists, and every customer_id says so.

Guarantees: the same seed gives the same file.
Does not: resemble any bank: the shares below are made up, so that every duty and every blank occurs.
Start at `write_synthetic_customers`.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from comity.assess.customers import COLUMNS, FIRST_BIRTH_YEAR, SYNTHETIC_ID
from comity.errors import RequestError
from comity.reference.states import STATES_AND_DC

CHUNK = 1_000_000
BLANK = ""

SHARES: Mapping[str, Mapping[str, float]] = {
    "kind": {"individual": 0.68, "joint": 0.2, "sole_proprietor": 0.03, "trust": 0.02, "organization": 0.06},
    "number_kind": {"ssn": 0.88, "itin": 0.025, "ein": 0.07, "passport": 0.005, "alien_card": 0.005,
        "foreign_document": 0.002,
    },
    "former_name_on_file": {"yes": 0.11, "no": 0.8},
    "document_kind": {
        "driver-license": 0.38, "real-id": 0.3, "us-passport-book": 0.12, "us-passport-card": 0.01,
        "foreign-passport": 0.02,
        "permanent-resident-card": 0.02, "us-birth-certificate": 0.005, "certificate-of-naturalization": 0.003,
        "other": 0.05,
    },
    "details_kept": {"yes": 0.85, "no": 0.1},
    "verified": {"yes": 0.93, "no": 0.03},
}  # fmt: skip
"""The share of each value; what is left over is blank."""


def write_synthetic_customers(path: Path, people: int, seed: int, as_of: date) -> None:
    """Write a file of synthetic customers, Parquet or CSV by its name.

    Raises:
        RequestError: `customers_invalid` for another ending.
    """
    if path.suffix not in {".parquet", ".csv"}:
        message = "The name of the file to write ends neither in .parquet nor in .csv, so its form is not known."
        raise RequestError("customers_invalid", message, "Name a file as in --out customers.parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = _schema()
    chunks = (_customers(first, min(CHUNK, people - first), seed, as_of, schema) for first in range(0, people, CHUNK))
    if path.suffix == ".csv":
        with pa_csv.CSVWriter(path, schema, write_options=pa_csv.WriteOptions(quoting_style="needed")) as writer:
            for chunk in chunks:
                writer.write_table(chunk)
        return
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for chunk in chunks:
            writer.write_table(chunk)


def _schema() -> pa.Schema:
    kinds = {"opened_on": pa.date32(), "document_expires_on": pa.date32(), "birth_year": pa.int32()}
    return pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])


def _customers(first: int, rows: int, seed: int, as_of: date, schema: pa.Schema) -> pa.Table:
    """Return customers number `first` and on."""
    random = np.random.Generator(np.random.PCG64([seed, first]))
    today = (as_of - date(1970, 1, 1)).days
    has_document = random.random(rows) < 0.97
    documents = _chosen(random, rows, SHARES["document_kind"])
    ages = 15 + 80 * random.beta(1.6, 2.2, rows)
    columns = {
        "customer_id": pa.array([f"{SYNTHETIC_ID}{number:09d}" for number in range(first, first + rows)]),
        "opened_on": _days(today - (365.25 * 40 * random.beta(1, 3, rows)), random.random(rows) < 0.01),
        "kind": _texts(_chosen(random, rows, SHARES["kind"])),
        "birth_year": pa.array(
            np.maximum(as_of.year - ages.astype(np.int32), FIRST_BIRTH_YEAR),
            pa.int32(),
            mask=random.random(rows) < 0.03,
        ),
        "state": _texts(np.array(sorted(STATES_AND_DC))[random.integers(0, len(STATES_AND_DC), rows)]),
        "number_kind": _texts(_chosen(random, rows, SHARES["number_kind"])),
        "former_name_on_file": _texts(_chosen(random, rows, SHARES["former_name_on_file"])),
        "document_kind": _texts(np.where(has_document, documents, BLANK)),
        "document_expires_on": _days(today + 365.25 * (random.random(rows) * 12 - 6), random.random(rows) < 0.2),
        "details_kept": _texts(_chosen(random, rows, SHARES["details_kept"])),
        "verified": _texts(_chosen(random, rows, SHARES["verified"])),
    }
    return pa.table(columns, schema=schema)


def _chosen(random: np.random.Generator, rows: int, shares: Mapping[str, float]) -> npt.NDArray[np.str_]:
    names = [*shares, BLANK]
    edges = np.cumsum(list(shares.values()))
    return np.array(names)[np.searchsorted(edges, random.random(rows), side="right")]


def _texts(values: npt.NDArray[np.str_]) -> pa.Array:
    return pa.array(values, pa.string(), mask=values == BLANK)


def _days(days: npt.NDArray[np.float64], is_blank: npt.NDArray[np.bool_]) -> pa.Array:
    return pa.array(days.astype(np.int32), pa.int32(), mask=is_blank).cast(pa.date32())

"""Make records and requests of a small town for matching tests; every person in it is invented."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from comity.match import Index, build_index
from comity.match.records_source import RECORD_COLUMNS
from comity.model.request_fields import REQUESTS_SCHEMA

SURNAMES = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ironwood", "Juniper")
GIVEN_NAMES = ("Ada", "Boris", "Clara", "Dmitri", "Elena", "Farid", "Grace", "Hugo", "Ingrid", "Jamal", "Keiko", "Luis")
STREET_NAMES = ("Main St", "Oak Ave", "N Prairie Rd", "5th St", "Lake View Dr", "Mill Ln", "Harbor Blvd", "E Vine St")


def make_record(record_id: str, **fields: str) -> dict[str, str | None]:
    """Make a record with an address in the town, unless the fields give another."""
    base: dict[str, str | None] = dict.fromkeys(RECORD_COLUMNS)
    base |= {
        "record_id": record_id,
        "role": "primary",
        "tax_year": "2023",
        "city": "Springfield",
        "state": "IL",
        "zip": "62701",
    }
    return base | fields


def make_neighbors(count: int = 400) -> list[dict[str, str | None]]:
    """Make people who live all over the town, so that names and addresses have frequencies."""
    return [
        make_record(
            f"n{i:05d}",
            first_name=GIVEN_NAMES[i % 12],
            middle_name="ABCDEFGHJKLM"[i % 7],
            last_name=f"{SURNAMES[i // 12 % 10]}{'s' * (i % 3)}",
            street=f"{100 + 3 * i} {STREET_NAMES[i % 8]}",
        )
        for i in range(count)
    ]


def write_records(path: Path, rows: Sequence[Mapping[str, str | None]], *, synthetic: bool = False) -> Path:
    """Write the rows as a Parquet file of records and return its path."""
    schema = pa.schema(
        [(c, pa.string()) for c in RECORD_COLUMNS], metadata={"comity.synthetic": "true"} if synthetic else None
    )
    pq.write_table(pa.Table.from_pylist([dict(r) for r in rows], schema=schema), path)
    return path


def build_index_with(folder: Path, *records: dict[str, str | None]) -> Index:
    """Build and open an index of the given records among the neighbors."""
    source = write_records(folder / "records.parquet", [*records, *make_neighbors()])
    build_index([source], folder / "index")
    return Index.open(folder / "index")


def make_requests(*rows: dict[str, str | None]) -> pa.Table:
    """Make requests for tax year 2023 in the same town, unless the rows say otherwise."""
    base = {"tax_year": "2023", "city": "Springfield", "state": "IL", "zip": "62701"}
    complete = [{"row": i, "request_id": f"q{i}", **base, **row} for i, row in enumerate(rows, 1)]
    return pa.Table.from_pylist(complete, schema=REQUESTS_SCHEMA)

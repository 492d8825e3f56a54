"""A small synthetic town on disk for tests of the whole path: records, an index, and a custodian's home."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from comity import law, match
from comity.app.gateway import open_gateway
from comity.app.home import POSTGRESQL, Home
from comity.law.loader import assemble_law
from comity.match.records_source import RECORD_COLUMNS
from comity.model.progress import no_progress
from comity.pipeline import BatchResult, Gateway, verify_batch
from comity.signing import Ed25519Key, create_signing_key
from comity.store.database import Store
from tests.support.batch_folders import SIGNER_OFFICE, make_row, write_batch

AUGUST_2025 = datetime(2025, 8, 7, 12, tzinfo=UTC)
AFTER_ORDERS = datetime(2026, 2, 25, 12, tzinfo=UTC)

HOUSEHOLD_ADDRESS = ("1845 Lindenwood Ave", "", "Olympia", "WA", "98501")


def make_record(
    number: int, first: str, middle: str, last: str, place: tuple[str, str, str, str, str], **more: str
) -> dict[str, str]:
    """Return a record of tax year 2023 with a taxpayer number that was never issued."""
    street, street2, city, state, zip_code = place
    return {
        "record_id": f"r{number}",
        "return_id": f"t{number}",
        "role": "primary",
        "tax_year": "2023",
        "first_name": first,
        "middle_name": middle,
        "last_name": last,
        "suffix": "",
        "tin": f"9{number:02d}11{number:04d}",
        "street": street,
        "street2": street2,
        "city": city,
        "state": state,
        "zip": zip_code,
    } | more


RECORDS = [
    make_record(1, "Marisol", "T", "Quintanilla", HOUSEHOLD_ADDRESS),
    make_record(2, "Tobias", "R", "Quintanilla", HOUSEHOLD_ADDRESS, role="spouse", return_id="t1"),
    make_record(3, "Henrik", "J", "Vandersloot", ("77 N Cascadia St", "Apt 4B", "Olympia", "WA", "98501")),
    make_record(4, "Priyanka", "", "Ramanathan", ("PO Box 4417", "", "Laredo", "TX", "78040")),
    make_record(5, "Jebediah", "L", "Thornquist", ("RR 2 Box 118", "", "Lebanon", "KS", "66952")),
    make_record(6, "Aurelio", "M", "Castellanos", ("PSC 482 Box 1190", "", "APO", "AE", "09499")),
    make_record(8, "Ottoline", "B", "Fairweather", ("HC 55 Box 670", "", "Arapahoe", "CO", "80802")),
    make_record(7, "Wilhelmina", "A", "Oyelaran", ("123 E 400 S", "", "Salt Lake City", "UT", "84111")),
]


def _background_records() -> Iterable[dict[str, str]]:
    """Yield enough other people that names have frequencies; no test asks about them."""
    firsts = ("James", "Mary", "Robert", "Linda", "David", "Susan", "Karen", "Brian", "Laura", "Kevin")
    lasts = ("Smith", "Johnson", "Brown", "Garcia", "Miller", "Davis", "Wilson", "Nguyen", "Clark", "Lewis")
    streets = ("Maple St", "Oak Ave", "Pine Dr", "Cedar Ln", "Elm Ct", "Birch Rd", "Walnut Way", "Ash Blvd")
    for n in range(800):
        place = (
            f"{100 + n * 7 % 900} {streets[n * 3 % 8]}",
            "",
            "Olympia",
            "WA",
            f"985{n % 10:02d}" if n % 10 in {1, 2, 6} else "98501",
        )
        yield make_record(1000 + n, firsts[n * 7 % 10], "ABCDEFGHJKL"[n % 11], lasts[n * 11 % 10], place)


@dataclass(frozen=True)
class Workspace:
    """Where everything is."""

    root: Path
    index: Path
    key: Ed25519Key

    def open_home(self, name: str = "home", *, dsn: str = "") -> Home:
        """Open a home in which the requester's key is registered; on PostgreSQL when a DSN is given."""
        home = Home.open_or_create(self.root / name, database=POSTGRESQL if dsn else None)
        if dsn:
            (home.path / "keys" / "control.dsn").write_text(dsn)
            (home.path / "keys" / "control.dsn").chmod(0o600)
        home.signers.register(
            requester="us-dhs-ice", office=SIGNER_OFFICE, key=self.key, registered_at="2025-01-01", synthetic=True
        )
        return home

    def write_batch(self, name: str, rows: Iterable[Mapping[str, str]] | bytes, **manifest: Any) -> Path:
        """Write a signed batch folder of that name and batch_id; return it."""
        write_batch(self.root / name, rows, key=self.key, **({"batch_id": name} | manifest))
        return self.root / name

    def verify_batch(
        self,
        batch: Path,
        *,
        home: Home | None = None,
        at: datetime = AUGUST_2025,
        out: Path | None = None,
        index: Path | None = None,
        population: str | None = None,
    ) -> tuple[BatchResult, dict[str, tuple[str, str]]]:
        """Run the whole path; return the result and the answers by request_id: (code, reasons), none when held.

        It happens in earnest, on a machine whose clock shows `at`, and with `population` as if the agreement named that
        profile.
        """
        out = out or self.root / f"{batch.name}-{at:%Y%m%d}-answers"
        with open_gateway_at(home or self.open_home(f"{batch.name}-home"), at) as gateway:
            named = gateway
            if population is not None:
                named = replace(gateway, load_base_law=lambda: load_law_naming(population))
            verified = verify_batch(batch, named, index=index or self.index, out=out, progress=no_progress)
        return verified, read_answers(out)


@contextmanager
def open_gateway_at(home: Home, at: datetime) -> Iterator[Gateway]:
    """Open the custodian's side on a machine whose clock shows `at`: in earnest, on that day."""
    with open_gateway(home) as gateway:
        yield replace(gateway, clock=lambda: at)


def load_law_without_orders() -> law.Law:
    """Return the law that ships, without a court order in it: nothing holds a batch, on any day."""
    shipped = law.load_law()
    return assemble_law(shipped.statutes.values(), shipped.agreements.values(), (), shipped.agencies.values())


def load_law_naming(population: str) -> law.Law:
    """Return the law that ships, with agreements that name this population profile."""
    shipped = law.load_law()
    agreements = [each.model_copy(update={"population": population}) for each in shipped.agreements.values()]
    return assemble_law(shipped.statutes.values(), agreements, shipped.orders.values(), shipped.agencies.values())


def read_answers(out: Path) -> dict[str, tuple[str, str]]:
    """Return answers.csv by request_id."""
    if not (out / "answers.csv").exists():
        return {}
    text = pa_csv.ConvertOptions(column_types=dict.fromkeys(("request_id", "code", "reasons"), pa.string()))
    table = pa_csv.read_csv(out / "answers.csv", convert_options=text)
    return {r["request_id"]: (r["code"], r["reasons"]) for r in table.to_pylist()}


def build_record_index(folder: Path, records: Iterable[Mapping[str, str]], *, is_synthetic: bool = True) -> Path:
    """Build an index over records, marked synthetic or not marked; return its folder."""
    folder.mkdir(parents=True)
    rows = list(records)
    table = pa.table({name: pa.array([r[name] or None for r in rows], pa.string()) for name in RECORD_COLUMNS})
    table = table.set_column(3, "tax_year", table.column("tax_year").cast(pa.int32()))
    mark = {"comity.synthetic": "true"} if is_synthetic else None
    pq.write_table(table.replace_schema_metadata(mark), folder / "records.parquet")
    match.build_index([folder / "records.parquet"], folder / "index")
    return folder / "index"


def make_workspace(root: Path, *, without: frozenset[str] = frozenset()) -> Workspace:
    """Build the town; `without` leaves records out by record_id."""
    records = [r for r in (*RECORDS, *_background_records()) if r["record_id"] not in without]
    return Workspace(root, build_record_index(root / "records", records), create_signing_key(root / "requester.key"))


def request_about(number: int, **changes: str) -> dict[str, str]:
    """Return a valid request about the person of record r{number}, with some fields changed."""
    known = next(r for r in RECORDS if r["record_id"] == f"r{number}")
    names = ("first_name", "middle_name", "last_name", "suffix", "street", "street2", "city", "state", "zip")
    asked = {name: known[name] for name in names}
    unique = f"q{number}-{abs(hash(tuple(sorted(changes.items())))) % 10**8}"
    about = f"Residence in 2023 bears on the failure to depart charged in case {unique}."
    return make_row(**(asked | {"request_id": unique, "case_number": unique, "reason": about} | changes))


__all__ = [
    "AFTER_ORDERS",
    "AUGUST_2025",
    "Gateway",
    "Store",
    "Workspace",
    "json",
    "law",
    "load_law_without_orders",
    "make_workspace",
    "no_progress",
    "open_gateway_at",
    "read_answers",
    "request_about",
]

"""Write a simulation's files so that the same seed gives the same bytes.

Guarantees: every Parquet file has `comity.synthetic=true` in its metadata, and the manifest says so too (promise 16);
row groups have a fixed size, so the number of threads leaves no trace; CSV is UTF-8 with LF.
Does not: sign. The requester's key is not known here.
Start at `write_parquet`.
"""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from comity.model.batch import Attestation, Manifest, Officer, RequestSigner
from comity.simulate.simulated_requests import SUBJECTS_PER_OFFICER

SYNTHETIC_METADATA = {b"comity.synthetic": b"true"}
ROW_GROUP_SIZE = 122_880
MAX_CSV_ROWS = 200_000
"""Requests beyond this number are written as Parquet."""


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write one table, marked as synthetic."""
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), **SYNTHETIC_METADATA})
    pq.write_table(table, path, compression="zstd", row_group_size=ROW_GROUP_SIZE)


def write_requests(table: pa.Table, folder: Path) -> Path:
    """Write `requests.csv`, or `requests.parquet` when there are many, and return its path."""
    if table.num_rows > MAX_CSV_ROWS:
        path = folder / "requests.parquet"
        write_parquet(table, path)
    else:
        path = folder / "requests.csv"
        pa.csv.write_csv(table, path, pa.csv.WriteOptions(include_header=True, quoting_style="needed"))
    return path


def _attestations(created_at: datetime, *, as_sent: bool) -> tuple[Attestation, ...]:
    limited_use = Attestation(
        id="use_limited_to_proceeding",
        text="The information will be used solely for the preparation of the proceeding or the investigation named.",
    )
    if as_sent:
        return (limited_use,)
    return (
        Attestation(
            id="open_criminal_investigation",
            text="Each subject is under an open criminal investigation under the case number given.",
        ),
        limited_use,
        Attestation(id="no_protected_subject_8usc1367", text="No subject is protected by 8 USC 1367."),
        Attestation(
            id="safeguards_corrective_action_plan",
            text="A dated corrective action plan covers every open finding of the last safeguard review.",
            on=(created_at - timedelta(days=60)).date(),
        ),
    )


def build_manifest(requests_file: Path, *, shape: str, seed: int, requests: int, created_at: datetime) -> Manifest:
    """Build the manifest of a batch; its requests file must be written already."""
    as_sent = shape == "august-2025"
    office = "Assistant Director (synthetic)" if as_sent else "Homeland Security Investigations (synthetic)"
    officer_count = 1 if as_sent else -(-requests // SUBJECTS_PER_OFFICER)
    with requests_file.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Manifest(
        batch_id=f"synthetic-{shape}-{created_at:%Y%m%d}-{seed}-{requests}",
        requester="us-dhs-ice",
        signer=RequestSigner(name="Synthetic Signer", office="Director, U.S. Immigration and Customs Enforcement"),
        agreement="irs-ice-2025",
        statutory_authority="26 USC 6103(i)(2); 8 USC 1253(a)(1)",
        officers=tuple(
            Officer(id=f"officer-{number:04d}", name=f"Officer {number:04d}", office=office)
            for number in range(1, officer_count + 1)
        ),
        attestations=_attestations(created_at, as_sent=as_sent),
        created_at=created_at,
        sha256=digest,
        requests_file=requests_file.name,
        synthetic=True,
    )


def write_manifest(manifest: Manifest, folder: Path) -> Path:
    """Write `batch.json` and return its path."""
    path = folder / "batch.json"
    path.write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8", newline="\n")
    return path

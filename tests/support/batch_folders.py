"""Write small synthetic batches to disk, for tests of intake, the pipeline and the commands."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from comity.intake import sign_batch
from comity.model.request_fields import REQUEST_FIELDS, REQUESTS_SCHEMA
from comity.signing import Ed25519Key, create_signing_key

SIGNER_OFFICE = "Director, U.S. Immigration and Customs Enforcement"

VALID_ROW = {
    "request_id": "q1",
    "first_name": "Maria",
    "middle_name": "T",
    "last_name": "Testcase",
    "suffix": "",
    "tin": "",
    "street": "12 Maple St",
    "street2": "Apt 4",
    "city": "Olympia",
    "state": "WA",
    "zip": "98501",
    "tax_year": "2023",
    "statute": "8 USC 1253(a)(1)",
    "element": "willful",
    "proceeding": "criminal-investigation",
    "reason": "Residence at this address in 2023 bears on willful failure to depart in case C-1.",
    "case_number": "C-1",
    "final_order_date": "2024-01-15",
    "officer_id": "o1",
}


def make_row(**changes: str) -> dict[str, str]:
    """Return a valid request with some fields changed."""
    return VALID_ROW | changes


def make_manifest(**changes: Any) -> dict[str, Any]:
    """Return a valid manifest with some fields changed; signing fills in the hash."""
    return {
        "batch_id": "batch-1",
        "requester": "us-dhs-ice",
        "signer": {"name": "Synthetic Signer", "office": SIGNER_OFFICE},
        "agreement": "irs-ice-2025",
        "statutory_authority": "26 USC 6103(i)(2); 8 USC 1253(a)(1)",
        "officers": [{"id": "o1", "name": "Officer 0001", "office": "Synthetic Field Office"}],
        "attestations": [
            {"id": "open_criminal_investigation", "text": "Each subject is under open criminal investigation."},
            {"id": "use_limited_to_proceeding", "text": "Solely for use in that investigation or proceeding."},
            {"id": "no_protected_subject_8usc1367", "text": "No subject is protected by 8 USC 1367."},
            {"id": "safeguards_corrective_action_plan", "text": "A dated plan is in place.", "on": "2025-06-01"},
        ],
        "created_at": "2025-07-01T12:00:00Z",
        "sha256": "0" * 64,
        "synthetic": True,
    } | changes


def make_requests_table(**changes: list[str | None]) -> pa.Table:
    """Return valid requests as a table, with some columns changed."""
    count = max(len(values) for values in changes.values())
    columns: dict[str, Any] = {name: [make_row()[name]] * count for name in REQUEST_FIELDS}
    columns |= {"request_id": [f"q{n}" for n in range(count)]} | changes
    return pa.table({"row": range(1, count + 1), **columns}, schema=REQUESTS_SCHEMA)


def encode_csv(rows: Iterable[Mapping[str, str]], columns: Iterable[str] = REQUEST_FIELDS) -> bytes:
    """Return rows as a requests file in CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def write_batch(
    folder: Path,
    rows: Iterable[Mapping[str, str]] | bytes = (VALID_ROW,),
    *,
    key: Ed25519Key | None = None,
    name: str = "requests.csv",
    **changes: Any,
) -> Ed25519Key:
    """Write and sign a batch folder; return the key that signed it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(rows if isinstance(rows, bytes) else encode_csv(rows))
    (folder / "batch.json").write_text(json.dumps(make_manifest(**changes)))
    key = key or create_signing_key(folder.parent / f"{folder.name}.key")
    sign_batch(folder, key)
    return key

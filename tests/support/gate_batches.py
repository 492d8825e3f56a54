"""A batch that passes every rule, and ways to change it: the starting point of the tests of the gates."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from comity.gates import evaluate_gates
from comity.law import Law, load_law
from comity.model.batch import Batch, Manifest
from comity.model.fault import Fault
from comity.model.finding import Findings
from comity.model.history import History
from comity.model.request_fields import REQUEST_FIELDS, REQUESTS_SCHEMA

JUDGED_AT = datetime(2025, 8, 7, tzinfo=UTC)
REQUESTS_SHA256 = hashlib.sha256(b"requests").hexdigest()

VALID_ROW: dict[str, str | None] = {
    "request_id": "r-1",
    "first_name": "Ana",
    "middle_name": None,
    "last_name": "Ejemplo",
    "suffix": None,
    "tin": None,
    "street": "123 Main St",
    "street2": None,
    "city": "Springfield",
    "state": "IL",
    "zip": "62701",
    "tax_year": "2023",
    "statute": "8 USC 1253(a)(1)(A)",
    "element": "willful",
    "proceeding": "criminal-investigation",
    "reason": "Indictment in case 24-1 turns on where the subject lived in 2023",
    "case_number": "24-1",
    "final_order_date": "2024-05-31",
    "officer_id": "o1",
}

VALID_MANIFEST: dict[str, Any] = {
    "batch_id": "b-1",
    "requester": "ICE",
    "signer": {"name": "Pat Example", "office": "Acting Director, U.S. Immigration and Customs Enforcement"},
    "agreement": "irs-ice-2025",
    "statutory_authority": "26 U.S.C. 6103(i)(2); 8 U.S.C. 1253(a)(1)",
    "officers": [{"id": "o1", "name": "Lee Sample", "office": "Special Agent"}],
    "attestations": [
        {"id": "open_criminal_investigation"},
        {"id": "use_limited_to_proceeding"},
        {"id": "no_protected_subject_8usc1367"},
        {"id": "safeguards_corrective_action_plan", "on": "2025-05-01"},
    ],
    "created_at": "2025-08-01T12:00:00Z",
    "sha256": REQUESTS_SHA256,
    "synthetic": True,
}


def request_table(rows: Sequence[Mapping[str, str | None]]) -> pa.Table:
    """Return a requests table whose rows are the valid row with other values for the fields given."""
    full_rows = [{**VALID_ROW, "request_id": f"r-{i}", **row} for i, row in enumerate(rows, 1)]
    columns = {name: [row[name] for row in full_rows] for name in REQUEST_FIELDS}
    return pa.table({"row": list(range(1, len(full_rows) + 1)), **columns}, schema=REQUESTS_SCHEMA)


def make_batch(
    rows: Sequence[Mapping[str, str | None]] = ({}, {"first_name": "Luz", "street": "9 Elm Ave"}),
    manifest: Mapping[str, Any] | None = None,
    *,
    faults: tuple[Fault, ...] = (),
    requests_sha256: str = REQUESTS_SHA256,
    signer_key_id: str | None = "key-1",
) -> Batch:
    """Return the valid batch with these rows and these manifest fields instead."""
    return Batch(
        manifest=Manifest.model_validate({**VALID_MANIFEST, **(manifest or {})}),
        manifest_sha256="0" * 64,
        requests_sha256=requests_sha256,
        signer_key_id=signer_key_id,
        requests=request_table(rows),
        faults=faults,
    )


def evaluate_batch(
    batch: Batch | None = None, *, at: datetime = JUDGED_AT, law: Law | None = None, history: History | None = None
) -> Findings:
    """Evaluate a batch (by default the valid one) by the law on file."""
    return evaluate_gates(batch or make_batch(), law=law or load_law(), at=at, history=history or History())


def has_allowed_row(findings: Findings) -> bool:
    """Return whether any row of the batch may be matched."""
    passes = (findings.row_findings.not_met == 0) & (findings.row_findings.undetermined == 0)
    return (
        not findings.refusals
        and not findings.undetermined_findings
        and not findings.blocking_order_ids
        and bool(passes.any())
    )


def refusing_rules(findings: Findings, row: int = 0) -> set[str]:
    """Return the row rules that one row does not meet."""
    return {
        name
        for bit, name in enumerate(findings.row_findings.rules)
        if int(findings.row_findings.not_met[row]) >> bit & 1
    }

"""Migrate a batch from layout 1 of the requests file to layout 2, and list the rows that somebody must fill in.

Guarantees: the batch itself stays as it is; the new folder has the same manifest but for the file's name and hash, the
same rows in the same order, and codes only where they can be one alone. The signature is not copied: it was of other
bytes.
Start at `migrate_batch`.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from comity import intake
from comity.app import bootstrap
from comity.app.home import Home
from comity.columns.buffers import Bools
from comity.errors import RequestError
from comity.folders import lock_folder, replace_file_in
from comity.gates.code_derivation import DerivedCodes, derive_codes
from comity.model.batch import Batch
from comity.model.fault import OLD_LAYOUT_RULE
from comity.requests_file.requests_writer import encode_requests_file

ROWS_TO_FILL = "rows-to-fill.csv"
_MAX_ROWS_LISTED = 5


@dataclass(frozen=True, slots=True)
class MigratedBatch:
    """A migrated batch: how many rows it has, how many codes were derived, and how many rows must be filled in."""

    folder: Path
    row_count: int
    derived_counts: dict[str, int]
    rows_to_fill: int
    first_rows: tuple[int, ...]


def migrate_batch(folder: Path, out: Path, *, home_path: Path | None, at: datetime) -> MigratedBatch:
    """Write a batch in layout 1 as one in layout 2, with the file that lists the rows to fill in beside it.

    Raises:
        RequestError: `batch_unreadable` when the batch cannot be read or its file has other faults; `bad_argument` when
            it is in layout 2 already, or `out` exists.
        PolicyError: `agreement_unknown`.
    """
    batch = intake.read_draft(folder)
    _verify_migratable(batch, out)
    law = bootstrap.load_law(None if home_path is None else Home.open(home_path))
    agreement = law.get_agreement(batch.manifest.agreement)
    derived = derive_codes(batch.requests, agreement=agreement, law=law, day=at.astimezone(UTC).date())
    must_be_filled = np.zeros(batch.row_count, dtype=np.bool_)
    for missing in derived.must_be_filled.values():
        must_be_filled |= missing
    name = intake.find_draft_file(folder, batch.manifest)
    content = encode_requests_file(derived.requests, name.rpartition(".")[2])
    manifest = batch.manifest.model_dump(mode="json", exclude_unset=True)
    manifest |= {"sha256": hashlib.sha256(content).hexdigest(), "requests_file": name}
    with lock_folder(out) as target:
        replace_file_in(target, name, content)
        replace_file_in(target, ROWS_TO_FILL, _encode_rows_to_fill(derived, must_be_filled))
        replace_file_in(target, "batch.json", (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode())
    rows = np.flatnonzero(must_be_filled) + 1
    first_rows = tuple(int(row) for row in rows[:_MAX_ROWS_LISTED])
    return MigratedBatch(out, batch.row_count, derived.derived_counts, len(rows), first_rows)


def _verify_migratable(batch: Batch, out: Path) -> None:
    if not batch.has_old_layout:
        message = "The requests file is not in layout 1, so there is nothing to migrate."
        raise RequestError("bad_argument", message, "See what it lacks: comity request lint BATCH")
    if any(fault.rule != OLD_LAYOUT_RULE for fault in batch.faults):
        message = "The requests file has other faults, so its rows cannot be taken over one by one."
        raise RequestError("batch_unreadable", message, "Correct them first; see: comity request lint BATCH")
    if out.exists() or out.is_symlink():
        raise RequestError("bad_argument", "The folder to write to exists already.", "Name another with --out.")


def _encode_rows_to_fill(derived: DerivedCodes, must_be_filled: Bools) -> bytes:
    """Return a CSV file of the rows to fill in: number, request_id, and the columns that are empty."""
    rows = np.flatnonzero(must_be_filled)
    request_ids = derived.requests.column("request_id").combine_chunks().take(pa.array(rows)).to_pylist()
    lines = ["row,request_id,columns"]
    for row, request_id in zip(rows.tolist(), request_ids, strict=True):
        columns = ";".join(name for name, missing in derived.must_be_filled.items() if missing[row])
        lines.append(f"{row + 1},{request_id or ''},{columns}")
    return ("\n".join(lines) + "\n").encode()

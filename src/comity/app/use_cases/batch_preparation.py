"""Prepare a batch on the requester's side: check it before it is sent, create a key, sign.

Guarantees: no record is read, and no answer is given.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from comity import intake
from comity.app import bootstrap
from comity.app.home import Home
from comity.errors import ComityError
from comity.folders import write_private_file
from comity.gates import lint_report
from comity.gates.lint_findings import FINDINGS_SCHEMA, list_findings
from comity.gates.lint_report import LintReport
from comity.plain_files import read_plain_file
from comity.signing import create_signing_key, key_thumbprint, load_private_key, to_public_key

_FINDINGS_HEADER = ",".join(FINDINGS_SCHEMA.names).encode()
_CSV_OPTIONS = pa_csv.WriteOptions(quoting_style="needed", quoting_header="none")


@dataclass(frozen=True, slots=True)
class SignedBatch:
    """A batch that was signed: its id, its requests file's SHA-256, and the thumbprint of the key."""

    batch_id: str
    sha256: str
    key_thumbprint: str


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """A new key: its thumbprint, and the file of its public half."""

    thumbprint: str
    public_file: Path


def lint_request(
    folder: Path, *, home_path: Path | None, at: datetime, findings_file: Path | None = None
) -> LintReport:
    """Judge a batch by the law on file at a time, and by a home's own law and orders if one is given.

    Whose key counts and what came before is not judged: only the custodian knows. With `findings_file`, every finding
    is written there, a line for each row; only a file of findings is replaced.

    Raises:
        ComityError: `output_exists` when the file of findings cannot be written.
        RequestError: `batch_unreadable` when there is no batch folder.
    """
    if findings_file is not None:
        _verify_replaceable(findings_file)
    batch = intake.inspect_draft(folder)
    law = bootstrap.load_law(None if home_path is None else Home.open(home_path))
    report = lint_report.lint_batch(batch, law=law, at=at)
    if findings_file is not None:
        _write_findings(findings_file, report, batch.requests)
    return report


def _verify_replaceable(path: Path) -> None:
    """Raise ComityError `output_exists` when the path is of anything but an earlier file of findings."""
    if not os.path.lexists(path):
        return
    try:
        if read_plain_file(path, len(_FINDINGS_HEADER)).startswith(_FINDINGS_HEADER):
            return
    except OSError:
        pass
    message = f"{path} exists already and is no file of findings, so it is not replaced."
    raise ComityError("output_exists", message, "Name another with --findings.")


def _write_findings(path: Path, report: LintReport, requests: pa.Table) -> None:
    try:
        with (
            write_private_file(path) as file,
            pa_csv.CSVWriter(file.buffer, FINDINGS_SCHEMA, write_options=_CSV_OPTIONS) as writer,
        ):
            for lines in list_findings(report, requests):
                writer.write_batch(lines)
    except OSError as error:
        message = f"The file of findings {path} could not be written."
        raise ComityError("output_exists", message, "Name another with --findings.") from error


def sign_request(folder: Path, key_file: Path) -> SignedBatch:
    """Write the requests file's hash into batch.json, and sign it into batch.json.jws.

    Raises:
        ComityError: `key_unusable`.
        RequestError: `batch_unreadable`.
    """
    key = load_private_key(key_file)
    manifest = intake.sign_batch(folder, key)
    return SignedBatch(manifest.batch_id, manifest.sha256, key_thumbprint(key))


def create_key(key_file: Path) -> CreatedKey:
    """Create a private key file, and its public half beside it (.pub). Raises ComityError when the file exists."""
    key = create_signing_key(key_file)
    public_file = key_file.with_name(key_file.name + ".pub")
    public_file.write_bytes(to_public_key(key).as_pem(private=False))
    return CreatedKey(key_thumbprint(key), public_file)

"""Prepare a batch on the requester's side: check it before it is sent, create a key, sign.

Guarantees: no record is read, and no answer is given.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from comity import intake
from comity.app import bootstrap
from comity.app.home import Home
from comity.gates import lint_report
from comity.gates.lint_report import LintReport
from comity.signing import create_signing_key, key_thumbprint, load_private_key, to_public_key


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


def lint_request(folder: Path, *, home_path: Path | None, at: datetime) -> LintReport:
    """Judge a batch by the law on file at a time, and by a home's own law and orders if one is given.

    The signature and earlier batches are not judged: only the custodian knows whose key counts, and what came before.

    Raises:
        RequestError: `batch_unreadable`.
    """
    batch = intake.read_draft(folder)
    law = bootstrap.load_law(None if home_path is None else Home.open(home_path))
    return lint_report.lint_batch(batch, law=law, at=at)


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

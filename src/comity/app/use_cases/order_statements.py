"""State for a court what an order stopped and who was served, and check such a statement.

Guarantees: every figure is counted from ledger entries under a checkpoint that is signed first.
Start at `write_order_statement`, or `check_order_statement` for who receives one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from comity import __version__, law
from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.app.pages.statement_page import render_statement
from comity.errors import ComityError
from comity.ledger import log
from comity.orders import statement, statement_folder
from comity.signing import key_thumbprint, load_public_key
from comity.tlog.note import VerifierKey


@dataclass(frozen=True, slots=True)
class WrittenStatement:
    """A statement's figures, and the number of ledger entries that they were counted from."""

    figures: Mapping[str, int]
    entry_count: int


@dataclass(frozen=True, slots=True)
class StatementCheck:
    """What is wrong with a statement (nothing, when it holds), and the thumbprint of the key that signed it."""

    findings: tuple[str, ...]
    signed_by: str


def write_order_statement(home_path: Path, order_id: str, out: Path) -> WrittenStatement:
    """Write the signed statement about an order into a new or empty folder.

    Raises:
        ComityError: `order_unknown` when no such order is on file.
        ComityError: `output_exists`.
    """
    home = Home.open(home_path)
    signer = bootstrap.load_key_ring(home)
    with bootstrap.open_store(home) as store:
        checkpoint = log.sign_current_checkpoint(store, signer, at=clock.now())
        document, receipts = statement.make_statement(
            store,
            order_id,
            law=law.load_law(),
            checkpoint=checkpoint,
            verifiers=signer.verifiers,
            version=__version__,
            at=clock.now(),
        )
    statement_folder.write_statement(
        out, document, receipts, home.keys.load_signing_key("answers"), page=render_statement(document)
    )
    return WrittenStatement(document["figures"], document["ledger"]["size"])


def check_order_statement(
    folder: Path, vkey_file: Path, *, key_file: Path | None = None, published: Path | None = None
) -> StatementCheck:
    """Check a statement, as whoever has it may.

    Args:
        folder: the statement.
        vkey_file: the ledger's verifier keys, from elsewhere.
        key_file: the custodian's public key for answers, from elsewhere; without it any key's signature is accepted.
        published: the published ledger, to count every figure again; without it only what the receipts show is checked.

    Raises:
        ComityError: `bad_argument` when a key cannot be read, `proof_invalid` when the folder holds no statement.
    """
    document, receipts, signed_by = statement_folder.read_statement(folder)
    verifiers = _read_verifier_keys(vkey_file)
    try:
        findings = list(statement.check_statement(document, receipts, verifiers, published))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ComityError("proof_invalid", "The statement is not of the form of one.") from error
    if key_file is not None and key_thumbprint(load_public_key(key_file)) != signed_by:
        findings.append("it is signed by another key than the one given")
    return StatementCheck(tuple(findings), signed_by)


def _read_verifier_keys(vkey_file: Path) -> list[VerifierKey]:
    try:
        lines = vkey_file.read_text(encoding="utf-8").splitlines()
        keys = [VerifierKey.from_text(line) for line in lines if line.strip()]
    except (OSError, ValueError) as error:
        raise ComityError("bad_argument", "The verifier key could not be read.", "Name it with --vkey.") from error
    if not keys:
        raise ComityError("bad_argument", "The file of verifier keys is empty.", "Name another with --vkey.")
    return keys

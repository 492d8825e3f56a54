"""Inspect one paper by the law on file, and, when a home is given, enter in its ledger that it was inspected.

Guarantees: nothing presented is stored. The entry publishes a salted commitment alone; its opening holds the paper's
kind, the outcomes, and an HMAC over what was presented, the key of which is returned and stored nowhere.
Start at `inspect_paper` and `record_inspection`.
"""

import secrets
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.documents.commitment import SALT_BYTES, commit_document, ledger_facts
from comity.documents.inspect import inspect_document
from comity.documents.trust.path import Trust
from comity.law.worth import DocumentKind, load_evidence_table
from comity.ledger.events import record_committed_entry
from comity.model.document import InspectionReport, PresentedDocument


@dataclass(frozen=True, slots=True)
class InspectionReceipt:
    """What shows later that a paper was inspected: the entry, and the salt that opens the commitment to the paper."""

    entry: int
    commitment: str
    salt: str


def inspect_paper(presented: PresentedDocument, trust: Trust, as_of: date) -> tuple[DocumentKind, InspectionReport]:
    """Return the paper's kind and the report on it by the law of `as_of`. Raises PolicyError for an unknown kind."""
    table = load_evidence_table()
    kind = table.kind(presented.kind)
    return kind, inspect_document(presented, table.rows(kind.id, as_of), trust, as_of)


def record_inspection(home: Path, presented: PresentedDocument, report: InspectionReport) -> InspectionReceipt:
    """Enter an inspection in the ledger of a home, and return what opens the commitment to the paper."""
    salt = secrets.token_bytes(SALT_BYTES)
    commitment = commit_document(presented, salt)
    content = ledger_facts(report, commitment)
    with bootstrap.open_store(Home.open(home)) as store, store.begin() as tx:
        entry = record_committed_entry(tx, "inspection", about=report.kind, public={}, content=content, at=clock.now())
    return InspectionReceipt(entry, commitment, salt.hex())

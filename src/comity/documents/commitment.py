"""What is kept of an inspection: a salted commitment to what was presented, and the codes of what was found.

Guarantees: without the salt, a commitment says nothing about the document, even to someone who guesses what it holds;
with salt and document, anyone can check that this document was inspected. The facts hold no value from it.
Does not: write a ledger.
Start at `commit_document` and `ledger_facts`.
"""

import hashlib
import hmac
from typing import Any

from comity.model.document import InspectionReport, PresentedDocument

SALT_BYTES = 32
_PURPOSE = b"comity presented document v1"


def commit_document(presented: PresentedDocument, salt: bytes) -> str:
    """Return HMAC-SHA-256, keyed with the salt, over everything presented, in hexadecimal.

    Every part is preceded by its name and length, so that no two documents have one encoding.

    Raises:
        ValueError: the salt does not have 32 bytes.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    digest = hmac.new(salt, _PURPOSE, hashlib.sha256)
    for name, content in _parts(presented):
        digest.update(len(name).to_bytes(4, "big") + name.encode() + len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()


def ledger_facts(report: InspectionReport, commitment: str) -> dict[str, Any]:
    """Return what a ledger entry about an inspection says: kind, day, outcomes by rule and proposition, commitment."""
    return {
        "paper": report.kind,
        "on": report.as_of.isoformat(),
        "findings": {finding.rule: finding.outcome.name for finding in report.findings},
        "conclusions": {conclusion.proposition.value: conclusion.outcome.name for conclusion in report.conclusions},
        "commitment": commitment,
    }


def _parts(presented: PresentedDocument) -> list[tuple[str, bytes]]:
    parts = [("kind", presented.kind.encode())]
    for name, text in (("mrz", presented.mrz), ("barcode", presented.barcode)):
        parts += [] if text is None else [(name, text.encode("utf-8", "surrogatepass"))]
    parts += [(f"group {number}", data) for number, data in sorted(presented.groups.items())]
    if presented.security_object is not None:
        parts.append(("security object", presented.security_object))
    parts += [
        (f"typed {name}", text.encode("utf-8", "surrogatepass")) for name, text in sorted(presented.typed.items())
    ]
    if presented.officer is not None:
        officer = presented.officer
        observed = f"{officer.seen_on.isoformat()} {officer.no_endorsement} {officer.seal} {officer.names_linked}"
        parts.append(("officer", observed.encode()))
    return parts

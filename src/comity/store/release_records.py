"""The JSON text that the control database keeps of a release (`batches.summary`), and the typed record it stands for.

Guarantees: `decode_release_record` accepts only text that `encode_release_record` writes, to the byte.
Start at `encode_release_record`.
"""

import json
from datetime import datetime
from typing import Any

from comity.errors import LedgerError
from comity.model.finding import Finding, Outcome
from comity.model.release import ReleaseRecord


def encode_release_record(record: ReleaseRecord) -> str:
    """Return the JSON text of a release record."""
    return json.dumps({"document": record.to_dict(), "uncertain": record.review_count})


def decode_release_record(text: str, batch_id: str) -> ReleaseRecord:
    """Return the release record of a stored text. Raises LedgerError `ledger_damaged` for any other text."""
    try:
        content = json.loads(text)
        record = _build_record(content["document"], content["uncertain"])
        is_intact = encode_release_record(record) == text
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        is_intact = False
    if not is_intact:
        raise LedgerError(
            "ledger_damaged",
            f"The release on file of batch {batch_id} is not what Comity wrote: the database was changed from outside.",
            "Stop releasing, keep it as evidence, and restore the newest copy.",
        )
    return record


def _build_record(document: dict[str, Any], review_count: int) -> ReleaseRecord:
    known_as_of = document.get("known_as_of")
    return ReleaseRecord(
        batch_id=document["batch_id"],
        requester=document["requester"],
        agreement=document["agreement"],
        row_count=document["rows"],
        counts=document["counts"],
        findings=tuple(
            Finding(item["rule"], Outcome[item["outcome"]], item["citation"], item["message"])
            for item in document["findings"]
        ),
        order_ids=tuple(document["orders_consulted"]),
        law_fingerprint=document["law"],
        manifest_sha256=document["batch_sha256"],
        requests_sha256=document["requests_sha256"],
        answers_sha256=document["answers_sha256"],
        as_of=datetime.fromisoformat(document["as_of"]),
        answered_at=datetime.fromisoformat(document["answered_at"]),
        is_rehearsal=document["rehearsal"],
        known_as_of=None if known_as_of is None else datetime.fromisoformat(known_as_of),
        is_synthetic=document["synthetic"],
        review_count=review_count,
        has_known_as_of="known_as_of" in document,
    )

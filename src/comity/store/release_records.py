"""The JSON text that the control database keeps of a release (`releases.summary`).

Guarantees: `decode_release_record` accepts only text that `encode_release_record` writes, to the byte.
Start at `encode_release_record`.
"""

import json

from comity.errors import LedgerError
from comity.model.release import ReleaseRecord


def encode_release_record(record: ReleaseRecord) -> str:
    """Return the JSON text of a release record."""
    skipped = {"skipped": dict(record.skipped_rows)} if record.names_rules else {}
    letter = {} if record.letter is None else {"letter": record.letter}
    return json.dumps({"document": record.to_dict(), "uncertain": record.review_count} | skipped | letter)


def decode_release_record(text: str, batch_id: str) -> ReleaseRecord:
    """Return the release record of a stored text. Raises LedgerError `ledger_damaged` for any other text."""
    try:
        content = json.loads(text)
        record = ReleaseRecord.from_dict(
            content["document"], content["uncertain"], content.get("skipped"), content.get("letter")
        )
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

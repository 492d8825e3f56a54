"""Times in the control database: UTC, ISO 8601, always of one length, so that text sorts as time does.

Start at `to_text`.
"""

import re
from datetime import UTC, datetime

from comity.errors import LedgerError

_TIMESTAMP_PATTERN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


def format_timestamp(at: datetime) -> str:
    """Write a time zone-aware time; a naive one is misuse (RuntimeError).

    >>> to_text(datetime(2025, 8, 7, 12, tzinfo=UTC))
    '2025-08-07T12:00:00.000000Z'
    """
    if at.tzinfo is None:
        raise RuntimeError("a time without a time zone cannot be stored")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_timestamp(text: str) -> datetime:
    """Read what `to_text` wrote. Raises LedgerError `ledger_damaged` for anything else: somebody changed the database."""
    try:
        at = datetime.fromisoformat(text)
        is_ours = _TIMESTAMP_PATTERN.fullmatch(text) is not None
    except (ValueError, TypeError):
        is_ours = False
    if not is_ours:
        message = "A time on file is not one that Comity wrote: the control database was changed from outside."
        raise LedgerError(
            "ledger_damaged", message, "Stop releasing, keep it as evidence, and restore the newest copy."
        )
    return at

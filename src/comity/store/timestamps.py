"""Times in the control database: UTC, ISO 8601, always of one length, so that text sorts as time does.

Start at `format_timestamp`.
"""

import re
from datetime import UTC, datetime

from comity.errors import LedgerError

_TIMESTAMP_PATTERN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


def format_timestamp(time: datetime) -> str:
    """Return a time zone-aware time as text; a naive one is misuse (RuntimeError).

    >>> format_timestamp(datetime(2025, 8, 7, 12, tzinfo=UTC))
    '2025-08-07T12:00:00.000000Z'
    """
    if time.tzinfo is None:
        raise RuntimeError("a time without a time zone cannot be stored")
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_timestamp(text: str) -> datetime:
    """Return the time that `format_timestamp` wrote. Raises LedgerError `ledger_damaged` for any other text."""
    try:
        time = datetime.fromisoformat(text)
        is_intact = _TIMESTAMP_PATTERN.fullmatch(text) is not None
    except (ValueError, TypeError):
        is_intact = False
    if not is_intact:
        message = "A time on file is not one that Comity wrote: the control database was changed from outside."
        raise LedgerError(
            "ledger_damaged", message, "Stop releasing, keep it as evidence, and restore the newest copy."
        )
    return time

"""Times in the control database: UTC, ISO 8601, always of one length, so that text sorts as time does.

Start at `to_text`.
"""

from datetime import UTC, datetime


def to_text(at: datetime) -> str:
    """Write a time zone-aware time; a naive one is misuse (RuntimeError).

    >>> to_text(datetime(2025, 8, 7, 12, tzinfo=UTC))
    '2025-08-07T12:00:00.000000Z'
    """
    if at.tzinfo is None:
        raise RuntimeError("a time without a time zone cannot be stored")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(text: str) -> datetime:
    """Read what `to_text` wrote."""
    return datetime.fromisoformat(text)

"""Write the days and times of a court paper: a mere day as a day, and a time in UTC and by the clock of its court.

Guarantees: no hour is shown that the paper does not give. Midnight UTC stands for a mere day (`court_days`).
Start at `format_court_time`.
"""

from datetime import UTC, datetime, time

from comity.law.court_days import find_court_zone


def is_mere_day(at: datetime) -> bool:
    """Return whether a time stands for a day without a time of day."""
    return at.astimezone(UTC).time() == time(0)


def format_court_time(at: datetime, court: str = "") -> str:
    """Return a day, or a time in UTC with the court's own time beside it, where one clock is known for the court.

    >>> format_court_time(datetime(2026, 11, 30, tzinfo=UTC), "D. Mass.")
    '30 Nov 2026'
    >>> format_court_time(datetime(2026, 12, 1, 1, 40, tzinfo=UTC), "D. Mass.")
    '01 Dec 2026, 01:40 UTC (30 Nov, 20:40 EST)'
    """
    at = at.astimezone(UTC)
    if is_mere_day(at):
        return f"{at:%d %b %Y}"
    zone = find_court_zone(court)
    if zone is None:
        return f"{at:%d %b %Y, %H:%M} UTC"
    there = at.astimezone(zone)
    day = "" if there.date() == at.date() else f"{there:%d %b}, "
    return f"{at:%d %b %Y, %H:%M} UTC ({day}{there:%H:%M %Z})"


def format_court_day(at: datetime, court: str = "") -> str:
    """Return the day of a time: a mere day as it is, any other where the court sits, if that is known.

    >>> format_court_day(datetime(2026, 12, 15, 4, 59, tzinfo=UTC), "D. Mass.")
    '14 Dec 2026'
    """
    zone = None if is_mere_day(at) else find_court_zone(court)
    return f"{at.astimezone(zone or UTC):%d %b %Y}"


def write_iso_time(at: datetime) -> str:
    """Return a time in ISO 8601, a mere day as the day alone.

    >>> write_iso_time(datetime(2026, 11, 30, tzinfo=UTC))
    '2026-11-30'
    """
    at = at.astimezone(UTC)
    return at.date().isoformat() if is_mere_day(at) else at.isoformat()

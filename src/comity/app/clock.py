"""Read the clock, and the times that people give. No other module reads the clock: stages are passed the time (`at=`).

Guarantees: every time returned is in UTC and has a time zone.
Basis: ADR 0005 (rehearsals: a decision can be replayed as of another time).
"""

from datetime import UTC, date, datetime

from comity.errors import ComityError

DAY_YEARS = range(1900, 2200)


def now() -> datetime:
    """Return the present time in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def parse_time(text: str) -> datetime:
    """Parse a time in ISO 8601: a bare date means noon UTC, and a time without a zone means UTC.

    Raises:
        ComityError: `bad_argument`.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        hint = "Write a date or time as 2025-08-07 or 2025-08-07T12:00:00Z."
        raise ComityError("bad_argument", "The time is not in ISO 8601 form.", hint) from error
    if len(text) == len("2025-08-07"):
        moment = moment.replace(hour=12)
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise ComityError("bad_argument", "The time is outside the calendar.", "Write one of this age.") from error


def parse_day(text: str) -> date:
    """Parse a day written YYYY-MM-DD, or the day in UTC of a time, as `parse_time` does; of the years 1900 to 2199.

    Raises:
        ComityError: `bad_argument`.
    """
    day = parse_time(text).date()
    if day.year not in DAY_YEARS:
        raise ComityError("bad_argument", "The day is of no year from 1900 to 2199.", "Write it as 2026-11-28.")
    return day


def parse_time_or_now(text: str) -> datetime:
    """Parse a time as `parse_time` does; an empty text means now."""
    return parse_time(text) if text else now()


def parse_replay_times(as_of: str, known_as_of: str) -> tuple[datetime | None, datetime | None]:
    """Parse the two times of a replay: when the law applied, and what was on file by when. An empty text gives None.

    Raises:
        ComityError: `bad_argument`; also when `known_as_of` is given without `as_of`, or is in the future.
    """
    applies_at = parse_time(as_of) if as_of else None
    known_at = parse_time(known_as_of) if known_as_of else None
    if known_at is not None and (applies_at is None or known_at > now()):
        message = (
            "--known-as-of replays what was on file at an earlier time, so it needs --as-of, and a time that has been."
        )
        raise ComityError("bad_argument", message, "Without --as-of, everything that is on file now counts.")
    return applies_at, known_at

"""The only place that reads the clock. Stages are told the time (`at=`), so that a decision can be replayed."""

from datetime import UTC, datetime

from comity.errors import ComityError


def now() -> datetime:
    """The present, in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def parse_time(text: str) -> datetime:
    """A time given by a person: ISO 8601; a bare date means noon UTC, a time without a zone means UTC.

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
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def parse_replay_times(as_of: str, known_as_of: str) -> tuple[datetime | None, datetime | None]:
    """The two times of a replay: whose law applies, and what was on file; None where nothing is said.

    Raises:
        ComityError: `bad_argument`; also for what was known without whose law, or at a time still to come.
    """
    moment = parse_time(as_of) if as_of else None
    knew = parse_time(known_as_of) if known_as_of else None
    if knew is not None and (moment is None or knew > now()):
        message = (
            "--known-as-of replays what was on file at an earlier time, so it needs --as-of, and a time that has been."
        )
        raise ComityError("bad_argument", message, "Without --as-of, everything that is on file now counts.")
    return moment, knew

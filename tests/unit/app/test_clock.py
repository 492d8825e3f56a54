"""Times that people give: always UTC, a bare date at noon."""

from datetime import UTC, datetime

import pytest

from comity.app import clock
from comity.errors import ComityError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-08-07", "2025-08-07T12:00:00+00:00"),
        ("2025-08-07T12:00:00", "2025-08-07T12:00:00+00:00"),
        ("2025-08-07T00:00:00-04:00", "2025-08-07T04:00:00+00:00"),
        ("2025-08-07T00:00:00Z", "2025-08-07T00:00:00+00:00"),
    ],
)
def test_parse_time__is_utc_and_a_bare_date_means_noon(text: str, expected: str) -> None:
    assert clock.parse_time(text).isoformat() == expected
    assert clock.parse_time_or_now(text).isoformat() == expected


@pytest.mark.parametrize("text", ["7 Aug 2025", "", "2025-13-01"])
def test_parse_time__what_is_not_iso_8601_is_an_error(text: str) -> None:
    with pytest.raises(ComityError) as raised:
        clock.parse_time(text)
    assert raised.value.code == "bad_argument"


def test_parse_replay_times__what_was_known_needs_a_time_that_has_been(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 1, 1, tzinfo=UTC))
    assert clock.parse_replay_times("", "") == (None, None)
    assert clock.parse_time_or_now("") == datetime(2026, 1, 1, tzinfo=UTC)
    applies_at, known_at = clock.parse_replay_times("2027-01-01", "2025-12-31")
    assert (str(applies_at)[:10], str(known_at)[:10]) == ("2027-01-01", "2025-12-31")
    for as_of, known_as_of in (("", "2025-12-31"), ("2025-12-31", "2026-01-02")):
        with pytest.raises(ComityError, match="--known-as-of"):
            clock.parse_replay_times(as_of, known_as_of)

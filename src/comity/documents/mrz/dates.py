"""Dates of a machine-readable zone: six digits without a century, parts of which may be fillers.

Basis: ICAO Doc 9303 part 3, section 4.8 and table on unknown birth dates.
Start at `read_birth_date` and `read_expiry_date`.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from comity.model.finding import Outcome

FILLER = "<"
PAPER_YEARS = range(1800, 2200)
"""The years of every date that a paper, or what is said of one, can have."""


@dataclass(frozen=True, slots=True, repr=False)
class ZoneDate:
    """A date as a zone has it. `outcome` is MET for a day, UNDETERMINED when parts are unknown, else NOT_MET.

    `day` is set only when MET.
    """

    outcome: Outcome
    day: date | None = None


def read_birth_date(text: str, as_of: date) -> ZoneDate:
    """Return the birth date: of the days that the six digits may mean, the latest that is not after `as_of`."""
    return _read(text, as_of, lambda days: max((day for day in days if day <= as_of), default=None))


def read_expiry_date(text: str, as_of: date) -> ZoneDate:
    """Return the expiry date: of the days that the six digits may mean, the one nearest to `as_of`."""
    return _read(text, as_of, lambda days: min(days, key=lambda day: abs(day - as_of), default=None))


def read_paper_date(text: str) -> date | None:
    """Return the day that YYYY-MM-DD names, or None when it names none, or one in no year of `PAPER_YEARS`."""
    try:
        day = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
    except ValueError:
        return None
    return day if day is not None and day.year in PAPER_YEARS else None


def _read(text: str, as_of: date, choose: Callable[[Iterable[date]], date | None]) -> ZoneDate:
    if _is_partial(text):
        return ZoneDate(Outcome.UNDETERMINED)
    if not (len(text) == 6 and text.isascii() and text.isdigit()):
        return ZoneDate(Outcome.NOT_MET)
    century = as_of.year // 100
    days = [_day(100 * number + int(text[:2]), text) for number in (century - 1, century, century + 1)]
    day = choose([day for day in days if day is not None])
    return ZoneDate(Outcome.NOT_MET) if day is None else ZoneDate(Outcome.MET, day)


def _day(year: int, text: str) -> date | None:
    try:
        return date(year, int(text[2:4]), int(text[4:]))
    except ValueError:
        return None


def _is_partial(text: str) -> bool:
    """Return whether a part is two fillers and the others may belong to a day of the calendar."""
    parts = [text[:2], text[2:4], text[4:]]
    if FILLER * 2 not in parts or len(text) != 6:
        return False
    year, month, day = parts
    numbers = [digits for digits in parts if digits != FILLER * 2]
    if not all(digits.isascii() and digits.isdigit() for digits in numbers):
        return False
    months = range(1, 13) if month == FILLER * 2 else [int(month)]
    days = range(1, 32) if day == FILLER * 2 else [int(day)]
    years = range(2000, 2004) if year == FILLER * 2 else [2000 + int(year)]
    return any(_exists(*year_month_day) for year_month_day in ((y, m, d) for y in years for m in months for d in days))


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True

"""Say when a day that a paper gives without a time of day has passed where the court sits.

Courts act during the day. A day on which something is forbidden again begins with its first moment, and a day on which
something is allowed again with its last, in the court's own time. Midnight UTC stands for a day without a time.

A day ends by standard time, which is the later of the two where there is daylight saving time.
Does not: write times (`orders.court_times` does, by `find_court_zone`).
Start at `find_opening_time`.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_HOURS_BEFORE_UTC = {
    5: (
        "D.D.C.|D.C. Cir.|Fed. Cir.|1st Cir.|2d Cir.|3d Cir.|4th Cir.|6th Cir.|11th Cir.|U.S.|S. Ct.|Conn.|Del.|Ga.|"
        "Me.|Md.|Mass.|N.H.|N.J.|N.Y.|N.C.|Ohio|Pa.|R.I.|S.C.|Vt.|Va.|W. Va."
    ),
    6: ("5th Cir.|7th Cir.|8th Cir.|Ala.|Ark.|Fla.|Ill.|Ind.|Iowa|Ky.|La.|Mich.|Minn.|Miss.|Mo.|Okla.|Tenn.|Wis."),
    7: "10th Cir.|Ariz.|Colo.|Kan.|Mont.|Neb.|N.M.|N.D.|S.D.|Tex.|Utah|Wyo.",
    8: "9th Cir.|Cal.|Idaho|Nev.|Or.|Wash.",
    9: "Alaska",
}
"""Of a State in two zones, the later one."""
_LATEST_HOURS = 10
"""Of Hawaii, and of any court that is not listed."""
_HOURS_BY_COURT = {name: hours for hours, names in _HOURS_BEFORE_UTC.items() for name in names.split("|")}

_ZONES = {5: "America/New_York", 6: "America/Chicago", 7: "America/Denver", 8: "America/Los_Angeles"}
_IN_TWO_ZONES = frozenset(
    {"Fla.", "Ind.", "Ky.", "Mich.", "Tenn.", "Kan.", "Neb.", "N.D.", "S.D.", "Tex.", "Idaho", "Or."}
)
"""States in two zones, whose courts sit in either."""


def find_opening_time(at: datetime, court: str) -> datetime:
    """Return when something that a court allows from `at` on is allowed: at the end of that day, if it is a mere day.

    >>> find_opening_time(datetime(2025, 9, 15, tzinfo=UTC), "D. Mass.").isoformat()
    '2025-09-16T05:00:00+00:00'
    >>> find_opening_time(datetime(2025, 9, 15, 14, 30, tzinfo=UTC), "D. Mass.").isoformat()
    '2025-09-15T14:30:00+00:00'
    """
    at = at.astimezone(UTC)
    if at.time() != time(0):
        return at
    return at + timedelta(days=1, hours=_find_hours_before_utc(court))


def _find_hours_before_utc(court: str) -> int:
    """Return how many hours the court's standard time is earlier than UTC: of the longest name that its own ends in."""
    return _HOURS_BY_COURT.get(_find_place(court), _LATEST_HOURS)


def find_court_zone(court: str) -> ZoneInfo | None:
    """Return the time zone in which a court sits; None where it may sit in either of two, or is not listed.

    >>> find_court_zone("D. Mass."), find_court_zone("E.D. Tex.")
    (zoneinfo.ZoneInfo(key='America/New_York'), None)
    """
    place = _find_place(court)
    name = "America/Phoenix" if place == "Ariz." else _ZONES.get(_HOURS_BY_COURT.get(place, 0), "")
    if not name or place in _IN_TWO_ZONES:
        return None
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:  # a system without the database of zones
        return None


def _find_place(court: str) -> str:
    """Return the longest listed name that the court's own ends in; '' for none."""
    names = [name for name in _HOURS_BY_COURT if court == name or court.endswith(f" {name}")]
    return max(names, key=len, default="")

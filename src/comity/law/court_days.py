"""Say when a day that a paper gives without a time of day has passed where the court sits.

Courts act during the day. A day on which something is forbidden again begins with its first moment, and a day on which
something is allowed again with its last, in the court's own time. Midnight UTC stands for a day without a time.

Does not: know daylight saving time. A day ends by standard time, which is the later of the two.
Start at `find_opening_time`.
"""

from datetime import UTC, datetime, time, timedelta

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
    names = [name for name in _HOURS_BY_COURT if court == name or court.endswith(f" {name}")]
    return _HOURS_BY_COURT[max(names, key=len)] if names else _LATEST_HOURS

"""The public form of the yearly report: the three counts per agency, small ones left out, and no way to work them out.

Guarantees: a count from 1 to `SMALLEST` - 1 is never shown, and no sum shown, less the counts shown, gives one away: in
each column whose total is shown, what is left out has at least two counts, which together reach `SMALLEST`. A zero is
shown: it says of nobody that anything was disclosed.
Basis: 26 USC 6103(p)(3)(C); 26 USC 6103(b)(2) (a count of one is a person's return information) [INF: the threshold is ours].
Start at `public_form`.
"""

from collections.abc import Mapping
from typing import Any

from comity.accounting.annual_report import AnnualReport

MIN_SHOWN_COUNT = 10
"""The smallest count that is shown."""

COUNT_COLUMNS = ("requests", "disclosures", "taxpayers")
TOTAL_LABEL = "All agencies"

SuppressedTable = dict[str, dict[str, int | None]]
"""Agency -> count -> figure; None where it is left out."""


def make_public_report(figures: AnnualReport) -> dict[str, Any]:
    """The report that anybody may read, as data."""
    table: dict[str, dict[str, int]] = {}
    purposes: dict[str, set[str]] = {}
    for line in figures.lines:
        sums = table.setdefault(line.agency, dict.fromkeys(COUNT_COLUMNS, 0))
        for name in COUNT_COLUMNS:
            sums[name] += getattr(line, name)
        purposes.setdefault(line.agency, set()).add(figures.purposes.get(line.agreement, line.agreement))
    shown = suppress_small_counts(table)
    return {
        "report": "26 USC 6103(p)(3)(C), for the public",
        "year": figures.year,
        "checkpoint": figures.checkpoint,
        "smallest_count_shown": MIN_SHOWN_COUNT,
        "agencies": [
            {"agency": agency, **counts, "purposes": sorted(purposes.get(agency, ()))}
            for agency, counts in shown.items()
        ],
        "synthetic": figures.synthetic,
    }


def suppress_small_counts(table: Mapping[str, Mapping[str, int]]) -> SuppressedTable:
    """Leave out small counts, and as many others as it takes; the last row is the total of each column.

    >>> suppress({"A": {"n": 3}, "B": {"n": 40}, "C": {"n": 25}})
    {'A': {'n': None}, 'B': {'n': 40}, 'C': {'n': None}, 'All agencies': {'n': 68}}
    """
    columns = sorted({name for row in table.values() for name in row}, key=_column_order)
    shown: SuppressedTable = {agency: dict(row) for agency, row in table.items()}
    shown[TOTAL_LABEL] = {}
    for name in columns:
        values = {agency: row[name] for agency, row in table.items()}
        out = _suppressed_agencies(values)
        for agency in out:
            shown[agency][name] = None
        total = sum(values.values())
        left = sum(values[agency] for agency in out)
        is_told = bool(out) and (len(out) < 2 or left < MIN_SHOWN_COUNT)
        shown[TOTAL_LABEL][name] = None if is_told or 0 < total < MIN_SHOWN_COUNT else total
    return shown


def _column_order(name: str) -> tuple[int, str]:
    return (COUNT_COLUMNS.index(name) if name in COUNT_COLUMNS else len(COUNT_COLUMNS), name)


def _suppressed_agencies(values: Mapping[str, int]) -> set[str]:
    """The small counts, and then the smallest of the others, until what is left out tells nothing."""
    out = {agency for agency, value in values.items() if 0 < value < MIN_SHOWN_COUNT}
    others = sorted(
        (agency for agency, value in values.items() if value >= MIN_SHOWN_COUNT), key=lambda a: (values[a], a)
    )
    while out and others and (len(out) < 2 or sum(values[agency] for agency in out) < MIN_SHOWN_COUNT):
        out.add(others.pop(0))
    return out

"""The public form of the yearly report: three counts per agency; where it was decided so, without small ones.

26 USC 6103(p)(3)(C) has no exception for small counts, so they are shown unless the Joint Committee on Taxation, to
which the report goes for disclosure to the public, decides otherwise (`suppress_below`).

Guarantees: with a threshold, a count from 1 to the threshold - 1 is never shown, and no total minus the counts shown
reveals one: in each column whose total is shown, at least two counts are left out, which together reach the
threshold. A zero is shown: it says of nobody that anything was disclosed.
Basis: 26 USC 6103(p)(3)(C); 26 USC 6103(b)(2) (a count of one may be a person's return information) [INF].
Start at `make_public_report`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from comity.accounting.annual_report import READINGS, AnnualReport

COUNT_COLUMNS = ("requests", "disclosures", "taxpayers")
TOTAL_LABEL = "All agencies"
NOT_SUPPRESSED = (
    "No count is left out: 26 USC 6103(p)(3)(C) makes no exception for small ones, and whether any are left out is for "
    "the Joint Committee on Taxation to decide."
)

SuppressedTable = dict[str, dict[str, int | None]]
"""Agency -> count -> figure; None where it is left out."""


def make_public_report(report: AnnualReport, *, suppress_below: int = 0) -> dict[str, Any]:
    """Return the report that anybody may read, as data.

    Args:
        report: the year.
        suppress_below: the smallest count that is shown beside 0, if it was decided to leave out smaller ones.
    """
    table: dict[str, dict[str, int]] = {}
    purposes: dict[str, set[str]] = {}
    for line in report.lines:
        sums = table.setdefault(line.agency, dict.fromkeys(COUNT_COLUMNS, 0))
        sums["requests"] += line.requests
        sums["disclosures"] += line.disclosures
        sums["taxpayers"] = report.taxpayers_by_agency.get(line.agency, 0)
        purposes.setdefault(line.agency, set()).add(report.purposes.get(line.agreement, line.agreement))
    public_table = suppress_small_counts(table, suppress_below)
    if public_table[TOTAL_LABEL].get("taxpayers") is not None:
        displayed = [row["taxpayers"] for agency, row in public_table.items() if agency != TOTAL_LABEL]
        public_table[TOTAL_LABEL]["taxpayers"] = _displayed_persons(report.taxpayers, displayed, suppress_below)
    return {
        "report": "26 USC 6103(p)(3)(C), for the public",
        "year": report.year,
        "checkpoint": report.checkpoint,
        "smallest_count_shown": suppress_below or 1,
        "suppression": _describe_suppression(suppress_below),
        "readings": list(READINGS),
        "agencies": [
            {"agency": agency, **counts, "purposes": sorted(purposes.get(agency, ()))}
            for agency, counts in public_table.items()
        ],
        "synthetic": report.synthetic,
    }


def _displayed_persons(total: int, displayed: Sequence[int | None], threshold: int) -> int | None:
    """Return the number of all persons, or None where it would give a small count away.

    A person asked about by two agencies is one here, so that the total is not the sum of the agencies' counts.
    """
    others = total - sum(count or 0 for count in displayed)
    is_derivable = None in displayed and others < threshold
    return None if is_derivable or 0 < total < threshold else total


def _describe_suppression(threshold: int) -> str:
    if threshold <= 1:
        return NOT_SUPPRESSED
    return f"A count from 1 to {threshold - 1} is not shown, nor are others from which it could be worked out."


def suppress_small_counts(table: Mapping[str, Mapping[str, int]], threshold: int) -> SuppressedTable:
    """Leave out counts below a threshold, and as many others as needed; the last row is the total of each column.

    >>> suppress_small_counts({"A": {"n": 3}, "B": {"n": 40}, "C": {"n": 25}}, 10)
    {'A': {'n': None}, 'B': {'n': 40}, 'C': {'n': None}, 'All agencies': {'n': 68}}
    """
    columns = sorted({name for row in table.values() for name in row} or set(COUNT_COLUMNS), key=_column_order)
    public_table: SuppressedTable = {agency: dict(row) for agency, row in table.items()}
    public_table[TOTAL_LABEL] = {}
    for name in columns:
        values = {agency: row[name] for agency, row in table.items()}
        suppressed = _suppressed_agencies(values, threshold)
        for agency in suppressed:
            public_table[agency][name] = None
        total = sum(values.values())
        suppressed_sum = sum(values[agency] for agency in suppressed)
        is_derivable = bool(suppressed) and (len(suppressed) < 2 or suppressed_sum < threshold)
        public_table[TOTAL_LABEL][name] = None if is_derivable or 0 < total < threshold else total
    return public_table


def _column_order(name: str) -> tuple[int, str]:
    return (COUNT_COLUMNS.index(name) if name in COUNT_COLUMNS else len(COUNT_COLUMNS), name)


def _suppressed_agencies(values: Mapping[str, int], threshold: int) -> set[str]:
    """Return the agencies with small counts, and with the smallest others until nothing can be derived."""
    suppressed = {agency for agency, value in values.items() if 0 < value < threshold}
    others = sorted((agency for agency, value in values.items() if value >= threshold), key=lambda a: (values[a], a))
    while suppressed and others and (len(suppressed) < 2 or sum(values[agency] for agency in suppressed) < threshold):
        suppressed.add(others.pop(0))
    return suppressed

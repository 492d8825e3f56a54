"""The public form of the yearly report: three counts per agency, with small ones left out beyond recovery.

Guarantees: a count from 1 to `MIN_DISPLAYED_COUNT` - 1 is never shown, and no total minus the counts shown reveals one:
in each column whose total is shown, at least two counts are left out, which together reach `MIN_DISPLAYED_COUNT`. A
zero is shown: it says of nobody that anything was disclosed.
Basis: 26 USC 6103(p)(3)(C); 26 USC 6103(b)(2) (a count of one is a person's return information) [INF: the threshold is
ours].
Start at `make_public_report`.
"""

from collections.abc import Mapping
from typing import Any

from comity.accounting.annual_report import AnnualReport

MIN_DISPLAYED_COUNT = 10
"""The smallest count that is shown."""

COUNT_COLUMNS = ("requests", "disclosures", "taxpayers")
TOTAL_LABEL = "All agencies"

SuppressedTable = dict[str, dict[str, int | None]]
"""Agency -> count -> figure; None where it is left out."""


def make_public_report(report: AnnualReport) -> dict[str, Any]:
    """Return the report that anybody may read, as data."""
    table: dict[str, dict[str, int]] = {}
    purposes: dict[str, set[str]] = {}
    for line in report.lines:
        sums = table.setdefault(line.agency, dict.fromkeys(COUNT_COLUMNS, 0))
        for name in COUNT_COLUMNS:
            sums[name] += getattr(line, name)
        purposes.setdefault(line.agency, set()).add(report.purposes.get(line.agreement, line.agreement))
    public_table = suppress_small_counts(table)
    return {
        "report": "26 USC 6103(p)(3)(C), for the public",
        "year": report.year,
        "checkpoint": report.checkpoint,
        "smallest_count_shown": MIN_DISPLAYED_COUNT,
        "agencies": [
            {"agency": agency, **counts, "purposes": sorted(purposes.get(agency, ()))}
            for agency, counts in public_table.items()
        ],
        "synthetic": report.synthetic,
    }


def suppress_small_counts(table: Mapping[str, Mapping[str, int]]) -> SuppressedTable:
    """Leave out small counts, and as many others as needed; the last row is the total of each column.

    >>> suppress_small_counts({"A": {"n": 3}, "B": {"n": 40}, "C": {"n": 25}})
    {'A': {'n': None}, 'B': {'n': 40}, 'C': {'n': None}, 'All agencies': {'n': 68}}
    """
    columns = sorted({name for row in table.values() for name in row} or set(COUNT_COLUMNS), key=_column_order)
    public_table: SuppressedTable = {agency: dict(row) for agency, row in table.items()}
    public_table[TOTAL_LABEL] = {}
    for name in columns:
        values = {agency: row[name] for agency, row in table.items()}
        suppressed = _suppressed_agencies(values)
        for agency in suppressed:
            public_table[agency][name] = None
        total = sum(values.values())
        suppressed_sum = sum(values[agency] for agency in suppressed)
        is_derivable = bool(suppressed) and (len(suppressed) < 2 or suppressed_sum < MIN_DISPLAYED_COUNT)
        public_table[TOTAL_LABEL][name] = None if is_derivable or 0 < total < MIN_DISPLAYED_COUNT else total
    return public_table


def _column_order(name: str) -> tuple[int, str]:
    return (COUNT_COLUMNS.index(name) if name in COUNT_COLUMNS else len(COUNT_COLUMNS), name)


def _suppressed_agencies(values: Mapping[str, int]) -> set[str]:
    """Return the agencies with small counts, and with the smallest others until nothing can be derived."""
    suppressed = {agency for agency, value in values.items() if 0 < value < MIN_DISPLAYED_COUNT}
    others = sorted(
        (agency for agency, value in values.items() if value >= MIN_DISPLAYED_COUNT), key=lambda a: (values[a], a)
    )
    while (
        suppressed
        and others
        and (len(suppressed) < 2 or sum(values[agency] for agency in suppressed) < MIN_DISPLAYED_COUNT)
    ):
        suppressed.add(others.pop(0))
    return suppressed

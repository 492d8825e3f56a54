"""Customers counted by cell: a cell is everything about a customer that a rule or a rate can tell apart.

Guarantees: every customer is in one cell; the number of cells depends on the rules and the closed lists, not on the
file.
Does not: decide what a rule asks of a cell (`duty`).
Start at `count_cells`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.assess.customers import (
    UNKNOWN_DAY,
    CustomerBatch,
    CustomerSource,
    code_names,
    document_kinds,
)
from comity.law.candidate import AccountKind, NumberKind, Terms, Who
from comity.law.worth import EvidenceTable
from comity.model.progress import ProgressCallback
from comity.reference.states import STATE_NAMES

MINOR, ADULT = 1, 2
EXPIRED, UNEXPIRED = 1, 2
"""Codes of age and expiry; 0 is unknown. Whoever comes of age in the year of the assessment counts as adult."""

AGE_OF_MAJORITY = 18


@dataclass(frozen=True, slots=True)
class CellLayout:
    """How customers fall into cells. `openings`: the days, in order, when a rule starts or stops reaching accounts."""

    openings: tuple[date, ...]
    kinds: tuple[str, ...]
    as_of: date

    @classmethod
    def for_rules(cls, rules: Sequence[Terms], table: EvidenceTable, as_of: date) -> Self:
        """Return the layout that these rules need."""
        reached = [who for terms in rules for who in (terms.who, *(exception.who for exception in terms.exceptions))]
        days = {day for who in reached for day in (who.opened_from, who.opened_before) if day}
        return cls(tuple(sorted(days)), tuple(document_kinds(table)), as_of)

    @property
    def sizes(self) -> dict[str, int]:
        """Return how many values each part of a cell has, blank included."""
        return {
            "opened": len(self.openings) + 2,
            "kind": len(AccountKind) + 1,
            "number_kind": len(NumberKind) + 1,
            "former_name": 3,
            "document_kind": len(self.kinds) + 1,
            "expiry": 3,
            "details_kept": 3,
            "verified": 3,
            "age": 3,
            "state": len(STATE_NAMES) + 1,
        }

    def code(self, batch: CustomerBatch) -> npt.NDArray[np.int64]:
        """Return the cell of each customer."""
        columns, today = batch.columns, (self.as_of - date(1970, 1, 1)).days
        days = np.array([(day - date(1970, 1, 1)).days for day in self.openings], np.int64)
        opened, expires, year = columns["opened_on"], columns["document_expires_on"], columns["birth_year"]
        years = self.as_of.year - year
        parts = {
            "opened": np.where(opened == UNKNOWN_DAY, 0, 1 + np.searchsorted(days, opened, side="right")),
            "kind": columns["kind"],
            "number_kind": columns["number_kind"],
            "former_name": columns["former_name_on_file"],
            "document_kind": columns["document_kind"],
            "expiry": np.where(expires == UNKNOWN_DAY, 0, np.where(expires < today, EXPIRED, UNEXPIRED)),
            "details_kept": columns["details_kept"],
            "verified": columns["verified"],
            "age": np.where(year == 0, 0, np.where(years < AGE_OF_MAJORITY, MINOR, ADULT)),
            "state": columns["state"],
        }
        cells = np.zeros(batch.rows, np.int64)
        for name, size in self.sizes.items():
            cells *= size
            cells += parts[name]
        return cells

    def opened_intervals(self) -> list[tuple[date, date]]:
        """Return, for each code of `opened` but that of blank, the first day and the day after the last."""
        return list(pairwise([date.min, *self.openings, date.max]))

    def reaches(self, who: Who) -> npt.NDArray[np.bool_]:
        """Return whom a rule or an exception reaches, by the codes of `opened`, `kind` and `number_kind` but blank."""
        first, last = who.opened_from or date.min, who.opened_before or date.max
        opened = np.array([first <= days[0] and days[1] <= last for days in self.opened_intervals()])
        kind = np.array([name in who.kinds for name in code_names(AccountKind)])
        number = np.array([name in who.numbers for name in code_names(NumberKind)])
        return np.asarray(opened[:, None, None] & kind[:, None] & number)


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells that hold a customer: the parts of each, and how many customers are in it.

    `is_synthetic` is set when the file says so itself.
    """

    layout: CellLayout
    parts: Mapping[str, npt.NDArray[np.int64]]
    counts: npt.NDArray[np.int64]
    is_synthetic: bool = False

    @property
    def customers(self) -> int:
        """Return how many customers there are."""
        return int(self.counts.sum())


def count_cells(source: CustomerSource, layout: CellLayout, progress: ProgressCallback) -> Cells:
    """Return the customers of a file by cell.

    Raises:
        RequestError: `customers_invalid`, with every fault of the file.
    """
    totals, rows = [pa.table({"values": pa.array([], pa.int64()), "counts": pa.array([], pa.int64())})], 0
    for batch in source.batches():
        counted = pc.value_counts(pa.array(layout.code(batch)))
        totals.append(pa.table({name: counted.field(name) for name in ("values", "counts")}))
        rows += batch.rows
        progress("reading customers", rows / source.rows_expected if source.rows_expected else 0.5)
    progress("reading customers", 1.0)
    source.finish()
    total = pa.concat_tables(totals).group_by("values").aggregate([("counts", "sum")]).sort_by("values")
    customers, codes = total["counts_sum"].to_numpy(), total["values"].to_numpy().copy()
    parts = {}
    for name, size in reversed(layout.sizes.items()):
        codes, parts[name] = np.divmod(codes, size)
    return Cells(layout, parts, customers, source.is_synthetic)

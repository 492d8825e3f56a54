"""Suppressed records: a request that matches one is answered as if there were no such record.

Canaries are synthetic people whom nobody can lawfully ask about. Withheld records are accounts about which the
Secretary determined that an answer would identify a confidential informant or seriously impair a tax investigation.

Guarantees: the answer that leaves is the one a request without any record gets; only the caller learns which rows
matched a suppressed record.
Suppression is by person: whoever enters one record of a person suppresses all of them, later ones too.
Does not: decide which records are suppressed; a person does, and files the record ids (`comity withhold`).
Basis: ADR 0013, ADR 0025; 26 USC 6103(i)(6); failure mode I01.
Start at `find_suppressions`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.law.filing_register import FilingRegister
from comity.model.filing import Act


@dataclass(frozen=True, slots=True)
class SuppressedRows:
    """Row numbers whose match or review was suppressed, by reason."""

    canary_rows: list[int]
    withheld_rows: list[int]


@dataclass(frozen=True, slots=True)
class Suppressions:
    """The record ids that no answer may depend on: canaries, and withheld records (26 USC 6103(i)(6))."""

    canary_record_ids: frozenset[str] = frozenset()
    withheld_record_ids: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Return whether no record is suppressed."""
        return not (self.canary_record_ids or self.withheld_record_ids)

    def of_kind(self, kind: str) -> frozenset[str]:
        """Return the record ids of one kind: `withheld` or `canary`."""
        return self.canary_record_ids if kind == "canary" else self.withheld_record_ids

    def extend(self, find_related: Callable[[Iterable[str]], frozenset[str]]) -> "Suppressions":
        """Return the same with all records of the same persons, as `find_related` gives them."""
        return Suppressions(
            self.canary_record_ids | find_related(self.canary_record_ids),
            self.withheld_record_ids | find_related(self.withheld_record_ids),
        )

    def mark_rows(self, evidence: pa.Table) -> npt.NDArray[np.bool_]:
        """Return which rows of evidence have one of these records as the likeliest."""
        record_ids = pa.array(sorted(self.canary_record_ids | self.withheld_record_ids), pa.string())
        marked: npt.NDArray[np.bool_] = pc.is_in(evidence["record_id"], record_ids).to_numpy()
        return marked

    def apply(self, determinations: pa.Table | None) -> tuple[pa.Table | None, SuppressedRows]:
        """Return the determinations that answers may be made from, and the rows that were suppressed."""
        determinations, canary_rows = suppress_matches(determinations, self.canary_record_ids)
        determinations, withheld_rows = suppress_matches(determinations, self.withheld_record_ids)
        return determinations, SuppressedRows(canary_rows, withheld_rows)


def find_suppressions(register: FilingRegister) -> Suppressions:
    """Return which records are suppressed by what is on file.

    A lift frees only what was entered before the lift was: what was entered again since then stays.
    """
    entered_at: dict[str, dict[str, int]] = {"canary": {}, "withheld": {}}
    for state in register.list_in_force(Act.SUPPRESSION, Act.SUPPRESSION_LIFT):
        content, entry = state.content, state.entered.entry
        records = entered_at[content.kind]
        if state.entered.act is Act.SUPPRESSION:
            records.update(dict.fromkeys(content.records, entry))
        else:
            for record_id in content.records:
                if records.get(record_id, entry) < entry:
                    del records[record_id]
    return Suppressions(frozenset(entered_at["canary"]), frozenset(entered_at["withheld"]))


def suppress_matches(determinations: pa.Table | None, record_ids: frozenset[str]) -> tuple[pa.Table | None, list[int]]:
    """Turn every match or review of these records into a non_match; return the table and the rows that changed."""
    if determinations is None or not record_ids:
        return determinations, []
    is_suppressed = pc.and_(
        pc.is_in(determinations["record_id"], pa.array(sorted(record_ids), pa.string())),
        pc.not_equal(determinations["outcome"], "non_match"),
    )
    rows = determinations.filter(is_suppressed)["row"].to_pylist()
    position = determinations.schema.get_field_index("outcome")
    outcome = pc.if_else(is_suppressed, "non_match", determinations["outcome"])
    return determinations.set_column(position, determinations.schema.field(position), outcome), [int(r) for r in rows]

"""What would be refused of a batch, in the words of the rules and of the law, and how to mend it. No record is read.

Guarantees: says rules, counts, row numbers and citations, never a value of a row; judges with the very rules that the
custodian applies, without its history (a repetition is the custodian's to see) and without the signature.
Start at `lint`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from comity import gates
from comity.law import Law
from comity.model.batch import Batch
from comity.model.finding import Finding
from comity.model.history import History

_SHOWN = 5
_NOT_THE_REQUESTERS = "r02_signature"


@dataclass(frozen=True, slots=True)
class RowsFound:
    """The rows that one rule refuses, or leaves open: how many, and the first of them by number in the file."""

    law: gates.Explained
    count: int
    first: tuple[int, ...]
    is_refused: bool


@dataclass(frozen=True, slots=True)
class Lint:
    """All that would stand in the way of a batch at one time."""

    rows: int
    at: datetime
    batch: tuple[tuple[Finding, gates.Explained | None], ...]
    by_rule: tuple[RowsFound, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing would be refused or held."""
        return not (self.batch or self.by_rule)


def lint(batch: Batch, *, law: Law, at: datetime) -> Lint:
    """Judge a batch as its requester can: by the rules, the law and the orders on file."""
    findings = gates.judge(batch, law=law, at=at, history=History())
    agreement = law.agreements.get(batch.manifest.agreement)
    known = {rule.id for rule in gates.REGISTER}

    def explained(rule: str, *, rows: bool) -> gates.Explained:
        return gates.explain_whole(rule, law=law, agreement=agreement, rows=rows)

    whole = [
        (f, explained(f.rule, rows=False) if f.rule in known else None)
        for f in findings.batch
        if f.stands_open and f.rule != _NOT_THE_REQUESTERS
    ]
    by_rule = []
    for bit, rule in enumerate(findings.rows.rules):
        for mask, is_refused in ((findings.rows.not_met, True), (findings.rows.undetermined, False)):
            where = np.flatnonzero(mask >> bit & 1)
            if len(where):
                first = tuple(int(row) + 1 for row in where[:_SHOWN])
                by_rule.append(RowsFound(explained(rule, rows=True), len(where), first, is_refused))
    return Lint(batch.rows, at, tuple(whole), tuple(by_rule))


def as_facts(found: Lint) -> dict[str, Any]:
    """The lint for programs."""
    return {
        "rows": found.rows,
        "as_of": found.at.isoformat(),
        "batch": [
            finding.as_facts() | {"law": list(law.quotations) if law else []} for finding, law in found.batch
        ],
        "rows_refused_by_rule": {one.law.rule: one.count for one in found.by_rule if one.is_refused},
        "rules": [
            {
                "rule": one.law.rule, "rows": one.count, "first_rows": list(one.first),
                "outcome": "NOT_MET" if one.is_refused else "UNDETERMINED", "citation": one.law.citation,
                "asks": one.law.asks, "refused": one.law.refuses if one.is_refused else one.law.leaves_open,
                "to_mend": one.law.passes, "law": list(one.law.quotations),
            }
            for one in found.by_rule
        ],
    }  # fmt: skip


def as_lines(found: Lint) -> list[str]:
    """The lint for a person."""
    lines = [f"{found.rows:,} requests." + (" Nothing would be refused." if found.is_clean else "")]
    for finding, law in found.batch:
        what = "held" if finding.orders or finding.outcome.name == "UNDETERMINED" else "refused whole"
        lines += ["", f"The batch would be {what}: {finding.rule} [{finding.citation}]", f"  {finding.message}"]
        lines += [f"  law      {words}" for words in (law.quotations if law else ())]
    for one in found.by_rule:
        rows = ", ".join(map(str, one.first)) + (", ..." if one.count > len(one.first) else "")
        what = "refused" if one.is_refused else "held, and the batch with them"
        lines += [
            "",
            f"{one.count:,} row(s) would be {what}: {one.law.rule} [{one.law.citation}]; row {rows}",
            f"  asks     {one.law.asks}",
            f"  refused  {one.law.refuses if one.is_refused else one.law.leaves_open}",
            f"  to mend  {one.law.passes}",
        ]
        lines += [f"  law      {words}" for words in one.law.quotations]
    return lines

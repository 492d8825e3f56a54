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

_MAX_ROWS_SHOWN = 5
_CUSTODIAN_ONLY_RULE = "r02_signature"


@dataclass(frozen=True, slots=True)
class RuleFailure:
    """The rows that one rule refuses, or leaves open: how many, and the first of them by number in the file."""

    explanation: gates.RuleExplanation
    row_count: int
    first_rows: tuple[int, ...]
    is_refused: bool


@dataclass(frozen=True, slots=True)
class LintReport:
    """All that would stand in the way of a batch at one time."""

    row_count: int
    judged_at: datetime
    batch_findings: tuple[tuple[Finding, gates.RuleExplanation | None], ...]
    rule_failures: tuple[RuleFailure, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing would be refused or held."""
        return not (self.batch_findings or self.rule_failures)


def lint_batch(batch: Batch, *, law: Law, at: datetime) -> LintReport:
    """Judge a batch as its requester can: by the rules, the law and the orders on file."""
    findings = gates.evaluate_gates(batch, law=law, at=at, history=History())
    agreement = law.agreements.get(batch.manifest.agreement)
    known = {rule.id for rule in gates.REGISTER}

    def explained(rule: str, *, rows: bool) -> gates.RuleExplanation:
        return gates.explain_rule(rule, law=law, agreement=agreement, rows=rows)

    whole = [
        (f, explained(f.rule, rows=False) if f.rule in known else None)
        for f in findings.batch_findings
        if f.is_blocking and f.rule != _CUSTODIAN_ONLY_RULE
    ]
    by_rule = []
    for bit, rule in enumerate(findings.row_findings.rules):
        for mask, is_refused in ((findings.row_findings.not_met, True), (findings.row_findings.undetermined, False)):
            where = np.flatnonzero(mask >> bit & 1)
            if len(where):
                first = tuple(int(row) + 1 for row in where[:_MAX_ROWS_SHOWN])
                by_rule.append(RuleFailure(explained(rule, rows=True), len(where), first, is_refused))
    return LintReport(batch.row_count, at, tuple(whole), tuple(by_rule))


def to_dict(found: LintReport) -> dict[str, Any]:
    """The lint for programs."""
    return {
        "rows": found.row_count,
        "as_of": found.judged_at.isoformat(),
        "batch": [
            finding.to_dict() | {"law": list(law.quotations) if law else []} for finding, law in found.batch_findings
        ],
        "rows_refused_by_rule": {one.explanation.rule: one.row_count for one in found.rule_failures if one.is_refused},
        "rules": [
            {
                "rule": one.explanation.rule, "rows": one.row_count, "first_rows": list(one.first_rows),
                "outcome": "NOT_MET" if one.is_refused else "UNDETERMINED", "citation": one.explanation.citation,
                "asks": one.explanation.requirement, "refused": one.explanation.not_met_when if one.is_refused else one.explanation.undetermined_when,
                "to_mend": one.explanation.met_when, "law": list(one.explanation.quotations),
            }
            for one in found.rule_failures
        ],
    }  # fmt: skip


def to_lines(found: LintReport) -> list[str]:
    """The lint for a person."""
    lines = [f"{found.row_count:,} requests." + (" Nothing would be refused." if found.is_clean else "")]
    for finding, law in found.batch_findings:
        what = "held" if finding.order_ids or finding.outcome.name == "UNDETERMINED" else "refused whole"
        lines += ["", f"The batch would be {what}: {finding.rule} [{finding.citation}]", f"  {finding.message}"]
        lines += [f"  law      {words}" for words in (law.quotations if law else ())]
    for one in found.rule_failures:
        rows = ", ".join(map(str, one.first_rows)) + (", ..." if one.row_count > len(one.first_rows) else "")
        what = "refused" if one.is_refused else "held, and the batch with them"
        lines += [
            "",
            f"{one.row_count:,} row(s) would be {what}: {one.explanation.rule} [{one.explanation.citation}]; row {rows}",
            f"  asks     {one.explanation.requirement}",
            f"  refused  {one.explanation.not_met_when if one.is_refused else one.explanation.undetermined_when}",
            f"  to mend  {one.explanation.met_when}",
        ]
        lines += [f"  law      {words}" for words in one.explanation.quotations]
    return lines

"""Report what the gates would refuse of a batch, in the words of the rules and of the law, and how to correct it.

Guarantees: names rules, counts, row numbers and citations, never a value of a row; applies the same rules as the
custodian, but without the history (only the custodian can see a repetition) and without the signature. Reads no record.
Start at `lint_batch`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from comity.gates.engine import evaluate_gates
from comity.gates.register import REGISTER
from comity.gates.rule_explanations import RuleExplanation, explain_rule
from comity.law import Law
from comity.model.batch import Batch
from comity.model.finding import Finding, Outcome
from comity.model.history import History

_MAX_ROWS_LISTED = 5
_CUSTODIAN_ONLY_RULE = "r02_signature"


@dataclass(frozen=True, slots=True)
class RuleFailure:
    """The rows that one rule refuses or leaves undetermined: how many, and the first ones by number in the file."""

    explanation: RuleExplanation
    row_count: int
    first_rows: tuple[int, ...]
    is_refused: bool

    @property
    def outcome(self) -> Outcome:
        """Return the outcome of these rows."""
        return Outcome.NOT_MET if self.is_refused else Outcome.UNDETERMINED

    @property
    def reason(self) -> str:
        """Return the rule's words for this outcome."""
        return self.explanation.not_met_when if self.is_refused else self.explanation.undetermined_when


@dataclass(frozen=True, slots=True)
class LintReport:
    """Everything that would stop a batch at one time."""

    row_count: int
    judged_at: datetime
    batch_findings: tuple[tuple[Finding, RuleExplanation | None], ...]
    rule_failures: tuple[RuleFailure, ...]

    @property
    def is_clean(self) -> bool:
        """Return whether nothing would be refused or held."""
        return not (self.batch_findings or self.rule_failures)


def lint_batch(batch: Batch, *, law: Law, at: datetime) -> LintReport:
    """Evaluate a batch as its requester can: by the rules, the law and the orders on file."""
    findings = evaluate_gates(batch, law=law, at=at, history=History())
    agreement = law.agreements.get(batch.manifest.agreement)
    rule_ids = {rule.id for rule in REGISTER}

    def explain(rule_id: str, *, rows: bool) -> RuleExplanation:
        return explain_rule(rule_id, law=law, agreement=agreement, rows=rows)

    batch_findings = [
        (finding, explain(finding.rule, rows=False) if finding.rule in rule_ids else None)
        for finding in findings.batch_findings
        if finding.is_blocking and finding.rule != _CUSTODIAN_ONLY_RULE
    ]
    rule_failures = []
    for bit, rule_id in enumerate(findings.row_findings.rules):
        for mask, is_refused in ((findings.row_findings.not_met, True), (findings.row_findings.undetermined, False)):
            rows = np.flatnonzero(mask >> bit & 1)
            if len(rows):
                first_rows = tuple(int(row) + 1 for row in rows[:_MAX_ROWS_LISTED])
                rule_failures.append(RuleFailure(explain(rule_id, rows=True), len(rows), first_rows, is_refused))
    return LintReport(batch.row_count, at, tuple(batch_findings), tuple(rule_failures))


def to_dict(report: LintReport) -> dict[str, Any]:
    """Return the report for programs."""
    return {
        "rows": report.row_count,
        "as_of": report.judged_at.isoformat(),
        "batch": [
            finding.to_dict() | {"law": list(explanation.quotations) if explanation else []}
            for finding, explanation in report.batch_findings
        ],
        "rows_refused_by_rule": {f.explanation.rule: f.row_count for f in report.rule_failures if f.is_refused},
        "rules": [
            {
                "rule": failure.explanation.rule,
                "rows": failure.row_count,
                "first_rows": list(failure.first_rows),
                "outcome": failure.outcome.name,
                "citation": failure.explanation.citation,
                "asks": failure.explanation.requirement,
                "refused": failure.reason,
                "to_mend": failure.explanation.met_when,
                "law": list(failure.explanation.quotations),
            }
            for failure in report.rule_failures
        ],
    }


def to_lines(report: LintReport) -> list[str]:
    """Return the report as lines for a person."""
    lines = [f"{report.row_count:,} requests." + (" Nothing would be refused." if report.is_clean else "")]
    for finding, explanation in report.batch_findings:
        is_held = finding.order_ids or finding.outcome is Outcome.UNDETERMINED
        effect = "held" if is_held else "refused whole"
        lines += ["", f"The batch would be {effect}: {finding.rule} [{finding.citation}]", f"  {finding.message}"]
        lines += _law_lines(explanation.quotations if explanation else ())
    for failure in report.rule_failures:
        explanation = failure.explanation
        row_numbers = ", ".join(map(str, failure.first_rows)) + _ellipsis(failure)
        source = f"{explanation.rule} [{explanation.citation}]"
        effect = "refused" if failure.is_refused else "held, and the batch with them"
        lines += [
            "",
            f"{failure.row_count:,} row(s) would be {effect}: {source}; row {row_numbers}",
            f"  asks     {explanation.requirement}",
            f"  refused  {failure.reason}",
            f"  to fix   {explanation.met_when}",
        ]
        lines += _law_lines(explanation.quotations)
    return lines


def _law_lines(quotations: Sequence[str]) -> list[str]:
    return [f"  law      {quotation}" for quotation in quotations]


def _ellipsis(failure: RuleFailure) -> str:
    return ", ..." if failure.row_count > len(failure.first_rows) else ""

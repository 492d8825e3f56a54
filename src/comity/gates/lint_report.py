"""Report all that would stop a batch, in the words of the rules and of the law, and how to correct it.

Guarantees: names rules, counts, row numbers and citations, never a value of a row; applies the same rules as the
custodian, but without the history (only the custodian can see a repetition) and without knowing whose key counts. Every
cause is named once, and what only follows from it is not (`lint_causes`). Reads no record.
Start at `lint_batch`; `lint_findings` has every row.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from comity.columns.buffers import Int64s, combine_chunks
from comity.columns.row_hashes import find_repeated_rows
from comity.gates.engine import NO_ROW_IS_MET, NO_ROW_MEETS, describe_rule_error, evaluate_gates
from comity.gates.lint_causes import UnreadValues, find_causes
from comity.gates.register import REGISTER
from comity.gates.rule_explanations import RuleExplanation, explain_rule
from comity.law import Agreement, Law
from comity.model.batch import Batch, UnreadableMemberError
from comity.model.fault import MANIFEST_FORM_RULE, OLD_LAYOUT_RULE, SIGNATURE_RULE, Fault
from comity.model.finding import Finding, Findings, Outcome
from comity.model.history import History
from comity.model.request_fields import ADDED_FIELDS, REQUEST_FIELDS

_MAX_ROWS_LISTED = 5
_PLAIN_ID = re.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,39}")
"""An id that a terminal shows as it is."""
_RULES = {rule.id: rule for rule in REGISTER}
_FORM_RULE, _AGREEMENT_RULE = "r13_file_form", "r10_agreement"
_MANIFEST_CITATION = "docs/spec/batch.md, 1 to 3"
_LEFT_OPEN = describe_rule_error(UnreadableMemberError.__name__)
REPEAT_RULE, REPEAT_FINDING = "repeated_row", "Another row of the batch asks the same as this one."
REPEAT_TO_DO = "Delete one of them, unless both are meant."
_FROM_ROWS = (NO_ROW_MEETS, NO_ROW_IS_MET)


@dataclass(frozen=True, slots=True, eq=False)
class RuleFailure:
    """The rows that one rule refuses or leaves undetermined, by number in the file; `column` is the one to correct.

    `refuses_batch` says that no row passes the rule, and that the whole batch is refused or held for it. `first_ids`
    are the request_ids of the first rows, by which an officer finds them in a table of her own; '' for no plain id.
    """

    explanation: RuleExplanation
    rows: Int64s
    is_refused: bool
    column: str
    refuses_batch: bool
    first_ids: tuple[str, ...]

    @property
    def row_count(self) -> int:
        """Return how many rows they are."""
        return len(self.rows)

    @property
    def first_rows(self) -> tuple[int, ...]:
        """Return the first of them."""
        return tuple(self.rows[:_MAX_ROWS_LISTED].tolist())

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
    """Everything that would stop a batch at one time.

    `faults` are those of reading it, and the first of `batch_findings` are about them, one each. `not_judged` says what
    could not be judged, and why. `repeats` are the first and the last row of rows that ask the
    same, which no rule refuses.
    """

    row_count: int
    judged_at: datetime
    batch_findings: tuple[tuple[Finding, RuleExplanation | None], ...]
    rule_failures: tuple[RuleFailure, ...]
    faults: tuple[Fault, ...] = ()
    not_judged: tuple[str, ...] = ()
    repeats: tuple[tuple[int, int], ...] = ()

    @property
    def is_clean(self) -> bool:
        """Return whether nothing would be refused or held."""
        return not (self.batch_findings or self.rule_failures)


def lint_batch(batch: Batch, *, law: Law, at: datetime) -> LintReport:
    """Evaluate a batch as its requester can: by the rules, the law and the orders on file."""
    agreement_id = vars(batch.manifest).get("agreement")
    agreement = None if agreement_id is None else law.agreements.get(agreement_id)
    faults = find_causes(_drop_unneeded_layout(batch.faults, agreement))
    unread = UnreadValues(faults, batch.row_count)
    findings = None if agreement_id is None else evaluate_gates(batch, law=law, at=at, history=History())

    def explain(rule_id: str, *, rows: bool) -> RuleExplanation:
        return explain_rule(rule_id, law=law, agreement=agreement, rows=rows)

    rule_failures: list[RuleFailure] = []
    blocking: list[Finding] = []
    open_rules: tuple[str, ...] = ()
    if findings is not None:
        blocking = [finding for finding in findings.batch_findings if finding.is_blocking]
        open_rules = tuple(finding.rule for finding in blocking if finding.message == _LEFT_OPEN)
        for rule_id, rows, is_refused in _list_row_failures(findings, unread):
            if not is_refused and (agreement is None or rule_id in open_rules):
                continue
            refuses_batch = any(f.rule == rule_id and f.message.startswith(_FROM_ROWS) for f in blocking)
            column = (*_RULES[rule_id].columns, "")[0]
            rule_failures.append(
                RuleFailure(
                    explain(rule_id, rows=True),
                    rows,
                    is_refused,
                    column,
                    refuses_batch=refuses_batch,
                    first_ids=_list_request_ids(batch.requests, rows[:_MAX_ROWS_LISTED]),
                )
            )
    own_findings = [
        (finding, explain(finding.rule, rows=False) if finding.rule in _RULES else None)
        for finding in blocking
        if _is_cause(finding, unread, agreement=agreement, is_manifest_read=not open_rules)
    ]
    fault_findings = [
        (_to_finding(fault), None if fault.rule == MANIFEST_FORM_RULE else explain(_rule_of(fault), rows=False))
        for fault in faults
    ]
    return LintReport(
        batch.row_count,
        at,
        (*fault_findings, *own_findings),
        tuple(rule_failures),
        faults,
        tuple(_describe_unjudged(agreement_id, agreement, open_rules, unread)),
        _find_repeats(batch.requests),
    )


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
                "first_request_ids": list(failure.first_ids),
                "column": failure.column,
                "outcome": failure.outcome.name,
                "refuses_batch": failure.refuses_batch,
                "citation": failure.explanation.citation,
                "asks": failure.explanation.requirement,
                "refused": failure.reason,
                "to_mend": failure.explanation.met_when,
                "law": list(failure.explanation.quotations),
            }
            for failure in report.rule_failures
        ],
        "repeats": [list(rows) for rows in report.repeats],
        "not_judged": list(report.not_judged),
    }


def to_lines(report: LintReport) -> list[str]:
    """Return the report as lines for a person."""
    quoted: set[str] = set()
    lines = [f"{report.row_count:,} requests." + (" Nothing would be refused." if report.is_clean else "")]
    for finding, explanation in report.batch_findings:
        is_held = finding.order_ids or finding.outcome is Outcome.UNDETERMINED
        effect = "held" if is_held else "refused whole"
        lines += ["", f"The batch would be {effect}: {finding.rule} [{finding.citation}]", f"  {finding.message}"]
        lines += _law_lines(explanation.quotations if explanation else (), quoted)
    for failure in report.rule_failures:
        explanation = failure.explanation
        named = zip(failure.first_rows, failure.first_ids, strict=True)
        row_numbers = ", ".join(f"{row} ({of_row})" if of_row else str(row) for row, of_row in named)
        row_numbers += _ellipsis(failure)
        source = f"{explanation.rule} [{explanation.citation}]"
        effect = "refused" if failure.is_refused else "held, and the batch with them"
        effect = "refused, and with them the whole batch" if failure.refuses_batch and failure.is_refused else effect
        lines += [
            "",
            f"{failure.row_count:,} row(s) would be {effect}: {source}; row {row_numbers}",
            f"  asks     {explanation.requirement}",
            f"  refused  {failure.reason}",
            f"  to fix   {explanation.met_when}",
        ]
        lines += _law_lines(explanation.quotations, quoted)
    lines += _repeat_lines(report.repeats)
    return lines + ([""] if report.not_judged else []) + [f"Not judged: {reason}" for reason in report.not_judged]


def _list_request_ids(requests: pa.Table, rows: Int64s) -> tuple[str, ...]:
    """Return the request_ids of some rows, numbered from 1; '' for one that is no plain id."""
    written = requests["request_id"].take(pa.array(rows - 1)).to_pylist()
    return tuple(text if text and _PLAIN_ID.fullmatch(text) else "" for text in written)


def _drop_unneeded_layout(faults: Sequence[Fault], agreement: Agreement | None) -> list[Fault]:
    """Return the faults without that of layout 1 where the agreement needs no column that layout 2 added."""
    is_needed = agreement is None or any(name in agreement.needs for name in ADDED_FIELDS)
    return [fault for fault in faults if is_needed or fault.rule != OLD_LAYOUT_RULE]


def _list_row_failures(findings: Findings, unread: UnreadValues) -> Iterator[tuple[str, Int64s, bool]]:
    """Yield each row rule that fails, the numbers of the rows in which it read what it judged, and whether refused."""
    for bit, rule_id in enumerate(findings.row_findings.rules):
        for mask, is_refused in ((findings.row_findings.not_met, True), (findings.row_findings.undetermined, False)):
            failed = (mask >> bit & 1).astype(np.bool_)
            if failed.any() and len(rows := np.flatnonzero(failed & ~unread.find_rows(_RULES[rule_id].columns))):
                yield rule_id, rows + 1, is_refused


def _is_cause(finding: Finding, unread: UnreadValues, *, agreement: Agreement | None, is_manifest_read: bool) -> bool:
    """Return whether a finding for the batch is about something that no other finding names."""
    if finding.rule in {SIGNATURE_RULE, _FORM_RULE} or finding.message == _LEFT_OPEN:
        return False  # each fault has a finding of its own
    if finding.message.startswith(_FROM_ROWS) or (finding.rule == "conflict" and not is_manifest_read):
        return False
    if agreement is None and finding.outcome is Outcome.UNDETERMINED and not finding.order_ids:
        return False
    columns = _RULES[finding.rule].columns if finding.rule in _RULES else ()
    return not unread.columns & set(columns)


def _rule_of(fault: Fault) -> str:
    """Return the rule that decides about a fault: that of the file's form, unless another is named."""
    return fault.rule if fault.rule in _RULES else _FORM_RULE


def _to_finding(fault: Fault) -> Finding:
    """Return the finding of one fault, with its column, its first rows, and what to do."""
    listed = ", ".join(map(str, fault.rows[:_MAX_ROWS_LISTED])) + (
        ", ..." if len(fault.rows) > _MAX_ROWS_LISTED else ""
    )
    total = max(fault.rows_total, len(fault.rows))
    where = [f"column {fault.columns[0]}"] if fault.rows and len(fault.columns) == 1 else []
    where += [f"rows {listed}; {total:,} in all"] if listed else []
    message = fault.message.rstrip(".") + (f" ({'; '.join(where)})" if where else "") + "."
    outcome = Outcome.UNDETERMINED if fault.undetermined else Outcome.NOT_MET
    if fault.rule == MANIFEST_FORM_RULE:
        return Finding(fault.rule, outcome, _MANIFEST_CITATION, f"{message} {fault.to_do}".strip())
    rule = _RULES[_rule_of(fault)]
    return Finding(rule.id, outcome, rule.citation, f"{message} {fault.to_do}".strip())


def _describe_unjudged(
    agreement_id: str | None, agreement: Agreement | None, open_rules: tuple[str, ...], unread: UnreadValues
) -> Iterator[str]:
    """Yield what could not be judged until a fault that is named is corrected."""
    if agreement_id is None:
        yield "every rule, because batch.json does not say in a readable way under which agreement it asks."
        return
    if agreement is None:
        yield "what an agreement decides, because the one that the batch names is not on file."
    if open_rules:
        yield f"{', '.join(open_rules)}, because of what cannot be read of batch.json."
    if skipped := [rule.id for rule in REGISTER if rule.rows and set(rule.columns) & unread.columns]:
        yield f"{', '.join(skipped)}, because of columns that cannot be read."


def _law_lines(quotations: Sequence[str], quoted: set[str]) -> list[str]:
    """Return the law in lines, each text once in a report: `quoted` are those before, and become these too."""
    lines = [
        f"  law      {quotation.partition(': ')[0]}, quoted above" if quotation in quoted else f"  law      {quotation}"
        for quotation in quotations
    ]
    quoted.update(quotations)
    return lines


def _repeat_lines(repeats: Sequence[tuple[int, int]]) -> list[str]:
    """Return, in lines, which rows ask the same, which no rule refuses."""
    listed = [f"rows {first} and {last}" for first, last in repeats[:_MAX_ROWS_LISTED]]
    more = ", ..." if len(repeats) > len(listed) else ""
    return ["", f"Not refused: the same is asked twice in {', '.join(listed)}{more}. {REPEAT_TO_DO}"] if listed else []


def _find_repeats(requests: pa.Table) -> tuple[tuple[int, int], ...]:
    """Return the first and the last row of each set of rows in which everything but the request id is the same."""
    names = [name for name in REQUEST_FIELDS if name != "request_id"]
    columns = {name: combine_chunks(requests.column(name)).cast(pa.string()) for name in names}
    suspects = find_repeated_rows(list(columns.values()))  # grouping all rows would take as long as judging them
    table = pa.table(columns).take(pa.array(suspects)).append_column("row", pa.array(suspects + 1))
    groups = table.group_by(names).aggregate([("row", "min"), ("row", "max")])
    pairs = zip(groups["row_min"].to_numpy().tolist(), groups["row_max"].to_numpy().tolist(), strict=True)
    return tuple(sorted((first, last) for first, last in pairs if first != last))


def _ellipsis(failure: RuleFailure) -> str:
    return ", ..." if failure.row_count > len(failure.first_rows) else ""

"""Write every finding of a lint as CSV: one line for each row and rule, with the column to correct and what to do.

Guarantees: no value of a row is written but its `request_id`, which is of letters, digits and `. _ : / -` alone; a row
without one is named as in the answers. Lines are in the order of the rows; what is about the batch as a whole comes
first, with no row.
Does not: hold the lines in memory; a batch of which every row has twenty findings has 25 million of them.
Start at `list_findings`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Int64s, combine_chunks
from comity.gates.lint_report import REPEAT_FINDING, REPEAT_RULE, REPEAT_TO_DO, LintReport
from comity.model.request_fields import REQUEST_FIELDS

FINDINGS_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("request_id", pa.string()),
        ("column", pa.string()),
        ("rule", pa.string()),
        ("finding", pa.string()),
        ("to_do", pa.string()),
    ]
)
_BATCH_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class _FindingKind:
    """What lines about several rows share."""

    column: str
    rule: str
    finding: str
    to_do: str


def list_findings(report: LintReport, requests: pa.Table) -> Iterator[pa.RecordBatch]:
    """Yield the findings (`FINDINGS_SCHEMA`), first those of the whole batch, then those of rows in their order."""
    kinds, rows = _list_row_kinds(report)
    whole = _list_batch_kinds(report)
    yield _make_lines(whole, np.arange(len(whole)), pa.nulls(len(whole), pa.int64()), pa.nulls(len(whole), pa.string()))
    lengths = [len(numbers) for numbers in rows]
    numbers = np.concatenate([np.zeros(0, dtype=np.int64), *rows])
    codes = np.repeat(np.arange(len(kinds)), lengths)
    order = np.argsort(numbers, kind="stable")
    ids = combine_chunks(requests.column("request_id"))
    for start in range(0, len(order), _BATCH_ROWS):
        chosen = order[start : start + _BATCH_ROWS]
        row = pa.array(numbers[chosen])
        row_ids = pc.binary_join_element_wise("row", pc.cast(row, pa.string()), ":")
        yield _make_lines(kinds, codes[chosen], row, pc.coalesce(ids.take(pc.subtract(row, 1)), row_ids))


def _list_row_kinds(report: LintReport) -> tuple[list[_FindingKind], list[Int64s]]:
    """Return each kind of finding about rows, and the numbers of its rows."""
    kinds, rows = [], []
    for fault in report.faults:
        if fault.rows:
            column = fault.columns[0] if len(fault.columns) == 1 else ""
            kinds.append(_FindingKind(column, fault.rule, fault.message, fault.to_do))
            rows.append(np.asarray(fault.rows, dtype=np.int64))
    if report.repeats:
        kinds.append(_FindingKind("", REPEAT_RULE, REPEAT_FINDING, REPEAT_TO_DO))
        rows.append(np.asarray(sorted({row for pair in report.repeats for row in pair}), dtype=np.int64))
    for failure in report.rule_failures:
        words = failure.explanation
        kinds.append(_FindingKind(failure.column, words.rule, failure.reason, words.met_when))
        rows.append(failure.rows)
    return kinds, rows


def _list_batch_kinds(report: LintReport) -> list[_FindingKind]:
    """Return each finding about the batch as a whole; the first findings of a report are those of its faults."""
    kinds = [
        _FindingKind(
            ";".join(fault.columns) if len(fault.columns) < len(REQUEST_FIELDS) else "",
            fault.rule,
            fault.message,
            fault.to_do,
        )
        for fault in report.faults
        if not fault.rows
    ]
    own_findings = report.batch_findings[len(report.faults) :]
    return kinds + [_FindingKind("", finding.rule, finding.message, "") for finding, _ in own_findings]


def _make_lines(
    kinds: list[_FindingKind], codes: npt.NDArray[np.int64], rows: pa.Array, request_ids: pa.Array
) -> pa.RecordBatch:
    """Return one line for each code, which is the number of its kind."""
    texts = [
        pa.array([getattr(kind, name) for kind in kinds], pa.string()).take(pa.array(codes, pa.int64()))
        for name in ("column", "rule", "finding", "to_do")
    ]
    return pa.RecordBatch.from_arrays([rows, request_ids, *texts], schema=FINDINGS_SCHEMA)

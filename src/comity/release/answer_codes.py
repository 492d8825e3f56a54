"""Answer codes: findings and determinations become one code per request.

Guarantees: every row of the batch has exactly one answer, in file order; a refusal overrides a match; reasons name
request-side rules and nothing else.
Basis: docs/spec/answers.md; promises 2, 3 and 7.
Start at `compose_answers`.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.model.answer import ANSWERS_SCHEMA, AnswerCode
from comity.model.batch import Batch
from comity.model.finding import Findings, RowFindings

RowMask = npt.NDArray[np.bool_]


def compose_answers(batch: Batch, findings: Findings, determinations: pa.Table | None) -> pa.Table:
    """Return the batch's answers (`ANSWERS_SCHEMA`); `determinations` is None when the whole batch is refused.

    A row whose `request_id` could not be read is answered as `row:N`, its place in the file.

    Raises:
        RuntimeError: a row that no rule refuses has no determination, or has more than one.
    """
    batch_rules = tuple(finding.rule for finding in findings.refusals)
    reasons = _reason_texts(findings.row_findings, batch_rules)
    refused = np.asarray(pc.not_equal(reasons, "").to_numpy(zero_copy_only=False), dtype=bool)
    confirmed = _confirmed_mask(batch, determinations, refused)
    codes = np.where(confirmed, AnswerCode.CONFIRMED.value, AnswerCode.NOT_CONFIRMED.value)
    codes = np.where(refused, AnswerCode.REFUSED.value, codes)
    return pa.Table.from_arrays(
        [batch.requests.column("row"), make_answer_ids(batch.requests), pa.array(codes, pa.string()), reasons],
        schema=ANSWERS_SCHEMA,
    )


def eligible_rows(findings: Findings) -> pa.Array:
    """Return which rows no rule refuses: the only ones that matching may see."""
    return pa.array((findings.row_findings.not_met == 0) & (not findings.refusals))


def make_answer_ids(requests: pa.Table) -> pa.Array:
    """Return each `request_id` as sent, or `row:N` where none could be read."""
    row_ids = pc.binary_join_element_wise("row", pc.cast(requests.column("row"), pa.string()), ":")
    return pc.coalesce(requests.column("request_id"), row_ids).combine_chunks()


def _confirmed_mask(batch: Batch, determinations: pa.Table | None, refused: RowMask) -> RowMask:
    confirmed = np.zeros(batch.row_count, dtype=bool)
    if determinations is None:
        if not refused.all():
            raise RuntimeError("A row that no rule refuses has no determination.")
        return confirmed
    rows = determinations.column("row").to_numpy() - 1
    if len(rows) != (~refused).sum() or len(np.unique(rows)) != len(rows) or refused[rows].any():
        raise RuntimeError("Determinations and eligible rows do not correspond one to one.")
    confirmed[rows] = pc.equal(determinations.column("outcome"), "match").to_numpy()
    return confirmed


def _reason_texts(rows: RowFindings, batch_rules: tuple[str, ...]) -> pa.Array:
    """Return the rules that refuse each row, joined by ';': batch rules first, then in register order.

    Few combinations occur, so each text is built once.
    """
    masks, codes = np.unique(rows.not_met, return_inverse=True)
    texts = [";".join(dict.fromkeys((*batch_rules, *rows.rules_in_mask(int(mask))))) for mask in masks]
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(texts, pa.string())).cast(
        pa.string()
    )

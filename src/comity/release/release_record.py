"""What the custodian keeps of a release: the answers with what they rest on, and the text of answers.json.

Guarantees: a refused row rests on nothing of a record; the document says nothing about any record.
Start at `columns` and `document`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.model.answer import ANSWERS_SCHEMA
from comity.model.batch import Batch
from comity.model.finding import Findings, Outcome
from comity.store.answers import AnswerColumns, to_list
from comity.store.batches import Release

ANSWERS_FORMAT = "comity-answers-1"
_CUSTODIAN_COLUMNS = (("outcome", pa.string()), ("match_probability", pa.float64()), ("record_id", pa.string()))


def build_answer_columns(table: pa.Table, determinations: pa.Table | None, *, salts: Sequence[bytes]) -> AnswerColumns:
    """The answers (`ANSWERS`) with the determination each rests on, for the control database."""
    inside = {name: pa.nulls(table.num_rows, kind) for name, kind in _CUSTODIAN_COLUMNS}
    if determinations is not None:
        positions = np.full(table.num_rows, -1, dtype=np.int64)
        positions[determinations.column("row").to_numpy() - 1] = np.arange(determinations.num_rows)
        chosen = pa.array(positions, mask=positions < 0)
        inside = {name: determinations.column(name).combine_chunks().take(chosen) for name, _ in _CUSTODIAN_COLUMNS}
    answered = {name: to_list(table.column(name)) for name in ("row", "request_id", "code", "reasons")}
    return AnswerColumns(salt=salts, **answered, **inside)


def build_answers_table(stored: Iterable[tuple[Sequence[Any], ...]]) -> pa.Table:
    """Stored answers (columns of some rows at a time, as `store.answers.said` has them) as `ANSWERS` again."""
    parts = [pa.table(list(columns), schema=ANSWERS_SCHEMA) for columns in stored]
    return pa.concat_tables(parts) if parts else ANSWERS_SCHEMA.empty_table()


def count_by_code(table: pa.Table) -> dict[str, int]:
    """How many answers of each code."""
    counted = pc.value_counts(table.column("code")).to_pylist()
    return {item["values"]: item["counts"] for item in sorted(counted, key=lambda item: str(item["values"]))}


def count_for_review(determinations: pa.Table | None) -> int:
    """How many requests the evidence left uncertain: not confirmed, and the custodian's to know (ADR 0004)."""
    if determinations is None:
        return 0
    return int(pc.sum(pc.equal(determinations.column("outcome"), "review")).as_py() or 0)


def build_answers_manifest(
    batch: Batch, findings: Findings, answered: Release, *, answered_at: datetime
) -> dict[str, Any]:
    """answers.json, but for the checkpoint, which exists only once the release is committed."""
    return {
        "format": ANSWERS_FORMAT,
        "batch_id": answered.batch_id,
        "requester": batch.manifest.requester,
        "agreement": answered.agreement,
        "rows": answered.row_count,
        "counts": dict(answered.counts),
        "findings": [
            finding.to_dict() for finding in findings.batch_findings if finding.outcome is not Outcome.NOT_APPLICABLE
        ],
        "orders_consulted": list(answered.order_ids),
        "law": answered.law_fingerprint,
        "batch_sha256": batch.manifest_sha256,
        "requests_sha256": batch.requests_sha256,
        "answers_sha256": answered.answers_sha256,
        "as_of": answered.as_of.isoformat(),
        "answered_at": answered_at.isoformat(),
        "rehearsal": answered.is_rehearsal,
        "known_as_of": None if answered.known_as_of is None else answered.known_as_of.isoformat(),
        "synthetic": batch.manifest.synthetic,
    }

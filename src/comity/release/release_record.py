"""The record of a release (`model.release.ReleaseRecord`), from the batch, its findings and its answers.

Guarantees: nothing in it but `review_count` depends on a record, and answers.json does not carry `review_count`. The
letter follows from the findings alone.
Start at `build_release_record`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.model.answer import AnswerCode
from comity.model.batch import Batch
from comity.model.finding import Findings, Outcome
from comity.model.letter import MissingElement
from comity.model.release import Release, ReleaseRecord, pack_rows
from comity.release.refusal_letter import build_letter

RowMask = npt.NDArray[np.bool_]


def count_by_code(table: pa.Table) -> dict[str, int]:
    """Return how many answers have each code, in order of code."""
    counts = pc.value_counts(table.column("code")).to_pylist()
    return {item["values"]: item["counts"] for item in sorted(counts, key=lambda item: str(item["values"]))}


def count_for_review(determinations: pa.Table | None) -> int:
    """Return how many requests the evidence left uncertain; only the custodian sees it (ADR 0004)."""
    if determinations is None:
        return 0
    return int(pc.sum(pc.equal(determinations.column("outcome"), "review")).as_py() or 0)


def build_release_record(  # noqa: PLR0913  each is a fact of the release
    batch: Batch,
    findings: Findings,
    release: Release,
    *,
    name_salt: bytes | None,
    answered_at: datetime,
    review_count: int,
    program_version: str,
    population: Mapping[str, str] | None,
    rule_digests: Mapping[str, str],
    rows_not_judged: Mapping[str, RowMask | None],
    missing: Sequence[MissingElement],
) -> ReleaseRecord:
    """Return what answers.json will say of a release; batch rules that did not apply are left out.

    `population` is the reference of the population profile that rows were weighed with; None if none was compared.
    `rows_not_judged` are the rules that judged anything, each with the rows that it did not judge. `missing` is what
    the letter to the requester names.
    """
    letter = build_letter(
        missing,
        refused=release.counts.get(AnswerCode.REFUSED, 0),
        rows=release.row_count,
        as_of=release.as_of,
        facts={
            "batch_id": batch.manifest.batch_id,
            "requester": batch.manifest.requester,
            "agreement": batch.manifest.agreement,
            "law": release.law_fingerprint,
            "synthetic": batch.manifest.synthetic,
            "rehearsal": release.is_rehearsal,
        },
    )
    return ReleaseRecord(
        batch_id=batch.manifest.batch_id,
        ledger_batch=release.batch_id,
        ledger_batch_salt=None if name_salt is None else name_salt.hex(),
        requester=batch.manifest.requester,
        agreement=batch.manifest.agreement,
        row_count=release.row_count,
        counts=release.counts,
        findings=tuple(f for f in findings.batch_findings if f.outcome is not Outcome.NOT_APPLICABLE),
        order_ids=release.order_ids,
        law_fingerprint=release.law_fingerprint,
        manifest_sha256=batch.manifest_sha256,
        requests_sha256=batch.requests_sha256,
        answers_sha256=release.answers_sha256,
        as_of=release.as_of,
        answered_at=answered_at,
        is_rehearsal=release.is_rehearsal,
        known_as_of=release.known_as_of,
        is_synthetic=batch.manifest.synthetic,
        review_count=review_count,
        letter=letter,
        program_version=program_version,
        population=population,
        rule_digests={rule: rule_digests[rule] for rule in rows_not_judged},
        skipped_rows={rule: pack_rows(rows) for rule, rows in rows_not_judged.items() if rows is not None},
    )

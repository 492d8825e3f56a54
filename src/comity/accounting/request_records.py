"""The record of every request, row by row: reason, date and outcome, in the order of the ledger.

It is for the custodian, the Joint Committee and the inspector; it names cases and request_ids, and no taxpayer.
`ReasonCounts` counts them by month and reason while they are written.

Basis: 26 USC 6103(p)(3)(A).
Start at `iter_request_records`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from comity.store import answers, batches, request_reasons
from comity.store.batches import StoredBatch
from comity.store.database import Snapshot

RECORD_FIELDS = (
    "entry",
    "batch_id",
    "row",
    "request_id",
    "requester",
    "agreement",
    "received_at",
    "answered_at",
    "tax_year",
    "statute",
    "element",
    "proceeding",
    "reason",
    "case_number",
    "officer_id",
    "outcome",
    "refused_by",
    "is_disclosure",
)


REASON_FIELDS = ("month", "requester", "agreement", "outcome", "reason", "requests")


class ReasonCounts:
    """How many requests of each month (of receipt, UTC) and agreement came out how, and which rules refused them.

    A request that several rules refused is counted under each of them.
    """

    def __init__(self) -> None:
        """Start at zero."""
        self._counts: Counter[tuple[str, ...]] = Counter()

    def count(self, records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield the records as they come, and count each."""
        for record in records:
            shared = (record["received_at"][: len("2025-08")], record["requester"], record["agreement"])
            for reason in record["refused_by"].split(";"):
                self._counts[(*shared, record["outcome"], reason)] += 1
            yield record

    def to_rows(self) -> list[dict[str, Any]]:
        """Return the counts (`REASON_FIELDS`), sorted."""
        return [dict(zip(REASON_FIELDS, (*key, n), strict=True)) for key, n in sorted(self._counts.items())]


def iter_request_records(tx: Snapshot, year: int) -> Iterator[dict[str, Any]]:
    """Yield every request received in a year (UTC); one that waits has the outcome `held` or `received`."""
    for batch in batches.list_batches(tx):
        if batch.received_at.year == year:
            yield from _iter_batch_records(tx, batch)


def _iter_batch_records(tx: Snapshot, batch: StoredBatch) -> Iterator[dict[str, Any]]:
    reasons = (row for table in request_reasons.stream_reasons(tx, batch.batch_id) for row in table.to_pylist())
    stored_answers = answers.stream_by_batch(tx, batch.batch_id)
    for number in range(1, batch.rows + 1):
        reason: dict[str, Any] = next(reasons, {})
        answer = next(stored_answers, None)
        code = batch.status if answer is None else (answer.code or answers.ERASED_CODE)
        is_disclosure = code in {"CONFIRMED", "NOT_CONFIRMED"} and not batch.rehearsal
        yield {
            "entry": "" if answer is None else answer.entry,
            "batch_id": batch.display_id,
            "row": number,
            "request_id": "" if answer is None else answer.request_id or "",
            "requester": batch.requester,
            "agreement": batch.agreement,
            "received_at": batch.received_at.isoformat(),
            "answered_at": "" if batch.answered_at is None else batch.answered_at.isoformat(),
            **{name: reason.get(name) or "" for name in request_reasons.REASON_COLUMNS if name != "row"},
            "outcome": f"rehearsal: {code}" if batch.rehearsal else code,
            "refused_by": "" if answer is None else answer.reasons or "",
            "is_disclosure": is_disclosure,
        }

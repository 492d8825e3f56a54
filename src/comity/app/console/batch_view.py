"""Say what the pages of batches show: every batch, and one with its way from received to answered.

Guarantees: rows and rules are counted; no row's text, no answer about anybody and no count of confirmations is shown:
in a batch of one row, a count is the answer.
Start at `describe_batch`.
"""

from collections import Counter
from datetime import datetime
from typing import Any

from comity.app import bootstrap
from comity.app.use_cases.service_readiness import Service
from comity.errors import ServiceError
from comity.law import Law
from comity.model.answer import AnswerCode
from comity.store import answers, batches
from comity.store.batches import ANSWERED, HELD, StoredBatch
from comity.store.database import Snapshot
from comity.store.desk import uploads
from comity.store.desk.uploads import Upload

MAX_LISTED = 200
_UPLOAD_STATES = (uploads.RECEIVING, uploads.RECEIVED, uploads.FAILED)


def describe_batches(service: Service) -> dict[str, Any]:
    """Return the newest batches with their states, as plain data."""
    with service.store.read() as tx:
        stored = batches.list_batches(tx)
    with service.desk.read() as connection:
        sent = uploads.list_in_state(connection, *_UPLOAD_STATES)
    known = {(one.requester, one.display_id) for one in stored}
    under_way = [_describe_upload(one) for one in sent if (one.requester, one.batch_id) not in known]
    listed = [*reversed(under_way), *(_describe_stored(one) for one in reversed(stored))]
    return {
        "batches": listed[:MAX_LISTED],
        "count": len(listed),
        "counts": {
            state: sum(one["state"] == state for one in listed) for state in sorted({o["state"] for o in listed})
        },
    }


def describe_batch(service: Service, name: str, *, at: datetime) -> dict[str, Any]:
    """Return one batch and its flow, as plain data; `name` is the ledger's. Raises ServiceError `not_found`."""
    with service.store.read() as tx:
        batch = batches.get(tx, name)
        if batch is None:
            raise ServiceError("not_found", "There is no batch of that name.", "See the list of batches.")
        record = batch.read_release_record()
        refused = _count_refused(tx, batch)
    findings = [] if record is None else [one.to_dict() for one in record.findings]
    refused_rows = 0 if record is None else record.counts.get(AnswerCode.REFUSED, 0)
    return _describe_stored(batch) | {
        "agreement": batch.agreement,
        "orders": list(batch.orders or ()),
        "law": batch.law_fingerprint,
        "index": batch.index_fingerprint,
        "model": batch.model_fingerprint,
        "manifest_sha256": batch.manifest_sha256,
        "release_entry": batch.release_entry,
        "flow": _describe_flow(batch, refused_rows),
        "refused": refused,
        "holds": _list_holds(bootstrap.read_law(service.store), batch, at),
        "findings": [one for one in findings if one["outcome"] != "MET"],
        "met": sum(one["outcome"] == "MET" for one in findings),
    }


def _describe_stored(batch: StoredBatch) -> dict[str, Any]:
    return {
        "name": batch.batch_id,
        "batch_id": batch.display_id,
        "requester": batch.requester,
        "state": batch.status,
        "rows": batch.rows,
        "received_at": format_time(batch.received_at),
        "judged_at": format_time(batch.as_of),
        "answered_at": None if batch.answered_at is None else format_time(batch.answered_at),
    }


def _describe_upload(upload: Upload) -> dict[str, Any]:
    return {
        "name": None,
        "batch_id": upload.batch_id,
        "requester": upload.requester,
        "state": upload.state,
        "rows": None,
        "received_at": None,
        "judged_at": None,
        "answered_at": None,
    }


def _describe_flow(batch: StoredBatch, refused: int) -> list[dict[str, Any]]:
    """Return the steps of a batch: what happened in each, to how many rows, when; a step that waits has no time."""
    is_answered, is_judged = batch.status == ANSWERED, batch.status in {HELD, ANSWERED}
    was_compared = is_answered and batch.index_fingerprint is not None
    compared = batch.rows - refused if was_compared else 0
    at, answered_at = format_time(batch.as_of), None if batch.answered_at is None else format_time(batch.answered_at)
    judged = {HELD: "held: a rule cannot be decided yet", ANSWERED: "judged by every rule"}.get(batch.status, "waits")
    return [
        {"step": "received", "what": "signed and read", "rows": batch.rows, "at": format_time(batch.received_at)},
        {"step": "judged", "what": judged, "rows": batch.rows if is_judged else None, "at": at if is_judged else None},
        {
            "step": "refused",
            "what": "by rule, no record read",
            "rows": refused if is_answered else None,
            "at": answered_at,
        },
        {"step": "compared", "what": "with records", "rows": compared if is_answered else None, "at": answered_at},
        {"step": "answered", "what": "each row once", "rows": batch.rows if is_answered else None, "at": answered_at},
    ]


def _count_refused(tx: Snapshot, batch: StoredBatch) -> list[dict[str, Any]]:
    """Return how many rows each rule refused; a row counts under each of its rules."""
    counts = Counter[str]()
    for rules, rows in answers.count_refused_reasons(tx, batch.batch_id).items():
        counts.update(dict.fromkeys(rules.split(";"), rows))
    return [{"rule": rule, "rows": rows} for rule, rows in counts.most_common()]


def _list_holds(law: Law, batch: StoredBatch, at: datetime) -> list[str]:
    """Return what holds a batch that is not answered, in words; a rule that cannot be decided may hold it, too."""
    if batch.status == ANSWERED:
        return []
    holds = ["Somebody stopped everything."] if law.stops else []
    if batch.agreement in law.suspended:
        holds.append(f"The agreement {batch.agreement} is suspended.")
    if batch.agreement not in law.agreements:
        return [*holds, f"No agreement {batch.agreement} is on file."]
    return [*holds, *(f"Court order {one.id} is in force." for one in law.find_orders_in_force(at, batch.agreement))]


def format_time(at: datetime) -> str:
    """Return a time as pages show it: to the second, with its zone."""
    return at.isoformat(sep=" ", timespec="seconds").replace("+00:00", " UTC")

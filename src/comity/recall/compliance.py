"""Compliance with a recall: who acknowledged, who certified destruction, and what is overdue.

Guarantees: an acknowledgement or certificate counts for the recall entries before it, never for a later one. The same
document sent twice is one entry. A signature that is given must be by a key registered for the recipient. A certificate
of destruction is signed so, and filed by two persons; none is owed while a court order forbids deleting.
Start at `record_acknowledgement`, `record_certificate` and `list_obligations`.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from comity.errors import ComityError
from comity.law import Law, apply_filings
from comity.ledger import events
from comity.ledger.filed import read_filings, read_register
from comity.model.filing import Act
from comity.recall.selection import find_preserving_orders
from comity.signing import Ed25519Key, authenticate_signer
from comity.store import batches, openings
from comity.store.database import Snapshot, Store, Transaction
from comity.store.openings import Opening
from comity.store.recalls import Demand, list_demands

ReplyKind = Literal["acknowledgement", "destruction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallObligation:
    """What one recipient owes for one recall entry; dates in ISO form, '' where nothing is owed or has come.

    `preserved_by` are the orders that forbid deleting now. While there are any, no certificate of destruction is owed;
    where the notice says otherwise, `notice` is overdue: choosing the recall again writes one that says it.
    """

    recall: str
    entry: int
    recipient: str
    batches: int
    answers: int
    acknowledge_by: str
    acknowledged_on: str
    certify_by: str
    certified_on: str
    preserved_by: tuple[str, ...]
    overdue: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the same as plain data."""
        return asdict(self) | {"preserved_by": list(self.preserved_by), "overdue": list(self.overdue)}


def record_acknowledgement(  # noqa: PLR0913  each is a fact of the entry
    store: Store,
    *,
    recall: str,
    recipient: str,
    document: bytes,
    signature: str | None,
    keys: Mapping[str, Ed25519Key],
    at: datetime,
) -> int:
    """Record that a recipient has the notice; return the index of its entry, which commits to the document's hash.

    Args:
        store: the control database.
        recall: the recall's id.
        recipient: as the notice names it.
        document: the paper or file, which the custodian keeps elsewhere.
        signature: a detached JWS over it, if it has one.
        keys: the keys registered for the recipient.
        at: when the reply came.

    Raises:
        ComityError: `bad_argument` when that recipient is not one of the recall.
        RequestError: the signature does not verify.
    """
    signer = None if signature is None else authenticate_signer(document, signature.strip(), keys)
    with store.begin() as tx:
        _verify_recipient(openings.list_by_kind(tx, "recall", about=recall), recipient)
        digest = hashlib.sha256(document).hexdigest()
        content = {"recall": recall, "recipient": recipient, "document_sha256": digest, "signer": signer}
        return _record(tx, "acknowledgement", recall, content, at=at)


def _verify_recipient(entries: tuple[Opening, ...], recipient: str) -> None:
    if recipient not in {item["recipient"] for opening in entries for item in opening.parsed_content["batches"]}:
        raise ComityError("bad_argument", "That recipient has no notice of that recall.", "See: comity recall list")


def _record(tx: Transaction, kind: ReplyKind, recall: str, content: Mapping[str, Any], *, at: datetime) -> int:
    """Record a reply, unless the same came since the recall's last entry."""
    last = openings.list_by_kind(tx, "recall", about=recall)[-1].entry
    for opening in openings.list_by_kind(tx, kind, about=recall):
        if opening.parsed_content == content and opening.entry > last:
            return opening.entry
    return events.record_committed_entry(tx, kind, about=recall, public={"recall": recall}, content=content, at=at)


def verify_certificate(  # noqa: PLR0913  each is a part of the certificate
    tx: Snapshot, *, recall: str, recipient: str, document: bytes, signature: str | None, keys: Mapping[str, Ed25519Key]
) -> dict[str, str]:
    """Return a certificate of destruction as two persons file it, once its signature is a key's of the recipient.

    Raises:
        ComityError: `bad_argument` when it is not signed, or that recipient is not one of the recall.
        RequestError: the signature does not verify.
    """
    _verify_recipient(openings.list_by_kind(tx, "recall", about=recall), recipient)
    if signature is None:
        message = "A certificate of destruction is signed by a registered key of the recipient, and this one is not."
        raise ComityError("bad_argument", message, "Put its signature beside it (.jws).")
    signer = authenticate_signer(document, signature.strip(), keys)
    digest = hashlib.sha256(document).hexdigest()
    return {"recall": recall, "recipient": recipient, "document_sha256": digest, "signer": signer}


def record_certificate(store: Store, number: int, *, at: datetime) -> int:
    """Record the certificate of destruction that two persons filed; return the index of its entry.

    Raises:
        PolicyError: `filing_missing` unless two persons filed it, read in the transaction that records it.
    """
    with store.begin() as tx:
        filed = read_register(tx).get_in_force(number, Act.DESTRUCTION).content
        return _record(tx, "destruction", filed.recall, filed.model_dump(mode="json"), at=at)


def list_obligations(tx: Snapshot, law: Law, *, at: datetime) -> tuple[RecallObligation, ...]:
    """Return what every recipient of every recall owes at a time, in ledger order.

    Args:
        tx: the control database.
        law: as shipped, without filings.
        at: the time, whose day (UTC) decides what is overdue.
    """
    replies = openings.list_by_kind(tx, "acknowledgement", "destruction")
    law_on_file, demands = apply_filings(law, read_filings(tx)), list_demands(tx)
    return tuple(
        obligation
        for opening in openings.list_by_kind(tx, "recall")
        for obligation in _iter_entry_obligations(tx, opening, demands, replies, law_on_file, at)
    )


def _iter_entry_obligations(  # noqa: PLR0913, PLR0917  each decides what is owed
    tx: Snapshot,
    opening: Opening,
    demands: Sequence[Demand],
    replies: tuple[Opening, ...],
    law: Law,
    at: datetime,
) -> Iterator[RecallObligation]:
    content, today = opening.parsed_content, at.date().isoformat()
    lasting = {
        demand.batch_id: demand for demand in demands if (demand.entry, demand.ended_by) == (opening.entry, None)
    }
    for recipient in sorted({demand.recipient for demand in lasting.values()}):
        own = [demand for demand in lasting.values() if demand.recipient == recipient]
        items = [item for item in content["batches"] if item["batch"] in {demand.batch_id for demand in own}]
        orders = {demand.batch_id: _find_orders(tx, law, demand, at) for demand in own if demand.asks_back}
        is_destroyed = any(demand.destroys and not orders[demand.batch_id] for demand in own)
        acknowledged_on, certified_on = (
            next(
                (
                    reply.recorded_at.date().isoformat()
                    for reply in replies
                    if _is_reply_to(reply, kind, opening, recipient)
                ),
                "",
            )
            for kind in ("acknowledgement", "destruction")
        )
        has_changed = any(
            orders[demand.batch_id] != demand.preserved_by and not (demand.destroys and certified_on)
            for demand in own
            if demand.asks_back
        )
        certify_by = content["certify_by"] if is_destroyed else ""
        is_overdue = {
            "acknowledgement": not acknowledged_on and not certified_on and content["acknowledge_by"] < today,
            "destruction": bool(certify_by) and not certified_on and certify_by < today,
            "notice": has_changed,
        }
        yield RecallObligation(
            recall=opening.about,
            entry=opening.entry,
            recipient=recipient,
            batches=len(items),
            answers=sum(item["rows"] for item in items),
            acknowledge_by=content["acknowledge_by"],
            acknowledged_on=acknowledged_on,
            certify_by=certify_by,
            certified_on=certified_on,
            preserved_by=tuple(sorted({order for found in orders.values() for order in found})),
            overdue=tuple(kind for kind, overdue in is_overdue.items() if overdue),
        )


def _find_orders(tx: Snapshot, law: Law, demand: Demand, at: datetime) -> tuple[str, ...]:
    """Return the orders that forbid deleting the answers of a batch now."""
    batch = batches.get(tx, demand.batch_id)
    return () if batch is None else find_preserving_orders(law, batch.agreement, at)


def _is_reply_to(reply: Opening, kind: str, opening: Opening, recipient: str) -> bool:
    return (
        reply.kind == kind
        and reply.about == opening.about
        and reply.entry > opening.entry
        and reply.parsed_content["recipient"] == recipient
    )

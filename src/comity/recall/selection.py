"""What is recalled: the answered batches that were based on something, and in them the rows.

Guarantees: criteria are joined by "and", and at least one is given. An order that prohibits nothing recalls nothing;
any other recalls what was answered while it was in force for the batch's agreement and, if it covers data already
disclosed and is in force now, what was answered before.
While an order forbids deleting, answers are to be sequestered and not destroyed; when such an order comes or goes, the
same recall has another entry, which says so.
Answers given after a record was looked for are asked back, with a rule only those that it judged; requests that the
rule at fault refused may be asked again. A release from before releases named their rules is taken to have been judged
by every rule, and matches no digest and no version.
Start at `issue_recall`.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from comity.errors import ComityError
from comity.law import Law
from comity.law.court_filings import apply_filings
from comity.law.court_order import ProhibitedAct
from comity.ledger import events, leaf
from comity.ledger.filed import read_filings
from comity.store import batches, openings
from comity.store.batches import ANSWERED, StoredBatch
from comity.store.database import Snapshot, Store
from comity.store.openings import Opening
from comity.store.recalls import DESTROY, SEQUESTER, Demand, iter_affected_rows, list_demands
from comity.store.timestamps import format_timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallCriteria:
    """What the recalled answers were based on; '' or None where it does not matter.

    `law`, `model` and `index` are fingerprints as releases name them; `rule` and `order` are ids; `rule_digest` is the
    digest of the rule's code, `program` the version of Comity; times are aware.
    """

    law: str = ""
    rule: str = ""
    rule_digest: str = ""
    program: str = ""
    model: str = ""
    index: str = ""
    order: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def to_dict(self) -> dict[str, str]:
        """Return the criteria that are given, as text."""
        texts = {
            name: format_timestamp(value) if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }
        return {name: str(value) for name, value in texts.items() if value}

    @property
    def recall_id(self) -> str:
        """Return the recall's name: the same for the same criteria."""
        return "recall-" + hashlib.sha256(leaf.canonicalize_json(self.to_dict())).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Recall:
    """A recall: its entries, oldest first, and whether the last one was added just now."""

    recall_id: str
    entries: tuple[Opening, ...]
    is_new: bool


def issue_recall(  # noqa: PLR0913  each is a fact of the entry
    store: Store,
    law: Law,
    criteria: RecallCriteria,
    *,
    reason: str,
    acknowledge_by: date,
    certify_by: date,
    at: datetime,
) -> Recall:
    """Recall every answer that fits the criteria.

    Args:
        store: the control database.
        law: for the order's reach.
        criteria: what the answers were based on.
        reason: why, in the custodian's words; the notice quotes it, so it must not hold personal data.
        acknowledge_by: until when a recipient must acknowledge the notice.
        certify_by: until when it must certify destruction.
        at: the time of the recall.

    Raises:
        ComityError: `bad_argument` when nothing is named, no such order is on file, or no answer fits.
    """
    if criteria.rule_digest and not criteria.rule:
        raise ComityError("bad_argument", "A rule's digest is one of a rule's wording.", "Name the rule too: --rule")
    if not criteria.to_dict() or not reason.strip() or not reason.isprintable() or len(reason) > 1000:
        raise ComityError("bad_argument", "A recall needs a reason in one line, and what the answers rested on.")
    if not at.date() <= acknowledge_by <= certify_by:
        raise ComityError("bad_argument", "A recall's dates must not have passed, and the certificate is due last.")
    name = criteria.recall_id
    with store.begin() as tx:
        earlier = openings.list_by_kind(tx, "recall", about=name)
        law_on_file = apply_filings(law, read_filings(tx), known_as_of=None)  # orders entered at run time too
        matching = _iter_matching_batches(tx, law_on_file, criteria, at)
        demanded = {one.batch_id: one for one in list_demands(tx) if one.recall == name}
        found = [
            _batch_item(tx, batch, criteria, find_preserving_orders(law_on_file, batch.agreement, at))
            for batch in _add_recalled(tx, matching, demanded)
        ]
        items = [item for item in found if item["rows"] and _is_new_demand(tx, item, demanded.get(item["batch"]))]
        if not items and not earlier:
            raise ComityError("bad_argument", "No answer on file rested on that.", "Look at: comity accounting report")
        if not items:
            return Recall(name, earlier, is_new=False)
        content = {
            "recall": name,
            "criteria": criteria.to_dict(),
            "reason": reason,
            "batches": items,
            "acknowledge_by": acknowledge_by.isoformat(),
            "certify_by": certify_by.isoformat(),
        }
        events.record_committed_entry(tx, "recall", about=name, public={"recall": name}, content=content, at=at)
        return Recall(name, openings.list_by_kind(tx, "recall", about=name), is_new=True)


def find_preserving_orders(law: Law, agreement: str, at: datetime) -> tuple[str, ...]:
    """Return the orders that forbid deleting what was received under an agreement, by a law with all filings."""
    return tuple(order.id for order in law.find_orders_in_force(at, agreement, ProhibitedAct.DELETE))


def _add_recalled(
    tx: Snapshot, matching: Iterable[StoredBatch], demanded: Mapping[str, Demand]
) -> Iterator[StoredBatch]:
    """Yield the batches that match, then those recalled before, whatever has become of the order that recalled them."""
    found = {batch.batch_id: batch for batch in matching}
    yield from found.values()
    yield from (batch for name in demanded.keys() - found if (batch := batches.get(tx, name)) is not None)


def _is_new_demand(tx: Snapshot, item: Mapping[str, Any], demand: Demand | None) -> bool:
    """Return whether nothing was demanded of a batch, or something else: answers certified as destroyed are gone."""
    if demand is None:
        return True
    if not demand.asks_back or tuple(item.get("preserved_by", ())) == demand.preserved_by:
        return False
    certificates = openings.list_by_kind(tx, "destruction", about=demand.recall)
    return not demand.destroys or not any(
        one.parsed_content["recipient"] == demand.recipient and demand.lasts_at(one.entry) for one in certificates
    )


def _iter_matching_batches(tx: Snapshot, law: Law, criteria: RecallCriteria, at: datetime) -> Iterator[StoredBatch]:
    order = law.orders.get(criteria.order)
    if criteria.order and (order is None or order.is_denial_or_opinion):
        raise ComityError("bad_argument", "No order of that id on file prohibits anything.", "See: comity orders list")
    for batch in batches.list_batches(tx):
        if batch.status != ANSWERED or batch.answered_at is None:
            continue
        judged_at = batch.as_of if batch.rehearsal else batch.answered_at
        fits = (
            (not criteria.law or batch.law_fingerprint == criteria.law)
            and (not criteria.model or batch.model_fingerprint == criteria.model)
            and (not criteria.index or batch.index_fingerprint == criteria.index)
            and (criteria.since is None or criteria.since <= batch.answered_at)
            and (criteria.until is None or batch.answered_at < criteria.until)
        )
        is_in_reach = order is None or any(
            order in law.find_orders_in_force(time, batch.agreement)
            for time in (judged_at, *([at] if order.covers_data_already_disclosed else []))
        )
        if fits and is_in_reach and _is_judged_by(batch, criteria):
            yield batch


def _is_judged_by(batch: StoredBatch, criteria: RecallCriteria) -> bool:
    """Return whether a batch was judged by the program and by the wording of the rule that are named."""
    if not (criteria.rule_digest or criteria.program):
        return True
    record = batch.read_release_record()
    if record is None or not record.names_rules:
        return False
    has_digest = not criteria.rule_digest or record.rule_digests.get(criteria.rule) == criteria.rule_digest
    return has_digest and criteria.program in {"", record.program_version}


def _batch_item(
    tx: Snapshot, batch: StoredBatch, criteria: RecallCriteria, preserved_by: tuple[str, ...]
) -> dict[str, Any]:
    """Return one batch as the entry commits to it: recipient, date of answer, and a hash over the rows."""
    digest, rows, destroy = hashlib.sha256(), 0, False
    for row, request_id, action in iter_affected_rows(tx, batch.batch_id, criteria.rule):
        demand = SEQUESTER if preserved_by and action == DESTROY else action
        digest.update(leaf.canonicalize_json([row, request_id, demand]))
        rows += 1
        destroy = destroy or action == DESTROY
    item = {
        "batch": batch.batch_id,
        "recipient": batch.requester,
        "answered_at": format_timestamp(batch.answered_at or batch.as_of),
        "release_entry": batch.release_entry,
        "rows": rows,
        "rows_sha256": digest.hexdigest(),
        "destroy": destroy,
    }
    return item | ({"preserved_by": list(preserved_by)} if destroy and preserved_by else {})

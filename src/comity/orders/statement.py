"""Make and check a statement for the court about one order: what it stopped, who was served, what was still released.

Guarantees: every figure is counted from ledger entries under one signed checkpoint, which the statement names together
with the entries; anyone with the published ledger can count again (`check_statement`); anyone with the statement's
receipts alone can check what it shows, but not that nothing is left out.
Does not: say whether the custodian complied; that is for the court. Rehearsals are counted separately (ADR 0005).
Basis: docs/law-notes.md section 6 ("compliance evidence"); ADR 0012; docs/spec/statement.md.
Start at `make_statement`.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from comity.errors import ComityError, LedgerError
from comity.law.corpus import Law
from comity.law.court_filings import apply_filings
from comity.law.court_order import CourtOrder, ServiceRecord
from comity.law.filing_register import replay_filings
from comity.ledger import log
from comity.ledger.filed import read_filings
from comity.ledger.leaf import canonicalize_json, compute_commitment, filing_payload
from comity.model.filing import Act, Filing, FilingStep
from comity.orders.batch_kinds import ANY_BATCH, find_orders_of_kind, iterate_kinds
from comity.signing import extract_embedded_key, key_thumbprint
from comity.store import entries
from comity.store.database import Snapshot, Store
from comity.store.timestamps import format_timestamp
from comity.tlog.checkpoint import Checkpoint, open_checkpoint
from comity.tlog.merkle import TILE_WIDTH, Frontier, hash_leaves
from comity.tlog.note import Verifier
from comity.tlog.proof import open_receipt
from comity.tlog.tiles import ENTRIES_LEVEL, read_tile, unpack_bundle

STATEMENT_FORMAT = "comity-order-statement-3"
_ANSWER_MARKER = b'"kind":"answer"'  # in no other leaf: within a JSON string its quotes are escaped
_EVERY_KIND = "of every kind, by the statutes that the agreement rests on"
_HOLD_MEMBERS = ("batch", "agreement", "as_of", "known_as_of", "law", "orders")
_RELEASE_MEMBERS = ("batch", "agreement", "as_of", "known_as_of", "law", "rows")

IndexedLeaves = Iterable[tuple[int, bytes]]
"""Entries with their indices."""

Periods = dict[str, list[dict[str, str | None]]]
"""By agreement that an order reaches, the periods (`from`, `to`) in which it is in force there; '' stands for an
agreement that is on no file. `to` is None while no end is on file."""

OpenParts = dict[str, list[dict[str, str | None]]]
"""By agreement, the times (`from`, `to`) at which the order stopped batches in general, but not those of a kind
(`batches`, in words): a part of it was suspended or ended, or it is limited to another part."""

OrderEntries = dict[str, list[dict[str, Any]]]
"""What the ledger says of an order: five lists of items, each with its entry (docs/spec/statement.md)."""


# Make a statement.


def make_statement(  # noqa: PLR0913  each is a part of the statement
    store: Store, order_id: str, *, law: Law, checkpoint: str, verifiers: Sequence[Verifier], version: str, at: datetime
) -> tuple[dict[str, Any], dict[int, str]]:
    """Return the statement about an order, and the receipt of every entry that it names.

    Args:
        store: the control database.
        order_id: an order on file, entered or shipped.
        law: as shipped, without filings.
        checkpoint: the signed head up to which entries are counted.
        verifiers: the log's keys.
        version: of Comity.
        at: when it is stated.

    Raises:
        ComityError: `order_unknown` when no such order is on file.
    """
    head = open_checkpoint(checkpoint, verifiers[0].name, verifiers)
    with store.read() as tx:
        filed = read_filings(tx)
        law_on_file = apply_filings(law, filed)
        order = _get_order(law_on_file, order_id)
        periods, open_parts = list_periods(law_on_file, order), list_open_parts(law_on_file, order)
        order_entries = collect_order_entries(_read_stored_leaves(tx, head.size), order, periods, open_parts)
    filings_by_entry = {filing.entry: _filing_with_opening(filing) for filing in filed if _is_about(filing, order_id)}
    document = {
        "format": STATEMENT_FORMAT,
        "stated_at": format_timestamp(at),
        "order": order.model_dump(mode="json"),
        "pending": order_id in law_on_file.pending,
        "in_force": law_on_file.is_in_force(order_id, at),
        "named_by": _list_acts_on(law_on_file, order_id),
        "papers": _list_papers(law_on_file, order_id),
        "periods": periods,
        "open_parts": open_parts,
        "exceptions": _list_exceptions(filed, order_id),
        "configuration": {"comity": version, "law": law_on_file.fingerprint, "agreements": list(order.agreements)},
        "ledger": {"origin": head.origin, "size": head.size, "checkpoint": checkpoint},
        "entries": order_entries,
        "figures": count_order_entries(order_entries),
        "filings": [filings_by_entry[item["entry"]] for item in order_entries["filings"]],
    }
    named_entries = sorted(item["entry"] for items in order_entries.values() for item in items)
    return document, {entry: log.make_receipt(store, entry, checkpoint, *verifiers) for entry in named_entries}


def _get_order(law: Law, order_id: str) -> CourtOrder:
    if order_id not in law.orders:
        message = "No order of that id is on file, so nothing can be stated about it."
        raise ComityError("order_unknown", message, "Look it up with: comity orders list --home HOME")
    return law.orders[order_id]


def _list_acts_on(law: Law, order_id: str) -> list[dict[str, Any]]:
    """List what other orders on file do to an order: which, how, to all of it or which part, and from when."""
    return [
        {
            "order": other.id,
            "how": str(act.how),
            "extent": act.extent and str(act.extent),
            "part": act.part and act.part.model_dump(mode="json"),
            "effective_at": None if act.effective_at is None else format_timestamp(act.effective_at),
        }
        for other in law.orders.values()
        for act in other.acts_on
        if act.order == order_id
    ]


def _list_papers(law: Law, order_id: str) -> list[dict[str, Any]]:
    """List, as they are on file, the papers that decide whether an order is in force, with the reviews of each."""
    return [
        {
            "paper": law.orders[paper].model_dump(mode="json"),
            "pending": paper in law.pending,
            "reviews": [format_timestamp(seen_at) for seen_at in law.order_reviews.get(paper, ())],
        }
        for paper in law.order_effects.list_papers_about(order_id)
    ]


def _list_exceptions(filed: Sequence[Filing], order_id: str) -> list[dict[str, Any]]:
    """List the batches that two persons found to lie within an exception of an order."""
    states = replay_filings(filed).list_in_force(Act.EXCEPTION)
    return [
        {
            "entry": state.effective_entry,
            "batch_sha256": state.content.batch,
            "exception": state.content.exception,
            "reason": state.content.reason,
            "filed_by": [step.name for step in (state.entered, state.decided) if step is not None],
        }
        for state in states
        if state.content.order == order_id
    ]


def list_periods(law: Law, order: CourtOrder) -> Periods:
    """Return when an order is in force for each agreement that it reaches, by all papers on file.

    Of a batch's districts and statutes the ledger says nothing, so a part that is open by those counts as in force.
    """
    agreements = [name for name in ("", *sorted(law.agreements)) if law.is_reached_by(order, name)]
    return {agreement: _list_periods_of_agreement(law, order, agreement) for agreement in agreements}


def _list_periods_of_agreement(law: Law, order: CourtOrder, agreement: str) -> list[dict[str, str | None]]:
    times = law.list_order_change_times()
    return _merge_times(law, [time for time in times if order in law.find_orders_in_force(time, agreement)])


def list_open_parts(law: Law, order: CourtOrder) -> OpenParts:
    """Return when an order did not stop some kinds of batches although it was in force, by all papers on file."""
    papers = [order.id, *law.order_effects.list_papers_about(order.id)]
    law = replace(law, orders={paper: law.orders[paper] for paper in papers})
    agreements = sorted(name for name in law.agreements if law.is_reached_by(order, name))
    open_parts = {agreement: _list_open_parts_of_agreement(law, order, agreement) for agreement in agreements}
    return {agreement: parts for agreement, parts in open_parts.items() if parts}


def _list_open_parts_of_agreement(law: Law, order: CourtOrder, agreement: str) -> list[dict[str, str | None]]:
    times, kinds = law.list_order_change_times(), tuple(iterate_kinds(law))
    in_force = [time for time in times if order in law.find_blocking_orders(time, agreement)]
    gaps = {
        (kind.states, kind.statutes): _merge_times(
            law, [time for time in in_force if order not in find_orders_of_kind(kind, agreement, law, time)]
        )
        for kind in (ANY_BATCH, *kinds)
    }
    return [
        {"batches": kind.words or _EVERY_KIND, **period}
        for kind in (ANY_BATCH, *kinds)
        if kind is ANY_BATCH or all(gaps[wider] != gaps[kind.states, kind.statutes] for wider in kind.list_wider())
        for period in gaps[kind.states, kind.statutes]
    ]


def _merge_times(law: Law, times: Collection[datetime]) -> list[dict[str, str | None]]:
    """Return the periods that begin at these of the times at which an order's effect may change."""
    periods: list[dict[str, str | None]] = []
    for time in law.list_order_change_times():
        is_open = bool(periods) and periods[-1]["to"] is None
        if time in times and not is_open:
            periods.append({"from": format_timestamp(time), "to": None})
        elif is_open and time not in times:
            periods[-1]["to"] = format_timestamp(time)
    return periods


def _is_within(periods: Iterable[Mapping[str, str | None]], at: str) -> bool:
    return any((period["from"] or "") <= at and (period["to"] is None or at < period["to"]) for period in periods)


def _is_about(filing: Filing, order_id: str) -> bool:
    return filing.act is Act.ORDER and filing.subject == order_id


def _filing_with_opening(filing: Filing) -> dict[str, Any]:
    """Return a filing with all that is needed to check it against its entry."""
    return {
        "entry": filing.entry,
        "signed": filing_payload(filing),
        "salt": filing.salt.hex(),
        "signature": filing.signature,
    }


def _read_stored_leaves(tx: Snapshot, size: int) -> Iterator[tuple[int, bytes]]:
    for block in entries.stream_blocks(tx, 0, size):
        for index, leaf in enumerate(unpack_bundle(block.bundle), block.first_index):
            if index < size and _ANSWER_MARKER not in leaf:
                yield index, leaf


# Count entries, when a statement is made and again when it is checked.


def collect_order_entries(
    leaves: IndexedLeaves,
    order: CourtOrder,
    periods: Mapping[str, Sequence[Mapping[str, str | None]]],
    open_parts: Mapping[str, Sequence[Mapping[str, str | None]]],
) -> OrderEntries:
    """Collect what the ledger says of an order: each list in the ledger's order, each item with its entry.

    `released` are batches answered under an agreement that the order reaches, at or after the time from which it is in
    effect; `on_file` says whether it was filed by then (a shipped order counts as filed from the start), `in_force`
    whether it was in force there then, by `periods`, and `part_open` whether a part of it was open then, by
    `open_parts`. Whether it forbade the release depends on its scope too, and on where the batch's requests lie.
    """
    result: OrderEntries = {
        name: [] for name in ("filings", "blocked", "blocked_rehearsals", "released", "released_rehearsals")
    }
    effective_at, is_entered = format_timestamp(order.effective_at), False
    for entry, leaf in leaves:
        members = json.loads(leaf)
        kind, is_rehearsal = members["kind"], bool(members.get("rehearsal"))
        if kind == "order" and members["order"] == order.id:
            is_entered = is_entered or members["step"] == FilingStep.ENTERED
            filing = {"entry": entry, "step": members["step"], "by": members["by"], "as_of": members["as_of"]}
            result["filings"].append(filing)
        elif kind == "hold" and order.id in members["orders"]:
            name = "blocked_rehearsals" if is_rehearsal else "blocked"
            result[name].append(_select_members(entry, members, _HOLD_MEMBERS))
        elif kind == "release" and (members["agreement"] or "") in periods:
            if not is_rehearsal and members["as_of"] < effective_at:
                continue
            name, agreement = "released_rehearsals" if is_rehearsal else "released", members["agreement"] or ""
            found = {
                "on_file": is_entered,
                "in_force": _is_within(periods[agreement], members["as_of"]),
                "part_open": _is_within(open_parts.get(agreement, ()), members["as_of"]),
            }
            result[name].append(_select_members(entry, members, _RELEASE_MEMBERS) | found)
    if not is_entered:  # shipped
        for item in (*result["released"], *result["released_rehearsals"]):
            item["on_file"] = True
    return result


def _select_members(entry: int, members: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {"entry": entry} | {name: members[name] for name in names if name in members}


def count_order_entries(order_entries: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, int]:
    """Count the entries of an order: the figures of its statement."""
    released = [item for item in order_entries["released"] if item["in_force"]]
    rehearsed = [item for item in order_entries["released_rehearsals"] if item["in_force"]]
    return {
        "attempts_blocked": len(order_entries["blocked"]),
        "batches_blocked": len({item["batch"] for item in order_entries["blocked"]}),
        "rehearsals_blocked": len(order_entries["blocked_rehearsals"]),
        "released_while_on_file": sum(item["on_file"] for item in released),
        "released_while_a_part_was_open": sum(item["on_file"] and item["part_open"] for item in released),
        "released_before_it_was_on_file": sum(not item["on_file"] for item in released),
        "released_while_not_in_force": len(order_entries["released"]) - len(released),
        "rehearsals_released_while_on_file": sum(item["on_file"] for item in rehearsed),
        "services": sum(item["step"] == FilingStep.SERVED for item in order_entries["filings"]),
    }


# Check a statement.


def check_statement(
    document: Mapping[str, Any], receipts: Iterable[str], verifiers: Sequence[Verifier], published: Path | None = None
) -> Iterator[str]:
    """Yield what is wrong with a statement, in words; nothing when it holds. The caller checks its signature.

    Args:
        document: the statement.
        receipts: the receipts that came with it.
        verifiers: the log's keys, from elsewhere.
        published: the published ledger, to count again from every entry; without it, from the receipts' entries.

    Raises:
        LedgerError: `proof_invalid`, `ledger_damaged` when a checkpoint, receipt or the published ledger does not hold.
    """
    if document["format"] != STATEMENT_FORMAT:
        yield "it was made by another version of Comity, which counts otherwise"
    head = open_checkpoint(document["ledger"]["checkpoint"], verifiers[0].name, verifiers)
    proved_leaves = {}
    for text in receipts:
        receipt = open_receipt(text, head.origin, verifiers)
        if (receipt.checkpoint.size, receipt.checkpoint.root) != (head.size, head.root):
            yield f"the receipt of entry {receipt.index} is under another checkpoint"
        proved_leaves[receipt.index] = receipt.leaf
    order = CourtOrder.model_validate(document["order"])
    leaves: IndexedLeaves = sorted(proved_leaves.items())
    if published is not None:
        leaves = read_published_leaves(published, head)
    order_entries = collect_order_entries(leaves, order, document["periods"], document.get("open_parts", {}))
    if order_entries != document["entries"]:
        yield "the entries that it lists are not those of the ledger"
    if count_order_entries(order_entries) != document["figures"]:
        yield "its figures are not those that the entries come to"
    for filing in document["filings"]:
        yield from _check_filing(filing, proved_leaves.get(filing["entry"], b"{}"))
    yield from _check_order_description(order, [filing["signed"] for filing in document["filings"]])


def _check_filing(filing: Mapping[str, Any], leaf: bytes) -> Iterator[str]:
    """Check that a filing is the one that its entry commits to, and that the key named there signed it."""
    payload = canonicalize_json(filing["signed"])
    members = json.loads(leaf)
    if members.get("commitment") != compute_commitment(bytes.fromhex(filing["salt"]), payload):
        yield f"the filing under entry {filing['entry']} is not the one that the entry commits to"
    key = extract_embedded_key(payload, filing["signature"])
    if key is None or key_thumbprint(key) != members.get("by"):
        yield f"the filing under entry {filing['entry']} is not signed by the key that the entry names"


def _check_order_description(order: CourtOrder, payloads: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Check that an order entered at run time is described as it was entered, with the services that were filed."""
    by_step = {
        step: [payload["content"] for payload in payloads if payload["step"] == step]
        for step in (FilingStep.ENTERED, FilingStep.SERVED)
    }
    entered = [CourtOrder.model_validate(content) for content in by_step[FilingStep.ENTERED]]
    services = tuple(ServiceRecord.model_validate(content) for content in by_step[FilingStep.SERVED])
    for step in sorted({payload["step"] for payload in payloads if payload["order"] != order.id}):
        yield f"the filing of a step {step} is about another order"
    if any(order != first.model_copy(update={"served": (*first.served, *services)}) for first in entered):
        yield "the order that it describes is not the one that was entered"


def read_published_leaves(folder: Path, head: Checkpoint) -> Iterator[tuple[int, bytes]]:
    """Yield the entries of a published log that are not answers, up to a checkpoint whose root they must lead to.

    Raises LedgerError `ledger_damaged` when they do not, or a file is missing.
    """
    tree = Frontier()
    for tile_index in range(-(-head.size // TILE_WIDTH)):
        first = tile_index * TILE_WIDTH
        width = min(TILE_WIDTH, head.size - first)
        try:
            leaves = unpack_bundle(read_tile(folder, ENTRIES_LEVEL, tile_index, width))[:width]
        except ValueError:
            leaves = []
        tree, _ = tree.extend(hash_leaves(leaves))
        yield from ((index, leaf) for index, leaf in enumerate(leaves, first) if _ANSWER_MARKER not in leaf)
    if (tree.size, tree.root) != (head.size, head.root):
        raise LedgerError("ledger_damaged", "The published entries do not lead to the root that the checkpoint signs.")

"""A statement for the court about one order: what it stopped, who was served, what was released all the same.

Guarantees: every figure is counted from ledger entries under one signed checkpoint, which the statement names with the
entries themselves; whoever has the published ledger counts again (`check_statement`), and whoever has the statement's
receipts alone can check what it shows, though not that nothing is left out.
Does not: say whether the custodian complied; that is for the court. Rehearsals are counted apart (ADR 0005).
Basis: law.md section 6 ("compliance evidence"); ADR 0012.
Start at `make_statement`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from comity.errors import LedgerError, PolicyError
from comity.law.corpus import Law
from comity.law.court_filings import Filing, apply_filings
from comity.law.court_order import CourtOrder, ServiceRecord
from comity.ledger import log
from comity.ledger.leaf import canonicalize_json, compute_commitment, filing_payload
from comity.signing import extract_embedded_key, key_thumbprint
from comity.store import entries, filings
from comity.store.database import Snapshot, Store
from comity.store.timestamps import format_timestamp
from comity.tlog.checkpoint import Checkpoint, open_checkpoint
from comity.tlog.merkle import TILE_WIDTH, Frontier, hash_leaves
from comity.tlog.note import Verifier
from comity.tlog.proof import open_receipt
from comity.tlog.tiles import ENTRIES_LEVEL, read_tile, unpack_bundle

STATEMENT_FORMAT = "comity-order-statement-1"
_ANSWER_MARKER = b'"kind":"answer"'  # in no other leaf: within a JSON string its quotes are escaped
_HOLD_MEMBERS = ("batch", "agreement", "as_of", "known_as_of", "law", "orders")
_RELEASE_MEMBERS = ("batch", "agreement", "as_of", "known_as_of", "law", "rows")

IndexedLeaves = Iterable[tuple[int, bytes]]
"""Entries with their indices."""


def make_statement(  # noqa: PLR0913  each is a part of the statement
    store: Store, order_id: str, *, law: Law, checkpoint: str, verifiers: Sequence[Verifier], version: str, at: datetime
) -> tuple[dict[str, Any], dict[int, str]]:
    """The statement about an order, and the receipt of every entry that it names.

    Args:
        store: the control database.
        order_id: an order on file, entered or shipped.
        law: as shipped, without filings.
        checkpoint: the signed head up to which is counted.
        verifiers: the log's keys.
        version: of Comity.
        at: when it is stated.

    Raises:
        PolicyError: `order_refused` when no such order is on file.
    """
    head = open_checkpoint(checkpoint, verifiers[0].name, verifiers)
    with store.read() as tx:
        filed = filings.list_filings(tx)
        rules = apply_filings(law, filed)
        if order_id not in rules.orders:
            hint = "Look it up with: comity orders list --home HOME"
            raise PolicyError(
                "order_refused", "No order of that id is on file, so nothing can be stated about it.", hint
            )
        order = rules.orders[order_id]
        found = collect_order_entries(_read_stored_leaves(tx, head.size), order)
    opened = {filing.entry: _filing_with_opening(filing) for filing in filed if filing.order == order_id}
    named_by = [
        {"order": other.id, "how": str(act.how), "effective_at": None if act.effective_at is None else format_timestamp(act.effective_at)}
        for other in rules.orders.values() for act in other.acts_on if act.order == order_id
    ]  # fmt: skip
    document = {
        "format": STATEMENT_FORMAT,
        "stated_at": format_timestamp(at),
        "order": order.model_dump(mode="json"),
        "pending": order_id in rules.pending,
        "in_force": rules.is_in_force(order_id, at),
        "named_by": named_by,
        "configuration": {"comity": version, "law": rules.fingerprint, "agreements": list(order.agreements)},
        "ledger": {"origin": head.origin, "size": head.size, "checkpoint": checkpoint},
        "entries": found,
        "figures": count_order_entries(found),
        "filings": [opened[entry] for entry in (item["entry"] for item in found["filings"])],
    }
    named = sorted(item["entry"] for items in found.values() for item in items)
    return document, {entry: log.make_receipt(store, entry, checkpoint, *verifiers) for entry in named}


def collect_order_entries(leaves: IndexedLeaves, order: CourtOrder) -> dict[str, list[dict[str, Any]]]:
    """What the ledger says of an order: each list in the ledger's order, each item with its entry.

    `released` are batches answered under an agreement that the order touches, at or after the time from which it is in
    effect; `on_file` says whether it was filed by then (a shipped order counts as filed all along). Whether the order
    forbade the release turns on its scope, and on what other orders said of it then.
    """
    found: dict[str, list[dict[str, Any]]] = {
        "filings": [], "blocked": [], "blocked_rehearsals": [], "released": [], "released_rehearsals": []
    }  # fmt: skip
    effective, is_entered = format_timestamp(order.effective_at), False
    for entry, raw in leaves:
        leaf = json.loads(raw)
        kind, apart = leaf["kind"], "_rehearsals" if leaf.get("rehearsal") else ""
        if kind == "order" and leaf["order"] == order.id:
            is_entered = is_entered or leaf["step"] == "entered"
            found["filings"].append({"entry": entry, "step": leaf["step"], "by": leaf["by"], "as_of": leaf["as_of"]})
        elif kind == "hold" and order.id in leaf["orders"]:
            found["blocked" + apart].append(_select_members(entry, leaf, _HOLD_MEMBERS))
        elif kind == "release" and order.is_applicable_to(leaf["agreement"]) and (apart or leaf["as_of"] >= effective):
            found["released" + apart].append(_select_members(entry, leaf, _RELEASE_MEMBERS) | {"on_file": is_entered})
    if not is_entered:  # shipped
        for item in (*found["released"], *found["released_rehearsals"]):
            item["on_file"] = True
    return found


def count_order_entries(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, int]:
    """The counts."""
    return {
        "attempts_blocked": len(found["blocked"]),
        "batches_blocked": len({item["batch"] for item in found["blocked"]}),
        "rehearsals_blocked": len(found["blocked_rehearsals"]),
        "released_while_on_file": sum(item["on_file"] for item in found["released"]),
        "released_before_it_was_on_file": sum(not item["on_file"] for item in found["released"]),
        "rehearsals_released_while_on_file": sum(item["on_file"] for item in found["released_rehearsals"]),
        "services": sum(item["step"] == "served" for item in found["filings"]),
    }


def check_statement(
    document: Mapping[str, Any], receipts: Iterable[str], verifiers: Sequence[Verifier], published: Path | None = None
) -> Iterator[str]:
    """What is wrong with a statement, in words; nothing when it holds. Its signature is for the caller to check.

    Args:
        document: the statement.
        receipts: those that came with it.
        verifiers: the log's keys, from elsewhere.
        published: the published ledger, to count again from every entry; without it, from the receipts' entries.

    Raises:
        LedgerError: `proof_invalid`, `ledger_damaged` when a checkpoint, receipt or the published ledger does not hold.
    """
    head = open_checkpoint(document["ledger"]["checkpoint"], verifiers[0].name, verifiers)
    proved = {}
    for text in receipts:
        receipt = open_receipt(text, head.origin, verifiers)
        if (receipt.checkpoint.size, receipt.checkpoint.root) != (head.size, head.root):
            yield f"the receipt of entry {receipt.index} is under another checkpoint"
        proved[receipt.index] = receipt.leaf
    order = CourtOrder.model_validate(document["order"])
    leaves: IndexedLeaves = sorted(proved.items()) if published is None else read_published_leaves(published, head)
    found = collect_order_entries(leaves, order)
    if found != document["entries"]:
        yield "the entries that it lists are not those of the ledger"
    if count_order_entries(found) != document["figures"]:
        yield "its figures are not those that the entries come to"
    for opened in document["filings"]:
        yield from _check_filing(opened, proved.get(opened["entry"], b"{}"))
    yield from _check_order_description(order, [opened["signed"] for opened in document["filings"]])


def _check_filing(opened: Mapping[str, Any], leaf: bytes) -> Iterator[str]:
    content = canonicalize_json(opened["signed"])
    said = json.loads(leaf)
    if said.get("commitment") != compute_commitment(bytes.fromhex(opened["salt"]), content):
        yield f"the filing under entry {opened['entry']} is not the one that the entry commits to"
    key = extract_embedded_key(content, opened["signature"])
    if key is None or key_thumbprint(key) != said.get("by"):
        yield f"the filing under entry {opened['entry']} is not signed by the key that the entry names"


def _check_order_description(order: CourtOrder, signed: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """An order entered at run time is described as it was entered, with the services that were filed."""
    entered = [CourtOrder.model_validate(filing["content"]) for filing in signed if filing["step"] == "entered"]
    served = tuple(ServiceRecord.model_validate(filing["content"]) for filing in signed if filing["step"] == "served")
    filed = {
        f"the filing of a step {filing['step']} is about another order"
        for filing in signed
        if filing["order"] != order.id
    }
    yield from sorted(filed)
    if any(order != one.model_copy(update={"served": (*one.served, *served)}) for one in entered):
        yield "the order that it describes is not the one that was entered"


def _filing_with_opening(filing: Filing) -> dict[str, Any]:
    """A filing with all that is needed to check it against its entry."""
    return {
        "entry": filing.entry,
        "signed": filing_payload(filing),
        "salt": filing.salt.hex(),
        "signature": filing.signature,
    }


def _select_members(entry: int, leaf: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {"entry": entry} | {name: leaf[name] for name in names if name in leaf}


def _read_stored_leaves(tx: Snapshot, size: int) -> Iterator[tuple[int, bytes]]:
    for block in entries.stream_blocks(tx, 0, size):
        for offset, leaf in enumerate(unpack_bundle(block.bundle)):
            if block.first_index + offset < size and _ANSWER_MARKER not in leaf:
                yield block.first_index + offset, leaf


def read_published_leaves(folder: Path, head: Checkpoint) -> Iterator[tuple[int, bytes]]:
    """The entries of a published log that are not answers, up to a checkpoint, whose root they must lead to.

    Raises LedgerError `ledger_damaged` when they do not, or a file is missing.
    """
    tree = Frontier()
    for index in range(-(-head.size // TILE_WIDTH)):
        width = min(TILE_WIDTH, head.size - index * TILE_WIDTH)
        try:
            leaves = unpack_bundle(read_tile(folder, ENTRIES_LEVEL, index, width))[:width]
        except ValueError:
            leaves = []
        tree, _ = tree.extend(hash_leaves(leaves))
        yield from ((index * TILE_WIDTH + n, leaf) for n, leaf in enumerate(leaves) if _ANSWER_MARKER not in leaf)
    if (tree.size, tree.root) != (head.size, head.root):
        raise LedgerError("ledger_damaged", "The published entries do not lead to the root that the checkpoint signs.")

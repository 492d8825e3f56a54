"""Take what counsel files about a court order: its entry, the second person's confirmation or withdrawal, its service.

Guarantees: filing and ledger entry are one transaction, which waits for a release under way and which every later
release sees; what is filed fits the law on file as it is then, or nothing is filed; it is signed by the person's key.
Does not: know whose keys count (the home does), or decide what an order stops (`law`).
Basis: law.md section 6 (two-person entry, proof of service); ADR 0012.
Start at `enter`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from comity.errors import PolicyError
from comity.law.corpus import Law
from comity.law.court_filings import Filing, FilingStep, apply_filings
from comity.law.court_order import CourtOrder, ServiceRecord
from comity.law.loader import build_document
from comity.ledger import leaf, log
from comity.signing import Ed25519Key, key_thumbprint, sign_detached
from comity.store import filings
from comity.store.database import Store


@dataclass(frozen=True, slots=True)
class Filer:
    """Who files: a name, and the private key that is registered for it."""

    name: str
    key: Ed25519Key


def enter_order(store: Store, document: Mapping[str, Any], person: Filer, *, law: Law, at: datetime) -> Filing:
    """Enter an order, as one of two persons: from now on it binds, and it opens nothing.

    Args:
        store: the control database.
        document: the order's fields, as in `law/orders`; `recorded_from` is today, whatever it says.
        person: who enters it.
        law: as shipped, without filings.
        at: when.

    Raises:
        PolicyError: `law_invalid` when the order is incomplete or names what is not on file, `order_refused` when an
            order of its id is on file.
    """
    today = at.astimezone(UTC).date()
    order = build_document(CourtOrder, {**document, "recorded_from": today}, "the order")
    return _file_step(store, FilingStep.ENTERED, order.id, order.model_dump(mode="json"), person, law=law, at=at)


def confirm_order(store: Store, order_id: str, person: Filer, *, law: Law, at: datetime) -> Filing:
    """Confirm a pending order as the second person: from now on it also ends the orders that it names.

    Raises PolicyError `order_refused` when it is not pending, or the same person entered it.
    """
    return _file_step(store, FilingStep.CONFIRMED, order_id, None, person, law=law, at=at)


def withdraw_order(store: Store, order_id: str, person: Filer, *, law: Law, at: datetime) -> Filing:
    """Take back a pending order that was entered in error, as the second person. A confirmed one takes another order.

    Raises PolicyError `order_refused` when it is not pending, the same person entered it, or another order names it.
    """
    return _file_step(store, FilingStep.WITHDRAWN, order_id, None, person, law=law, at=at)


def record_service(  # noqa: PLR0913  each is a part of the filing
    store: Store, order_id: str, service: Mapping[str, Any], person: Filer, *, law: Law, at: datetime
) -> Filing:
    """Record who was served with an order on file, and when.

    Raises PolicyError `law_invalid` for an incomplete service, `order_refused` for an order that is not on file or a
    time still to come.
    """
    served = build_document(ServiceRecord, dict(service), "the service")
    if served.at > at:
        raise _order_refused_error("Nobody was served at a time that is still to come.", "Give the time of service.")
    return _file_step(store, FilingStep.SERVED, order_id, served.model_dump(mode="json"), person, law=law, at=at)


def _file_step(  # noqa: PLR0913  each is a part of the filing
    store: Store, step: FilingStep, order_id: str, content: Any, person: Filer, *, law: Law, at: datetime
) -> Filing:
    if not all("".join(text.split()).isprintable() for text in _iterate_strings([content, person.name])):
        raise _order_refused_error("What is filed has marks in it that nobody can see.", "Write it in plain text.")
    with store.begin() as tx:  # from here on, nobody else writes
        filed = filings.list_filings(tx)
        _verify_step(step, order_id, key_thumbprint(person.key), apply_filings(law, filed), filed)
        filing = Filing(
            entry=log.tree_size(tx), order=order_id, step=step, by=key_thumbprint(person.key), name=person.name, at=at,
            content=leaf.canonicalize_json(content).decode(), salt=leaf.generate_salts(1)[0], signature="",
        )  # fmt: skip
        filing = replace(filing, signature=sign_detached(leaf.encode_filing_payload(filing), person.key))
        apply_filings(law, (*filed, filing))
        log.append_entries(tx, [leaf.encode_filing_leaf(filing)], at=at)
        filings.insert(tx, filing)
    return filing


def _verify_step(step: FilingStep, order_id: str, by: str, law: Law, filed: tuple[Filing, ...]) -> None:
    if step is FilingStep.ENTERED:
        if order_id in law.orders or any(filing.order == order_id for filing in filed):
            raise _order_refused_error(
                "An order of that id is on file, or was. One id stands for one order, for good.", "Give another id."
            )
        return
    if order_id not in law.orders:
        raise _order_refused_error("No order of that id is on file.", "Look it up with: comity orders list --home HOME")
    if step is FilingStep.SERVED:
        return
    if order_id not in law.pending:
        hint = "What ends a confirmed order is another order, or counsel's entry, that names it."
        raise _order_refused_error("The order is not pending: there is nothing to confirm or withdraw.", hint)
    if any(filing.order == order_id and filing.step is FilingStep.ENTERED and filing.by == by for filing in filed):
        raise _order_refused_error(
            "The same person entered the order. It takes two.", "Let a second person, with a key of their own, do it."
        )
    naming = [other.id for other in law.orders.values() for act in other.acts_on if act.order == order_id]
    if step is FilingStep.WITHDRAWN and naming:
        raise _order_refused_error(f"Another order on file names it ({', '.join(naming)}).", "Withdraw that one first.")


def _iterate_strings(content: Any) -> Iterator[str]:
    """Every text in plain data."""
    if isinstance(content, str):
        yield content
    if isinstance(content, dict | list):
        for part in content.values() if isinstance(content, dict) else content:
            yield from _iterate_strings(part)


def _order_refused_error(message: str, hint: str) -> PolicyError:
    return PolicyError("order_refused", message, f"Nothing was filed. {hint}")

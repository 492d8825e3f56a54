"""File steps about a court order: entry by one person, confirmation by a second or withdrawal by two, and service.

Guarantees: a filing and its ledger entry are one transaction, which waits for a release in progress and which every
later release sees; a filing fits the law on file at that time, or nothing is filed; the filer's key signs it.
Does not: know whose keys count (the home does), or decide what an order stops (`law` does).
Basis: docs/law-notes.md section 6 (two-person entry, proof of service); ADR 0012.
Start at `enter_order`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from comity.errors import ComityError, PolicyError
from comity.law.corpus import Law
from comity.law.court_days import find_opening_time
from comity.law.court_filings import apply_filings
from comity.law.court_order import CourtOrder, ServiceRecord
from comity.law.filing_register import find_fault, replay_filings
from comity.law.loader import build_document
from comity.ledger import log
from comity.ledger.filed import read_filings
from comity.model.filing import Act, Filing, FilingStep
from comity.normalize.confusable_ids import find_look_alike
from comity.orders.court_times import format_court_time
from comity.orders.filing_steps import StepDraft, StepFiler, record_step, sign_step
from comity.orders.order_entry import draft_order
from comity.orders.order_steps import OrderStatus, OrderSteps, list_order_steps
from comity.store.database import Store


def enter_order(store: Store, document: Mapping[str, Any], filer: StepFiler, *, law: Law, at: datetime) -> Filing:
    """Enter an order as the first of two persons: from now on it binds, and it opens nothing.

    Args:
        store: the control database.
        document: the order's fields, as in `law/orders`; `recorded_from` becomes the day of `at`, whatever it says.
        filer: the person who enters it.
        law: as shipped, without filings.
        at: when.

    Raises:
        PolicyError: `order_refused` when the order is incomplete, does not say all that it must (`order_entry`), names
            something that is not on file, or has the id of an order on file.
    """
    with store.read() as tx:
        on_file = read_filings(tx)
    past_ids = [one.order_id for one in list_order_steps(on_file)]
    order = draft_order(document, apply_filings(law, on_file), at=at, past_ids=past_ids).order
    step = StepDraft(Act.ORDER, FilingStep.ENTERED, order.id, order.model_dump(mode="json"))
    return _file_step(store, step, filer, law=law, at=at)


def confirm_order(store: Store, order_id: str, filer: StepFiler, *, law: Law, at: datetime) -> Filing:
    """Confirm a pending order as the second person: from now on it also ends the orders that it names.

    Raises PolicyError `order_refused` when it is not pending, or the same person entered it.
    """
    return _file_step(store, StepDraft(Act.ORDER, FilingStep.CONFIRMED, order_id), filer, law=law, at=at)


def withdraw_order(store: Store, order_id: str, filer: StepFiler, *, law: Law, at: datetime) -> Filing:
    """Withdraw a pending order that was entered in error. A confirmed one takes another order.

    To withdraw is to open, so it takes two persons, of whom one may be whoever entered it: until the second has
    withdrawn it too, the order binds.

    Raises PolicyError `order_refused` when it is not pending, the same person withdrew it before, or another order
    names it.
    """
    return _file_step(store, StepDraft(Act.ORDER, FilingStep.WITHDRAWN, order_id), filer, law=law, at=at)


def record_service(  # noqa: PLR0913  each is a part of the filing
    store: Store, order_id: str, service: Mapping[str, Any], filer: StepFiler, *, law: Law, at: datetime
) -> Filing:
    """Record who was served with an order on file, and when.

    Raises ComityError `order_unknown` for an order that is not on file; PolicyError `law_invalid` for an incomplete
    service, `order_refused` for a party that it does not bind and that is no agency on file, or a time in the future or
    before the order was issued.
    """
    with store.read() as tx:
        law_on_file = apply_filings(law, read_filings(tx))
    record = build_document(ServiceRecord, dict(service), "the service")
    if record.at > at:
        raise _order_refused_error("Nobody was served at a time that is still to come.", "Give the time of service.")
    if (order := law_on_file.orders.get(order_id)) is not None:
        _verify_service(record, order, law_on_file)
    step = StepDraft(Act.ORDER, FilingStep.SERVED, order_id, record.model_dump(mode="json"))
    return _file_step(store, step, filer, law=law, at=at)


def _verify_service(service: ServiceRecord, order: CourtOrder, law: Law) -> None:
    """Verify that a service can be one of the order. Raises PolicyError `order_refused`, with all that is wrong."""
    faults, hints = [], []
    if service.party not in order.bound_parties and service.party not in law.agencies:
        alike = [name for name in order.bound_parties if name.casefold() == service.party.strip().casefold()]
        agency = law.find_agency(service.party)
        meant = alike[0] if alike else agency.id if agency else ""
        faults.append(f"The party is none that {order.id} binds, and no agency on file, as it is written.")
        hints.append(
            f"Write it as {meant}." if meant else f"{order.id} binds {', '.join(order.bound_parties) or 'nobody'}."
        )
    if find_opening_time(service.at, order.court) < order.issued_at:
        faults.append(f"{order.id} was issued later, on {format_court_time(order.issued_at, order.court)}.")
        hints.append("Give the time of service, with its zone.")
    if faults:
        raise _order_refused_error(" ".join(faults), " ".join(hints))


def _file_step(store: Store, draft: StepDraft, filer: StepFiler, *, law: Law, at: datetime) -> Filing:
    """Verify a step against the law and filings on file, sign it, and file it with its ledger entry."""
    with store.begin() as tx:  # from here on, no other writer
        on_file = read_filings(tx)
        _verify_step(draft, filer.thumbprint, apply_filings(law, on_file), on_file)
        filing = sign_step(draft, filer, entry=log.tree_size(tx), at=at)
        if (fault := find_fault(replay_filings(on_file), filing)) is not None:
            raise _order_refused_error(fault, "See: comity persons list --home HOME")
        apply_filings(law, (*on_file, filing))  # raises when the law would no longer fit together
        record_step(tx, filing, at=at)
    return filing


def _verify_step(draft: StepDraft, by: str, law: Law, filed: tuple[Filing, ...]) -> None:
    """Verify that a step may follow the filings on file.

    Raises ComityError `order_unknown`, PolicyError `order_refused`.
    """
    order_id, filed = str(draft.subject), tuple(filing for filing in filed if filing.act is Act.ORDER)
    if draft.step is FilingStep.ENTERED:
        _verify_new_id(order_id, law, filed)
        return
    if (past := next((one for one in list_order_steps(filed) if one.order_id == order_id), None)) is not None:
        _verify_not_withdrawn(past)
    if order_id not in law.orders:
        message, hint = "No order of that id is on file.", "Look it up with: comity orders list --home HOME"
        raise ComityError("order_unknown", message, f"Nothing was filed. {hint}")
    if draft.step in {FilingStep.CONFIRMED, FilingStep.WITHDRAWN}:
        first_step = FilingStep.ENTERED if draft.step is FilingStep.CONFIRMED else FilingStep.WITHDRAWN
        _verify_second_person(order_id, by, first_step, law, filed)
    if draft.step is FilingStep.WITHDRAWN:
        _verify_unnamed(order_id, law)


def _verify_not_withdrawn(steps: OrderSteps) -> None:
    if steps.status is OrderStatus.WITHDRAWN:
        raise _order_refused_error(
            f"{steps.order_id} was withdrawn by two persons, so nothing can be done with it: {steps.describe()}.",
            "If the paper was right after all, enter it under a new id.",
        )


def _verify_new_id(order_id: str, law: Law, filed: tuple[Filing, ...]) -> None:
    if order_id in law.orders or any(filing.subject == order_id for filing in filed):
        raise _order_refused_error(
            "An order of that id is on file, or was. One id stands for one order, for good.", "Give another id."
        )
    past_ids = [str(filing.subject) for filing in filed]
    if (alike := find_look_alike(order_id, (*law.orders, *past_ids))) is not None:
        message = f"The id looks like {alike}, which is on file, or was: one would be taken for the other."
        raise _order_refused_error(message, "Give another id.")


def _verify_second_person(order_id: str, by: str, first_step: FilingStep, law: Law, filed: tuple[Filing, ...]) -> None:
    if order_id not in law.pending:
        hint = "What ends a confirmed order is another order, or counsel's entry, that names it."
        raise _order_refused_error("The order is not pending: there is nothing to confirm or withdraw.", hint)
    if by in {filing.by for filing in filed if filing.subject == order_id and filing.step is first_step}:
        did = "entered" if first_step is FilingStep.ENTERED else "withdrew"
        raise _order_refused_error(
            f"The same person {did} the order. It takes two.", "Let a second person, with a key of their own, do it."
        )


def _verify_unnamed(order_id: str, law: Law) -> None:
    named_by = [other.id for other in law.orders.values() for act in other.acts_on if act.order == order_id]
    if named_by:
        raise _order_refused_error(
            f"Another order on file names it ({', '.join(named_by)}).", "Withdraw that one first."
        )


def _order_refused_error(message: str, hint: str) -> PolicyError:
    return PolicyError("order_refused", message, f"Nothing was filed. {hint}")

"""Apply what was filed at run time to the law as shipped: court orders, and the custodian's own law.

Guarantees: an order that one person entered is *pending*: what it prohibits binds at once, but it ends no other order
until a second person confirms it. Only a second person can withdraw it, and only while it is pending. Filings that
contradict this (one person acting as two) raise `law_invalid`, which stops everything. An agreement, statute or agency
that was filed counts once a second person confirmed it.
Does not: store filings (`store.filings`) or take them from people (`orders.order_filings`).
Basis: docs/law-notes.md 6; ADR 0012.
Start at `apply_filings`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from comity.errors import PolicyError
from comity.identity_cache import keep_results
from comity.law.agency import SafeguardPlan
from comity.law.corpus import Law
from comity.law.court_order import CourtOrder, ServiceRecord
from comity.law.filing_register import FilingRegister, FilingState, replay_filings
from comity.law.loader import CUSTODIAN_LAW_TYPES, assemble_law, build_document, parse_law_file
from comity.model.filing import Act, Filing, FilingStep
from comity.normalize.confusable_ids import find_look_alike


def apply_filings(law: Law, filings: Iterable[Filing], *, known_as_of: datetime | None = None) -> Law:
    """Return the law with the orders that were entered at run time and the custodian's own law, as filed.

    Args:
        law: as shipped.
        filings: in the order of their ledger entries.
        known_as_of: apply only what was on file then; None applies everything.

    Raises:
        PolicyError: `law_invalid` when the filings contradict each other.
    """
    return _apply(law, filings if isinstance(filings, tuple) else tuple(filings), known_as_of)


@keep_results
def _apply(law: Law, filings: tuple[Filing, ...], known_as_of: datetime | None) -> Law:
    if not filings:
        return law if known_as_of is None else law.known_at(known_as_of)
    law = _add_filed_law(law, replay_filings(filings, known_as_of=known_as_of))
    order_filings = [filing for filing in filings if filing.act is Act.ORDER]
    orders, pending = _replay_orders(law.orders, order_filings)
    parts = (law.statutes.values(), law.agreements.values(), orders.values(), law.agencies.values())
    current_law = law.copy_findings_to(assemble_law(*parts, pending=pending))
    if known_as_of is None:
        return current_law
    earlier_law = law.known_at(known_as_of)  # not assembled: it may refer to what was recorded later
    earlier_filings = [filing for filing in order_filings if filing.at <= known_as_of]
    orders, pending = _replay_orders(earlier_law.orders, earlier_filings, unknown_orders=law.orders)
    return replace(earlier_law, orders=orders, pending=pending)


def add_law_files(law: Law, files: Mapping[str, str]) -> Law:
    """Return the law with files of a custodian's own (text by place), checked together with it.

    Raises:
        PolicyError: `law_invalid` when a file cannot be read, names something that is not on file, or has the id of
            something that is, or one that looks like it: what batches were judged by is not replaced.
    """
    parts: dict[str, dict[str, Any]] = {name: dict(getattr(law, name)) for name in CUSTODIAN_LAW_TYPES}
    for place, text in files.items():
        document, on_record = parse_law_file(place, text), parts[place.partition("/")[0]]
        if document.id in on_record:
            message = f"{document.id} is on file already. What batches were judged by is not replaced."
            raise PolicyError("law_invalid", message, "Enter a new version under an id and dates of its own.")
        if (alike := find_look_alike(document.id, on_record)) is not None:
            message = f"{document.id} looks like {alike}, which is on file, and one would be taken for the other."
            raise PolicyError("law_invalid", message, "Give it an id of its own.")
        on_record[document.id] = document
    added = assemble_law(
        parts["statutes"].values(),
        parts["agreements"].values(),
        law.orders.values(),
        parts["agencies"].values(),
        pending=law.pending,
    )
    return law.copy_findings_to(added)


def _add_filed_law(law: Law, register: FilingRegister) -> Law:
    """Return the law with the files that two persons added, and with what they found about orders and agreements."""
    added: dict[str, dict[str, Any]] = {law_type: {} for law_type in CUSTODIAN_LAW_TYPES}
    for state in register.list_in_force(Act.LAW):
        for place, text in state.content.files.items():
            document = parse_law_file(place, text)
            added[place.partition("/")[0]][document.id] = document
    suspended: set[str] = set()
    for state in register.list_in_force(Act.SUSPENSION, Act.SUSPENSION_LIFT):
        if state.entered.act is Act.SUSPENSION:
            suspended.add(state.content.agreement)
        else:
            suspended.discard(state.content.agreement)
    stops: set[int] = set()
    for state in register.list_in_force(Act.STOP, Act.STOP_LIFT):
        if state.entered.act is Act.STOP:
            stops.add(state.entered.number)
        else:
            stops.discard(state.content.stop)
    clearances = {(state.content.order, state.content.agreement) for state in register.list_in_force(Act.CLEARANCE)}
    reviews: dict[str, tuple[datetime, ...]] = {}
    for state in register.list_in_force(Act.ORDER_REVIEW):
        seen_at = min(state.content.seen_at, state.entered.at)
        reviews[state.content.order] = (*reviews.get(state.content.order, ()), seen_at)
    settled: dict[str, dict[int, bool]] = {}
    for state in register.list_in_force(Act.ROW_CLEARANCE, Act.ROW_REFUSAL):
        is_cleared = state.entered.act is Act.ROW_CLEARANCE
        settled.setdefault(state.content.batch, {}).update(dict.fromkeys(state.content.rows, is_cleared))
    exceptions = {(state.content.order, state.content.batch) for state in register.list_in_force(Act.EXCEPTION)}
    ended = {
        state.content.plan: state.entered.at.date()
        for state in reversed(register.list_in_force(Act.SAFEGUARD_PLAN_END))
    }
    plans = tuple(_to_plan(state, ended) for state in register.list_in_force(Act.SAFEGUARD_PLAN))
    return replace(
        law,
        statutes={**law.statutes, **added["statutes"]},
        agreements={**law.agreements, **added["agreements"]},
        agencies={**law.agencies, **added["agencies"]},
        suspended=frozenset(suspended),
        stops=frozenset(stops),
        clearances=frozenset(clearances),
        order_reviews=reviews,
        exceptions=frozenset(exceptions),
        settled_rows=settled,
        plans=plans,
    )


def _to_plan(state: FilingState, ended_on: Mapping[int, date]) -> SafeguardPlan:
    """Return the plan that a filing accepted; it counts from the day on which the second person confirmed it (UTC)."""
    content, number = state.content, state.entered.number
    return SafeguardPlan(
        agency=content.agency,
        filing=number,
        title=content.title,
        dated_on=content.dated_on,
        due_on=content.due_on,
        accepted_on=(state.decided or state.entered).at.date(),
        document_sha256=content.document_sha256,
        ended_on=ended_on.get(number),
    )


def _replay_orders(
    orders_on_file: Mapping[str, CourtOrder],
    filings: Iterable[Filing],
    unknown_orders: Mapping[str, CourtOrder] = MappingProxyType({}),
) -> tuple[dict[str, CourtOrder], frozenset[str]]:
    """Return the orders after these filings, and the ids of those still pending.

    Services of orders in `unknown_orders` are skipped.
    """
    orders, filers_of_pending, first_to_withdraw = dict(orders_on_file), dict[str, str](), dict[str, str]()
    for filing in filings:
        match filing.step:
            case FilingStep.ENTERED if filing.subject not in orders:
                orders[filing.subject] = build_document(CourtOrder, filing.parsed_content, f"filing {filing.entry}")
                filers_of_pending[filing.subject] = filing.by
            case FilingStep.CONFIRMED if filers_of_pending.get(filing.subject, filing.by) != filing.by:
                del filers_of_pending[filing.subject]
            case FilingStep.WITHDRAWN if filing.subject in filers_of_pending.keys() - first_to_withdraw.keys():
                first_to_withdraw[filing.subject] = filing.by  # whoever it is: it binds until a second agrees
            case FilingStep.WITHDRAWN if (
                filing.subject in filers_of_pending and first_to_withdraw[filing.subject] != filing.by
            ):
                del filers_of_pending[filing.subject], orders[filing.subject]
            case FilingStep.SERVED if filing.subject in orders:
                service = build_document(ServiceRecord, filing.parsed_content, f"filing {filing.entry}")
                order = orders[filing.subject]
                orders[filing.subject] = order.model_copy(update={"served": (*order.served, service)})
            case FilingStep.SERVED if filing.subject in unknown_orders:
                continue
            case _:
                raise _contradiction_error(filing)
    return orders, frozenset(filers_of_pending)


def _contradiction_error(filing: Filing) -> PolicyError:
    return PolicyError(
        "law_invalid",
        f"The filings about order {filing.subject} contradict each other at entry {filing.entry}: an id is entered "
        "once, and a pending order is confirmed by a second person, or withdrawn by two. Nothing is answered while it "
        "is not known which orders bind.",
        "Stop releasing and run: comity ledger fsck",
    )

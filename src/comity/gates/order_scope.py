"""Find the orders in force that concern a batch: by agreement, party, prohibited act, statute and district.

Guarantees: an order is narrowed only by what the request says. If a row's statute or state cannot be read, the order
may concern that row, and counts. A protected class or a list of plaintiffs never narrows an order: a request does not
tell who belongs to them, so such an order stops the whole batch [INF]. One row that an order concerns stops the batch,
which is answered as a whole; the requester may take that row out.
Does not: look at a record. The district is that of the address asked about [INF].
Basis: docs/law-notes.md 6 (if the protected set cannot be identified, block everything); ADR 0012.
Start at `blocking_orders`.
"""

from collections.abc import Iterable
from datetime import datetime

from comity.gates.request_columns import RequestColumns
from comity.gates.text.citations import extract_citations, is_within
from comity.gates.text.place_parts import parse_state
from comity.law import CourtOrder, Law
from comity.law.court_order import ACTS_NEEDED_TO_ANSWER
from comity.model.batch import Batch


def blocking_orders(
    batch: Batch, *, law: Law, at: datetime, rows: RequestColumns | None = None
) -> tuple[CourtOrder, ...]:
    """Return the orders that forbid answering a batch at a time, oldest first.

    Args:
        batch: the batch.
        law: statutes, agreements and orders on file.
        at: the time, with a time zone.
        rows: the batch's columns, if the caller has them.

    Raises:
        RuntimeError: `at` has no time zone.
    """
    agreement_id = batch.manifest.agreement
    orders = law.find_orders_in_force(at, agreement_id, *ACTS_NEEDED_TO_ANSWER)
    if not any(order.statutes or order.districts for order in orders):
        return orders
    rows = rows or RequestColumns(batch.requests)
    agreement = law.agreements.get(agreement_id)
    authorities = [
        batch.manifest.statutory_authority,
        *(agreement.authorities if agreement else ("",)),
        *rows.dictionary_column("statute").used_values(),
    ]
    return tuple(o for o in orders if _is_statute_in_scope(o, authorities) and _is_district_in_scope(o, rows))


def _is_statute_in_scope(order: CourtOrder, authorities: Iterable[str]) -> bool:
    """Return whether one of the batch's authorities may lie within one of the order's statutes, or contain it."""
    citations_by_statute = [extract_citations(statute) for statute in order.statutes]
    if not citations_by_statute or not all(citations_by_statute):  # the order names none, or one that cannot be read
        return True
    order_citations = [citation for citations in citations_by_statute for citation in citations]
    for authority in authorities:
        cited = extract_citations(authority)
        if not cited or any(is_within(c, o) or is_within(o, c) for c in cited for o in order_citations):
            return True
    return False


def _is_district_in_scope(order: CourtOrder, rows: RequestColumns) -> bool:
    """Return whether one of the addresses may lie in one of the order's districts."""
    states = {state for district in order.districts for state in district.states}
    return not states or any((parse_state(state) or "") in {"", *states} for state in rows.state.used_values())

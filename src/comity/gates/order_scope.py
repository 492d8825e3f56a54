"""Which orders in force concern a batch: by agreement and party (`law` says), by what they prohibit, by statute, by district.

Guarantees: an order narrows only by what can be read in the request. Where a row's statute or state cannot be told, the
order may concern it, and counts. A protected class and a list of plaintiffs never narrow: nobody can tell from a
request who belongs to them, so such an order stops the whole batch [INF]. One row concerned stops the batch, which is
answered whole; the requester may take that row out.
Does not: look at a record. The district is that of the address asked about [INF].
Basis: law.md section 6 ("if the protected set cannot be identified, block all"); ADR 0012.
Start at `orders_that_stop`.
"""

from collections.abc import Iterable
from datetime import datetime

from comity.gates.citations import citations_in, is_within
from comity.gates.place import state_of
from comity.gates.rows import Rows
from comity.law import Law, Order
from comity.law.order import ANSWERING
from comity.model.batch import Batch


def orders_that_stop(batch: Batch, *, law: Law, at: datetime, rows: Rows | None = None) -> tuple[Order, ...]:
    """The orders that forbid answering a batch at a time, oldest first; `rows` are its rows where they are at hand.

    Raises:
        RuntimeError: for a time without a zone.
    """
    name = batch.manifest.agreement
    found = law.orders_in_force(at, name, *ANSWERING)
    if not any(order.statutes or order.districts for order in found):
        return found
    rows = rows or Rows(batch.requests)
    agreement = law.agreements.get(name)
    asked = [
        batch.manifest.statutory_authority,
        *(agreement.authorities if agreement else ("",)),
        *rows.coded("statute").used(),
    ]
    return tuple(order for order in found if _is_about(order, asked) and _is_where(order, rows))


def _is_about(order: Order, asked: Iterable[str]) -> bool:
    """Whether one of the authorities asked under may be within one of the order's statutes, or the other way round."""
    forbidden = [citations_in(statute) for statute in order.statutes]
    if not forbidden or not all(forbidden):  # none is named, or one that cannot be read
        return True
    named = [citation for citations in forbidden for citation in citations]
    for text in asked:
        cited = citations_in(text)
        if not cited or any(is_within(c, n) or is_within(n, c) for c in cited for n in named):
            return True
    return False


def _is_where(order: Order, rows: Rows) -> bool:
    """Whether one of the addresses may be in one of the order's districts."""
    within = {state for district in order.districts for state in district.states}
    return not within or any((state_of(state) or "") in {"", *within} for state in rows.state.used())

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

from comity.gates.request_columns import RequestColumns
from comity.gates.text.citations import extract_citations, is_within
from comity.gates.text.place import parse_state
from comity.law import CourtOrder, Law
from comity.law.court_order import ACTS_NEEDED_TO_ANSWER
from comity.model.batch import Batch


def blocking_orders(
    batch: Batch, *, law: Law, at: datetime, rows: RequestColumns | None = None
) -> tuple[CourtOrder, ...]:
    """The orders that forbid answering a batch at a time, oldest first; `rows` are its rows where they are at hand.

    Raises:
        RuntimeError: for a time without a zone.
    """
    name = batch.manifest.agreement
    found = law.find_orders_in_force(at, name, *ACTS_NEEDED_TO_ANSWER)
    if not any(order.statutes or order.districts for order in found):
        return found
    rows = rows or RequestColumns(batch.requests)
    agreement = law.agreements.get(name)
    asked = [
        batch.manifest.statutory_authority,
        *(agreement.authorities if agreement else ("",)),
        *rows.dictionary_column("statute").used_values(),
    ]
    return tuple(order for order in found if _is_statute_in_scope(order, asked) and _is_district_in_scope(order, rows))


def _is_statute_in_scope(order: CourtOrder, asked: Iterable[str]) -> bool:
    """Whether one of the authorities asked under may be within one of the order's statutes, or the other way round."""
    forbidden = [extract_citations(statute) for statute in order.statutes]
    if not forbidden or not all(forbidden):  # none is named, or one that cannot be read
        return True
    named = [citation for citations in forbidden for citation in citations]
    for text in asked:
        cited = extract_citations(text)
        if not cited or any(is_within(c, n) or is_within(n, c) for c in cited for n in named):
            return True
    return False


def _is_district_in_scope(order: CourtOrder, rows: RequestColumns) -> bool:
    """Whether one of the addresses may be in one of the order's districts."""
    within = {state for district in order.districts for state in district.states}
    return not within or any((parse_state(state) or "") in {"", *within} for state in rows.state.used_values())

"""Find the orders in force that concern a batch: by agreement, party, prohibited act, statute and district.

Guarantees: an order is narrowed only by what the request says. If a row's statute or state cannot be read, the order
may concern that row, and counts. A protected class or a list of plaintiffs never narrows an order: a request does not
tell who belongs to them, so such an order stops the whole batch [INF]. One row that an order concerns stops the batch,
which is answered as a whole; the requester may take that row out. A part of an order that was stayed or ended frees a
batch only if all of it certainly lies within that part.
Does not: look at a record. The district is that of the address asked about [INF].
Basis: docs/law-notes.md 6 (if the protected set cannot be identified, block everything); ADR 0012 and ADR 0031.
Start at `blocking_orders`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from comity.gates.request_columns import RequestColumns
from comity.gates.text.citations import extract_citations, is_within
from comity.gates.text.place_parts import parse_state
from comity.law import CourtOrder, JudicialDistrict, Law
from comity.law.dispositions import OrderPart
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
    orders = tuple(
        order
        for order in law.find_blocking_orders(at, agreement_id)
        if (order.id, batch.manifest_sha256) not in law.exceptions
    )
    if not any(order.statutes or order.districts or law.is_acted_on_in_part(order.id) for order in orders):
        return orders
    scope = BatchScope.of_batch(batch, law, rows or RequestColumns(batch.requests))
    return tuple(order for order in find_orders_within(scope, agreement_id, law=law, at=at) if order in orders)


def find_orders_within(scope: "BatchScope", agreement_id: str, *, law: Law, at: datetime) -> tuple[CourtOrder, ...]:
    """Return the orders that forbid answering whatever batch has a scope, oldest first."""
    in_force = law.find_blocking_orders(at, agreement_id, scope=scope)
    return tuple(order for order in in_force if scope.is_in_reach(order.statutes, order.districts))


@dataclass(frozen=True, slots=True)
class BatchScope:
    """What a batch says of itself: see `comity.law.order_effects.RequestScope`.

    `named` is the authority that the manifest names, `grounds` are those under which the agreement lets the custodian
    disclose, `offenses` the statutes that rows cite; `states` are the rows' states, '' for one that cannot be read.
    """

    named: str
    grounds: tuple[str, ...]
    offenses: tuple[str, ...]
    states: frozenset[str]

    @classmethod
    def of_batch(cls, batch: Batch, law: Law, rows: RequestColumns) -> Self:
        """Return the scope of a batch."""
        agreement = law.agreements.get(batch.manifest.agreement)
        return cls(
            batch.manifest.statutory_authority,
            agreement.authorities if agreement else ("",),
            tuple(rows.dictionary_column("statute").used_values()),
            frozenset(parse_state(state) or "" for state in rows.state.used_values()),
        )

    def is_in_reach(self, statutes: tuple[str, ...], districts: tuple[JudicialDistrict, ...]) -> bool:
        """Return whether a row may lie within the statutes and districts; none of either is all of them."""
        return _is_statute_in_scope(statutes, (self.named, *self.grounds, *self.offenses)) and (
            not districts or bool(self.states & {"", *_list_states(districts)})
        )

    def may_concern(self, part: OrderPart) -> bool:
        """Return whether a row may lie within a part of an order."""
        return self.is_in_reach(part.statutes, part.districts)

    def is_within(self, part: OrderPart) -> bool:
        """Return whether every row certainly lies within a part: every ground, or every row's statute, and every state.

        A district that is only a part of its state covers no address, since an address names the state.
        """
        whole = _list_states(district for district in part.districts if district.is_whole_state)
        is_district_covered = not part.districts or (bool(self.states) and self.states <= whole)
        is_statute_covered = not part.statutes or any(
            _are_all_within(cited, part.statutes) for cited in (self.grounds, self.offenses)
        )
        return is_district_covered and is_statute_covered


def _list_states(districts: Iterable[JudicialDistrict]) -> set[str]:
    return {state for district in districts for state in district.states}


def _are_all_within(authorities: tuple[str, ...], statutes: tuple[str, ...]) -> bool:
    """Return whether each authority can be read and names the statutes or parts of them, and nothing else."""
    provisions = [citation for statute in statutes for citation in _extract_codified(statute)]
    cited = [_extract_codified(authority) for authority in authorities]
    if not cited or not all(cited):
        return False
    return all(any(is_within(one, provision) for provision in provisions) for citations in cited for one in citations)


def _is_statute_in_scope(statutes: Iterable[str], authorities: Iterable[str]) -> bool:
    """Return whether one of the batch's authorities may lie within one of the statutes, or contain it."""
    citations_by_statute = [_extract_codified(statute) for statute in statutes]
    if not citations_by_statute or not all(citations_by_statute):  # none is named, or one that cannot be read
        return True
    order_citations = [citation for citations in citations_by_statute for citation in citations]
    for authority in authorities:
        cited = _extract_codified(authority)
        if not cited or any(is_within(c, o) or is_within(o, c) for c in cited for o in order_citations):
            return True
    return False


def _extract_codified(text: str) -> tuple[str, ...]:
    """Return the citations in a text, those of the Internal Revenue Code as those of title 26, which it is."""
    return tuple(re.sub(r"^IRC ", "26 USC ", citation) for citation in extract_citations(text))

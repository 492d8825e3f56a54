"""What counsel did about a court order at run time: entered, confirmed or withdrew it, or recorded its service.

Guarantees: an order that one person entered is *pending*: what it prohibits binds at once, but it ends no other order
until a second person confirms it. Only a second person can withdraw it, and only while it is pending. Filings that
contradict this (one person acting as two) raise `law_invalid`, which stops everything.
Does not: store filings (`store.filings`) or take them from people (`orders.order_filings`).
Basis: docs/law-notes.md 6; ADR 0012.
Start at `apply_filings`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from comity.errors import PolicyError
from comity.law.corpus import Law
from comity.law.court_order import CourtOrder, ServiceRecord
from comity.law.loader import assemble_law, build_document


class FilingStep(StrEnum):
    """What counsel did about the order."""

    ENTERED = "entered"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    SERVED = "served"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """One step about one order. `by` is the RFC 7638 thumbprint of the key that signed it, `name` whose key that is.

    `content` is canonical JSON: the order for ENTERED, the service for SERVED, null otherwise. `entry` is its ledger
    entry, whose commitment `salt` opens; `signature` is the detached JWS over `ledger.leaf.encode_filing_payload`.
    """

    entry: int
    order: str
    step: FilingStep
    by: str
    name: str
    at: datetime
    content: str
    salt: bytes
    signature: str

    @property
    def parsed_content(self) -> Any:
        """Return the content as data."""
        return json.loads(self.content)


def apply_filings(law: Law, filings: Iterable[Filing], *, known_as_of: datetime | None = None) -> Law:
    """Return the law with the orders that were entered at run time.

    Args:
        law: as shipped.
        filings: in the order of their ledger entries.
        known_as_of: apply only what was on file then; None applies everything.

    Raises:
        PolicyError: `law_invalid` when the filings contradict each other.
    """
    filings = tuple(filings)
    if not filings:
        return law if known_as_of is None else law.known_at(known_as_of)
    orders, pending = _replay_filings(law.orders, filings)
    parts = (law.statutes.values(), law.agreements.values(), orders.values(), law.agencies.values())
    current_law = assemble_law(*parts, pending=pending)
    if known_as_of is None:
        return current_law
    earlier_law = law.known_at(known_as_of)  # not assembled: it may refer to what was recorded later
    earlier_filings = [filing for filing in filings if filing.at <= known_as_of]
    orders, pending = _replay_filings(earlier_law.orders, earlier_filings, unknown_orders=law.orders)
    return replace(earlier_law, orders=orders, pending=pending)


def _replay_filings(
    orders_on_file: Mapping[str, CourtOrder],
    filings: Iterable[Filing],
    unknown_orders: Mapping[str, CourtOrder] = MappingProxyType({}),
) -> tuple[dict[str, CourtOrder], frozenset[str]]:
    """Return the orders after these filings, and the ids of those still pending.

    Services of orders in `unknown_orders` are skipped.
    """
    orders, filers_of_pending = dict(orders_on_file), dict[str, str]()
    for filing in filings:
        match filing.step:
            case FilingStep.ENTERED if filing.order not in orders:
                orders[filing.order] = build_document(CourtOrder, filing.parsed_content, f"filing {filing.entry}")
                filers_of_pending[filing.order] = filing.by
            case FilingStep.CONFIRMED if filers_of_pending.get(filing.order, filing.by) != filing.by:
                del filers_of_pending[filing.order]
            case FilingStep.WITHDRAWN if filers_of_pending.get(filing.order, filing.by) != filing.by:
                del filers_of_pending[filing.order], orders[filing.order]
            case FilingStep.SERVED if filing.order in orders:
                service = build_document(ServiceRecord, filing.parsed_content, f"filing {filing.entry}")
                order = orders[filing.order]
                orders[filing.order] = order.model_copy(update={"served": (*order.served, service)})
            case FilingStep.SERVED if filing.order in unknown_orders:
                continue
            case _:
                raise _contradiction_error(filing)
    return orders, frozenset(filers_of_pending)


def _contradiction_error(filing: Filing) -> PolicyError:
    return PolicyError(
        "law_invalid",
        f"The filings about order {filing.order} contradict each other at entry {filing.entry}: an id is entered once, "
        "and a pending order is confirmed or withdrawn by a second person. Nothing is answered while it is not known "
        "which orders bind.",
        "Stop releasing and run: comity ledger fsck",
    )

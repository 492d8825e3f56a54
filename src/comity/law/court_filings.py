"""What counsel did about an order at run time: entered, confirmed or withdrew it, or recorded its service.

Guarantees: an order that one person entered is *pending*: what it prohibits binds at once, and it ends no other order
until a second person confirms it; only a second person can withdraw it, and only while it is pending. Filings that
contradict this (one person for two) are a fault that stops everything (`law_invalid`).
Does not: store filings (`store.filings`) or take them from people (`ledger.filing`).
Basis: law.md section 6 ("two-person entry"); ADR 0012.
Start at `with_filings`.
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
    """What was done about the order."""

    ENTERED = "entered"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    SERVED = "served"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """One of them. `by` is the RFC 7638 thumbprint of the key that signed it, `name` whose key that is.

    `content` is canonical JSON: the order for ENTERED, the service for SERVED, null otherwise. `entry` is its ledger
    entry, whose commitment `salt` opens; `signature` is the detached JWS over `signed`.
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
        """The content as data."""
        return json.loads(self.content)


def apply_filings(law: Law, filings: Iterable[Filing], *, known_as_of: datetime | None = None) -> Law:
    """The law with the orders that were entered at run time.

    Args:
        law: as shipped.
        filings: in the order of their ledger entries.
        known_as_of: only what was on file then; None for everything there is.

    Raises:
        PolicyError: `law_invalid` when they cannot be what two persons entered.
    """
    filed = tuple(filings)
    if not filed:
        return law if known_as_of is None else law.known_at(known_as_of)
    orders, pending = _replay_filings(law.orders, filed)
    parts = (law.statutes.values(), law.agreements.values(), orders.values(), law.agencies.values())
    now = assemble_law(*parts, pending=pending)
    if known_as_of is None:
        return now
    known = law.known_at(known_as_of)  # its references may lead to what was recorded later, so it is not assembled
    orders, pending = _replay_filings(
        known.orders, [filing for filing in filed if filing.at <= known_as_of], law.orders
    )
    return replace(known, orders=orders, pending=pending)


def _replay_filings(
    known: Mapping[str, CourtOrder], filings: Iterable[Filing], unknown: Mapping[str, CourtOrder] = MappingProxyType({})
) -> tuple[dict[str, CourtOrder], frozenset[str]]:
    """The orders after these filings, and which of them are pending; services of orders `unknown` then say nothing."""
    orders, by = dict(known), dict[str, str]()
    for filing in filings:
        match filing.step:
            case FilingStep.ENTERED if filing.order not in orders:
                orders[filing.order] = build_document(CourtOrder, filing.parsed_content, f"filing {filing.entry}")
                by[filing.order] = filing.by
            case FilingStep.CONFIRMED if by.get(filing.order, filing.by) != filing.by:
                del by[filing.order]
            case FilingStep.WITHDRAWN if by.get(filing.order, filing.by) != filing.by:
                del by[filing.order], orders[filing.order]
            case FilingStep.SERVED if filing.order in orders:
                service = build_document(ServiceRecord, filing.parsed_content, f"filing {filing.entry}")
                served = orders[filing.order]
                orders[filing.order] = served.model_copy(update={"served": (*served.served, service)})
            case FilingStep.SERVED if filing.order in unknown:
                continue
            case _:
                raise _contradiction_error(filing)
    return orders, frozenset(by)


def _contradiction_error(filing: Filing) -> PolicyError:
    return PolicyError(
        "law_invalid",
        f"The filings about order {filing.order} contradict each other at entry {filing.entry}: an id is entered once, "
        "and a pending order is confirmed or withdrawn by a second person. Nothing is answered while it is not known "
        "which orders bind.",
        "Stop releasing and run: comity ledger fsck",
    )

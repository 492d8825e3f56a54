"""Everything that is law here, at once: look-ups by id, which orders are in force, and one fingerprint over it all.

Guarantees: the most restrictive order wins; a denial opens nothing; an order past its expiry date still blocks until
a dated record names it; a reversal or stay ends only the orders that it names, and only while it stands itself. What
is in doubt never opens: an act that one person entered and nobody confirmed, a judgment whose mandate has not issued,
and a stay past its own date end no order that prohibits something; where such an act would let an order bind again,
it counts.
Does not: read files (`loader`) or judge batches (`gates`).
Basis: law.md section 6, "Rules"; product.md promise 11; ADR 0012.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property

from pydantic import BaseModel

from comity.errors import PolicyError
from comity.law.agency import Agency
from comity.law.agreement import Agreement
from comity.law.court_order import CourtOrder, Disposition, DispositionKind, ProhibitedAct
from comity.law.provisions import CitedRecord, Element, Statute


@dataclass(frozen=True)
class Law:
    """Statutes, agreements, orders and agencies by id, as loaded.

    `pending` are the orders that one person entered and no second one confirmed yet: what they prohibit binds.
    """

    statutes: Mapping[str, Statute]
    agreements: Mapping[str, Agreement]
    orders: Mapping[str, CourtOrder]
    agencies: Mapping[str, Agency]
    pending: frozenset[str] = frozenset()

    def get_agreement(self, agreement_id: str) -> Agreement:
        """The agreement of that id.

        Raises:
            PolicyError: `agreement_unknown`.
        """
        if agreement_id in self.agreements:
            return self.agreements[agreement_id]
        known = ", ".join(sorted(self.agreements)) or "none"
        raise PolicyError(
            "agreement_unknown",
            "The batch names an agreement that is not on file, so nothing says what may be asked under it.",
            f"Name one of the agreements on file ({known}), or have counsel enter the new one.",
        )

    def find_agency(self, name: str) -> Agency | None:
        """The agency with that id, name or other name, whatever its case; None when nobody is called so."""
        wanted = " ".join(name.split()).casefold()
        for agency in self.agencies.values():
            if any(wanted == known.casefold() for known in agency.names):
                return agency
        return None

    def get_element(self, element_id: str) -> Element:
        """The element of a statute or clause of an agreement with that id (KeyError when there is none)."""
        return self._elements_by_id[element_id]

    def find_orders_in_force(self, at: datetime, agreement: str, *verbs: ProhibitedAct | str) -> tuple[CourtOrder, ...]:
        """The orders that stop something under an agreement at a time, oldest first.

        Args:
            at: an aware time.
            agreement: its id. For an agreement that is not on file, every order that may concern it counts,
                whomever it binds.
            verbs: the acts in question; none means any act.

        Raises:
            RuntimeError: for a time without a zone.
        """
        if at.tzinfo is None:
            raise RuntimeError("orders_in_force needs a time with a zone")
        wanted = {ProhibitedAct(verb) for verb in verbs} or set(ProhibitedAct)
        parties = self._bound_agency_ids(agreement)
        found = [
            order
            for order in self.orders.values()
            if wanted & set(order.prohibits)
            and order.is_applicable_to(agreement)
            and (parties is None or parties & set(order.binds))
            and self.is_in_force(order.id, at)
        ]
        return tuple(sorted(found, key=lambda order: (order.effective_at, order.id)))

    def is_in_force(self, order_id: str, at: datetime) -> bool:
        """Whether an order has taken effect at a time and no record ends or suspends it then."""
        return self.orders[order_id].effective_at <= at and not self._is_ended(order_id, at, frozenset())

    def list_order_change_times(self) -> tuple[datetime, ...]:
        """Every time at which an order may come into force or cease to be, oldest first."""
        times = {order.effective_at for order in self.orders.values()}
        times |= {act.effective_at for order in self.orders.values() for act in order.acts_on if act.effective_at}
        times |= {order.expires_at for order in self.orders.values() if order.acts_on and order.expires_at}
        return tuple(sorted(times))

    def known_at(self, moment: datetime) -> "Law":
        """The law as it was on file at a time (`recorded_from`): for a replay of what could be known then.

        Of an agreement only the text of today is on file, so before the last of its parts was recorded it counts as
        unknown, and nothing is confirmed under it. A day counts from its beginning (UTC).
        """
        day = moment.astimezone(UTC).date()
        statutes = {
            key: statute.model_copy(update={"elements": elements})
            for key, statute in self.statutes.items()
            if (elements := tuple(element for element in statute.elements if element.recorded_from <= day))
        }
        agreements = {key: agreed for key, agreed in self.agreements.items() if _last_recorded_on(agreed) <= day}
        orders = {key: order for key, order in self.orders.items() if order.recorded_from <= day}
        agencies = {key: _agency_known_on(agency, day) for key, agency in self.agencies.items()}
        return replace(
            self, statutes=statutes, agreements=agreements, orders=orders, agencies=agencies,
            pending=self.pending & orders.keys(),
        )  # fmt: skip

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the canonical JSON of everything loaded; any change to the law changes it."""
        data = {
            "agencies": {key: value.model_dump(mode="json") for key, value in self.agencies.items()},
            "agreements": {key: value.model_dump(mode="json") for key, value in self.agreements.items()},
            "orders": {key: value.model_dump(mode="json") for key, value in self.orders.items()},
            "pending": sorted(self.pending),
            "statutes": {key: value.model_dump(mode="json") for key, value in self.statutes.items()},
        }
        return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    @cached_property
    def _elements_by_id(self) -> dict[str, Element]:
        statutes = [element for statute in self.statutes.values() for element in statute.elements]
        clauses = [element for agreement in self.agreements.values() for element in agreement.elements]
        return {element.id: element for element in (*statutes, *clauses)}

    def _is_ended(self, order_id: str, at: datetime, asking: frozenset[str], *, in_doubt: bool = False) -> bool:
        """Whether a dated record that itself stands at `at` names the order.

        `in_doubt` is the answer where that is in doubt, or where records lead in a circle. It changes sides at every
        step, so that doubt never ends the order first asked about.
        """
        if order_id in asking:
            return in_doubt
        asking |= {order_id}
        return any(
            act.order == order_id
            and self._has_effect(acting, act, at, in_doubt=in_doubt)
            and not self._is_ended(acting.id, at, asking, in_doubt=not in_doubt)
            for acting in self.orders.values()
            if acting.effective_at <= at
            for act in acting.acts_on
        )

    def _has_effect(self, acting: CourtOrder, act: Disposition, at: datetime, *, in_doubt: bool) -> bool:
        """Whether an act has its effect at `at`, given that its order stands."""
        if (act.effective_at or acting.effective_at) > at:
            return False
        awaits_mandate = act.effective_at is None
        has_lapsed = act.how is DispositionKind.STAYED and acting.expires_at is not None and acting.expires_at <= at
        return in_doubt or not (awaits_mandate or has_lapsed or acting.id in self.pending)

    def _bound_agency_ids(self, agreement_id: str) -> set[str] | None:
        """Both sides of an agreement with what they are part of and what is part of them; None when unknown.

        Fed. R. Civ. P. 65(d): an order binds the party's officers, agents and those in active concert with it.
        """
        agreement = self.agreements.get(agreement_id)
        if agreement is None:
            return None
        sides = {agreement.custodian, *agreement.requester_ids}
        bound = set(sides)
        for agency in self.agencies.values():
            above = self._ancestor_ids(agency.id)
            if agency.id in sides:
                bound |= above
            if above & sides:
                bound.add(agency.id)
        return bound

    def _ancestor_ids(self, agency_id: str) -> set[str]:
        above: set[str] = set()
        parent = self.agencies[agency_id].parent
        while parent is not None and parent not in above:
            above.add(parent)
            parent = self.agencies[parent].parent
        return above


def _agency_known_on(agency: Agency, day: date) -> Agency:
    if agency.safeguards is None:
        return agency
    known = tuple(finding for finding in agency.safeguards.findings if finding.recorded_from <= day)
    return agency.model_copy(update={"safeguards": agency.safeguards.model_copy(update={"findings": known})})


def _last_recorded_on(agreement: Agreement) -> date:
    """The day on which the last part of an agreement was recorded."""
    return max(cited.recorded_from for cited in _iter_cited_records(agreement))


def _iter_cited_records(piece: object) -> Iterator[CitedRecord]:
    if isinstance(piece, CitedRecord):
        yield piece
    if isinstance(piece, BaseModel):
        for name in type(piece).model_fields:
            yield from _iter_cited_records(getattr(piece, name))
    if isinstance(piece, tuple):
        for part in piece:
            yield from _iter_cited_records(part)

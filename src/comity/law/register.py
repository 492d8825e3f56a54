"""Everything that is law here, at once: look-ups by id, which orders are in force, and one fingerprint over it all.

Guarantees: the most restrictive order wins; a denial opens nothing; an order past its expiry date still blocks until
a dated record names it; a reversal or stay ends only the orders that it names, and only while it stands itself.
Does not: read files (`loader`) or judge batches (`gates`).
Basis: law.md section 6, "Rules"; product.md promise 11.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from comity.errors import PolicyError
from comity.law.agreement import Agreement
from comity.law.cited import Element, Statute
from comity.law.order import Order, Verb
from comity.law.party import Agency


@dataclass(frozen=True)
class Law:
    """Statutes, agreements, orders and agencies by id, as loaded."""

    statutes: Mapping[str, Statute]
    agreements: Mapping[str, Agreement]
    orders: Mapping[str, Order]
    agencies: Mapping[str, Agency]

    def agreement(self, agreement_id: str) -> Agreement:
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

    def agency(self, name: str) -> Agency | None:
        """The agency with that id, name or other name, whatever its case; None when nobody is called so."""
        wanted = " ".join(name.split()).casefold()
        for agency in self.agencies.values():
            if any(wanted == known.casefold() for known in agency.names):
                return agency
        return None

    def element(self, element_id: str) -> Element:
        """The element of a statute or clause of an agreement with that id (KeyError when there is none)."""
        return self._elements[element_id]

    def orders_in_force(self, at: datetime, agreement: str, *verbs: Verb | str) -> tuple[Order, ...]:
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
        wanted = {Verb(verb) for verb in verbs} or set(Verb)
        parties = self._parties(agreement)
        found = [
            order
            for order in self.orders.values()
            if wanted & set(order.prohibits)
            and order.touches(agreement)
            and (parties is None or parties & set(order.binds))
            and order.effective_at <= at
            and not self._is_ended(order.id, at, frozenset())
        ]
        return tuple(sorted(found, key=lambda order: (order.effective_at, order.id)))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the canonical JSON of everything loaded; any change to the law changes it."""
        data = {
            "agencies": {key: value.model_dump(mode="json") for key, value in self.agencies.items()},
            "agreements": {key: value.model_dump(mode="json") for key, value in self.agreements.items()},
            "orders": {key: value.model_dump(mode="json") for key, value in self.orders.items()},
            "statutes": {key: value.model_dump(mode="json") for key, value in self.statutes.items()},
        }
        return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    @cached_property
    def _elements(self) -> dict[str, Element]:
        statutes = [element for statute in self.statutes.values() for element in statute.elements]
        clauses = [element for agreement in self.agreements.values() for element in agreement.elements]
        return {element.id: element for element in (*statutes, *clauses)}

    def _is_ended(self, order_id: str, at: datetime, asking: frozenset[str], *, in_doubt: bool = False) -> bool:
        """Whether a dated record that itself stands at `at` names the order.

        `in_doubt` is the answer where records lead in a circle. It changes sides at every step, so that a circle
        never ends the order first asked about.
        """
        if order_id in asking:
            return in_doubt
        asking |= {order_id}
        return any(
            act.order == order_id
            and act.effective_at <= at
            and not self._is_ended(acting.id, at, asking, in_doubt=not in_doubt)
            for acting in self.orders.values()
            if acting.effective_at <= at
            for act in acting.acts_on
        )

    def _parties(self, agreement_id: str) -> set[str] | None:
        """Both sides of an agreement with what they are part of and what is part of them; None when unknown.

        Fed. R. Civ. P. 65(d): an order binds the party's officers, agents and those in active concert with it.
        """
        agreement = self.agreements.get(agreement_id)
        if agreement is None:
            return None
        sides = {agreement.custodian, *agreement.requesters}
        bound = set(sides)
        for agency in self.agencies.values():
            above = self._ancestors(agency.id)
            if agency.id in sides:
                bound |= above
            if above & sides:
                bound.add(agency.id)
        return bound

    def _ancestors(self, agency_id: str) -> set[str]:
        above: set[str] = set()
        parent = self.agencies[agency_id].parent
        while parent is not None and parent not in above:
            above.add(parent)
            parent = self.agencies[parent].parent
        return above

"""All the law on file at once: look-ups by id, the orders in force at a time, and one fingerprint over everything.

Guarantees: the most restrictive order wins. A denial opens nothing. An order past its expiry date still blocks until
a dated record ends it by name. A reversal or stay ends only the orders that it names, and only while it is in force
itself. Doubt never opens anything (`order_effects`).
Does not: read files (`loader`) or judge batches (`gates`).
Basis: docs/law-notes.md 6; promise 11; ADR 0012.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from comity.errors import PolicyError
from comity.law.agency import Agency, SafeguardPlan, Safeguards
from comity.law.agreement import Agreement
from comity.law.court_order import ACTS_NEEDED_TO_ANSWER, CourtOrder, ProhibitedAct
from comity.law.official_names import is_same_official_name
from comity.law.order_effects import UNREAD_REQUESTS, OrderEffects, RequestScope
from comity.law.provisions import CitedRecord, Element, FlaggedWords, OffenseElement, ProceedingKind, Statute


@dataclass(frozen=True)
class Law:
    """Statutes, agreements, orders and agencies by id, as loaded.

    `pending` are the orders that one person entered and no second person has confirmed; what they prohibit binds.
    `suspended` are agreements that the custodian suspended, `stops` the filings, by number, by which a person stopped
    everything; `clearances` are pairs (order, agreement): two persons found that the order does not reach the
    agreement, although it binds the parties. `order_reviews` are the times, by the paper's id, at which two persons
    found that a stay is still in force; `exceptions` are pairs (order, SHA-256 of a batch's manifest): two persons
    found that the batch lies within an exception that the order names. `plans` are the corrective action plans that
    two persons accepted for the findings of safeguard reviews. `settled_rows` are the flagged rows of a batch (SHA-256
    of its manifest) that officers of the custodian read: True where two cleared the row, False where one refused it.
    """

    statutes: Mapping[str, Statute]
    agreements: Mapping[str, Agreement]
    orders: Mapping[str, CourtOrder]
    agencies: Mapping[str, Agency]
    pending: frozenset[str] = frozenset()
    suspended: frozenset[str] = frozenset()
    stops: frozenset[int] = frozenset()
    clearances: frozenset[tuple[str, str]] = frozenset()
    order_reviews: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    exceptions: frozenset[tuple[str, str]] = frozenset()
    settled_rows: Mapping[str, Mapping[int, bool]] = field(default_factory=dict)
    plans: tuple[SafeguardPlan, ...] = ()

    def get_agreement(self, agreement_id: str) -> Agreement:
        """Return the agreement of that id.

        Raises:
            PolicyError: `agreement_unknown`.
        """
        if agreement_id in self.agreements:
            return self.agreements[agreement_id]
        on_file = ", ".join(sorted(self.agreements)) or "none"
        raise PolicyError(
            "agreement_unknown",
            "The batch names an agreement that is not on file, so nothing says what may be asked under it.",
            f"Name one of the agreements on file ({on_file}), or have counsel enter the new one.",
        )

    def find_agency(self, name: str) -> Agency | None:
        """Return the agency with that id, name or other name (`official_names`); None when there is none."""
        return next((a for a in self.agencies.values() if is_same_official_name(name, *a.names)), None)

    def find_safeguards(self, agency: Agency) -> Safeguards | None:
        """Return the record of an agency's safeguards: its own, or of its parts together with the latest review.

        A department answers for what its parts receive (26 USC 6103(p)(4)), so their open findings are its own. [INF]
        """
        if agency.safeguards is not None:
            return agency.safeguards
        parts = [part for part in self.agencies.values() if part.parent == agency.id]
        records = [record for record in map(self.find_safeguards, parts) if record is not None]
        if not records:
            return None
        findings = tuple(finding for record in records for finding in record.findings)
        return Safeguards(reviewed_on=max(record.reviewed_on for record in records), findings=findings)

    def list_reviewed_agencies(self, agency: Agency) -> tuple[Agency, ...]:
        """Return the agencies whose safeguard records are an agency's: itself, or its parts that were reviewed."""
        if agency.safeguards is not None:
            return (agency,)
        parts = [part for part in self.agencies.values() if part.parent == agency.id]
        return tuple(reviewed for part in parts for reviewed in self.list_reviewed_agencies(part))

    def find_plan(self, agency: Agency, day: date) -> SafeguardPlan | None:
        """Return the plan that covers an agency's open findings on a day: its own or the department's, or None."""
        assert agency.safeguards is not None
        findings = agency.safeguards.open_findings(day)
        covering = [p for p in self.plans if p.agency in {agency.id, agency.parent} and p.covers(findings, day)]
        return covering[-1] if covering else None

    def get_element(self, element_id: str) -> Element:
        """Return the statute's element or agreement's clause of that id (KeyError when there is none)."""
        return self._elements_by_id[element_id]

    def list_offense_elements(self, agreement: Agreement, day: date) -> tuple[OffenseElement, ...]:
        """Return the codes for elements of offenses in force on a day, of the statutes that an agreement rests on."""
        statutes = (self.statutes[name] for name in agreement.rests_on if name in self.statutes)
        return tuple(one for statute in statutes for one in statute.offense_elements if one.is_in_force_on(day))

    def list_proceedings(self, agreement: Agreement, day: date) -> tuple[ProceedingKind, ...]:
        """Return the codes for kinds of proceedings in force on a day, of the statutes that an agreement rests on."""
        statutes = (self.statutes[name] for name in agreement.rests_on if name in self.statutes)
        return tuple(one for statute in statutes for one in statute.proceedings if one.is_in_force_on(day))

    def list_flagged_words(self, day: date) -> tuple[FlaggedWords, ...]:
        """Return the words that flag a row that are in force on a day, of every statute on file."""
        return tuple(one for s in self.statutes.values() for one in s.flagged_words if one.is_in_force_on(day))

    def find_orders_in_force(
        self, at: datetime, agreement: str, *verbs: ProhibitedAct | str, scope: RequestScope = UNREAD_REQUESTS
    ) -> tuple[CourtOrder, ...]:
        """Return the orders that stop something under an agreement at a time, oldest first.

        Args:
            at: an aware time.
            agreement: its id. For an agreement that is not on file, every order that may concern it counts,
                whomever it binds.
            verbs: the acts in question; none means any act.
            scope: what is known of the requests, for an order of which a part was stayed or ended.

        Raises:
            RuntimeError: for a time without a zone.
        """
        if at.tzinfo is None:
            raise RuntimeError("find_orders_in_force needs a time with a zone")
        wanted = {ProhibitedAct(verb) for verb in verbs} or set(ProhibitedAct)
        sides = self._bound_agency_ids(agreement)
        in_force = [
            order
            for order in self.orders.values()
            if wanted & set(order.prohibits)
            and self.is_reached_by(order, agreement)
            and self._binds_a_side(self.order_effects.find_bound_parties(order.id, at, scope), sides)
        ]
        return tuple(sorted(in_force, key=lambda order: (order.effective_at, order.id)))

    def find_blocking_orders(
        self, at: datetime, agreement: str, *, scope: RequestScope = UNREAD_REQUESTS
    ) -> tuple[CourtOrder, ...]:
        """Return the orders that forbid new answers under an agreement at a time, oldest first."""
        orders = self.find_orders_in_force(at, agreement, *ACTS_NEEDED_TO_ANSWER, scope=scope)
        return tuple(order for order in orders if not order.only_data_already_disclosed)

    def is_reached_by(self, order: CourtOrder, agreement_id: str) -> bool:
        """Return whether an order concerns an agreement: by its id, or because it is between the same sides.

        An order forbids conduct: that one agency discloses to another. The agreements that it names say which two, so
        another agreement between the custodian (or its parents and parts) and those recipients (or their parts) is
        reached as well, whatever its id, until two persons clear it. By statute, orders are narrowed in the gates.
        """
        if order.is_applicable_to(agreement_id):
            return True
        if agreement_id not in self.agreements or (order.id, agreement_id) in self.clearances:
            return False
        return any(
            self._is_between_same_sides(self.agreements[agreement_id], self.agreements[named])
            for named in order.agreements
            if named in self.agreements
        )

    def _is_between_same_sides(self, agreement: Agreement, named: Agreement) -> bool:
        """Return whether an agreement is between the sides of another, their parents and their parts."""
        custodians, recipients = self._family({named.custodian}), self._family(set(named.requester_ids))
        return agreement.custodian in custodians and bool(recipients & set(agreement.requester_ids))

    def _binds_a_side(self, bound: tuple[str, ...], sides: set[str] | None) -> bool:
        """Return whether one of the bound parties is, or may be, one of the agencies; None stands for all agencies."""
        return any(sides is None or self._find_bound_id(party) in {None, *sides} for party in bound)

    def _find_bound_id(self, party: str) -> str | None:
        """Return the id of the agency that an order binds, given by id or name; None when it is on no file."""
        if party in self.agencies:
            return party
        agency = self.find_agency(party)
        return None if agency is None else agency.id

    def list_unlisted_parties(self, order: CourtOrder) -> tuple[str, ...]:
        """Return the parties of an order that are on no file: any may belong to a side of an agreement."""
        return tuple(party for party in order.bound_parties if self._find_bound_id(party) is None)

    def is_in_force(self, order_id: str, at: datetime) -> bool:
        """Return whether an order has taken effect at a time and no record ends or suspends it whole then."""
        return self.order_effects.is_in_force(order_id, at)

    def is_acted_on_in_part(self, order_id: str) -> bool:
        """Return whether some paper on file, at any remove, is about a part of an order."""
        return self.order_effects.is_acted_on_in_part(order_id)

    def list_order_change_times(self) -> tuple[datetime, ...]:
        """Return every time at which an order may come into force or cease to be, oldest first."""
        return tuple(sorted(set(self.order_effects.iterate_change_times())))

    @cached_property
    def order_effects(self) -> OrderEffects:
        """Return what the papers on file do to each other."""
        return OrderEffects(self.orders, self.pending, self.order_reviews)

    def is_suspended(self, agreement_id: str) -> bool:
        """Return whether the custodian suspended an agreement, or stopped everything."""
        return bool(self.stops) or agreement_id in self.suspended

    def copy_findings_to(self, other: "Law") -> "Law":
        """Return another law with what persons filed about orders and agreements in this one."""
        return replace(
            other,
            suspended=self.suspended,
            stops=self.stops,
            clearances=self.clearances,
            order_reviews=self.order_reviews,
            exceptions=self.exceptions,
            settled_rows=self.settled_rows,
            plans=self.plans,
        )

    def leave_out_order(self, order_id: str) -> "Law":
        """Return the law without one order, to ask what it changes."""
        orders = {key: order for key, order in self.orders.items() if key != order_id}
        return replace(self, orders=orders, pending=self.pending - {order_id})

    def known_at(self, time: datetime) -> "Law":
        """Return the law as it was on file at a time (`recorded_from`), to replay what could be known then.

        Only the current text of an agreement is on file, so before the last of its parts was recorded it counts as
        unknown, and nothing is confirmed under it. A day counts from its beginning (UTC).
        """
        day = time.astimezone(UTC).date()
        statutes = {
            key: known for key, statute in self.statutes.items() if (known := _statute_known_on(statute, day)).elements
        }
        agreements = {key: item for key, item in self.agreements.items() if _last_recorded_on(item) <= day}
        orders = {key: order for key, order in self.orders.items() if order.recorded_from <= day}
        agencies = {key: _agency_known_on(agency, day) for key, agency in self.agencies.items()}
        return replace(
            self,
            statutes=statutes,
            agreements=agreements,
            orders=orders,
            agencies=agencies,
            pending=self.pending & orders.keys(),
        )

    @cached_property
    def fingerprint(self) -> str:
        """Return the SHA-256 over the canonical JSON of everything loaded; any change to the law changes it."""
        data: dict[str, Any] = {
            "agencies": {key: value.model_dump(mode="json") for key, value in self.agencies.items()},
            "agreements": {key: value.model_dump(mode="json") for key, value in self.agreements.items()},
            "orders": {key: value.model_dump(mode="json") for key, value in self.orders.items()},
            "pending": sorted(self.pending),
            "statutes": {key: value.model_dump(mode="json") for key, value in self.statutes.items()},
        }
        if self.suspended or self.clearances:
            clearances = [f"{order} {agreement}" for order, agreement in sorted(self.clearances)]
            data |= {"filed": {"suspended": sorted(self.suspended), "clearances": clearances}}
        if self.stops:
            data |= {"stops": sorted(self.stops)}
        if self.order_reviews:
            data |= {
                "order_reviews": {key: [at.isoformat() for at in times] for key, times in self.order_reviews.items()}
            }
        if self.settled_rows:
            data |= {"settled_rows": {batch: sorted(rows.items()) for batch, rows in self.settled_rows.items()}}
        if self.exceptions:
            data |= {"exceptions": [f"{order} {batch}" for order, batch in sorted(self.exceptions)]}
        if self.plans:
            data |= {"plans": [plan.model_dump(mode="json") for plan in self.plans]}
        return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    @cached_property
    def _elements_by_id(self) -> dict[str, Element]:
        statutes = [element for statute in self.statutes.values() for element in statute.elements]
        clauses = [element for agreement in self.agreements.values() for element in agreement.elements]
        return {element.id: element for element in (*statutes, *clauses)}

    def _bound_agency_ids(self, agreement_id: str) -> set[str] | None:
        """Return both sides of an agreement, their parents and their parts; None for an unknown agreement.

        Where an agreement names some parts of a department beside it, the department's other parts take no part in it.
        Fed. R. Civ. P. 65(d): an order binds the party's officers, agents and those in active concert with it.
        """
        agreement = self.agreements.get(agreement_id)
        if agreement is None:
            return None
        requesters = set(agreement.requester_ids)
        bound = self._family({agreement.custodian}) | requesters
        for requester in requesters:
            bound |= self._ancestor_ids(requester)
            parts = {agency for agency in self.agencies if requester in self._ancestor_ids(agency)}
            if not parts & requesters:
                bound |= parts
        return bound

    def _family(self, agency_ids: set[str]) -> set[str]:
        """Return agencies with all their parents and parts."""
        family = set(agency_ids)
        for agency in self.agencies.values():
            ancestors = self._ancestor_ids(agency.id)
            if agency.id in agency_ids:
                family |= ancestors
            if ancestors & agency_ids:
                family.add(agency.id)
        return family

    def is_part_of(self, agency_id: str, other_id: str) -> bool:
        """Return whether one agency is another, or a part of it at any depth."""
        return agency_id == other_id or other_id in self._ancestor_ids(agency_id)

    def _ancestor_ids(self, agency_id: str) -> set[str]:
        ancestors: set[str] = set()
        parent = self.agencies[agency_id].parent
        while parent is not None and parent not in ancestors:
            ancestors.add(parent)
            parent = self.agencies[parent].parent
        return ancestors


def _statute_known_on(statute: Statute, day: date) -> Statute:
    """Return a statute with what was recorded by a day: its elements, codes and flagged words."""
    parts = ("elements", "offense_elements", "proceedings", "flagged_words")
    return statute.model_copy(
        update={name: tuple(one for one in getattr(statute, name) if one.recorded_from <= day) for name in parts}
    )


def _agency_known_on(agency: Agency, day: date) -> Agency:
    if agency.safeguards is None:
        return agency
    findings = tuple(finding for finding in agency.safeguards.findings if finding.recorded_from <= day)
    return agency.model_copy(update={"safeguards": agency.safeguards.model_copy(update={"findings": findings})})


def _last_recorded_on(agreement: Agreement) -> date:
    """Return the day on which the last part of an agreement was recorded."""
    return max(cited.recorded_from for cited in _iter_cited_records(agreement))


def _iter_cited_records(value: object) -> Iterator[CitedRecord]:
    if isinstance(value, CitedRecord):
        yield value
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _iter_cited_records(getattr(value, name))
    if isinstance(value, tuple):
        for item in value:
            yield from _iter_cited_records(item)

"""Tell apart the kinds of batches that an order, or what a paper does to one, treats differently: by state and statute.

Guarantees: what stops a kind is found by the function that the gates call, so it cannot differ from what they do.
Does not: know requests. A kind says of which batches something holds, and not which batches there are.
Basis: ADR 0031; ADR 0041.
Start at `iterate_kinds`.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from comity.law.corpus import Law
from comity.law.court_order import CourtOrder
from comity.law.dispositions import JudicialDistrict
from comity.reference.states import STATE_NAMES

_ANY = frozenset({""})
"""Batches of which nothing is known: what cannot be read may lie within every part, and certainly within none."""


@dataclass(frozen=True, slots=True)
class BatchKind:
    """Batches whose rows all lie in some states and cite some statutes: `_ANY`, and `("",)`, for those not known.

    `part_of` are the words of the kinds that have all of these and more: those of one of two conditions.
    """

    states: frozenset[str]
    statutes: tuple[str, ...]
    words: str
    part_of: tuple[str, ...] = ()

    def list_wider(self) -> list[tuple[frozenset[str], tuple[str, ...]]]:
        """Return states and statutes of the kinds of which this is a part: those that know less of a batch."""
        wider = [(_ANY, ("",)), (self.states, ("",)), (_ANY, self.statutes)]
        return [kind for kind in wider if kind != (self.states, self.statutes)]


ANY_BATCH = BatchKind(_ANY, ("",), "")
"""Batches of which nothing is known."""


def find_orders_of_kind(kind: BatchKind, agreement_id: str, law: Law, at: datetime) -> Sequence[CourtOrder]:
    """Return the orders that stop the batches of a kind under an agreement at a time, as the gates find them."""
    from comity.gates.order_scope import BatchScope, find_orders_within  # noqa: PLC0415  takes seconds to import

    authorities = law.agreements[agreement_id].authorities
    scope = BatchScope(next(iter(authorities), ""), authorities, kind.statutes, kind.states)
    return find_orders_within(scope, agreement_id, law=law, at=at)


def is_about_authority(statutes: Sequence[str], agreement_id: str, law: Law) -> bool:
    """Return whether statutes to which an order is limited are those under which an agreement discloses, or contain it.

    Such an order is about every batch under the agreement, whatever statute its rows cite.
    """
    from comity.gates.order_scope import BatchScope  # noqa: PLC0415  takes seconds to import

    authorities = law.agreements[agreement_id].authorities
    scope = BatchScope(next(iter(authorities), ""), authorities, (), frozenset())
    return scope.is_in_reach(tuple(statutes), ())


def iterate_kinds(law: Law) -> Iterator[BatchKind]:
    """Yield the kinds of batches that an order, or what is done to one, can tell from another by state or statute."""
    parts = [act.part for order in law.orders.values() for act in order.acts_on if act.part is not None]
    limits: list[tuple[tuple[JudicialDistrict, ...], tuple[str, ...]]]
    limits = [(one.districts, one.statutes) for one in law.orders.values()]
    limits += [(part.districts, part.statutes) for part in parts]
    districts = [listed for listed, _ in limits if listed]
    statutes = sorted({name for _, names in limits for name in names})
    by_place = [(_ANY, ""), *_group_states(districts)]
    by_statute: list[tuple[tuple[str, ...], str]] = [(("",), "")]
    by_statute += [((name,), f"whose rows all cite {name}") for name in statutes]
    by_statute += [((), f"of which no row cites {' or '.join(statutes)}")] if statutes else []
    for (states, where), (cited, what) in list(product(by_place, by_statute))[1:]:
        part_of = (where, what) if where and what else ()
        yield BatchKind(states, cited, " and ".join(filter(None, (where, what))), part_of)


def _group_states(districts: Sequence[tuple[JudicialDistrict, ...]]) -> Iterator[tuple[frozenset[str], str]]:
    """Yield groups of states of which each lies in the same lists of districts, whole or partly; with their words."""
    groups: defaultdict[tuple[tuple[bool, bool], ...], set[str]] = defaultdict(set)
    for state in STATE_NAMES:
        place = tuple(
            (
                any(state in one.states for one in listed),
                any(state in one.states and one.is_whole_state for one in listed),
            )
            for listed in districts
        )
        groups[place].add(state)
    named = {state for listed in districts for one in listed for state in one.states}
    for states in groups.values() if districts else ():
        is_elsewhere = states.isdisjoint(named)
        where = "lie outside of" if is_elsewhere else "lie in"
        yield frozenset(states), f"whose addresses all {where} {', '.join(sorted(named if is_elsewhere else states))}"

"""Decide whom an order binds at a time, from all papers on file: what ends it, suspends it, or releases a part of it.

Guarantees: doubt never opens. An act that opens counts only if it says whether it is about the whole order or a part,
if two persons filed it, if its mandate has issued, and if it is certain that all that is asked lies within the part. A
stay opens only while what it hangs on is undecided, its day has not passed, and two persons found within `review_days`
that it is still in force. Where the same doubt is about an act that closes, the act counts.
Does not: know agencies or agreements (`corpus`), or read requests: `RequestScope` says what is known of them.
Basis: docs/law-notes.md 6; ADR 0012; ADR 0031.
Start at `OrderEffects.find_bound_parties`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol

from comity.law.court_days import find_opening_time
from comity.law.court_order import CourtOrder
from comity.law.dispositions import (
    REVIEW_DAYS,
    Disposition,
    DispositionKind,
    OrderPart,
    StayCondition,
    read_case_numbers,
)


class RequestScope(Protocol):
    """What is known of the requests in question, by districts and statutes."""

    def is_within(self, part: OrderPart) -> bool:
        """Return whether every request certainly lies within the districts and statutes of a part."""
        ...

    def may_concern(self, part: OrderPart) -> bool:
        """Return whether a request may lie within them."""
        ...


class UnreadRequests:
    """Requests of which nothing is known."""

    def is_within(self, part: OrderPart) -> bool:
        """Return whether the part is limited to no district and no statute."""
        return not part.districts and not part.statutes

    def may_concern(self, _part: OrderPart) -> bool:
        """Return True."""
        return True


UNREAD_REQUESTS = UnreadRequests()


@dataclass(frozen=True, slots=True)
class _Question:
    """Whether an order (`root`) binds a party, as to the requests in `scope`; no party for an order that binds none."""

    root: CourtOrder
    party: str | None
    scope: RequestScope


class OrderEffects:
    """The papers on file, indexed by what they act on; see the module."""

    def __init__(
        self,
        orders: Mapping[str, CourtOrder],
        pending: frozenset[str],
        order_reviews: Mapping[str, tuple[datetime, ...]],
    ) -> None:
        self._orders, self._pending, self._order_reviews = orders, pending, order_reviews
        self._acts_on: defaultdict[str, list[tuple[CourtOrder, Disposition]]] = defaultdict(list)
        for acting in orders.values():
            for act in acting.acts_on:
                self._acts_on[act.order].append((acting, act))
        self._deciding = [order for order in orders.values() if order.decides]

    def find_bound_parties(self, order_id: str, at: datetime, scope: RequestScope = UNREAD_REQUESTS) -> tuple[str, ...]:
        """Return the parties that an order binds at a time as to some requests: none, if it is not in force."""
        order = self._orders[order_id]
        if order.effective_at > at:
            return ()
        return tuple(
            party
            for party in order.bound_parties
            if not self._is_ended(order_id, at, _Question(order, party, scope), frozenset())
        )

    def is_in_force(self, order_id: str, at: datetime) -> bool:
        """Return whether an order has taken effect and is not ended or suspended whole."""
        order = self._orders[order_id]
        if order.bound_parties:
            return bool(self.find_bound_parties(order_id, at))
        question = _Question(order, None, UNREAD_REQUESTS)
        return order.effective_at <= at and not self._is_ended(order_id, at, question, frozenset())

    def is_acted_on_in_part(self, order_id: str, visited: frozenset[str] = frozenset()) -> bool:
        """Return whether a paper acts on a part of an order, or of one that acts on it, and so on."""
        return order_id not in visited and any(
            act.part is not None or self.is_acted_on_in_part(acting.id, visited | {order_id})
            for acting, act in self._acts_on[order_id]
        )

    def list_acts_on(self, order_id: str) -> tuple[tuple[CourtOrder, Disposition], ...]:
        """Return what other papers do to an order: pairs of paper and act."""
        return tuple(self._acts_on[order_id])

    def list_papers_about(self, order_id: str) -> tuple[str, ...]:
        """Return the papers that act on an order at any remove, and those that may decide what one of them hangs on."""
        found, waiting = dict[str, None](), [order_id]
        while waiting:
            for acting, act in self._acts_on[waiting.pop()]:
                condition = act.hangs_on
                deciding = [
                    paper.id
                    for paper in self._deciding
                    if condition is not None
                    and any(
                        decision.is_same_as(condition, court=paper.court, other_court=acting.court)
                        for decision in paper.decides
                    )
                ]
                waiting += [acting.id] if acting.id not in found else []
                found |= dict.fromkeys([acting.id, *deciding])
        return tuple(name for name in found if name != order_id)

    def find_decision(self, acting: CourtOrder, act: Disposition, at: datetime) -> CourtOrder | None:
        """Return the first paper that decided what a stay hangs on, by `at`; None while the matter is open.

        A paper that may have been issued before the stay, on the stay's own day, counts.
        """
        condition, begins_at = act.hangs_on, act.effective_at or acting.effective_at
        if condition is None:
            return None
        papers = [
            paper
            for paper in self._deciding
            if paper.effective_at <= at
            and paper.id != acting.id
            and find_opening_time(paper.effective_at, paper.court) > begins_at
            and any(
                decision.ends_stay and decision.is_same_as(condition, court=paper.court, other_court=acting.court)
                for decision in paper.decides
            )
        ]
        return min(papers, key=lambda paper: (paper.effective_at, paper.id), default=None)

    def find_last_look(self, acting: CourtOrder, act: Disposition, at: datetime) -> datetime | None:
        """Return when two persons last found a stay in force, by `at`: at its own day, on entry, or in a review."""
        looks = [look for look in self._iterate_looks(acting, act) if look <= at]
        return max(looks, default=None)

    def find_review_due(self, acting: CourtOrder, act: Disposition, at: datetime) -> datetime | None:
        """Return when a stay opens nothing any more unless it is confirmed again; None before its day."""
        look = self.find_last_look(acting, act, at)
        return None if look is None else look + _get_review_time(act)

    def opens(self, acting: CourtOrder, act: Disposition, at: datetime) -> bool:
        """Return whether an act lets something be done again at a time, given that its paper is in force."""
        return act.extent is not None and self._has_effect(acting, act, at, in_doubt=False)

    def is_carried_out(self, acting: CourtOrder, act: Disposition, at: datetime) -> bool:
        """Return whether an act, by nothing but its own paper and what ended that, lets something be done at a time.

        A paper that took the place of an order has done so for good, even if another takes its own place later.
        """
        return self.opens(acting, act, at) and self.is_in_force(acting.id, _last_needed_at(acting, act, at))

    def find_effect_time(self, acting: CourtOrder, act: Disposition) -> datetime:
        """Return from when on an act lets something be done again: for a mere day, its end where the court sits."""
        return _find_effect_time(acting, act, opens=True)

    def iterate_change_times(self) -> Iterator[datetime]:
        """Yield every time at which an order may come into force or cease to be."""
        for order in self._orders.values():
            yield order.effective_at
            if order.acts_on and order.expires_at:
                yield order.expires_at
            for act in order.acts_on:
                yield from (_find_effect_time(order, act, opens=opens) for opens in (True, False))
                if act.how is DispositionKind.STAYED:
                    yield from (look + _get_review_time(act) for look in self._iterate_looks(order, act))
                    yield from self._iterate_looks(order, act)
                if act.hangs_on is not None and act.hangs_on.until is not None:
                    yield act.hangs_on.until

    def _iterate_looks(self, acting: CourtOrder, act: Disposition) -> Iterator[datetime]:
        yield act.effective_at or acting.effective_at
        yield datetime.combine(acting.recorded_from, time(0), UTC)
        yield from self._order_reviews.get(acting.id, ())

    def _is_ended(
        self, order_id: str, at: datetime, question: _Question, visited: frozenset[str], *, in_doubt: bool = False
    ) -> bool:
        """Return whether a record that is itself in force at `at` ends the order, as far as the question goes.

        `in_doubt` is the answer if records are unclear or form a cycle. It flips at each recursion, so that doubt never
        ends the order in question. `visited` are the orders followed so far.
        """
        if order_id in visited:
            return in_doubt
        visited |= {order_id}
        return any(
            acting.effective_at <= at
            and self._has_effect(acting, act, at, in_doubt=in_doubt)
            and _is_concerned(act, question, in_doubt=in_doubt)
            and not self._is_ended(
                acting.id, _last_needed_at(acting, act, at), question, visited, in_doubt=not in_doubt
            )
            for acting, act in self._acts_on[order_id]
        )

    def _has_effect(self, acting: CourtOrder, act: Disposition, at: datetime, *, in_doubt: bool) -> bool:
        """Return whether an act has its effect at `at`, given that its order is in force.

        In doubt about the time within a day, an act that opens waits for the day's end, one that closes does not.
        """
        if _find_effect_time(acting, act, opens=not in_doubt) > at:
            return False
        awaits_mandate = act.effective_at is None
        has_lapsed = act.how is DispositionKind.STAYED and self._has_stay_lapsed(acting, act, at)
        return in_doubt or not (awaits_mandate or has_lapsed or acting.id in self._pending)

    def _has_stay_lapsed(self, acting: CourtOrder, act: Disposition, at: datetime) -> bool:
        """Return whether a stay is past its day, its matter is decided, or nobody confirmed it for too long."""
        days = (acting.expires_at, act.hangs_on.until if act.hangs_on else None)
        if any(day is not None and day <= at for day in days) or self.find_decision(acting, act, at) is not None:
            return True
        review_due = self.find_review_due(acting, act, at)
        return review_due is None or review_due <= at


def _is_concerned(act: Disposition, question: _Question, *, in_doubt: bool) -> bool:
    """Return whether an act is about what the question asks: certainly, or if it closes, possibly."""
    if act.extent is None:
        return in_doubt
    if act.part is None:
        return True
    return _may_concern(act.part, question) if in_doubt else _covers(act.part, question)


def _covers(part: OrderPart, question: _Question) -> bool:
    cases = read_case_numbers(", ".join(question.root.cases))
    return (
        part.in_words is None
        and (not part.parties or question.party in part.parties)
        and (not part.cases or cases <= read_case_numbers(", ".join(part.cases)))
        and question.scope.is_within(part)
    )


def _may_concern(part: OrderPart, question: _Question) -> bool:
    """Return whether a part may be about the question; the parties of the order itself are known to be different."""
    others = set(part.parties) <= set(question.root.bound_parties) and question.party not in part.parties
    return not (part.parties and others) and question.scope.may_concern(part)


def _get_review_time(act: Disposition) -> timedelta:
    condition: StayCondition | None = act.hangs_on
    return timedelta(days=REVIEW_DAYS if condition is None else condition.review_days)


def _last_needed_at(acting: CourtOrder, act: Disposition, at: datetime) -> datetime:
    """Return until when an order must be in force for an act of it to have its effect at `at`."""
    if act.how is DispositionKind.SUPERSEDED:
        return _find_effect_time(acting, act, opens=True)
    return at


def _find_effect_time(acting: CourtOrder, act: Disposition, *, opens: bool) -> datetime:
    """Return when an act has its effect, by whether it lets something be done again or forbids it again."""
    at = act.effective_at or acting.effective_at
    return find_opening_time(at, acting.court) if opens else at

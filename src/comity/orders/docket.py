"""Lay out the docket sheet: each order on file, what of it is in force, what its stays hang on, and what is due.

Guarantees: what is in force comes from `Law.order_effects`, which the gates ask too. Whatever somebody should look at
is listed: days that have passed or are near, papers that wait, stays and orders that nobody confirmed for a while,
parties on no file, acts that do not say all or part.
Does not: change anything. An entry that is due is made with `comity orders add`, a confirmation with `orders review`.
Start at `make_docket`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from comity.law.corpus import Law
from comity.law.court_days import find_opening_time
from comity.law.court_order import CourtOrder
from comity.law.dispositions import REVIEW_DAYS, Disposition, DispositionKind, Extent, MatterKind, StayCondition
from comity.orders.court_times import format_court_day
from comity.orders.order_steps import OrderSteps

NEAR = timedelta(days=7)
"""What falls within this time is listed as due."""


@dataclass(frozen=True, slots=True)
class DocketAct:
    """What another paper does to an order: which paper, how, to how much of it, and what has become of that.

    `hangs_on` is that of a stay; `review_due_at` that of a stay in effect, since one that ended is confirmed by nobody.
    """

    paper: str
    how: str
    extent: str
    state: str
    hangs_on: str | None
    review_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class DocketEntry:
    """One order: what of it is in force, what other papers do to it, what it decides, and what is due.

    `last_look_at` is when somebody last found the order as it is on file; `steps` are those of two persons, for an
    order that was entered at run time.
    """

    order: CourtOrder
    state: str
    is_pending: bool
    acts: tuple[DocketAct, ...]
    decides: tuple[str, ...]
    last_look_at: datetime
    due: tuple[str, ...]
    steps: OrderSteps | None = None


def make_docket(law: Law, *, at: datetime, steps: Iterable[OrderSteps] = ()) -> tuple[DocketEntry, ...]:
    """Return the docket sheet as of a time, by the day from which each order has effect.

    `steps` are those about the orders that were entered at run time.
    """
    orders = sorted(law.orders.values(), key=lambda order: (order.effective_at, order.id))
    steps_by_order = {one.order_id: one for one in steps}
    return tuple(_DocketReader(law, order, at).read(steps_by_order.get(order.id)) for order in orders)


class _DocketReader:
    """Reads one order's line of the sheet."""

    def __init__(self, law: Law, order: CourtOrder, at: datetime) -> None:
        self.law, self.order, self.at = law, order, at
        self.effects = law.order_effects
        self.is_pending = order.id in law.pending
        self.bound = self.effects.find_bound_parties(order.id, at) if order.prohibits else ()

    def read(self, steps: OrderSteps | None) -> DocketEntry:
        """Return the order's line."""
        return DocketEntry(
            order=self.order,
            state=next(self.iterate_states()),
            is_pending=self.is_pending,
            acts=tuple(
                self.describe_act(paper, act)
                for paper, act in self.effects.list_acts_on(self.order.id)
                if paper.effective_at <= self.at
            ),
            decides=tuple(f"{one.matter} in {one.case}: {one.outcome}" for one in self.order.decides),
            last_look_at=self.last_look_at,
            due=tuple(self.iterate_due()),
            steps=steps,
        )

    @property
    def last_look_at(self) -> datetime:
        """Return when somebody last found the order as it is on file."""
        checked_at = datetime.combine(self.order.last_checked_on, time(0), UTC)
        reviews = self.law.order_reviews.get(self.order.id, ())
        return max([checked_at, *(seen_at for seen_at in reviews if seen_at <= self.at)])

    def iterate_states(self) -> Iterator[str]:
        """Yield what of the order is in force, in words; the first counts."""
        order = self.order
        if order.is_denial_or_opinion:
            yield "opens nothing"
        if order.effective_at > self.at:
            yield f"not in effect before {format_court_day(order.effective_at, order.court)}"
        if not order.prohibits:
            yield "forbids nothing; acts on other orders" if order.acts_on else "forbids nothing"
        if not self.bound:
            yield "not in force"
        if set(self.bound) != set(order.bound_parties):
            yield f"in force for {', '.join(self.bound)} only"
        if any(self.is_effective(paper, act) and act.part for paper, act in self.effects.list_acts_on(order.id)):
            yield "in force, but for a part"
        yield "in force; it stops no new answer" if order.only_data_already_disclosed else "in force"

    def describe_act(self, paper: CourtOrder, act: Disposition) -> DocketAct:
        """Return what a paper does to the order."""
        is_stay, is_open = act.how is DispositionKind.STAYED, self.is_effective(paper, act)
        return DocketAct(
            paper=paper.id,
            how=str(act.how),
            extent=describe_extent(act),
            state=next(self.iterate_act_states(paper, act)),
            hangs_on=describe_condition(act.hangs_on) if is_stay else None,
            review_due_at=self.effects.find_review_due(paper, act, self.at) if is_stay and is_open else None,
        )

    def iterate_act_states(self, paper: CourtOrder, act: Disposition) -> Iterator[str]:
        """Yield what has become of an act, in words; the first counts."""
        if paper.id in self.law.pending:
            yield "opens nothing until a second person confirms it"
        if act.extent is None:
            yield "opens nothing: it does not say whether it is about all of the order or a part"
        if act.effective_at is None:
            yield "waits for its mandate"
        elif act.effective_at > self.at:
            yield f"has effect from {format_court_day(act.effective_at, paper.court)} on"
        if (decision := self.effects.find_decision(paper, act, self.at)) is not None:
            decided_on = format_court_day(decision.effective_at, decision.court)
            yield f"ended: {decision.id} decided what it hung on, {decided_on}"
        if act.how is DispositionKind.STAYED:
            yield from self.iterate_lapses(paper, act)
        if self.is_effective(paper, act):
            yield "in effect"
        if (opens_at := self.effects.find_effect_time(paper, act)) > self.at:
            yield f"has effect when its day ends where the court sits, {opens_at.astimezone(UTC):%d %b %Y, %H:%M} UTC"
        ended_by = [f"{one.id} {what.how} {paper.id}" for one, what in self.list_effective_acts(paper.id)]
        yield f"without effect: {', '.join(ended_by) or f'{paper.id} is not in force'}"

    def iterate_lapses(self, paper: CourtOrder, act: Disposition) -> Iterator[str]:
        """Yield how a stay ended by itself, in words."""
        ends_at, review_due_at = _find_last_day(paper, act), self.effects.find_review_due(paper, act, self.at)
        if ends_at is not None and ends_at <= self.at:
            yield f"ended on its day, {format_court_day(ends_at, paper.court)}"
        if review_due_at is not None and review_due_at <= self.at:
            yield f"opens nothing since {_format_day(review_due_at)}: nobody confirmed that it is in force"

    def is_effective(self, paper: CourtOrder, act: Disposition) -> bool:
        """Return whether an act, with nothing but its own paper considered, lets something be done now."""
        return self.effects.is_carried_out(paper, act, self.at)

    def list_effective_acts(self, order_id: str) -> list[tuple[CourtOrder, Disposition]]:
        """Return what other papers do to an order now."""
        return [one for one in self.effects.list_acts_on(order_id) if self.is_effective(*one)]

    def iterate_due(self) -> Iterator[str]:
        """Yield what somebody should look at."""
        order = self.order
        if self.is_pending:
            yield "A second person must confirm it, or two must withdraw it."
        for party in self.law.list_unlisted_parties(order) if order.prohibits else ():
            yield f"{party} is on no file as an agency, so it counts as anybody. Put it on file: comity law add"
        if any(act.extent is None for act in order.acts_on):
            yield "It does not say whether it is about all or a part, so it opens nothing. Enter the paper again."
        if order.next_report_on is not None:
            report_at = datetime.combine(order.next_report_on, time(0), UTC)
            yield from self.describe_day("A report to the court", report_at, find_opening_time(report_at, order.court))
        if order.prohibits and self.bound:
            yield from self.iterate_due_of_ban()
        if self.effects.is_in_force(order.id, self.at) and not self.is_pending:
            for act in order.acts_on:
                yield from self.iterate_due_of_act(act)

    def iterate_due_of_ban(self) -> Iterator[str]:
        """Yield what is due about an order in force."""
        order = self.order
        if order.expires_at is not None:
            last_day = format_court_day(order.expires_at, order.court)
            if find_opening_time(order.expires_at, order.court) <= self.at:
                yield (
                    f"Its own day passed on {last_day}, and it binds until a paper on file ends it. If it ended by "
                    "itself: comity orders template expiry. If it was extended: enter the extension with comity orders "
                    f"template tro (or injunction), with acts_on {order.id}, how: superseded"
                )
            elif order.expires_at - self.at <= NEAR:
                yield f"It gives {last_day} as its last day. That opens nothing by itself."
        if not order.served:
            yield "Nobody is recorded as served: comity orders serve"
        if (days := (self.at - self.last_look_at).days) >= REVIEW_DAYS:
            yield f"Nobody looked at its docket for {days} days: comity orders review {order.id}"

    def iterate_due_of_act(self, act: Disposition) -> Iterator[str]:
        """Yield what is due about what the order does to another."""
        if act.effective_at is None and act.how is not DispositionKind.STAYED:
            is_carried_out = any(
                paper.id != self.order.id and other.how is act.how and other.effective_at is not None
                for paper, other in self.effects.list_acts_on(act.order)
            )
            if not is_carried_out:
                yield f"Its mandate is not on file, so {act.order} is as it was: comity orders template mandate"
        if act.how is not DispositionKind.STAYED or self.effects.find_decision(self.order, act, self.at):
            return
        ends_at = _find_last_day(self.order, act)
        if ends_at is not None:
            yield from self.describe_day(f"The stay's last day, on which {act.order} binds again,", ends_at, ends_at)
        review_due_at = self.effects.find_review_due(self.order, act, self.at)
        if review_due_at is None or (ends_at is not None and ends_at <= self.at):
            return
        if review_due_at <= self.at:
            yield (
                f"Nobody confirmed since {_format_day(review_due_at)} that the stay is in force, so {act.order} binds: "
                f"comity orders review {self.order.id}"
            )
        elif review_due_at - self.at <= NEAR:
            due_on = _format_day(review_due_at)
            yield f"Confirm by {due_on} that the stay is in force: comity orders review {self.order.id}"

    def describe_day(self, what: str, day: datetime, passes_at: datetime) -> Iterator[str]:
        """Yield that a day has passed, at a time, or is near; nothing for one that is far."""
        day_words = format_court_day(day, self.order.court)
        if passes_at <= self.at:
            yield f"{what} was due on {day_words}."
        elif day - self.at <= NEAR:
            yield f"{what} is due on {day_words}."


def _find_last_day(paper: CourtOrder, act: Disposition) -> datetime | None:
    """Return the day on which a stay ends by itself, if it names one."""
    days = (paper.expires_at, act.hangs_on.until if act.hangs_on else None)
    return min((day for day in days if day is not None), default=None)


def list_limits(order: CourtOrder) -> list[str]:
    """Return the statutes and districts that an order is limited to; none when it has no limit."""
    return [*order.statutes, *(district.name for district in order.districts)]


def describe_extent(act: Disposition) -> str:
    """Return whether something is done to all of an order or to a part, and which part, in words."""
    if act.extent is not Extent.PART or act.part is None:
        return "not said" if act.extent is None else "whole"
    part = act.part
    named = [*part.parties, *(district.name for district in part.districts), *part.statutes, *part.cases]
    return "part: " + "; ".join([*named, *([part.in_words] if part.in_words else [])])


def describe_condition(condition: StayCondition | None) -> str:
    """Return what a stay hangs on, in words."""
    if condition is None:
        return "not said"
    until = "" if condition.until is None else f"until {_format_day(condition.until)}"
    if condition.matter is MatterKind.DAY:
        return until
    number = f", docket {condition.docket_number}" if condition.docket_number else ""
    court = f", {condition.heard_by}" if condition.heard_by else ""
    return f"{condition.matter} in {condition.case}{number}{court}" + (f", at most {until}" if until else "")


def _format_day(time_: datetime) -> str:
    return f"{time_.astimezone(UTC):%d %b %Y}"

"""The court orders over time, as one picture: which stand when, and what may not be done under an agreement when.

Guarantees: drawn from the law on file and nothing else, by the very function that the gates ask (`Law.is_in_force`);
black and white tells the same as color; no script, nothing fetched.
Start at `picture`, then `svg` or `page`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from comity.law import Law, Order, Verb

LEFT, WIDTH, LANE, TOP = 236, 830, 46, 64
"""Pixels: the labels' column, the time axis, one lane, and what stands above the first."""

_MARGIN = 0.04
_FEWEST = 60  # pixels of a span that has room for words


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time on a lane; `open` when it reaches past the picture's end."""

    x: float
    width: float
    label: str
    open: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment on a lane."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One order: when it stands, when it is suspended or ended, and what happened to it."""

    order: Order
    y: int
    title: str
    kind: str
    x: float
    date: str
    stands: tuple[Span, ...]
    gone: tuple[Span, ...]
    served: tuple[Mark, ...]
    expires: Mark | None
    acts: tuple[tuple[float, int, str], ...]
    pending: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One verb: when it is prohibited, and by which orders."""

    verb: str
    y: int
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is drawn, in pixels."""

    agreement: str
    lanes: tuple[Lane, ...]
    rows: tuple[Row, ...]
    months: tuple[Mark, ...]
    now: Mark
    height: int
    first_row: int


def picture(law: Law, agreement: str, *, now: datetime) -> Picture:
    """The picture of an agreement's orders, up to `now` or the last known turning point after it.

    Raises:
        PolicyError: `agreement_unknown`.
    """
    return _Drawing(law, law.agreement(agreement).id, now.astimezone(UTC)).picture()


def svg(drawn: Picture) -> str:
    """The picture alone."""
    return _environment().get_template("timeline.svg.j2").render(p=drawn, left=LEFT, width=WIDTH, lane=LANE, top=TOP)


def page(drawn: Picture, law: Law, *, now: datetime) -> str:
    """The picture on a page, with the orders in words beneath."""
    orders = [lane.order for lane in drawn.lanes]
    template = _environment().get_template("timeline.html.j2")
    ended = {order.id: _said_of(order, law) for order in orders}
    return template.render(
        p=drawn, svg=svg(drawn), orders=orders, ended=ended, pending=law.pending,
        in_force={order.id for order in orders if order.prohibits and law.is_in_force(order.id, now)},
        law=law.fingerprint, now=f"{now:%d %B %Y, %H:%M} UTC",
    )  # fmt: skip


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("comity.app", "."), autoescape=select_autoescape(["html", "svg", "html.j2", "svg.j2"]),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def _said_of(order: Order, law: Law) -> list[str]:
    """What other orders say of one, in words."""
    return [
        f"{act.how} by {other.id}, " + (f"{act.effective_at:%d %b %Y}" if act.effective_at else "at the mandate")
        for other in law.orders.values()
        for act in other.acts_on
        if act.order == order.id
    ]


class _Drawing:
    def __init__(self, law: Law, agreement: str, now: datetime) -> None:
        self.law, self.agreement = law, agreement
        touching = [order for order in law.orders.values() if order.touches(agreement)]
        self.orders = sorted(touching, key=lambda order: (order.effective_at, order.id))
        times = [now, *law.turning_points(), *(s.at for order in touching for s in order.served)]
        whole = max(max(times) - min(times), timedelta(days=30))
        self.start, self.end = min(times) - whole * _MARGIN, max(times) + whole * _MARGIN
        self.now = now
        inside = [self.start, *(at for at in law.turning_points() if self.start < at), self.end]
        self.periods = list(pairwise(inside))

    def x(self, at: datetime) -> float:
        return round(LEFT + WIDTH * ((at - self.start) / (self.end - self.start)), 1)

    def picture(self) -> Picture:
        first_row = TOP + LANE * len(self.orders) + 64
        verbs = [verb for verb in Verb if any(verb in order.prohibits for order in self.orders)]
        rows = tuple(self.row(verb, first_row + 24 * place) for place, verb in enumerate(verbs))
        places = {order.id: TOP + LANE * place for place, order in enumerate(self.orders)}
        return Picture(
            self.agreement,
            tuple(self.lane(order, places) for order in self.orders),
            rows,
            tuple(self.months()),
            Mark(self.x(self.now), f"{self.now:%d %b %Y}"),
            first_row + 24 * len(rows) + 16,
            first_row,
        )

    def lane(self, order: Order, places: dict[str, int]) -> Lane:
        stands = self.spans(lambda at: [", ".join(order.prohibits)] if self.law.is_in_force(order.id, at) else [])
        gone = self.spans(lambda at: self.ended_by(order, at))
        agreed = self.law.agreement(self.agreement)
        sides = {
            "custodian": agreed.custodian in self._bound(order),
            "recipient": bool(set(agreed.requesters) & self._bound(order)),
        }
        kind = (
            "opens_nothing"
            if order.opens_nothing
            else "acts"
            if not order.prohibits
            else " and ".join(s for s, is_ in sides.items() if is_) or "others"
        )
        return Lane(
            order=order,
            y=places[order.id],
            title=f"{order.court} {order.case_number}",
            kind=kind,
            x=self.x(order.effective_at),
            date=f"{order.effective_at:%d %b %Y}",
            stands=stands if order.prohibits else (),
            gone=gone if order.prohibits else (),
            served=tuple(Mark(self.x(s.at), f"served on {s.party}, {s.at:%d %b %Y}") for s in order.served),
            expires=None if order.expires_at is None else Mark(self.x(order.expires_at), f"{order.expires_at:%d %b %Y}"),
            acts=tuple(
                (self.x(act.effective_at), places[act.order], str(act.how))
                for act in order.acts_on if act.effective_at is not None and act.order in places
            ),
            pending=order.id in self.law.pending,
        )  # fmt: skip

    def ended_by(self, order: Order, at: datetime) -> list[str]:
        """Which records end or suspend an order at a time, in words; nothing while it stands, or before it does."""
        if at < order.effective_at or self.law.is_in_force(order.id, at):
            return []
        return [
            f"{act.how} by {other.id}"
            for other in self.orders
            for act in other.acts_on
            if act.order == order.id and act.effective_at is not None and act.effective_at <= at
        ]

    def _bound(self, order: Order) -> set[str]:
        """The agencies that an order binds, with what is part of them."""
        bound, grown = set(order.binds), True
        while grown:
            more = {a.id for a in self.law.agencies.values() if a.parent in bound} - bound
            bound, grown = bound | more, bool(more)
        return bound

    def row(self, verb: Verb, y: int) -> Row:
        return Row(
            str(verb), y, self.spans(lambda at: [o.id for o in self.law.orders_in_force(at, self.agreement, verb)])
        )

    def spans(self, said: Callable[[datetime], list[str]]) -> tuple[Span, ...]:
        """Periods in which something is said, those that say the same taken together."""
        found: list[tuple[datetime, datetime, str]] = []
        for start, end in self.periods:
            label = ", ".join(said(start))
            if label and found and found[-1][1:] == (start, label):
                found[-1] = (found[-1][0], end, label)
            elif label:
                found.append((start, end, label))
        spans = []
        for start, end, label in found:
            width = round(self.x(end) - self.x(start), 1)
            spans.append(Span(self.x(start), width, label if width >= _FEWEST else "", end == self.end))
        return tuple(spans)

    def months(self) -> list[Mark]:
        """The first of every month, quarter or year, whichever leaves room for its name."""
        days = (self.end - self.start).days
        step = 1 if days < 400 else 3 if days < 1500 else 12
        marks, year, month = [], self.start.year, 1
        while (at := datetime(year, month, 1, tzinfo=UTC)) < self.end:
            if at > self.start:
                marks.append(Mark(self.x(at), f"{at:%b %Y}"))
            year, month = (year, month + step) if month + step <= 12 else (year + 1, 1)
        return marks

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

from comity.law import CourtOrder, Law, ProhibitedAct

LABEL_COLUMN_WIDTH, TIME_AXIS_WIDTH, LANE_HEIGHT, HEADER_HEIGHT = 236, 830, 46, 64
"""Pixels: the labels' column, the time axis, one lane, and what stands above the first."""

_MARGIN_SHARE = 0.04
_MIN_LABEL_WIDTH = 60  # pixels of a span that has room for words


@dataclass(frozen=True, slots=True)
class TimelineSpan:
    """A stretch of time on a lane; `open` when it reaches past the picture's end."""

    x: float
    width: float
    label: str
    is_open_ended: bool


@dataclass(frozen=True, slots=True)
class TimelineMark:
    """A moment on a lane."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class OrderLane:
    """One order: when it stands, when it is suspended or ended, and what happened to it."""

    order: CourtOrder
    y: int
    title: str
    kind: str
    effective_x: float
    effective_date_label: str
    in_force_spans: tuple[TimelineSpan, ...]
    not_in_force_spans: tuple[TimelineSpan, ...]
    service_marks: tuple[TimelineMark, ...]
    expiry_mark: TimelineMark | None
    act_links: tuple[tuple[float, int, str], ...]
    is_pending: bool


@dataclass(frozen=True, slots=True)
class ProhibitionRow:
    """One verb: when it is prohibited, and by which orders."""

    verb: str
    y: int
    spans: tuple[TimelineSpan, ...]


@dataclass(frozen=True, slots=True)
class TimelineLayout:
    """Everything that is drawn, in pixels."""

    agreement: str
    lanes: tuple[OrderLane, ...]
    rows: tuple[ProhibitionRow, ...]
    month_marks: tuple[TimelineMark, ...]
    now_mark: TimelineMark
    height: int
    first_row_y: int


def layout_timeline(law: Law, agreement: str, *, now: datetime) -> TimelineLayout:
    """The picture of an agreement's orders, up to `now` or the last known turning point after it.

    Raises:
        PolicyError: `agreement_unknown`.
    """
    return _TimelineBuilder(law, law.get_agreement(agreement).id, now.astimezone(UTC)).build()


def render_timeline_svg(drawn: TimelineLayout) -> str:
    """The picture alone."""
    return (
        _template_environment()
        .get_template("timeline.svg.j2")
        .render(p=drawn, left=LABEL_COLUMN_WIDTH, width=TIME_AXIS_WIDTH, lane=LANE_HEIGHT, top=HEADER_HEIGHT)
    )


def render_timeline_page(drawn: TimelineLayout, law: Law, *, now: datetime) -> str:
    """The picture on a page, with the orders in words beneath."""
    orders = [lane.order for lane in drawn.lanes]
    template = _template_environment().get_template("timeline.html.j2")
    ended = {order.id: _describe_acts_on(order, law) for order in orders}
    return template.render(
        p=drawn, svg=render_timeline_svg(drawn), orders=orders, ended=ended, pending=law.pending,
        in_force={order.id for order in orders if order.prohibits and law.is_in_force(order.id, now)},
        law=law.fingerprint, now=f"{now:%d %B %Y, %H:%M} UTC",
    )  # fmt: skip


def _template_environment() -> Environment:
    return Environment(
        loader=PackageLoader("comity.app.pages", "templates"), autoescape=select_autoescape(["html", "svg", "html.j2", "svg.j2"]),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def _describe_acts_on(order: CourtOrder, law: Law) -> list[str]:
    """What other orders say of one, in words."""
    return [
        f"{act.how} by {other.id}, " + (f"{act.effective_at:%d %b %Y}" if act.effective_at else "at the mandate")
        for other in law.orders.values()
        for act in other.acts_on
        if act.order == order.id
    ]


class _TimelineBuilder:
    def __init__(self, law: Law, agreement: str, now: datetime) -> None:
        self.law, self.agreement = law, agreement
        touching = [order for order in law.orders.values() if order.is_applicable_to(agreement)]
        self.orders = sorted(touching, key=lambda order: (order.effective_at, order.id))
        times = [now, *law.list_order_change_times(), *(s.at for order in touching for s in order.served)]
        whole = max(max(times) - min(times), timedelta(days=30))
        self.start, self.end = min(times) - whole * _MARGIN_SHARE, max(times) + whole * _MARGIN_SHARE
        self.now = now
        inside = [self.start, *(at for at in law.list_order_change_times() if self.start < at), self.end]
        self.periods = list(pairwise(inside))

    def time_to_x(self, at: datetime) -> float:
        return round(LABEL_COLUMN_WIDTH + TIME_AXIS_WIDTH * ((at - self.start) / (self.end - self.start)), 1)

    def build(self) -> TimelineLayout:
        first_row = HEADER_HEIGHT + LANE_HEIGHT * len(self.orders) + 64
        verbs = [verb for verb in ProhibitedAct if any(verb in order.prohibits for order in self.orders)]
        rows = tuple(self.build_row(verb, first_row + 24 * place) for place, verb in enumerate(verbs))
        places = {order.id: HEADER_HEIGHT + LANE_HEIGHT * place for place, order in enumerate(self.orders)}
        return TimelineLayout(
            self.agreement,
            tuple(self.build_lane(order, places) for order in self.orders),
            rows,
            tuple(self.month_marks()),
            TimelineMark(self.time_to_x(self.now), f"{self.now:%d %b %Y}"),
            first_row + 24 * len(rows) + 16,
            first_row,
        )

    def build_lane(self, order: CourtOrder, places: dict[str, int]) -> OrderLane:
        stands = self.merge_periods(
            lambda at: [", ".join(order.prohibits)] if self.law.is_in_force(order.id, at) else []
        )
        gone = self.merge_periods(lambda at: self.describe_ending(order, at))
        agreed = self.law.get_agreement(self.agreement)
        sides = {
            "custodian": agreed.custodian in self._bound_agencies(order),
            "recipient": bool(set(agreed.requester_ids) & self._bound_agencies(order)),
        }
        kind = (
            "opens_nothing"
            if order.is_denial_or_opinion
            else "acts"
            if not order.prohibits
            else " and ".join(s for s, is_ in sides.items() if is_) or "others"
        )
        return OrderLane(
            order=order,
            y=places[order.id],
            title=f"{order.court} {order.case_number}",
            kind=kind,
            effective_x=self.time_to_x(order.effective_at),
            effective_date_label=f"{order.effective_at:%d %b %Y}",
            in_force_spans=stands if order.prohibits else (),
            not_in_force_spans=gone if order.prohibits else (),
            service_marks=tuple(TimelineMark(self.time_to_x(s.at), f"served on {s.party}, {s.at:%d %b %Y}") for s in order.served),
            expiry_mark=None if order.expires_at is None else TimelineMark(self.time_to_x(order.expires_at), f"{order.expires_at:%d %b %Y}"),
            act_links=tuple(
                (self.time_to_x(act.effective_at), places[act.order], str(act.how))
                for act in order.acts_on if act.effective_at is not None and act.order in places
            ),
            is_pending=order.id in self.law.pending,
        )  # fmt: skip

    def describe_ending(self, order: CourtOrder, at: datetime) -> list[str]:
        """Which records end or suspend an order at a time, in words; nothing while it stands, or before it does."""
        if at < order.effective_at or self.law.is_in_force(order.id, at):
            return []
        return [
            f"{act.how} by {other.id}"
            for other in self.orders
            for act in other.acts_on
            if act.order == order.id and act.effective_at is not None and act.effective_at <= at
        ]

    def _bound_agencies(self, order: CourtOrder) -> set[str]:
        """The agencies that an order binds, with what is part of them."""
        bound, grown = set(order.binds), True
        while grown:
            more = {a.id for a in self.law.agencies.values() if a.parent in bound} - bound
            bound, grown = bound | more, bool(more)
        return bound

    def build_row(self, verb: ProhibitedAct, y: int) -> ProhibitionRow:
        return ProhibitionRow(
            str(verb),
            y,
            self.merge_periods(lambda at: [o.id for o in self.law.find_orders_in_force(at, self.agreement, verb)]),
        )

    def merge_periods(self, said: Callable[[datetime], list[str]]) -> tuple[TimelineSpan, ...]:
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
            width = round(self.time_to_x(end) - self.time_to_x(start), 1)
            spans.append(
                TimelineSpan(self.time_to_x(start), width, label if width >= _MIN_LABEL_WIDTH else "", end == self.end)
            )
        return tuple(spans)

    def month_marks(self) -> list[TimelineMark]:
        """The first of every month, quarter or year, whichever leaves room for its name."""
        days = (self.end - self.start).days
        step = 1 if days < 400 else 3 if days < 1500 else 12
        marks, year, month = [], self.start.year, 1
        while (at := datetime(year, month, 1, tzinfo=UTC)) < self.end:
            if at > self.start:
                marks.append(TimelineMark(self.time_to_x(at), f"{at:%b %Y}"))
            year, month = (year, month + step) if month + step <= 12 else (year + 1, 1)
        return marks

"""Lay out the court orders of an agreement over time: when each is in force, and what is prohibited when.

Guarantees: every span comes from the law on file, through the functions that the gates call (`Law.is_in_force`,
`Law.find_orders_in_force`), so the picture cannot say anything else than the gates do.
Does not: draw. `app/pages/timeline_page.py` renders a layout as SVG or HTML.
Start at `layout_timeline`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from comity.law import CourtOrder, Law, ProhibitedAct
from comity.law.court_days import find_opening_time
from comity.orders.court_times import format_court_day
from comity.orders.docket import describe_extent

LABEL_COLUMN_WIDTH, TIME_AXIS_WIDTH, LANE_HEIGHT, HEADER_HEIGHT = 236, 830, 46, 64
"""Pixels: the labels' column, the time axis, one lane, and the header above the first lane."""

_ROW_HEIGHT = 24
_ROWS_HEADER_HEIGHT = 64
_BOTTOM_MARGIN = 16
_MARGIN_SHARE = 0.04  # of the time shown, left free on either side
_FEW_DAYS = 62  # a shorter picture is marked by days
_MOST_DAY_MARKS = 8
_MIN_LABEL_WIDTH = 60  # pixels; a narrower span has no room for its label


@dataclass(frozen=True, slots=True)
class TimelineSpan:
    """A period on a lane or row; `is_open_ended` when it reaches the right edge of the picture.

    `label` is `words` where the period is wide enough for them, and empty elsewhere. `is_open_in_part` says that
    another paper opened a part of an order in force, which `words` name.
    """

    x: float
    width: float
    label: str
    is_open_ended: bool
    words: str
    starts_at: datetime
    ends_at: datetime
    is_open_in_part: bool = False


@dataclass(frozen=True, slots=True)
class TimelineMark:
    """A point in time on a lane or on the axis."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class OrderLane:
    """One order: its periods in force, its periods suspended or ended, its services, and the orders it acts on.

    `kind` is whom it binds (custodian, recipient, both, others), or that it only acts on other orders or opens nothing.
    `acts` say in words what it does to other orders. `is_in_force_now` is so when the picture was drawn.
    """

    order: CourtOrder
    y: int
    title: str
    kind: str
    effective_x: float | None
    effective_date_label: str
    in_force_spans: tuple[TimelineSpan, ...]
    not_in_force_spans: tuple[TimelineSpan, ...]
    service_marks: tuple[TimelineMark, ...]
    expiry_mark: TimelineMark | None
    act_links: tuple[tuple[float, int, str], ...]
    acts: tuple[str, ...]
    is_pending: bool
    is_in_force_now: bool


@dataclass(frozen=True, slots=True)
class ProhibitionRow:
    """One act: when it is prohibited, and by which orders."""

    verb: str
    y: int
    spans: tuple[TimelineSpan, ...]


@dataclass(frozen=True, slots=True)
class TimelineLayout:
    """The whole picture: every element with its place in pixels, and the first and the last time drawn."""

    agreement: str
    starts_at: datetime
    ends_at: datetime
    lanes: tuple[OrderLane, ...]
    rows: tuple[ProhibitionRow, ...]
    month_marks: tuple[TimelineMark, ...]
    now_mark: TimelineMark | None
    height: int
    first_row_y: int


def layout_timeline(
    law: Law, agreement: str, *, now: datetime, first: datetime | None = None, last: datetime | None = None
) -> TimelineLayout:
    """Lay out the orders that apply to an agreement, up to `now` or the last known change after it.

    With `first` or `last`, the picture begins or ends at that time. Every order has its lane, since one
    from before may be in force; what lies outside of the picture is not drawn.

    Raises:
        PolicyError: `agreement_unknown`.
        ValueError: when the picture would end before it begins.
    """
    return _TimelineBuilder(law, law.get_agreement(agreement).id, now.astimezone(UTC), first, last).build()


class _TimelineBuilder:
    def __init__(
        self, law: Law, agreement: str, now: datetime, first: datetime | None = None, last: datetime | None = None
    ) -> None:
        self.law, self.agreement, self.now = law, agreement, now
        applicable = [order for order in law.orders.values() if order.is_applicable_to(agreement)]
        self.orders = sorted(applicable, key=lambda order: (order.effective_at, order.id))
        change_times = law.list_order_change_times()
        times = [now, *change_times, *(service.at for order in applicable for service in order.served)]
        shown = max(max(times) - min(times), timedelta(days=30))
        self.start, self.end = min(times) - shown * _MARGIN_SHARE, max(times) + shown * _MARGIN_SHARE
        self.start, self.end = first or self.start, last or self.end
        if self.end <= self.start:
            raise ValueError("the picture would end before it begins")
        inner = (time for time in change_times if self.start < time < self.end)
        self.periods = list(pairwise([self.start, *inner, self.end]))

    def build(self) -> TimelineLayout:
        lane_y = {order.id: HEADER_HEIGHT + LANE_HEIGHT * number for number, order in enumerate(self.orders)}
        first_row_y = HEADER_HEIGHT + LANE_HEIGHT * len(self.orders) + _ROWS_HEADER_HEIGHT
        acts = [act for act in ProhibitedAct if any(act in order.prohibits for order in self.orders)]
        rows = [self.build_row(act, first_row_y + _ROW_HEIGHT * number) for number, act in enumerate(acts)]
        return TimelineLayout(
            agreement=self.agreement,
            starts_at=self.start,
            ends_at=self.end,
            lanes=tuple(self.build_lane(order, lane_y) for order in self.orders),
            rows=tuple(rows),
            month_marks=tuple(self.month_marks()),
            now_mark=self.mark(self.now, f"{self.now:%d %b %Y}") if self.lies_within(self.now) else None,
            height=first_row_y + _ROW_HEIGHT * len(rows) + _BOTTOM_MARGIN,
            first_row_y=first_row_y,
        )

    def build_lane(self, order: CourtOrder, lane_y: dict[str, int]) -> OrderLane:
        in_force = self.merge_periods(lambda time: self.describe_force(order, time))
        ends_at = self.find_own_end(order)
        is_in_force_now = bool(order.prohibits) and self.law.is_in_force(order.id, self.now)
        not_in_force = self.merge_periods(lambda time: self.describe_ending(order, time))
        return OrderLane(
            order=order,
            y=lane_y[order.id],
            title=f"{order.court} {order.case_number}",
            kind=self.lane_kind(order),
            effective_x=self.time_to_x(order.effective_at) if self.lies_within(order.effective_at) else None,
            effective_date_label=f"{order.effective_at:%d %b %Y}",
            in_force_spans=tuple(
                replace(span, is_open_in_part=bool(self.list_open_parts(order, span.starts_at))) for span in in_force
            )
            if order.prohibits
            else (),
            not_in_force_spans=not_in_force if order.prohibits else (),
            service_marks=tuple(
                self.mark(service.at, f"served on {service.party}, {service.at:%d %b %Y}")
                for service in order.served
                if self.lies_within(service.at)
            ),
            expiry_mark=(
                self.mark(min(ends_at, self.end), self.describe_own_end(order, is_in_force=is_in_force_now))
                if ends_at is not None and (self.lies_within(ends_at) or self.lies_within(order.expires_at or ends_at))
                else None
            ),
            act_links=tuple(
                (self.time_to_x(act.effective_at), lane_y[act.order], str(act.how))
                for act in order.acts_on
                if act.effective_at is not None and act.order in lane_y and self.lies_within(act.effective_at)
            ),
            acts=tuple(f"{act.order} {act.how} ({describe_extent(act)})" for act in order.acts_on),
            is_pending=order.id in self.law.pending,
            is_in_force_now=is_in_force_now,
        )

    def find_own_end(self, order: CourtOrder) -> datetime | None:
        """Return when an order's own last day is over, for one that forbids where its court sits; None without one."""
        if order.expires_at is None or not order.prohibits:
            return order.expires_at
        return find_opening_time(order.expires_at, order.court)

    def describe_own_end(self, order: CourtOrder, *, is_in_force: bool) -> str:
        """Return the day that an order gives for its own end, and that it opens nothing while the order binds."""
        day = "" if order.expires_at is None else format_court_day(order.expires_at, order.court)
        return f"{day}: opens nothing" if is_in_force else day

    def describe_force(self, order: CourtOrder, time: datetime) -> list[str]:
        """List what an order in force prohibits at a time, with the parts that are open; nothing when it is not."""
        if not self.law.is_in_force(order.id, time):
            return []
        parts = self.list_open_parts(order, time)
        return [", ".join(order.prohibits) + (f"; open for {', '.join(parts)}" if parts else "")]

    def list_open_parts(self, order: CourtOrder, time: datetime) -> list[str]:
        """List the parts of an order that other papers opened at a time, each with its paper."""
        effects = self.law.order_effects
        return [
            f"{describe_extent(act).removeprefix('part: ')} ({paper.id})"
            for paper, act in effects.list_acts_on(order.id)
            if act.part is not None and effects.is_carried_out(paper, act, time)
        ]

    def build_row(self, act: ProhibitedAct, y: int) -> ProhibitionRow:
        spans = self.merge_periods(
            lambda time: [
                f"{order.id} but for a part" if self.list_open_parts(order, time) else order.id
                for order in self.law.find_orders_in_force(time, self.agreement, act)
            ]
        )
        return ProhibitionRow(str(act), y, spans)

    def lane_kind(self, order: CourtOrder) -> str:
        """Return the `kind` of an order's lane."""
        if order.is_denial_or_opinion:
            return "opens_nothing"
        if not order.prohibits:
            return "acts"
        agreement, bound = self.law.get_agreement(self.agreement), self.bound_agencies(order)
        sides = {
            "custodian": agreement.custodian in bound,
            "recipient": not bound.isdisjoint(agreement.requester_ids),
        }
        return " and ".join(side for side, is_bound in sides.items() if is_bound) or "others"

    def bound_agencies(self, order: CourtOrder) -> set[str]:
        """Return the agencies that an order binds, with the agencies that are part of them."""
        bound = set(order.binds)
        while parts := {agency.id for agency in self.law.agencies.values() if agency.parent in bound} - bound:
            bound |= parts
        return bound

    def describe_ending(self, order: CourtOrder, time: datetime) -> list[str]:
        """List the records that end or suspend an order at a time; empty while it is in force or not yet effective."""
        if time < order.effective_at or self.law.is_in_force(order.id, time):
            return []
        return [
            f"{act.how}{' in part' if act.part else ''} by {other.id}"
            for other in self.orders
            for act in other.acts_on
            if act.order == order.id and act.effective_at is not None and act.effective_at <= time
        ]

    def merge_periods(self, labels_at: Callable[[datetime], list[str]]) -> tuple[TimelineSpan, ...]:
        """Return a span for each run of adjacent periods with the same labels; periods without a label have none."""
        merged: list[tuple[datetime, datetime, str]] = []
        for start, end in self.periods:
            label = ", ".join(labels_at(start))
            if label and merged and merged[-1][1:] == (start, label):
                merged[-1] = (merged[-1][0], end, label)
            elif label:
                merged.append((start, end, label))
        return tuple(self.span(start, end, label) for start, end, label in merged)

    def span(self, start: datetime, end: datetime, label: str) -> TimelineSpan:
        x = self.time_to_x(start)
        width = round(self.time_to_x(end) - x, 1)
        return TimelineSpan(
            x=x,
            width=width,
            label=label if width >= _MIN_LABEL_WIDTH else "",
            is_open_ended=end == self.end,
            words=label,
            starts_at=start,
            ends_at=end,
        )

    def lies_within(self, time: datetime) -> bool:
        """Return whether a time lies within the picture."""
        return self.start <= time <= self.end

    def day_marks(self, days: int) -> list[TimelineMark]:
        """Mark as many of a few days' beginnings as leave room for their names."""
        step = timedelta(days=-(-days // _MOST_DAY_MARKS) or 1)
        marks, day = [], datetime.combine(self.start.astimezone(UTC), time(0), UTC)
        while day < self.end:
            if day >= self.start:
                marks.append(self.mark(day, f"{day:%d %b %Y}"))
            day += step
        return marks

    def month_marks(self) -> list[TimelineMark]:
        """Mark days, the first of every month, quarter or year, whichever leaves room for its name."""
        days = (self.end - self.start).days
        if days < _FEW_DAYS:
            return self.day_marks(days)
        step = 1 if days < 400 else 3 if days < 1500 else 12
        marks, year, month = [], self.start.year, 1
        while (first := datetime(year, month, 1, tzinfo=UTC)) < self.end:
            if first > self.start:
                marks.append(self.mark(first, f"{first:%b %Y}"))
            year, month = (year, month + step) if month + step <= 12 else (year + 1, 1)
        return marks

    def mark(self, time: datetime, label: str) -> TimelineMark:
        return TimelineMark(self.time_to_x(time), label)

    def time_to_x(self, time: datetime) -> float:
        return round(LABEL_COLUMN_WIDTH + TIME_AXIS_WIDTH * ((time - self.start) / (self.end - self.start)), 1)

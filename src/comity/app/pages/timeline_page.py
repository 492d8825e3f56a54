"""Render the court orders of an agreement over time as one picture (SVG), or as a page with the orders in words.

Guarantees: black and white shows the same as color; no script; nothing is fetched from elsewhere. On a narrow screen
each order has a bar of its own, with its periods in words below, so that no label is cut off.
Does not: decide what is in force. `comity.orders.timeline` lays the picture out from the law on file.
Start at `render_timeline_page`.
"""

from datetime import datetime, timedelta

from comity.app.pages.page_template import load_template
from comity.law import CourtOrder, Law
from comity.law.dispositions import Disposition, DispositionKind
from comity.orders.court_times import format_court_day, format_court_time
from comity.orders.docket import DocketEntry, describe_condition, describe_extent, make_docket
from comity.orders.timeline import (
    HEADER_HEIGHT,
    LABEL_COLUMN_WIDTH,
    LANE_HEIGHT,
    TIME_AXIS_WIDTH,
    TimelineLayout,
)


def render_timeline_svg(layout: TimelineLayout) -> str:
    """Render the picture alone."""
    template = load_template("timeline.svg.j2")
    return template.render(
        p=layout, left=LABEL_COLUMN_WIDTH, width=TIME_AXIS_WIDTH, lane=LANE_HEIGHT, top=HEADER_HEIGHT
    )


def render_timeline_page(layout: TimelineLayout, law: Law, *, now: datetime) -> str:
    """Render the picture on a page, with the orders in words below it."""
    orders = [lane.order for lane in layout.lanes]
    return load_template("timeline.html.j2").render(
        p=layout,
        svg=render_timeline_svg(layout),
        left=LABEL_COLUMN_WIDTH,
        width=TIME_AXIS_WIDTH,
        last_day=layout.ends_at - timedelta(microseconds=1),
        format_time=format_court_time,
        orders=orders,
        ended={order.id: _describe_acts_on(order, law, now) for order in orders},
        pending=law.pending,
        states={entry.order.id: _describe_state(entry) for entry in make_docket(law, at=now)},
        law=law.fingerprint,
        now=f"{now:%d %B %Y, %H:%M} UTC",
    )


def _describe_state(entry: DocketEntry) -> str:
    """Return what of an order is in force, as the docket says it, and which orders a paper acts on."""
    acts_on = ", ".join(act.order for act in entry.order.acts_on)
    return f"{entry.state}: {acts_on}" if acts_on and not entry.order.prohibits else entry.state


def _describe_acts_on(order: CourtOrder, law: Law, now: datetime) -> list[str]:
    """List, in words, how other orders act on an order, what a stay hangs on, and by when two must review it."""
    return [
        f"{act.how}{_describe_part(act)} by {other.id}, "
        + (format_court_day(act.effective_at, other.court) if act.effective_at else "at the mandate")
        + _describe_stay(other, act, law, now)
        for other in law.orders.values()
        for act in other.acts_on
        if act.order == order.id
    ]


def _describe_part(act: Disposition) -> str:
    return f" in part ({describe_extent(act).removeprefix('part: ')})" if act.part else ""


def _describe_stay(paper: CourtOrder, act: Disposition, law: Law, now: datetime) -> str:
    """Return what a stay hangs on, and until when it must be reviewed while it is in effect; '' for another act."""
    if act.how is not DispositionKind.STAYED:
        return ""
    effects = law.order_effects
    due_at = effects.find_review_due(paper, act, now) if effects.is_carried_out(paper, act, now) else None
    review = f"; to be confirmed by {format_court_day(due_at)}" if due_at else ""
    return f"; hangs on: {describe_condition(act.hangs_on)}{review}"

"""Render the docket sheet as a page: what is due first, then every order with what other papers do to it.

Guarantees: no script; nothing is fetched from elsewhere; every value is escaped.
Does not: decide what is in force or due (`comity.orders.docket`).
Start at `render_docket_page`.
"""

from collections.abc import Sequence
from datetime import datetime

from comity.app.pages.page_template import load_template
from comity.orders.court_times import format_court_day
from comity.orders.docket import DocketEntry, list_limits
from comity.orders.order_steps import OrderSteps


def render_docket_page(
    entries: Sequence[DocketEntry], law_fingerprint: str, *, at: datetime, withdrawn: Sequence[OrderSteps] = ()
) -> str:
    """Render the sheet as of a time; `withdrawn` are the steps of the orders that two persons withdrew."""
    return load_template("docket.html.j2").render(
        entries=entries,
        due=[(entry.order.id, due) for entry in entries for due in entry.due],
        withdrawn=withdrawn,
        format_day=format_court_day,
        list_limits=list_limits,
        law=law_fingerprint,
        at=f"{at:%d %B %Y, %H:%M} UTC",
    )

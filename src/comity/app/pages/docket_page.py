"""Render the docket sheet as a page: what is due first, then every order with what other papers do to it.

Guarantees: no script; nothing is fetched from elsewhere; every value is escaped.
Does not: decide what is in force or due (`comity.orders.docket`).
Start at `render_docket_page`.
"""

from collections.abc import Sequence
from datetime import datetime

from comity.app.pages.page_template import load_template
from comity.orders.docket import DocketEntry


def render_docket_page(entries: Sequence[DocketEntry], law_fingerprint: str, *, at: datetime) -> str:
    """Render the sheet as of a time."""
    return load_template("docket.html.j2").render(
        entries=entries,
        due=[(entry.order.id, due) for entry in entries for due in entry.due],
        law=law_fingerprint,
        at=f"{at:%d %B %Y, %H:%M} UTC",
    )

"""Say what the pages of court orders, recalls and the ledger show.

Guarantees: what is in force comes from where the gates ask, too; the ledger's page shows what is public.
Start at `describe_orders`.
"""

from datetime import UTC, datetime
from typing import Any

from comity import recall
from comity.app import bootstrap
from comity.app.console.batch_view import format_time
from comity.app.pages.timeline_page import render_timeline_svg
from comity.app.use_cases.service_readiness import Service
from comity.law import load_law
from comity.ledger import log
from comity.orders.docket import DocketEntry, make_docket
from comity.orders.timeline import layout_timeline
from comity.store import entries
from comity.store.timestamps import parse_timestamp


def describe_orders(service: Service, *, at: datetime) -> dict[str, Any]:
    """Return the docket of court orders, what is due, and a picture of each agreement's orders (SVG), as plain data."""
    law = bootstrap.read_law(service.store)
    docket = make_docket(law, at=at)
    return {
        "at": format_time(at),
        "due": [{"order": entry.order.id, "what": what} for entry in docket for what in entry.due],
        "orders": [_describe_order(entry) for entry in docket],
        "timelines": [
            {"agreement": agreement, "svg": render_timeline_svg(layout_timeline(law, agreement, now=at))}
            for agreement in sorted(law.agreements)
        ],
        "law": law.fingerprint,
    }


def count_due(service: Service, *, at: datetime) -> int:
    """Return how many days and papers of orders are due."""
    return sum(len(entry.due) for entry in make_docket(bootstrap.read_law(service.store), at=at))


def count_overdue(service: Service, *, at: datetime) -> int:
    """Return how many recalls are overdue."""
    with service.store.read() as tx:
        return sum(bool(one.overdue) for one in recall.list_obligations(tx, load_law(), at=at))


def _describe_order(entry: DocketEntry) -> dict[str, Any]:
    order = entry.order
    return {
        "order": order.id,
        "court": f"{order.court} {order.case_number}, {order.case_name}",
        "paper": ", ".join(order.instruments).replace("_", " "),
        "from": f"{order.effective_at.astimezone(UTC):%d %b %Y}",
        "binds": ", ".join(order.bound_parties) or "nobody",
        "forbids": ", ".join(order.prohibits) or "nothing",
        "now": f"pending; {entry.state}" if entry.is_pending else entry.state,
        "acts": [f"{act.how} by {act.paper} ({act.extent}): {act.state}" for act in entry.acts],
    }


def describe_recalls(service: Service, *, at: datetime) -> dict[str, Any]:
    """Return what every recall asks of whom, and what is overdue, as plain data."""
    with service.store.read() as tx:
        obligations = [one.to_dict() for one in recall.list_obligations(tx, load_law(), at=at)]
    return {
        "recalls": obligations,
    }


def describe_ledger(service: Service) -> dict[str, Any]:
    """Return the ledger's head, the last checkpoint as it was signed, and who cosigned it, as plain data."""
    with service.store.read() as tx:
        size, last = log.tree_size(tx), entries.get_last_checkpoint(tx)
        cosigned = [] if last is None else entries.list_cosignatures(tx, last.size)
    return {
        "origin": service.home.origin,
        "entries": size,
        "signed_entries": 0 if last is None else last.size,
        "signed_at": None if last is None else format_time(parse_timestamp(last.signed_at)),
        "checkpoint": "" if last is None else last.note,
        "witnesses": [line.removeprefix("\u2014 ").split(" ")[0] for line in cosigned],
    }

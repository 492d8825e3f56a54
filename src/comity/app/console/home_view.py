"""Say what the first page shows: what waits for its reader, in one screen.

Start at `describe_home`.
"""

from datetime import datetime
from typing import Any

from comity.app.access import ACCESS_TABLE, PersonCaller
from comity.app.console.batch_view import describe_batches
from comity.app.console.filing_view import list_pending, may_decide
from comity.app.console.law_view import count_due, count_overdue
from comity.app.use_cases.service_readiness import Service
from comity.app.use_cases.stops import list_stops
from comity.store.batches import HELD


def describe_home(service: Service, caller: PersonCaller, *, at: datetime) -> dict[str, Any]:
    """Return who reads the page, and what waits, as plain data; what the reader cannot open is left out."""
    pending = list_pending(service)
    mine = sum(may_decide(caller, one) for one in pending)
    batches = describe_batches(service)["counts"]
    under_way = sum(count for state, count in batches.items() if state in {"receiving", "received"})
    waits = [
        _make_line("/console/filings", mine, "to decide", "filings wait for you as the second person"),
        _make_line("/console/filings", len(pending) - mine, "with others", "filings wait for somebody else"),
        _make_line("/console/batches", batches.get(HELD, 0), "held", "batches wait for law, an order or a filing"),
        _make_line("/console/batches", under_way, "under way", "batches come in, or are being judged"),
        _make_line("/console/orders", count_due(service, at=at), "due", "days and papers of orders"),
        _make_line("/console/recalls", count_overdue(service, at=at), "overdue", "recalls"),
    ]
    opened = {row.path for row in ACCESS_TABLE if row.people & caller.roles}
    return {
        "name": caller.name,
        "roles": sorted(caller.roles),
        "stopped_by": [one.name for one in list_stops(service)],
        "waits": sorted((one for one in waits if one["path"] in opened), key=lambda one: not one["count"]),
    }


def _make_line(path: str, count: int, label: str, what: str) -> dict[str, Any]:
    return {"path": path, "count": count, "label": label, "what": what}

"""Say what the page of sessions shows.

Start at `describe_sessions`.
"""

from datetime import datetime
from typing import Any

from comity.app.access import PersonCaller
from comity.app.console.batch_view import format_time
from comity.app.use_cases.people_sessions import list_sessions
from comity.app.use_cases.service_readiness import Service
from comity.store.desk.sessions import IDLE_TIME, TOTAL_TIME


def describe_sessions(service: Service, caller: PersonCaller, *, at: datetime) -> dict[str, Any]:
    """Return the open sessions that a person may see, as plain data."""
    return {
        "idle_minutes": int(IDLE_TIME.total_seconds()) // 60,
        "total_hours": int(TOTAL_TIME.total_seconds()) // 3600,
        "sessions": [
            {
                "handle": one.handle,
                "name": one.name,
                "opened_at": format_time(one.opened_at),
                "seen_at": format_time(one.seen_at),
                "is_own": one.is_own,
                "is_this_one": one.handle == caller.session,
            }
            for one in list_sessions(service, caller, at=at)
        ],
    }

"""Say what the page shows by which a person stops everything.

Start at `describe_stop`.
"""

from typing import Any

from comity.app.access import ACTING_ROLES, PersonCaller
from comity.app.console.batch_view import format_time
from comity.app.use_cases.service_readiness import Service
from comity.app.use_cases.stops import list_stops


def describe_stop(service: Service, caller: PersonCaller, *, can_sign_here: bool) -> dict[str, Any]:
    """Return the stops in force, each with its lift that waits, if one does, as plain data."""
    return {
        "may_stop": bool(caller.roles & ACTING_ROLES),
        "can_sign_here": can_sign_here,
        "stops": [
            {
                "stop": one.number,
                "by": one.name,
                "at": format_time(one.at),
                "reason": one.reason,
                "lift": one.pending_lift,
            }
            for one in list_stops(service)
        ],
    }

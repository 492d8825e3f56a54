"""Say what the first page shows: who reads it.

Start at `describe_home`.
"""

from typing import Any

from comity.app.access import PersonCaller
from comity.app.use_cases.service_readiness import Service


def describe_home(_service: Service, caller: PersonCaller) -> dict[str, Any]:
    """Return who reads the page, as plain data."""
    return {"name": caller.name, "roles": sorted(caller.roles)}

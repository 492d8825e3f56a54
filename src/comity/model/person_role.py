"""Name what the custodian's people may do in the service.

Guarantees: a role opens nothing by itself. What opens still takes two persons with keys of their own (ADR 0025); a role
says whose request a page or a form listens to.
Does not: grant roles (two persons file them) or say which route takes which role (`comity.app.access`).
Basis: ADR 0050.
Start at `PersonRole`.
"""

from enum import StrEnum


class PersonRole(StrEnum):
    """What a person of the custodian may do. The values are filed, so that they stay."""

    DISCLOSURE = "disclosure"
    APPROVER = "approver"
    COUNSEL = "counsel"
    PRIVACY = "privacy"
    SECURITY = "security"
    INSPECTOR = "inspector"


SINGLE_ROLES = frozenset({PersonRole.SECURITY, PersonRole.INSPECTOR})
"""Roles whose holder has no other: who lets people in, and who looks at everything and changes nothing."""

"""Which roles each person has in the service, and whose account logs in, as filed.

Guarantees: a role counts from the step by which a second person confirmed it until one person ends it, or revokes the
person's key; the last grant to a person is the one that counts.
Start at `list_role_grants`.
"""

from comity.law.filed_content import RoleGrant
from comity.law.filing_register import FilingRegister
from comity.model.filing import Act


def list_role_grants(register: FilingRegister) -> dict[str, RoleGrant]:
    """Return what each enrolled person may do, by the thumbprint of the person's key."""
    grants: dict[str, RoleGrant] = {}
    for state in register.list_in_force(Act.ROLE, Act.ROLE_END):
        if state.entered.act is Act.ROLE:
            grants[state.content.person] = state.content
        else:
            grants.pop(state.content.person, None)
    return {person: grant for person, grant in grants.items() if person in register.persons}


def find_account_holder(register: FilingRegister, issuer: str, subject: str) -> str | None:
    """Return whose an account is, as the thumbprint of the person's key; None when no role was granted for it."""
    holders = (
        p for p, grant in list_role_grants(register).items() if (grant.issuer, grant.subject) == (issuer, subject)
    )
    return next(holders, None)

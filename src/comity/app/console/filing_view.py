"""Say what the pages of filings show: what waits for a second person, and one filing whole.

Guarantees: the second person sees what the first one filed, field by field, with the hash that the ledger's entry
commits to by way of the first signature; of records only how many, never which.
Start at `describe_filing`.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.app import bootstrap
from comity.app.access import PersonCaller
from comity.app.console.batch_view import format_time
from comity.app.use_cases.filings_by_two import find_pending_orders
from comity.app.use_cases.service_readiness import Service
from comity.app.use_cases.signed_steps import DECISIONS, Decision, write_step
from comity.errors import ServiceError
from comity.law.filing_register import PENDING_TIME, replay_filings
from comity.ledger.filed import read_filings
from comity.model.filing import Act, Filing
from comity.model.person_role import PersonRole
from comity.orders.order_entry import list_remarks

CONSOLE_DEVICE = "console"
"""What a step says of where it was taken."""

_ORDER_PREFIX = "order:"
_APPROVER, _COUNSEL, _SECURITY = PersonRole.APPROVER, PersonRole.COUNSEL, PersonRole.SECURITY
_LEGAL_ACTS = {Act.ORDER, Act.ORDER_REVIEW, Act.CLEARANCE, Act.EXCEPTION, Act.LAW, Act.SUSPENSION_LIFT}
_ENTRY_ACTS = {Act.PERSON, Act.ROLE, Act.SIGNER}
_RECORD_ACTS = {Act.SUPPRESSION, Act.SUPPRESSION_LIFT}


@dataclass(frozen=True, slots=True)
class PendingFiling:
    """A filing that waits for a second person: its first step, and who withdrew it, if one of two did."""

    entered: Filing
    withdrawn_by: str | None = None

    @property
    def name(self) -> str:
        """Return the filing's name in paths."""
        subject = self.entered.subject
        return f"{_ORDER_PREFIX}{subject}" if self.entered.act is Act.ORDER else subject


def list_deciding_roles(act: Act) -> frozenset[PersonRole]:
    """Return the roles that decide, as second persons, about an act."""
    if act is Act.STOP_LIFT:
        return frozenset({_APPROVER, _COUNSEL, _SECURITY})
    if act in _LEGAL_ACTS:
        return frozenset({_COUNSEL})
    return frozenset({_SECURITY}) if act in _ENTRY_ACTS else frozenset({_APPROVER})


def list_pending(service: Service) -> tuple[PendingFiling, ...]:
    """Return what waits for a second person, orders too, oldest first."""
    with service.store.read() as tx:
        steps = read_filings(tx)
    found = [PendingFiling(state.entered) for state in replay_filings(steps).pending]
    found += [PendingFiling(order.entered, order.first_withdrawer) for order in find_pending_orders(steps)]
    return tuple(sorted(found, key=lambda one: one.entered.entry))


def may_decide(caller: PersonCaller, pending: PendingFiling) -> bool:
    """Return whether a person may confirm what waits: by role, and as another person than the first."""
    return bool(caller.roles & list_deciding_roles(pending.entered.act)) and pending.entered.by != caller.key


def describe_filings(service: Service, caller: PersonCaller) -> dict[str, Any]:
    """Return what waits for a second person, as plain data: first what the reader may decide."""
    pending = list_pending(service)
    listed = [_describe_pending(one) | {"is_mine": may_decide(caller, one)} for one in pending]
    return {"filings": sorted(listed, key=lambda one: not one["is_mine"])}


def find_pending(service: Service, name: str) -> PendingFiling:
    """Return what waits by its name in paths. Raises ServiceError `not_found`."""
    found = next((one for one in list_pending(service) if one.name == name), None)
    if found is None:
        message = "No filing of that name waits for a second person: it was decided, or never filed."
        raise ServiceError("not_found", message, "See what waits.")
    return found


def describe_filing(
    service: Service, caller: PersonCaller, name: str, *, can_sign_here: bool, at: datetime
) -> dict[str, Any]:
    """Return a filing whole, and what its second person signs, as plain data. Raises ServiceError `not_found`."""
    pending = find_pending(service, name)
    entered, roles = pending.entered, list_deciding_roles(pending.entered.act)
    decisions = [Decision(entered.act, entered.subject, step) for step in DECISIONS]
    return _describe_pending(pending) | {
        "content": describe_content(entered),
        "notes": _list_notes(service, entered),
        "content_sha256": hashlib.sha256(entered.content.encode()).hexdigest(),
        "signed_by": entered.by,
        "roles": sorted(roles),
        "may_confirm": may_decide(caller, pending),
        "may_withdraw": bool(caller.roles & roles),
        "is_own": entered.by == caller.key,
        "can_sign_here": can_sign_here,
        "steps": [{"step": str(one.step), "text": write_step(one, device=CONSOLE_DEVICE, at=at)} for one in decisions],
    }


def describe_content(entered: Filing) -> str:
    """Return what was filed, as JSON text a person can read; of records only how many."""
    content = entered.parsed_content
    if entered.act in _RECORD_ACTS:
        named = f"comity filings show {entered.subject}"
        content = content | {"records": f"{len(content['records'])} of the custodian's; which, says: {named}"}
    return json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True)


def _list_notes(service: Service, entered: Filing) -> list[str]:
    """Return what the first person was told on entering an order, for the second; nothing for another filing."""
    if entered.act is not Act.ORDER:
        return []
    law = bootstrap.read_law(service.store)
    return list(list_remarks(law.orders[entered.subject], law.leave_out_order(entered.subject)))


def _describe_pending(pending: PendingFiling) -> dict[str, Any]:
    entered = pending.entered
    return {
        "name": pending.name,
        "subject": entered.subject,
        "act": str(entered.act).replace("_", " "),
        "by": entered.name,
        "device": entered.device,
        "at": format_time(entered.at),
        "until": None if entered.act is Act.ORDER else format_time(entered.at + PENDING_TIME),
        "entry": entered.entry,
        "withdrawn_by": pending.withdrawn_by,
    }

"""Stop everything for a person who is logged in, and list the stops in force.

Guarantees: a stop is a filing, so that every release and delivery after it sees it, also one by the command line. The
service signs it with a key of its own, which the register takes for nothing else (ADR 0050).
Start at `stop_for`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.app import bootstrap
from comity.app.access import PersonCaller
from comity.app.use_cases.service_readiness import Service
from comity.ledger import log
from comity.ledger.filed import read_register
from comity.model.filing import Act
from comity.orders import filing_steps
from comity.orders.filing_steps import Filer


@dataclass(frozen=True, slots=True)
class StopInForce:
    """A stop: its number, for whom it was entered, when and why, and the number of the lift that waits, if one does."""

    number: int
    name: str
    at: datetime
    reason: str
    pending_lift: int | None


def stop_for(service: Service, caller: PersonCaller, reason: str, *, at: datetime) -> None:
    """Stop everything for a person. Raises PolicyError `law_invalid` for a reason that says nothing."""
    filer = Filer(caller.name, service.home.keys.load_console_key(), "console")
    _enter(service, Act.STOP, {"reason": reason, "person": caller.key}, filer, at=at)


def enter_lift(service: Service, filer: Filer, stop: int, reason: str, *, at: datetime) -> None:
    """Enter, as the first of two persons, that a stop counts no longer. Raises PolicyError `filing_refused`."""
    _enter(service, Act.STOP_LIFT, {"stop": stop, "reason": reason}, filer, at=at)


def list_stops(service: Service) -> list[StopInForce]:
    """Return the stops in force, oldest first."""
    with service.store.read() as tx:
        register = read_register(tx)
    lifted = {state.content.stop for state in register.list_in_force(Act.STOP_LIFT)}
    waiting = {s.content.stop: s.entered.number for s in register.pending if s.entered.act is Act.STOP_LIFT}
    return [
        StopInForce(n, s.entered.name, s.entered.at, s.content.reason, waiting.get(n))
        for s in register.list_in_force(Act.STOP)
        if (n := s.entered.number) not in lifted
    ]


def _enter(service: Service, act: Act, content: dict[str, Any], filer: Filer, *, at: datetime) -> None:
    context = bootstrap.load_filing_context(service.home)
    filing_steps.enter_filing(service.store, act, content, filer, context=context, at=at)
    log.sign_current_checkpoint(service.store, bootstrap.load_key_ring(service.home), at=at)

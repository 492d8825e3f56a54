"""File what takes two persons, show it to the second, and confirm or withdraw it.

Guarantees: a step and its ledger entry are one transaction, and the checkpoint that covers it is signed before the
result is returned.
Start at `file_act`, or `confirm_filing`.
"""

import getpass
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.errors import ComityError
from comity.law.filed_content import FILED_CONTENT, MIN_REASON_LENGTH
from comity.law.filing_register import FilingRegister, FilingState, replay_filings
from comity.ledger import log
from comity.ledger.filed import read_filings, read_register
from comity.model.filing import Act, Filing
from comity.orders import filing_steps
from comity.orders.act_checks import FilingContext
from comity.orders.filing_steps import Filer
from comity.orders.order_steps import OrderStatus, OrderSteps, list_order_steps
from comity.signing import load_private_key
from comity.store.database import Store

FileStep = Callable[[Store, Filer, FilingContext, datetime], FilingState]


@dataclass(frozen=True, slots=True)
class FiledStep:
    """A filing after a step, the person who took the step, and what the second person should know."""

    state: FilingState
    person: str
    warnings: tuple[str, ...] = ()


def describe_device() -> str:
    """Return the user and the host of this process, as a filing names the device that it came from."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


def file_act(home_path: Path, key_file: Path, act: Act, content: Mapping[str, Any]) -> FiledStep:
    """Enter an act as the person whose key it is.

    Raises:
        ComityError: `bad_argument` for a reason that is too short, `key_unusable`.
        PolicyError: `filing_refused`.
    """
    reason = FILED_CONTENT[act].model_fields.get("reason")
    if reason is not None and reason.is_required() and len(str(content.get("reason", "")).strip()) < MIN_REASON_LENGTH:
        message = f"The reason is shorter than {MIN_REASON_LENGTH} characters, so it tells the second person nothing."
        raise ComityError("bad_argument", message, "Nothing was filed. Say what was seen, and where.")
    return _take_step(
        home_path,
        key_file,
        lambda store, filer, context, at: filing_steps.enter_filing(store, act, content, filer, context=context, at=at),
    )


def confirm_filing(home_path: Path, key_file: Path, number: int) -> FiledStep:
    """Confirm a pending filing as the second person. Raises as `file_act`."""
    return _take_step(
        home_path,
        key_file,
        lambda store, filer, context, at: filing_steps.confirm_filing(store, number, filer, context=context, at=at),
    )


def withdraw_filing(home_path: Path, key_file: Path, number: int) -> FiledStep:
    """Withdraw a pending filing. Raises as `file_act`."""
    return _take_step(
        home_path,
        key_file,
        lambda store, filer, context, at: filing_steps.withdraw_filing(store, number, filer, context=context, at=at),
    )


def load_register(home_path: Path) -> FilingRegister:
    """Return what is on file. Raises PolicyError `law_invalid`, LedgerError `ledger_damaged`."""
    with bootstrap.open_store(Home.open(home_path)) as store, store.read() as tx:
        return read_register(tx)


def list_filed(home_path: Path) -> tuple[FilingRegister, tuple[OrderSteps, ...]]:
    """Return what is on file, and the steps of every order that was entered here. Raises as `load_register`."""
    with bootstrap.open_store(Home.open(home_path)) as store, store.read() as tx:
        filed = read_filings(tx)
    return replay_filings(filed), list_order_steps(filed)


def find_pending_orders(filed: Sequence[Filing]) -> tuple[OrderSteps, ...]:
    """Return the steps of the orders that wait for a second person, in the order of their entry."""
    return tuple(one for one in list_order_steps(filed) if one.status is OrderStatus.PENDING)


def _take_step(home_path: Path, key_file: Path, take_step: FileStep) -> FiledStep:
    """Take a step as the person who is enrolled with the key, and sign the ledger's checkpoint."""
    home, key, at = Home.open(home_path), load_private_key(key_file), clock.now()
    with bootstrap.open_store(home) as store:
        with store.read() as tx:
            register = read_register(tx)
        filer = filing_steps.find_filer(register, key, describe_device())
        state = take_step(store, filer, bootstrap.load_filing_context(home), at)
        log.sign_current_checkpoint(store, bootstrap.load_key_ring(home), at=clock.now())
    warnings = filing_steps.list_warnings(register, state, filer, at) if state.decided is not None else []
    return FiledStep(state, filer.name, tuple(warnings))

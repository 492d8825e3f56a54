"""Let a person sign a step about a filing on their own machine, and file it here with that signature.

    write_step      the exact bytes to sign: which filing, which step, from which device, when
    sign_step       on the person's machine: read them, say what they are, sign them with the person's key
    file_signed     here: take the step for the person who is logged in, with the signature that came

Guarantees: what is filed is what was signed, by the key that is enrolled for that person; a step counts for minutes
only, and once, since a filing is decided once.
Does not: hold a person's private key.
Basis: ADR 0025, ADR 0050.
Start at `file_signed`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from comity.app import bootstrap
from comity.app.home import Home
from comity.errors import ComityError
from comity.law import load_law
from comity.ledger import leaf, log
from comity.model.filing import Act, Filing, FilingStep
from comity.orders import filing_steps, order_filings
from comity.orders.filing_steps import RemoteFiler, StepFiler, refused_error
from comity.signing import load_private_key, sign_detached
from comity.store.database import Store
from comity.store.timestamps import parse_timestamp
from comity.strict_json import parse_strict_json

STEP_TIME = timedelta(minutes=15)
"""How long after a page showed a step its signature is taken."""

DECISIONS = (FilingStep.CONFIRMED, FilingStep.WITHDRAWN)
"""The steps that a second person takes."""

_MEMBERS = ({"act", "at", "content", "device", "filing", "step"}, {"at", "content", "device", "order", "step"})


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decides about a filing: its act, its subject (a number, or an order's id), and the step."""

    act: Act
    subject: str
    step: FilingStep


def write_step(decision: Decision, *, device: str, at: datetime) -> str:
    """Return the step to sign, as the canonical JSON that a filing's signature is over."""
    draft = Filing(
        entry=0,
        act=decision.act,
        subject=decision.subject,
        step=decision.step,
        by="",
        name="",
        device=device,
        at=at,
        content="null",
        salt=b"",
        signature="",
    )
    return leaf.encode_filing_payload(draft).decode()


def sign_step(step_file: Path, key_file: Path) -> tuple[dict[str, Any], str]:
    """Return what a step says, and the person's signature over it, to be given to the page.

    Raises:
        ComityError: `bad_argument` when the file holds no step of a second person, `key_unusable`.
    """
    key = load_private_key(key_file)
    try:
        data = step_file.read_bytes().strip()
        members = parse_strict_json(data)
        is_step = isinstance(members, dict) and set(members) in _MEMBERS and leaf.canonicalize_json(members) == data
    except (OSError, ValueError):
        is_step = False
    if not is_step or members["step"] not in DECISIONS or members["content"] is not None:
        message = "The file is no step that a page of Comity gave to sign, so nothing was signed."
        raise ComityError("bad_argument", message, "Save the step as the page gives it, and name that file.")
    return members, sign_detached(data, key)


def file_signed(home: Home, store: Store, decision: Decision, filer: StepFiler, *, at: datetime) -> None:
    """File a decision of a second person, and sign the ledger's checkpoint.

    Raises:
        PolicyError: `filing_refused` or `order_refused`, also for a step that was signed too long ago.
    """
    if isinstance(filer, RemoteFiler) and not at - STEP_TIME <= filer.signed_at <= at:
        raise refused_error("The step was signed too long ago.", "Take it from the page again, and sign that.")
    is_confirmed = decision.step is FilingStep.CONFIRMED
    if decision.act is Act.ORDER:
        decide_order = order_filings.confirm_order if is_confirmed else order_filings.withdraw_order
        decide_order(store, decision.subject, filer, law=load_law(), at=at)
    else:
        decide = filing_steps.confirm_filing if is_confirmed else filing_steps.withdraw_filing
        decide(store, int(decision.subject), filer, context=bootstrap.load_filing_context(home), at=at)
    log.sign_current_checkpoint(store, bootstrap.load_key_ring(home), at=at)


def read_step(text: str) -> tuple[str, datetime]:
    """Return which step a text says, and when it was signed. Raises PolicyError `filing_refused` for no step."""
    try:
        members = parse_strict_json(text.strip().encode())
        return str(members["step"]), parse_timestamp(members["at"])
    except (ValueError, TypeError, KeyError):
        raise refused_error("What came is no step.", "Take the step from the page again, and sign that.") from None

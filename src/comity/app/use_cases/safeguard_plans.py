"""Accept corrective action plans for the open findings of safeguard reviews, end them, and list their states.

Guarantees: the plan's paper is filed with it, and committed to by a ledger entry. Accepting one takes two persons; one
person can end it at once.
Basis: 26 USC 6103(p)(4); rule R08; ADR 0035.
Start at `accept_plan`.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from comity.app import bootstrap
from comity.app.home import Home
from comity.app.use_cases.filings_by_two import FiledStep, file_act
from comity.errors import ComityError
from comity.folders import replace_file
from comity.law.agency import SafeguardPlan
from comity.law.court_filings import apply_filings
from comity.law.filed_content import MAX_PLAN_BYTES
from comity.ledger.filed import read_filings, read_register
from comity.model.filing import Act


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What a plan is about: the agency, its title, its date, and the day by which it is to be carried out."""

    agency: str
    title: str
    dated_on: date
    due_on: date


def accept_plan(home_path: Path, key_file: Path, terms: PlanTerms, document: Path, reason: str) -> FiledStep:
    """Enter a plan with its paper, as the first of two persons.

    Raises:
        ComityError: `bad_argument` when the paper cannot be read or is too long; `key_unusable`.
        PolicyError: `filing_refused`, `law_invalid`.
    """
    try:
        paper = document.read_bytes()
    except OSError as error:
        raise ComityError("bad_argument", "The plan's paper could not be read.", "Check --document.") from error
    if not 0 < len(paper) <= MAX_PLAN_BYTES:
        message = f"The plan's paper must have from 1 to {MAX_PLAN_BYTES:,} bytes, since it is filed whole."
        raise ComityError("bad_argument", message, "Give the plan without its attachments.")
    content = {
        "agency": terms.agency,
        "title": terms.title,
        "dated_on": terms.dated_on.isoformat(),
        "due_on": terms.due_on.isoformat(),
        "document": base64.b64encode(paper).decode("ascii"),
        "document_sha256": hashlib.sha256(paper).hexdigest(),
        "reason": reason,
    }
    return file_act(home_path, key_file, Act.SAFEGUARD_PLAN, content)


def end_plan(home_path: Path, key_file: Path, plan: int, reason: str) -> FiledStep:
    """Enter that an accepted plan counts no longer: at once. Raises PolicyError `filing_refused`."""
    return file_act(home_path, key_file, Act.SAFEGUARD_PLAN_END, {"plan": plan, "reason": reason})


def list_plans(home_path: Path) -> Sequence[SafeguardPlan]:
    """Return the plans on file that two persons accepted, in the order in which they took effect."""
    home = Home.open(home_path)
    with bootstrap.open_store(home) as store, store.read() as tx:
        return apply_filings(bootstrap.load_law(home), read_filings(tx)).plans


def write_plan_document(home_path: Path, plan: int, out: Path) -> None:
    """Write the paper of an accepted plan, for its owner alone.

    Raises:
        PolicyError: `filing_missing` when two persons did not file it.
        ComityError: `bad_argument` when the file cannot be written.
    """
    with bootstrap.open_store(Home.open(home_path)) as store, store.read() as tx:
        content = read_register(tx).get_in_force(plan, Act.SAFEGUARD_PLAN).content
    try:
        replace_file(out, base64.b64decode(content.document))
    except OSError as error:
        raise ComityError("bad_argument", "The file could not be written.", "Name another with --out.") from error

"""Replay filings: who is enrolled, what is pending, and what is in force, of every act but court orders.

Guarantees: an act that opens, loosens or erases is in force from the step by which a second enrolled person confirmed
it, within `PENDING_TIME`; an act that closes (`CLOSING_ACTS`) from its first step. The first two persons enroll
themselves; every later one is enrolled by two others. A key is one person's and a person has one key, as far as names
and keys can tell. One person can revoke any key, the last but one too. Where one person is left, the holder of a
recovery key stands in for the second, to enroll another one and for nothing else. Nobody grants a role to themselves.
One step needs no person's key: the service stops everything for an enrolled person. Filings that contradict this raise
`law_invalid`, which stops everything.
Does not: replay court orders (`court_filings`), or verify signatures (`ledger.read_filings` does).
Basis: ADR 0025 and 0042.
Start at `replay_filings`.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from comity.errors import PolicyError
from comity.identity_cache import keep_results
from comity.law.filed_content import Enrollment, KeyRevocation, RoleGrant, Stop, parse_filed_content
from comity.model.filing import CLOSING_ACTS, Act, Filing, FilingStep
from comity.signing import import_public_key, key_thumbprint

FOUNDERS = 2
"""How many persons enroll themselves, at the beginning of a home."""

PENDING_TIME = timedelta(days=30)
"""How long after it was entered a filing can be confirmed."""


class FilingStatus(StrEnum):
    """Whether a filing waits for a second person, has effect, or was taken back."""

    PENDING = "pending"
    IN_FORCE = "in force"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class EnrolledPerson:
    """An enrolled person; `key` is the thumbprint of the person's key, `device` the one that enrolled them."""

    name: str
    key: str
    device: str
    enrolled_at: datetime


@dataclass(frozen=True)
class FilingState:
    """A filing: its first step, what it is now, and the step that confirmed or withdrew it, if one did."""

    entered: Filing
    status: FilingStatus
    decided: Filing | None = None

    @property
    def effective_entry(self) -> int:
        """Return the ledger entry from which it is what it is."""
        return (self.decided or self.entered).entry

    @cached_property
    def content(self) -> Any:
        """Return what was filed, typed."""
        return parse_filed_content(self.entered)


@dataclass(slots=True)
class FilingRegister:
    """What is on file: enrolled persons by the thumbprint of their key, and filings by number, orders left out.

    `recovery_keys` are the persons who hold one, by its thumbprint. `past_keys` are the keys that were revoked. Only
    `replay_filings` changes a register.
    """

    persons: dict[str, EnrolledPerson] = field(default_factory=dict)
    recovery_keys: dict[str, EnrolledPerson] = field(default_factory=dict)
    filings: dict[int, FilingState] = field(default_factory=dict)
    past_keys: set[str] = field(default_factory=set)

    @property
    def pending(self) -> tuple[FilingState, ...]:
        """Return the filings that wait for a second person, oldest first."""
        return tuple(state for state in self.filings.values() if state.status is FilingStatus.PENDING)

    def list_in_force(self, *acts: Act) -> tuple[FilingState, ...]:
        """Return the filings of these acts that have effect, in the order in which they took it."""
        states = [s for s in self.filings.values() if s.entered.act in acts and s.status is FilingStatus.IN_FORCE]
        return tuple(sorted(states, key=lambda state: state.effective_entry))

    def get_in_force(self, number: int, act: Act) -> FilingState:
        """Return a filing of an act that two persons made, by its number.

        Raises:
            PolicyError: `filing_missing` when there is none, or no second person has confirmed it.
        """
        state = self.filings.get(number)
        if state is None or state.entered.act is not act or state.status is not FilingStatus.IN_FORCE:
            message = f"No filing of that number about this ({act}) is in force: it takes two persons."
            raise PolicyError("filing_missing", message, "Nothing was done. See: comity filings list --all --home HOME")
        return state

    def is_founding(self) -> bool:
        """Return whether persons still enroll themselves."""
        return len(self.persons) + len(self.past_keys) < FOUNDERS

    def find_fault_of_enrollment(self, content: Enrollment) -> str | None:
        """Return why a person cannot be enrolled beside those on file; None when nothing speaks against it."""
        key = key_thumbprint(import_public_key(content.key))
        holders = self.persons | self.recovery_keys
        if key in holders or key in self.past_keys:
            return "That key is, or was, another person's. One key is one person, for good."
        if any(fold_name(content.name) == fold_name(person.name) for person in holders.values()):
            return "A person of that name has a key. One person has one key."
        if not fold_name(content.name):
            return "The name has no letters."
        return None


def fold_name(name: str) -> tuple[str, ...]:
    r"""Return what two spellings of one name have in common: letters without accents, in words, in any order.

    >>> fold_name("Doe, J\u00f3") == fold_name("JO  DOE")
    True
    """
    letters = unicodedata.normalize("NFKD", name).casefold()
    words = "".join(c if c.isalnum() else " " for c in letters if not unicodedata.combining(c)).split()
    return tuple(sorted(words))


def replay_filings(filings: Iterable[Filing], *, known_as_of: datetime | None = None) -> FilingRegister:
    """Return what is on file after these steps, given in the order of their ledger entries.

    Steps about court orders only have their signers checked. `known_as_of` leaves later steps out.

    Raises:
        PolicyError: `law_invalid` when the steps contradict each other.
    """
    return _replay(filings if isinstance(filings, tuple) else tuple(filings), known_as_of)


@keep_results
def _replay(filings: tuple[Filing, ...], known_as_of: datetime | None) -> FilingRegister:
    register = FilingRegister()
    for filing in filings:
        if known_as_of is not None and filing.at > known_as_of:
            continue
        fault = find_fault(register, filing)
        if fault is not None:
            raise PolicyError(
                "law_invalid",
                f"The filing under entry {filing.entry} contradicts those before it. {fault} Nothing is answered while "
                "it is not known what is in force.",
                "Stop releasing and run: comity ledger fsck",
            )
        _apply_step(register, filing)
    return register


def find_fault(register: FilingRegister, filing: Filing) -> str | None:
    """Return why a step cannot follow those in the register; None when it can."""
    if filing.by in register.recovery_keys and not _is_recovery_step(register, filing):
        return (
            "A recovery key files nothing. It confirms the enrollment of a person, while fewer than two are enrolled."
        )
    if not _may_file(register, filing) and not _is_stop_for_a_person(register, filing):
        return "The key that signed it is not an enrolled person's."
    if filing.act is Act.ORDER:
        return None
    if filing.step is FilingStep.ENTERED:
        return _find_fault_of_entry(register, filing)
    return _find_fault_of_decision(register, filing)


def _may_file(register: FilingRegister, filing: Filing) -> bool:
    """Return whether the key is an enrolled person's; orders were filed before there were enrolled persons."""
    if filing.act is Act.ORDER and not register.persons and not register.past_keys:
        return True
    return filing.by in register.persons or _is_founding_step(register, filing) or _is_recovery_step(register, filing)


def _is_recovery_step(register: FilingRegister, filing: Filing) -> bool:
    """Return whether a recovery key confirms, for the last person, the enrollment of another one."""
    if filing.act is not Act.PERSON or filing.step is not FilingStep.CONFIRMED:
        return False
    state = register.filings.get(filing.number)
    return (
        filing.by in register.recovery_keys
        and len(register.persons) < FOUNDERS
        and state is not None
        and state.entered.act is Act.PERSON
        and not state.content.is_recovery
    )


def _find_fault_of_entry(register: FilingRegister, filing: Filing) -> str | None:
    if filing.number != filing.entry:
        return "A filing is known by the entry of its first step."
    content = parse_filed_content(filing)
    if isinstance(content, Enrollment):
        return register.find_fault_of_enrollment(content)
    if isinstance(content, RoleGrant):
        return _find_fault_of_grant(register, filing, content)
    holders = register.persons | register.recovery_keys
    is_revocation = filing.act is Act.PERSON_REVOCATION and isinstance(content, KeyRevocation)
    return "No enrolled person has that key." if is_revocation and content.key not in holders else None


def _find_fault_of_grant(register: FilingRegister, filing: Filing, content: RoleGrant) -> str | None:
    if content.person not in register.persons:
        return "No enrolled person has that key."
    return (
        "Nobody grants a role to themselves, as the first person or as the second."
        if (filing.by == content.person)
        else None
    )


def _find_fault_of_decision(register: FilingRegister, filing: Filing) -> str | None:
    state = register.filings.get(filing.number)
    if state is None or state.status is not FilingStatus.PENDING or state.entered.act is not filing.act:
        return "No filing of that number is pending."
    if filing.step is FilingStep.CONFIRMED:
        return _find_fault_of_confirmation(register, filing, state)
    return None if filing.step is FilingStep.WITHDRAWN else "Only an order is served."


def _find_fault_of_confirmation(register: FilingRegister, filing: Filing, state: FilingState) -> str | None:
    entered = state.entered
    if filing.by == entered.by:
        return "The same person entered it. It takes two."
    if entered.by not in register.persons:
        return "The person who entered it is no longer enrolled."
    if filing.at - entered.at > PENDING_TIME:
        days = PENDING_TIME.days
        return f"It was entered more than {days} days ago, and what it rests on may have changed: enter it again."
    content = state.content
    if isinstance(content, Enrollment):
        if filing.by == key_thumbprint(import_public_key(content.key)):
            return "Nobody confirms their own enrollment."
        return register.find_fault_of_enrollment(content)
    return _find_fault_of_grant(register, filing, content) if isinstance(content, RoleGrant) else None


def _is_stop_for_a_person(register: FilingRegister, filing: Filing) -> bool:
    """Return whether the service stops everything for an enrolled person: no key is asked for, since it only closes."""
    if filing.act is not Act.STOP or filing.step is not FilingStep.ENTERED:
        return False
    content = parse_filed_content(filing)
    return isinstance(content, Stop) and content.person in register.persons


def _is_founding_step(register: FilingRegister, filing: Filing) -> bool:
    if filing.act is not Act.PERSON or filing.step is not FilingStep.ENTERED or not register.is_founding():
        return False
    content = parse_filed_content(filing)
    return not content.is_recovery and bool(filing.by == key_thumbprint(import_public_key(content.key)))


def _apply_step(register: FilingRegister, filing: Filing) -> None:
    if filing.act is Act.ORDER:
        return
    if filing.step is FilingStep.ENTERED:
        is_effective = filing.act in CLOSING_ACTS or _is_founding_step(register, filing)
        state = FilingState(filing, FilingStatus.IN_FORCE if is_effective else FilingStatus.PENDING)
    else:
        status = FilingStatus.IN_FORCE if filing.step is FilingStep.CONFIRMED else FilingStatus.WITHDRAWN
        state = FilingState(register.filings[filing.number].entered, status, filing)
    register.filings[filing.number] = state
    if state.status is FilingStatus.IN_FORCE and filing.act is Act.PERSON:
        person = _make_person(state)
        holders = register.recovery_keys if state.content.is_recovery else register.persons
        holders[person.key] = person
    if state.status is FilingStatus.IN_FORCE and filing.act is Act.PERSON_REVOCATION:
        for holders in (register.persons, register.recovery_keys):
            holders.pop(state.content.key, None)
        register.past_keys.add(state.content.key)


def _make_person(state: FilingState) -> EnrolledPerson:
    content, at = state.content, (state.decided or state.entered).at
    return EnrolledPerson(content.name, key_thumbprint(import_public_key(content.key)), state.entered.device, at)

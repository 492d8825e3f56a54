"""A data-sharing agreement as data: parties, dates, who may sign, what must be attested, statutes, caps, policy.

Guarantees: every clause and every figure has a citation and a seal. Gates read their thresholds here, so a new
agreement needs data and no code.
Does not: grant anything by itself. The statute is the control; the agreement only narrows it.
Basis: docs/law-notes.md 2.1 (the agreement of 7 April 2025 is a non-binding statement of policy, not the legal basis).
"""

import re
from datetime import date
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from comity.law.matching_profile import MatchingProfile
from comity.law.provisions import CitedRecord, Element, FrozenModel, Limit, verify_one_version, verify_unique_ids
from comity.model.written_times import WrittenDay
from comity.normalize.address_parser import parse_address
from comity.normalize.ascii_text import to_upper_ascii

MATCHING_STATUTE_ID = "usc-5-552a"


class Office(FrozenModel):
    """An office whose holder may sign a request; `also` lists other ways of writing it."""

    title: str
    also: tuple[str, ...] = ()
    element: str


class Delegate(CitedRecord):
    """A person to whom the head of the agency has delegated the signature, in writing, with dates."""

    name: str
    office: str


class RequiredAttestation(FrozenModel):
    """A statement that the signer must vouch for, and the element that requires it.

    With `max_age_days`, the statement is about a day (`on`), which may be at most that many days ago.
    """

    id: str
    meaning: str
    element: str
    max_age_days: int | None = Field(default=None, ge=0)


class Purpose(StrEnum):
    """A purpose besides criminal enforcement that an agreement may serve.

    Locating people, civil removal and voting are not members, so no agreement can serve them.
    """

    BENEFITS = "benefits"


class Offense(FrozenModel):
    """A statute under which a row may be sent; `also` lists other citations of the same provision.

    It is a Federal criminal statute, unless the agreement `serves` another purpose. `days_after_final_order` applies
    when the row cites this provision, except for its `paragraphs_without_delay`.
    """

    citation: str
    also: tuple[str, ...] = ()
    element: str
    days_after_final_order: int | None = Field(default=None, ge=0)
    paragraphs_without_delay: tuple[str, ...] = ()


class OfficeAddress(FrozenModel):
    """An office of the agency: nobody's mailing address on a tax return (failure mode A12).

    It has a house number, a street and a place as matching normalizes them: rows are compared with each of these, and
    an office without one of them would be the address of every row that lacks it too.
    """

    street: str
    city: str
    state: str
    zip: str

    @model_validator(mode="after")
    def verify_parts(self) -> Self:
        """Raise ValueError, naming the parts that are missing, unless the address has all that rows are compared by."""
        columns = (self.street, None, self.city, self.state, self.zip)
        address = parse_address(*(to_upper_ascii(column) for column in columns))
        missing = [name for name in ("number", "street", "city") if getattr(address, name) is None]
        if address.zip is None or not re.fullmatch("[0-9]{5}", address.zip):
            missing.append("zip")
        if missing:
            raise ValueError(f"an office's address must have a {', '.join(missing)} that can be read")
        return self


class Caps(FrozenModel):
    """The limits that the gates apply."""

    subjects_per_officer: Limit
    subjects_per_case: Limit
    rows_per_batch: Limit
    rows_per_30_days: Limit
    subjects_per_address: Limit
    subjects_per_building: Limit
    years_back: Limit
    same_reason_rows: Limit
    same_reason_percent: Limit


class ProbingLimits(FrozenModel):
    """How much variation on one question counts as probing (promise 15), within the last `days` days."""

    days: Limit
    addresses_per_name: Limit
    common_name_percent: Limit
    common_name_rows: Limit
    addresses_per_person: Limit
    spellings_per_address: Limit
    houses_per_street: Limit
    asks_per_question: Limit
    subjects_per_officer: Limit


class MatchRequirements(FrozenModel):
    """What `decide` requires of the evidence under this agreement.

    `tolerated_error`: at most this share of confirmations may be wrong, with 95 % confidence; the model knows the
    probability from which that holds. `confirm_probability`: a floor besides, where the parties want one.
    `is_number_exact`: the house number must be equal, since one digit away may be the house next door.
    `is_surname_required`: the surname must agree, since a taxpayer number that agrees may be borrowed (failure mode
    N08).
    """

    tolerated_error: float = Field(gt=0, lt=1)
    confirm_probability: float = Field(default=0.5, ge=0.5, le=1)
    review_probability: float = Field(gt=0, le=1)
    is_number_exact: bool
    is_surname_required: bool
    citation: str = Field(min_length=4)

    @model_validator(mode="after")
    def verify_probability_order(self) -> Self:
        """Raise ValueError when review would start above confirmation."""
        if self.review_probability > self.confirm_probability:
            raise ValueError("review_probability must not be above confirm_probability")
        return self


class Agreement(FrozenModel):
    """One agreement. `elements` are its clauses, which the other fields do not repeat.

    `rests_on` names the statutes on file whose words must be vouched for on the day a batch is judged. `serves` lists
    purposes other than criminal enforcement. `matching` switches the Privacy Act's matching controls on. `population`
    is the id of the population profile that the agreement was concluded for (None: the default one).
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    custodian: str
    requester: str
    requesters_also: tuple[str, ...] = ()
    effective_from: WrittenDay
    effective_to: WrittenDay | None = None
    authorities: tuple[str, ...] = Field(min_length=1)
    rests_on: tuple[str, ...] = Field(min_length=1)
    serves: tuple[Purpose, ...] = ()
    matching: MatchingProfile | None = None
    offices: tuple[Office, ...] = Field(min_length=1)
    delegates: tuple[Delegate, ...] = ()
    attestations: tuple[RequiredAttestation, ...] = ()
    statutes: tuple[Offense, ...] = Field(min_length=1)
    elements_answered: tuple[str, ...] = Field(min_length=1)
    needs: tuple[str, ...] = Field(min_length=1)
    caps: Caps
    probing: ProbingLimits
    earliest_final_order: Element | None = None
    office_addresses: tuple[OfficeAddress, ...] = ()
    match_policy: MatchRequirements
    population: str | None = None
    elements: tuple[Element, ...] = Field(min_length=1)

    @property
    def requester_ids(self) -> tuple[str, ...]:
        """Return the ids of every agency that may ask under the agreement."""
        return (self.requester, *self.requesters_also)

    def is_in_force_on(self, day: date) -> bool:
        """Return whether the agreement is in effect on `day` (`effective_to` is the first day after)."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)

    def is_attestation_required(self, attestation: str) -> bool:
        """Return whether the agreement requires an attestation."""
        return any(required.id == attestation for required in self.attestations)

    @model_validator(mode="after")
    def verify_consistency(self) -> Self:
        """Raise ValueError when ids repeat or dates are out of order."""
        verify_one_version(self.elements)
        verify_unique_ids([required.id for required in self.attestations], "attestations")
        if self.effective_to is not None and self.effective_to <= self.effective_from:
            raise ValueError("effective_to must come after effective_from")
        if self.matching is not None and MATCHING_STATUTE_ID not in self.rests_on:
            raise ValueError(f"an agreement with `matching` rests on {MATCHING_STATUTE_ID} too")
        return self

"""One person's paper as it was presented, and what an inspection of it concluded.

Guarantees: frozen; a `PresentedDocument` prints none of the values it holds; a conclusion names one proposition, one
outcome and one basis, and carries no value from the paper.
Does not: decide anything (`comity.documents`), or say what a genuine paper of a kind proves (`comity.law`).
Start at `PresentedDocument` and `InspectionReport`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum

from comity.model.finding import Finding, Outcome


class Proposition(StrEnum):
    """Something that a paper may show. The first five are about the paper, the rest about a person."""

    FORM_SOUND = "form_sound"  # what can be read is formed as its standard says
    UNALTERED = "unaltered"  # the data are those that the signer signed
    ISSUED_BY = "issued_by"  # the signer is the state that the paper names
    IN_VALIDITY = "in_validity"  # the day falls before the end of the paper's term
    NOT_REVOKED = "not_revoked"  # the issuer has not withdrawn the paper: no inspection can show this
    US_NATIONAL = "us_national"
    US_CITIZEN = "us_citizen"
    FOREIGN_NATIONAL = "foreign_national"
    LAWFUL_STATUS = "lawful_status"
    NAME_CURRENT = "name_current"
    SAME_PERSON = "same_person"  # the presenter is the person named: no paper can show this


STATUSES = (
    Proposition.US_NATIONAL,
    Proposition.US_CITIZEN,
    Proposition.FOREIGN_NATIONAL,
    Proposition.LAWFUL_STATUS,
)
"""The propositions about a person that law attaches to papers; rows of the evidence table speak of these alone."""


class Basis(IntEnum):
    """What a conclusion rests on, weakest first. Everything below CHIP_SIGNED can be typed or printed by anyone."""

    TYPED = 0  # a person typed what the paper says
    MRZ_TEXT = 1  # the machine-readable zone, as text
    BARCODE = 2  # an unsigned barcode
    CHIP_READ = 3  # data groups from a chip, not shown to be signed by a state on the trust list
    CHIP_SIGNED = 4  # data groups whose hashes a document signer of the issuing state signed
    CHIP_GENUINE = 5  # reserved: the chip also proved that it is not a copy; no check in this version reaches it


class Condition(StrEnum):
    """A condition that a row of the evidence table may set: met, not met or not settled for one paper on a day."""

    UNEXPIRED = "unexpired"  # the expiry date on the paper has not passed
    FULL_TERM = "full_term"  # issued for the full term of its kind, not limited (22 USC 2705(1))
    NO_ENDORSEMENT = "no_endorsement"  # an officer read the endorsements, and none says national but not citizen
    SEAL = "seal"  # an officer saw the seal of the issuing office
    CUSTODIAN = "custodian"  # names the custodian of the record
    BIRTH_FACTS = "birth_facts"  # gives full name, place and date of birth
    PARENTS_NAMED = "parents_named"
    FILED_WITHIN_A_YEAR = "filed_within_a_year"  # of the birth
    PARENTS_NOT_DIPLOMATS = "parents_not_diplomats"
    ISSUE_DATE_KNOWN = "issue_date_known"


TYPED_FIELDS = (
    "issuer",  # a state or territory (WA, PR), or a country (USA, D)
    "number",
    "surname",
    "given_names",
    "born_on",
    "birth_place",
    "filed_on",
    "issued_on",
    "expires_on",
    "parents",
    "custodian",
    "parents_diplomats",  # yes or no
)
"""What may be typed from a paper; dates as YYYY-MM-DD."""
YES_OR_NO_FIELDS = ("parents_diplomats",)
"""Those that are answered yes or no."""


@dataclass(frozen=True, slots=True)
class OfficerObservation:
    """What an officer saw on the paper in hand, on a day. None: the officer does not say."""

    seen_on: date
    no_endorsement: bool | None = None
    seal: bool | None = None
    names_linked: bool | None = None


@dataclass(frozen=True, slots=True)
class PresentedDocument:
    """One paper as it reached the inspection: bytes and text exactly as read. Nothing of it is stored or printed.

    `kind` is a kind of the evidence table (`us-passport-book`). `mrz` is the zone's text with its line breaks; `groups`
    maps data group numbers (1, 2, 14, 15) to whole files, tag and length included; `security_object` is EF.SOD;
    `barcode` is the text of an AAMVA barcode; `typed` has keys of `TYPED_FIELDS`.
    """

    kind: str
    mrz: str | None = field(default=None, repr=False)
    groups: Mapping[int, bytes] = field(default_factory=dict, repr=False)
    security_object: bytes | None = field(default=None, repr=False)
    barcode: str | None = field(default=None, repr=False)
    typed: Mapping[str, str] = field(default_factory=dict, repr=False)
    officer: OfficerObservation | None = None


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What was concluded about one proposition.

    `if_genuine` is what law attaches to a genuine paper of this kind, `outcome` what this one shows; `because` cites
    the law or standard, and `would_settle` says what is missing where the outcome is undetermined.
    """

    proposition: Proposition
    if_genuine: Outcome
    outcome: Outcome
    basis: Basis
    because: tuple[str, ...] = ()
    would_settle: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InspectionReport:
    """All that an inspection of one paper found and concluded on one day. It holds no value from the paper."""

    kind: str
    as_of: date
    basis: Basis
    findings: tuple[Finding, ...]
    conclusions: tuple[Conclusion, ...]

    def conclusion(self, proposition: Proposition) -> Conclusion:
        """Return the conclusion about one proposition. Raises KeyError when there is none."""
        for conclusion in self.conclusions:
            if conclusion.proposition is proposition:
                return conclusion
        raise KeyError(proposition)

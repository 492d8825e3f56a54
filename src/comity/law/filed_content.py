"""What each act files, as typed data: the content of a filing's first step.

Guarantees: content that is incomplete, or has a field that nobody knows, is refused before it is filed.
Start at `FILED_CONTENT`.
"""

import base64
import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from comity.law.loader import build_document
from comity.law.provisions import FrozenModel
from comity.model.filing import Act, Filing
from comity.model.person_role import SINGLE_ROLES, PersonRole
from comity.model.written_times import WrittenDay, WrittenTime

RecordId = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=200)]
Verbatim = Annotated[str, StringConstraints(strip_whitespace=False)]
MIN_REASON_LENGTH = 4
Reason = Annotated[str, StringConstraints(min_length=MIN_REASON_LENGTH, max_length=1000)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
NOTIFIED_STATUTES = ("26 USC 7213(a)(1)", "26 USC 7213(a)(2)", "26 USC 7213A(a)", "18 USC 1030(a)(2)(B)")
"""The offenses of which a charge is notified (26 USC 7431(e))."""

MAX_PLAN_BYTES = 1 << 20
MAX_PLAN_TEXT = 4 * -(-MAX_PLAN_BYTES // 3)
MIN_RIGHTS_TEXT = 20

PublicKeyMembers = dict[str, str]
"""The members of a public key as a JSON Web Key."""


class Suppression(FrozenModel):
    """Records about which every answer is no, with all records of the same persons: withheld ones, or canaries."""

    kind: Literal["withheld", "canary"]
    records: tuple[RecordId, ...] = Field(min_length=1)
    reason: str = ""


class SuppressionLift(Suppression):
    """Records that may be answered about again, and why."""

    reason: Reason


class Enrollment(FrozenModel):
    """A person, with the one key of theirs; `proof` is a detached JWS by that key over home and name.

    `is_recovery`: the key is a recovery key. It files nothing. While fewer than two persons are enrolled, it confirms
    the enrollment that the last one entered.
    """

    name: str = Field(min_length=2, max_length=200)
    key: PublicKeyMembers
    proof: str
    is_recovery: bool = False


class KeyRevocation(FrozenModel):
    """A key that counts no longer: of a person, or of a requester's office."""

    key: str = Field(min_length=1, max_length=64)
    reason: Reason


class SignerRegistration(FrozenModel):
    """A key of a requester's office."""

    requester: str = Field(min_length=1, max_length=200)
    office: str = Field(min_length=1, max_length=300)
    key: PublicKeyMembers


class LawAddition(FrozenModel):
    """Files of the custodian's own law by their place, such as `agreements/benefit-address-2026.yaml`."""

    files: dict[str, Verbatim] = Field(min_length=1)


class AgreementState(FrozenModel):
    """An agreement that is suspended, or is so no longer, and why."""

    agreement: str
    reason: Reason


class Clearance(FrozenModel):
    """That an order does not reach an agreement between parties whom it binds, and why."""

    order: str
    agreement: str
    reason: Reason


class OrderReview(FrozenModel):
    """That an order was as it is on file at a time, and what shows it (the docket, a call to the clerk)."""

    order: str
    seen_at: WrittenTime
    reason: Reason


class BatchException(FrozenModel):
    """That one batch lies within an exception that an order names, in the order's words, and why.

    `batch` is the SHA-256 of the batch's manifest, which has the hash of its requests in it.
    """

    order: str
    batch: Sha256
    exception: str = Field(min_length=4, max_length=2000)
    reason: Reason


class RowSettlement(FrozenModel):
    """Flagged rows of one batch that an officer of the custodian has read, and what the officer found.

    `batch` is the SHA-256 of the batch's manifest, `rows` are numbers in its requests file.
    """

    batch: Sha256
    rows: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=1, max_length=100_000)
    reason: Reason


class SafeguardPlanAcceptance(FrozenModel):
    """An agency's corrective action plan for the open findings of its safeguard review: the paper itself, accepted.

    `document` is the paper in base64, and `document_sha256` its hash. The plan is to be carried out by `due_on`.
    """

    agency: str
    title: str = Field(min_length=4, max_length=300)
    dated_on: WrittenDay
    due_on: WrittenDay
    document: str = Field(min_length=4, max_length=MAX_PLAN_TEXT)
    document_sha256: Sha256
    reason: Reason

    @model_validator(mode="after")
    def verify_document(self) -> Self:
        """Raise ValueError unless the hash is the paper's, and the dates are in order."""
        try:
            paper = base64.b64decode(self.document, validate=True)
        except ValueError:
            raise ValueError("the document is not in base64") from None
        if hashlib.sha256(paper).hexdigest() != self.document_sha256:
            raise ValueError("document_sha256 is not the document's")
        if self.due_on < self.dated_on:
            raise ValueError("due_on must not be before dated_on")
        return self


class SafeguardPlanEnd(FrozenModel):
    """That an accepted plan counts no longer: it was rejected after all, or is not being carried out; and why."""

    plan: int = Field(ge=0)
    reason: Reason


class Notification(FrozenModel):
    """What the subjects of disclosures are to be notified of (26 USC 7431(e)): a charge, or proposed discipline.

    `rows` are those of one answered batch. `statute` and `docket` are of a charge; of proposed discipline, `docket`
    says which agency proposes it, and `rights` what the taxpayer may do in that proceeding.
    """

    batch: str
    rows: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=1)
    ground: Literal["charged", "proposed"]
    statute: str = Field(default="", max_length=100)
    on: WrittenDay
    docket: Annotated[str, StringConstraints(min_length=4, max_length=300, pattern=r"^[ -~]+$")]
    rights: str = Field(default="", max_length=2000)

    @model_validator(mode="after")
    def verify_ground(self) -> Self:
        """Raise ValueError unless a charge is under a statute that 7431(e) names, and discipline has its rights."""
        if self.ground == "charged" and self.statute not in NOTIFIED_STATUTES:
            raise ValueError(f"a charge is under one of {', '.join(NOTIFIED_STATUTES)}")
        if self.ground == "proposed" and (self.statute or len(self.rights) < MIN_RIGHTS_TEXT):
            raise ValueError("of proposed discipline, say the taxpayer's rights in it, and no statute")
        return self


class WitnessRequirement(FrozenModel):
    """The witnesses that must cosign (C2SP tlog-policy), or None when none must, and why."""

    policy: Verbatim | None
    reason: str = ""


class FingerprintChoice(FrozenModel):
    """The model, or the state of the index, that real records are answered with."""

    fingerprint: Sha256


class PurgeRequest(FrozenModel):
    """Answers to erase, and the order or schedule that demands it."""

    batch: str
    rows: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=1)
    order: str = Field(min_length=1, max_length=200)

    @field_validator("order")
    @classmethod
    def verify_order(cls, order: str) -> str:
        """Return the order as it is named; raise ValueError for what cannot be printed in one line."""
        if not order.isprintable():
            raise ValueError("name the order in one line")
        return order


class DestructionCertificate(FrozenModel):
    """A recipient's certificate, signed by a registered key of its own, that recalled answers are destroyed."""

    recall: str
    recipient: str
    document_sha256: Sha256
    signer: str


class RoleGrant(FrozenModel):
    """What a person may do in the service, and by which account of which provider the person logs in.

    `person` is the thumbprint of an enrolled person's key; `issuer` and `subject` name the account (OpenID Connect). A
    later grant to the same person takes the place of this one.
    """

    person: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
    roles: tuple[PersonRole, ...] = Field(min_length=1)
    issuer: str = Field(min_length=1, max_length=300)
    subject: Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=255)]

    @model_validator(mode="after")
    def verify_roles(self) -> Self:
        """Raise ValueError for a role named twice, and for one beside `security` or `inspector`."""
        if len(set(self.roles)) != len(self.roles):
            raise ValueError("a role is named twice")
        if len(self.roles) > 1 and set(self.roles) & SINGLE_ROLES:
            raise ValueError("whoever has the role security or inspector has no other")
        return self


class RoleEnd(FrozenModel):
    """That a person may do nothing in the service any more, and why."""

    person: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
    reason: Reason


class Stop(FrozenModel):
    """That nothing is released or delivered, and why.

    `person` is the thumbprint of an enrolled person's key. It is given where the service enters the stop, with a key of
    its own, for the person who is logged in.
    """

    reason: Reason
    person: str = Field(default="", max_length=64)


class StopLift(FrozenModel):
    """That one stop, named by its number, counts no longer, and why."""

    stop: int = Field(ge=0)
    reason: Reason


class KeyRotation(FrozenModel):
    """The key of the ledger (vkey) that hands over to a new one."""

    vkey: str


FILED_CONTENT: Mapping[Act, type[FrozenModel]] = MappingProxyType(
    {
        Act.SUPPRESSION: Suppression,
        Act.SUPPRESSION_LIFT: SuppressionLift,
        Act.PERSON: Enrollment,
        Act.PERSON_REVOCATION: KeyRevocation,
        Act.SIGNER: SignerRegistration,
        Act.SIGNER_REVOCATION: KeyRevocation,
        Act.LAW: LawAddition,
        Act.SUSPENSION: AgreementState,
        Act.SUSPENSION_LIFT: AgreementState,
        Act.CLEARANCE: Clearance,
        Act.ORDER_REVIEW: OrderReview,
        Act.EXCEPTION: BatchException,
        Act.ROW_CLEARANCE: RowSettlement,
        Act.ROW_REFUSAL: RowSettlement,
        Act.SAFEGUARD_PLAN: SafeguardPlanAcceptance,
        Act.SAFEGUARD_PLAN_END: SafeguardPlanEnd,
        Act.NOTIFICATION: Notification,
        Act.WITNESSES: WitnessRequirement,
        Act.MODEL: FingerprintChoice,
        Act.INDEX: FingerprintChoice,
        Act.PURGE: PurgeRequest,
        Act.DESTRUCTION: DestructionCertificate,
        Act.ROTATION: KeyRotation,
        Act.ROLE: RoleGrant,
        Act.ROLE_END: RoleEnd,
        Act.STOP: Stop,
        Act.STOP_LIFT: StopLift,
    }
)
"""The form of each act's content; an order's is `CourtOrder`."""


def parse_filed_content(filing: Filing) -> Any:
    """Return the typed content of an act's first step. Raises PolicyError `law_invalid`."""
    return build_document(FILED_CONTENT[filing.act], filing.parsed_content, f"filing {filing.entry}")

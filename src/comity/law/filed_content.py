"""What each act files, as typed data: the content of a filing's first step.

Guarantees: content that is incomplete, or has a field that nobody knows, is refused before it is filed.
Start at `FILED_CONTENT`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, StringConstraints, field_validator

from comity.law.loader import build_document
from comity.law.provisions import FrozenModel
from comity.model.filing import Act, Filing

RecordId = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=200)]
Verbatim = Annotated[str, StringConstraints(strip_whitespace=False)]
Reason = Annotated[str, StringConstraints(min_length=4, max_length=1000)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
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
    """A person, with the one key of theirs; `proof` is a detached JWS by that key over home and name."""

    name: str = Field(min_length=2, max_length=200)
    key: PublicKeyMembers
    proof: str


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
    seen_at: AwareDatetime
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
        Act.WITNESSES: WitnessRequirement,
        Act.MODEL: FingerprintChoice,
        Act.INDEX: FingerprintChoice,
        Act.PURGE: PurgeRequest,
        Act.DESTRUCTION: DestructionCertificate,
        Act.ROTATION: KeyRotation,
    }
)
"""The form of each act's content; an order's is `CourtOrder`."""


def parse_filed_content(filing: Filing) -> Any:
    """Return the typed content of an act's first step. Raises PolicyError `law_invalid`."""
    return build_document(FILED_CONTENT[filing.act], filing.parsed_content, f"filing {filing.entry}")

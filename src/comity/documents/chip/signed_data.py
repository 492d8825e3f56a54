"""CMS signed data with one signer, as security objects and master lists have it.

Guarantees: the signed bytes are kept as read; at most one SignerInfo, none of whose attributes that matter is repeated.
Does not: verify signatures (`signatures`); `judge_digest` compares the content with what was signed.
Basis: RFC 5652, sections 5.1 to 5.4.
Start at `parse_signed_data`.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from asn1crypto import core
from asn1crypto.algos import DigestAlgorithm, SignedDigestAlgorithm

from comity.documents.chip.ber import BerElement, BerFault, check_structure, children, read_element, to_definite
from comity.documents.chip.digests import compute_digest
from comity.model.finding import Outcome

SEQUENCE, SET, INTEGER, IDENTIFIER, OCTETS = 0x30, 0x31, 0x02, 0x06, 0x04
CONTEXT_0, KEY_ID = 0xA0, 0x80

SIGNED_DATA = "1.2.840.113549.1.7.2"
CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.5"


class SignedDataFault(ValueError):  # noqa: N818  the house's word
    """Signed data that cannot be read, or of a form that cannot be judged. Names no content."""

    def __init__(self, message: str, outcome: Outcome = Outcome.NOT_MET) -> None:
        """Raise with what is wrong; `outcome` is UNDETERMINED for an allowed form that is not read here."""
        self.outcome = outcome
        super().__init__(message)


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """The one SignerInfo. `signed_attributes` are the bytes that were signed: as read, under the tag of a SET."""

    digest_algorithm: str
    signature_algorithm: SignedDigestAlgorithm
    signature: bytes
    signed_attributes: bytes | None
    message_digest: bytes | None
    content_type: str | None
    signing_time: datetime | None
    key_id: bytes | None
    issuer: bytes | None
    serial: int | None


@dataclass(frozen=True, slots=True, repr=False)
class SignedData:
    """Signed content, the certificates beside it, and its signer. `remarks` name what is allowed but unusual."""

    content_type: str
    content: bytes
    certificates: tuple[bytes, ...]
    signer: Signer
    remarks: tuple[str, ...]


def parse_signed_data(data: bytes, what: str) -> SignedData:
    """Return what signed data hold. `what` names them in messages ("the security object").

    Raises:
        SignedDataFault: they are not well-formed, lack a part, or have not one signer.
    """
    try:
        remarks: list[str] = []
        if check_structure(data):
            data = to_definite(data)
            remarks.append("elements of indefinite length")
        return _parse(data, what, remarks)
    except BerFault as fault:
        raise SignedDataFault(f"{what} is not well-formed: {fault}") from None
    except SignedDataFault:
        raise
    except Exception:  # noqa: BLE001  whatever a parser raises on hostile bytes is a fault of theirs
        raise SignedDataFault(f"{what} is not CMS signed data of the standard's form") from None


def judge_digest(signed: SignedData) -> Outcome:
    """Return whether the signed attributes carry the content's type and hash; UNDETERMINED for an unknown hash."""
    signer = signed.signer
    if signer.message_digest is None or signer.content_type != signed.content_type:
        return Outcome.NOT_MET
    digest = compute_digest(signed.content, signer.digest_algorithm)
    if digest is None:
        return Outcome.UNDETERMINED
    return Outcome.MET if hmac.compare_digest(digest, signer.message_digest) else Outcome.NOT_MET


def _parse(data: bytes, what: str, remarks: list[str]) -> SignedData:
    identifier, wrapped = expect(data, read_element(data), SEQUENCE, (IDENTIFIER, CONTEXT_0))
    if _identifier(data, identifier) != SIGNED_DATA:
        raise SignedDataFault(f"{what} is not signed data")
    (signed_data,) = children(data, wrapped)
    _, _, encapsulated, *optional = children(data, signed_data)
    certificates = [element for element in optional if element.tag == CONTEXT_0]
    signers = [signer for element in optional if element.tag == SET for signer in children(data, element)]
    if len(signers) != 1:
        outcome = Outcome.UNDETERMINED if signers else Outcome.NOT_MET
        raise SignedDataFault(f"{what} has {len(signers)} signers, and one is expected", outcome)
    content_type, content = _encapsulated(data, encapsulated, remarks)
    return SignedData(
        content_type=content_type,
        content=content,
        certificates=tuple(raw(data, item) for element in certificates for item in children(data, element)),
        signer=_signer(data, signers[0]),
        remarks=tuple(remarks),
    )


def _encapsulated(data: bytes, element: BerElement, remarks: list[str]) -> tuple[str, bytes]:
    identifier, wrapped = expect(data, element, SEQUENCE, (IDENTIFIER, CONTEXT_0))
    (octets,) = children(data, wrapped)
    if octets.tag == OCTETS:
        return _identifier(data, identifier), content_of(data, octets)
    remarks.append("content in several pieces")
    return _identifier(data, identifier), b"".join(content_of(data, piece) for piece in children(data, octets))


def _signer(data: bytes, element: BerElement) -> Signer:
    _, identity, digest, *optional = children(data, element)
    attributes = optional.pop(0) if optional[0].tag == CONTEXT_0 else None
    algorithm, signature, *_ = optional
    if signature.tag != OCTETS:
        raise ValueError("no signature")
    values = _attributes(data, attributes)
    key_id = issuer = serial = None
    if identity.tag == KEY_ID:
        key_id = content_of(data, identity)
    else:
        name, number = children(data, identity)
        issuer, serial = raw(data, name), int.from_bytes(content_of(data, number), "big", signed=True)
    message_digest, content_type = values.get(MESSAGE_DIGEST), values.get(CONTENT_TYPE)
    return Signer(
        digest_algorithm=digest_name(raw(data, digest)),
        signature_algorithm=_signature_algorithm(raw(data, algorithm)),
        signature=content_of(data, signature),
        signed_attributes=None if attributes is None else b"\x31" + raw(data, attributes)[1:],
        message_digest=None if message_digest is None else core.OctetString.load(message_digest, strict=True).native,
        content_type=None if content_type is None else core.ObjectIdentifier.load(content_type, strict=True).dotted,
        signing_time=_time(values.get(SIGNING_TIME)),
        key_id=key_id,
        issuer=issuer,
        serial=serial,
    )


def _attributes(data: bytes, element: BerElement | None) -> Mapping[str, bytes]:
    """Return the one value of each signed attribute that matters here, encoded. A repeated one refuses the whole."""
    values: dict[str, bytes] = {}
    for attribute in [] if element is None else children(data, element):
        identifier, several = expect(data, attribute, SEQUENCE, (IDENTIFIER, SET))
        name = _identifier(data, identifier)
        attribute_values = children(data, several)
        if name in {CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME}:
            if name in values or len(attribute_values) != 1:
                raise SignedDataFault("a signed attribute is repeated")
            values[name] = raw(data, attribute_values[0])
    return values


def _time(encoded: bytes | None) -> datetime | None:
    if encoded is None:
        return None
    time_type = core.UTCTime if encoded[0] == core.UTCTime.tag else core.GeneralizedTime
    try:
        return zoned_time(time_type.load(encoded, strict=True).native)
    except Exception:  # noqa: BLE001  as above
        raise SignedDataFault("the time of signing is not one of the standard's form", Outcome.UNDETERMINED) from None


def zoned_time(time: Any) -> datetime:
    """Return a time that a parser made, in UTC. Raises ValueError for one without a zone, or of the year 0."""
    if not isinstance(time, datetime) or time.tzinfo is None:
        raise ValueError("a time has no zone, or is outside the calendar")
    return time.astimezone(UTC)


def expect(data: bytes, element: BerElement, tag: int, tags: Sequence[int]) -> list[BerElement]:
    """Return the children, whose tags must be these. Raises ValueError."""
    elements = children(data, element)
    if element.tag != tag or [child.tag for child in elements] != list(tags):
        raise ValueError("other elements than expected")
    return elements


def raw(data: bytes, element: BerElement) -> bytes:
    """Return an element's bytes, tag and length included."""
    return data[element.start : element.end]


def content_of(data: bytes, element: BerElement) -> bytes:
    """Return an element's content."""
    return data[element.content : element.content_end]


def _identifier(data: bytes, element: BerElement) -> str:
    return _dotted(raw(data, element))


@lru_cache(maxsize=256)
def _dotted(encoded: bytes) -> str:
    return str(core.ObjectIdentifier.load(encoded, strict=True).dotted)


@lru_cache(maxsize=256)
def digest_name(encoded: bytes) -> str:
    """Return the name of the hash in an encoded DigestAlgorithm (sha256)."""
    return str(DigestAlgorithm.load(encoded, strict=True)["algorithm"].native)


@lru_cache(maxsize=256)
def _signature_algorithm(encoded: bytes) -> SignedDigestAlgorithm:
    return SignedDigestAlgorithm.load(encoded, strict=True)

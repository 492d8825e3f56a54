"""One X.509 certificate, read leniently enough for what states issue and strictly enough to decide by.

Guarantees: what cannot be read raises `CertificateFault`; an extension that is critical and unknown is named, so that
whoever decides can refuse.
Basis: RFC 5280; ICAO Doc 9303 part 12, section 7.
Start at `parse_certificate`.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from asn1crypto import x509
from asn1crypto.algos import SignedDigestAlgorithm

from comity.documents.chip.ber import check_structure, children, read_element
from comity.documents.chip.signatures import SignatureVerdict, verify_signature
from comity.documents.chip.signed_data import zoned_time
from comity.model.finding import Outcome

MAX_BYTES = 32 * 1024
KNOWN_EXTENSIONS = frozenset(
    {"basic_constraints", "key_usage", "extended_key_usage", "certificate_policies", "private_key_usage_period"}
)
"""The extensions whose meaning is looked at here, or does not matter here when critical."""

DOCUMENT_TYPES = "2.23.136.1.1.6.2"


class CertificateFault(ValueError):  # noqa: N818  the house's word
    """A certificate that cannot be read. Names no content."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Certificate:
    """A certificate's parts. Names are normalized for comparison (RFC 5280 section 7.1); times are in UTC.

    `first_signing` and `last_signing` are the limits of the private key's use, where the certificate has them, else
    those of its validity; `document_types` are the document codes that a signer may sign, None for all.
    """

    der: bytes
    fingerprint: str
    subject: str
    issuer: str
    encoded_issuer: bytes
    serial: int
    country: str | None
    not_before: datetime
    not_after: datetime
    first_signing: datetime
    last_signing: datetime
    key: bytes
    key_id: bytes | None
    authority_key_id: bytes | None
    is_authority: bool
    path_length: int | None
    usage: frozenset[str] | None
    has_limited_purpose: bool
    document_types: frozenset[str] | None
    unknown_critical: tuple[str, ...]
    body: bytes
    signature_algorithm: SignedDigestAlgorithm
    signature: bytes

    @property
    def is_self_issued(self) -> bool:
        """Return whether subject and issuer have one name."""
        return self.subject == self.issuer

    def is_valid_at(self, at: datetime) -> bool:
        """Return whether `at` lies within the certificate's validity."""
        return self.not_before <= at <= self.not_after

    @property
    def verifies_itself(self) -> bool:
        """Return whether it is signed by its own key, as an anchor is."""
        return self.is_self_issued and self.verify_issued_by(self).outcome is Outcome.MET

    def verify_issued_by(self, issuer: "Certificate") -> SignatureVerdict:
        """Return the verdict on this certificate's signature under the issuer's key; names are not looked at."""
        return _verdict(self.der, issuer.key)


@lru_cache(maxsize=8192)
def parse_certificate(der: bytes) -> Certificate:
    """Return the parts of a certificate.

    Raises:
        CertificateFault: it is too large, not well-formed, or has a part that cannot be read.
    """
    if len(der) > MAX_BYTES:
        raise CertificateFault(f"a certificate is larger than {MAX_BYTES // 1024} kB")
    try:
        check_structure(der)
        return _parse(der)
    except Exception:  # noqa: BLE001  whatever a parser raises on hostile bytes is a fault of theirs
        raise CertificateFault("a certificate cannot be read") from None


@lru_cache(maxsize=8192)
def _verdict(der: bytes, key: bytes) -> SignatureVerdict:
    certificate = parse_certificate(der)
    return verify_signature(key, certificate.signature_algorithm, None, certificate.body, certificate.signature)


def _parse(der: bytes) -> Certificate:
    parsed = x509.Certificate.load(der, strict=True)
    body = parsed["tbs_certificate"]
    constraints = parsed.basic_constraints_value
    authority_key = parsed.authority_key_identifier_value
    usage = parsed.key_usage_value
    country = body["subject"].native.get("country_name")
    if parsed["signature_algorithm"]["algorithm"].dotted != body["signature"]["algorithm"].dotted:
        raise ValueError("the signed and the unsigned algorithm differ")  # RFC 5280, section 4.1.1.2
    return Certificate(
        der=der,
        fingerprint=hashlib.sha256(der).hexdigest(),
        subject=body["subject"].hashable,
        issuer=body["issuer"].hashable,
        encoded_issuer=body["issuer"].dump(),
        serial=body["serial_number"].native,
        country=country.strip().upper() if isinstance(country, str) else None,
        not_before=zoned_time(body["validity"]["not_before"].native),
        not_after=zoned_time(body["validity"]["not_after"].native),
        first_signing=max([zoned_time(body["validity"]["not_before"].native), *_key_use(parsed, "not_before")]),
        last_signing=min([zoned_time(body["validity"]["not_after"].native), *_key_use(parsed, "not_after")]),
        key=body["subject_public_key_info"].dump(),
        key_id=parsed.key_identifier,
        authority_key_id=None if authority_key is None else authority_key["key_identifier"].native,
        is_authority=constraints is not None and bool(constraints["ca"].native),
        path_length=None if constraints is None else constraints["path_len_constraint"].native,
        usage=None if usage is None else frozenset(usage.native),
        has_limited_purpose=parsed.extended_key_usage_value is not None or parsed.name_constraints_value is not None,
        document_types=_document_types(body),
        unknown_critical=tuple(sorted(parsed.critical_extensions - KNOWN_EXTENSIONS)),
        body=body.dump(),
        signature_algorithm=parsed["signature_algorithm"],
        signature=parsed["signature_value"].native,
    )


def _key_use(parsed: x509.Certificate, end: str) -> list[datetime]:
    period = parsed.private_key_usage_period_value
    return [] if period is None or period[end].native is None else [zoned_time(period[end].native)]


def _document_types(body: x509.TbsCertificate) -> frozenset[str] | None:
    """Return the document codes in a signer's list of them (ICAO Doc 9303 part 12, section 7.1), None without one."""
    values = [
        extension["extn_value"].contents
        for extension in body["extensions"] or ()
        if extension["extn_id"].dotted == DOCUMENT_TYPES
    ]
    if not values:
        return None
    check_structure(values[0])
    _, listed = children(values[0], read_element(values[0]))
    codes = children(values[0], listed)
    return frozenset(values[0][code.content : code.content_end].decode("ascii").rstrip("<") for code in codes)

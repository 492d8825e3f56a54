"""Certificate revocation lists: the document signers that a state has withdrawn. They revoke no passports.

Guarantees: a list counts only under the key of a trusted certificate of the same name; one older than `MAX_AGE` on the
day, past its next update, or of a later day can still convict, but clears nothing; one that says only part is refused.
Basis: RFC 5280 section 5; ICAO Doc 9303 part 12, section 8 (a list at least every 90 days).
Start at `parse_crl`.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from asn1crypto import crl
from asn1crypto.algos import SignedDigestAlgorithm

from comity.documents.chip.ber import check_structure
from comity.documents.chip.signatures import verify_signature
from comity.documents.chip.signed_data import zoned_time
from comity.documents.trust.certificate import Certificate
from comity.model.finding import Outcome

MAX_BYTES = 16 * 1024 * 1024
MAX_ELEMENTS = 2_000_000
MAX_AGE = timedelta(days=90)
CERTIFICATE_ISSUER = bytes.fromhex("0603551d1d")
"""The identifier of an entry's extension that names another issuer (RFC 5280, section 5.3.3), encoded."""


class RevocationListFault(ValueError):  # noqa: N818  the house's word
    """A revocation list that cannot be read. Names no content."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class RevocationList:
    """A list's issuer, time and the serial numbers on it."""

    der: bytes
    fingerprint: str
    issuer: str
    issued_at: datetime
    next_update: datetime | None
    revoked: frozenset[int]
    body: bytes
    signature_algorithm: SignedDigestAlgorithm
    signature: bytes

    def is_issued_by(self, authority: Certificate) -> bool:
        """Return whether the list is in the authority's name and verifies by its key."""
        is_signer = authority.is_authority and (authority.usage is None or "crl_sign" in authority.usage)
        if not is_signer or authority.subject != self.issuer:
            return False
        return _is_signed(self.der, authority.key)

    def is_current_on(self, day: date) -> bool:
        """Return whether a day lies within `MAX_AGE` of the list's issue, and not after its next update (UTC)."""
        is_superseded = self.next_update is not None and self.next_update.date() < day
        return timedelta(0) <= day - self.issued_at.date() <= MAX_AGE and not is_superseded


@lru_cache(maxsize=1024)
def parse_crl(der: bytes) -> RevocationList:
    """Return the parts of a revocation list.

    Raises:
        RevocationListFault: it is too large, not well-formed, or has an extension that limits what it says.
    """
    if len(der) > MAX_BYTES:
        raise RevocationListFault(f"a revocation list is larger than {MAX_BYTES // (1024 * 1024)} MB")
    try:
        check_structure(der, MAX_ELEMENTS)
        parsed = crl.CertificateList.load(der, strict=True)
        body = parsed["tbs_cert_list"]
        revocation_list = RevocationList(
            der=der,
            fingerprint=hashlib.sha256(der).hexdigest(),
            issuer=body["issuer"].hashable,
            issued_at=zoned_time(body["this_update"].native),
            next_update=None if body["next_update"].native is None else zoned_time(body["next_update"].native),
            revoked=frozenset(entry["user_certificate"].native for entry in body["revoked_certificates"]),
            body=body.dump(),
            signature_algorithm=parsed["signature_algorithm"],
            signature=parsed["signature"].native,
        )
        has_limits = bool(parsed.critical_extensions) or _is_partial(parsed)
    except Exception:  # noqa: BLE001  whatever a parser raises on hostile bytes is a fault of theirs
        raise RevocationListFault("a revocation list cannot be read") from None
    if has_limits:
        raise RevocationListFault("a revocation list has an extension that limits what it says")
    return revocation_list


def _is_partial(parsed: crl.CertificateList) -> bool:
    """Return whether a list speaks of some certificates alone, of changes alone, or of another issuer's."""
    limits = (parsed.delta_crl_indicator_value, parsed.issuing_distribution_point_value)
    return any(limit is not None for limit in limits) or CERTIFICATE_ISSUER in parsed.contents


@lru_cache(maxsize=4096)
def _is_signed(der: bytes, key: bytes) -> bool:
    parsed = parse_crl(der)
    verdict = verify_signature(key, parsed.signature_algorithm, None, parsed.body, parsed.signature)
    return verdict.outcome is Outcome.MET

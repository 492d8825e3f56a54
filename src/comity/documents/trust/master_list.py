"""A master list: the certificates of states that one of them collected and signed.

Guarantees: nothing is taken from a list whose signature does not verify by the very certificate that the user pinned.
Certificates on it that cannot be read are counted, and cost the others nothing.
Does not: judge the list's signer by a path of its own: the user's pin, published by the list's maker, is the trust.
Basis: ICAO Doc 9303 part 12, section 9.
Start at `open_master_list`.
"""

import hashlib
import hmac
from dataclasses import dataclass

from comity.documents.chip.ber import BerFault, children, read_definite
from comity.documents.chip.signatures import verify_signature
from comity.documents.chip.signed_data import SignedDataFault, judge_digest, parse_signed_data
from comity.documents.trust.certificate import Certificate, CertificateFault, parse_certificate
from comity.model.finding import Outcome

MAX_BYTES = 16 * 1024 * 1024
MASTER_LIST = "2.23.136.1.1.2"
WHAT = "the master list"


class TrustFault(ValueError):  # noqa: N818  the house's word
    """Something that cannot be trusted or read as what it is given for."""


class TrustUsageFault(TrustFault):
    """Something that is not what it was given for, so that nothing was verified yet: another file, no fingerprint."""


@dataclass(frozen=True, slots=True, repr=False)
class MasterList:
    """The certificates on a list, and how many on it could not be read."""

    certificates: tuple[Certificate, ...]
    unreadable: int


def open_master_list(data: bytes, signer_sha256: str) -> MasterList:
    """Return the certificates of a list signed by the certificate with this SHA-256, in hexadecimal.

    Raises:
        TrustUsageFault: the data are no list, or too many, or there is no SHA-256 to hold them to.
        TrustFault: the list is not signed by that certificate, or its signature does not verify.
    """
    if len(data) > MAX_BYTES:
        raise TrustUsageFault(f"{WHAT} is larger than {MAX_BYTES // (1024 * 1024)} MB")
    try:
        signed = parse_signed_data(data, WHAT)
    except SignedDataFault as fault:
        what = "no master list, no state's certificate and no revocation list that can be read here"
        raise TrustUsageFault(f"the file is {what}; as a master list: {fault}") from None
    if signed.content_type != MASTER_LIST:
        raise TrustUsageFault("the signed content is not of the type of a master list")
    if not signer_sha256:
        raise TrustUsageFault("a master list needs the SHA-256 of its signer's certificate (--signer-sha256)")
    pinned = [der for der in signed.certificates if _has_fingerprint(der, signer_sha256)]
    if not pinned:
        raise TrustFault(f"{WHAT} does not hold the certificate that was pinned as its signer's")
    try:
        key = parse_certificate(pinned[0]).key
    except CertificateFault:
        raise TrustFault(f"the certificate of the signer of {WHAT} cannot be read") from None
    signer = signed.signer
    if signer.signed_attributes is None or judge_digest(signed) is not Outcome.MET:
        raise TrustFault(f"the content of {WHAT} is not what was signed")
    verdict = verify_signature(
        key, signer.signature_algorithm, signer.digest_algorithm, signer.signed_attributes, signer.signature
    )
    if verdict.outcome is not Outcome.MET:
        raise TrustFault(f"the signature of {WHAT} does not verify by the pinned certificate: {verdict.reason}")
    return _read_certificates(signed.content)


def _has_fingerprint(der: bytes, sha256: str) -> bool:
    return hmac.compare_digest(hashlib.sha256(der).hexdigest().encode(), sha256.strip().lower().encode())


def _read_certificates(content: bytes) -> MasterList:
    certificates, unreadable = [], 0
    try:
        _, listed = children(content, read_definite(content))
        encoded = [content[item.start : item.end] for item in children(content, listed)]
    except (BerFault, ValueError):
        raise TrustFault(f"the content of {WHAT} is not a list of certificates") from None
    for der in encoded:
        try:
            certificates.append(parse_certificate(der))
        except CertificateFault:
            unreadable += 1
    return MasterList(tuple(certificates), unreadable)

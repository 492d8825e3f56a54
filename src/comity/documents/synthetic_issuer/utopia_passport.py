"""Make a passport of Utopia: zone, data groups and security object, sound unless an option makes one part wrong.

Start at `Passport` and `make_trust`.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from asn1crypto import algos, cms, core, x509
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from comity.documents.chip.ber import encode_length
from comity.documents.mrz.digits import compute_digit
from comity.documents.synthetic_issuer.utopia_authority import Issued, make_authority, make_revocation_list, make_signer
from comity.documents.trust.certificate import parse_certificate
from comity.documents.trust.crl import parse_crl
from comity.documents.trust.path import Trust
from comity.model.document import PresentedDocument

LDS_SECURITY_OBJECT = "2.23.136.1.1.1"


def make_zone(  # noqa: PLR0913  each is a field of the zone
    *,
    code: str = "P<",
    issuer: str = "UTO",
    nationality: str = "UTO",
    name: str = "ERIKSSON<<ANNA<MARIA",
    number: str = "L898902C3",
    birth: str = "740812",
    sex: str = "F",
    expiry: str = "360415",
    optional: str = "",
) -> str:
    """Return a passport's zone (TD3) in one line, with the check digits that belong to it."""
    first = (code + issuer.ljust(3, "<") + name).ljust(44, "<")
    number, optional = number.ljust(9, "<"), optional.ljust(14, "<")
    number, birth, expiry, optional = (text + str(compute_digit(text)) for text in (number, birth, expiry, optional))
    second = number + nationality.ljust(3, "<") + birth + sex + expiry + optional
    return first + second + str(compute_digit(second[:10] + second[13:20] + second[21:43]))


def make_group(number: int, content: bytes = b"") -> bytes:
    """Return a data group's file: tag, length and content."""
    tag = {1: 0x61, 2: 0x75, 14: 0x6E, 15: 0x6F}[number]
    return bytes([tag]) + encode_length(len(content)) + content


def make_group_1(zone: str) -> bytes:
    """Return data group 1 with a zone in it."""
    return make_group(1, b"\x5f\x1f" + encode_length(len(zone)) + zone.encode())


class _GroupHash(core.Sequence):  # type: ignore[misc]
    _fields = [("number", core.Integer), ("value", core.OctetString)]  # noqa: RUF012  the library's way


class _GroupHashes(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _GroupHash


class _LdsSecurityObject(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012  the library's way
        ("version", core.Integer),
        ("hash_algorithm", algos.DigestAlgorithm),
        ("hashes", _GroupHashes),
    ]


@dataclass(frozen=True)
class Passport:
    """A passport to be made. The fields after `signer` make it wrong, one each."""

    zone: str = field(default_factory=make_zone)
    signer: Issued | None = None
    hash_name: str = "sha256"
    content_type: str = LDS_SECURITY_OBJECT
    signing_time: datetime | None = datetime(2026, 4, 15, 12, tzinfo=UTC)
    by_key_id: bool = False
    signed_zone: str | None = None  # what the state signed, where the chip now holds another zone
    group_numbers: tuple[int, ...] = (1, 2)
    repeated_group: bool = False
    cut_hashes: bool = False
    wrong_digest: bool = False
    other_attribute_type: str | None = None
    raw_signature: bool = False
    zero_r: bool = False
    flipped_signature: bool = False
    signed_with: str | None = None  # a hash other than the one named
    without_attributes: bool = False
    signer_count: int = 1
    certificates: tuple[bytes, ...] | None = None
    wrong_serial: bool = False
    indefinite: bool = False
    has_tag: bool = True

    def groups(self) -> dict[int, bytes]:
        """Return the files on the chip by number."""
        contents = {1: make_group_1(self.zone), 2: make_group(2, b"\x7f\x61\x03\x02\x01\x00")}
        return {number: contents.get(number, make_group(number, b"\x31\x00")) for number in self.group_numbers}

    def security_object(self) -> bytes:
        """Return EF.SOD."""
        signer = self.signer or default_signer()
        content = self._content()
        information = self._signer_information(signer, content)
        certificates = self.certificates if self.certificates is not None else (signer.der,)
        data = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": signer.hash_name}],
                "encap_content_info": {"content_type": self.content_type, "content": core.ParsableOctetString(content)},
                "certificates": [x509.Certificate.load(der) for der in certificates],
                "signer_infos": [information] * self.signer_count,
            }
        )
        encoded = cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()
        if self.indefinite:
            encoded = b"\x30\x80" + encoded[_header_length(encoded) :] + b"\0\0"
        return b"\x77" + encode_length(len(encoded)) + encoded if self.has_tag else bytes(encoded)

    def present(self, kind: str = "foreign-passport", **changes: Any) -> PresentedDocument:
        """Return the passport as it is presented: the zone as printed, the chip's files and its security object."""
        lines = f"{self.zone[:44]}\n{self.zone[44:]}"
        return replace(PresentedDocument(kind, lines, self.groups(), self.security_object()), **changes)

    def _content(self) -> bytes:
        signed = {**self.groups(), 1: make_group_1(self.signed_zone or self.zone)}
        hashes = [
            {"number": number, "value": hashlib.new(self.hash_name, data).digest()[: 8 if self.cut_hashes else None]}
            for number, data in sorted(signed.items())
        ]
        if self.repeated_group:
            hashes.append(hashes[0])
        lds = {"version": 0, "hash_algorithm": {"algorithm": self.hash_name}, "hashes": hashes}
        return bytes(_LdsSecurityObject(lds).dump())

    def _signer_information(self, signer: Issued, content: bytes) -> dict[str, Any]:
        digest = hashlib.new(signer.hash_name, content).digest()
        attributes = [
            {"type": "content_type", "values": [cms.ContentType(self.other_attribute_type or self.content_type)]},
            {"type": "message_digest", "values": [bytes(len(digest)) if self.wrong_digest else digest]},
        ]
        if self.signing_time is not None:
            attributes.append({"type": "signing_time", "values": [cms.Time(name="utc_time", value=self.signing_time)]})
        signed = cms.CMSAttributes(attributes)
        by = replace(signer, hash_name=self.signed_with or signer.hash_name)
        signature = self._spoil(by.sign(content if self.without_attributes else signed.dump()))
        certificate = signer.certificate
        identity = {"issuer": certificate.issuer, "serial_number": certificate.serial_number + self.wrong_serial}
        return {
            "version": "v1",
            "sid": cms.SignerIdentifier(name="subject_key_identifier", value=certificate.key_identifier)
            if self.by_key_id
            else cms.SignerIdentifier(name="issuer_and_serial_number", value=identity),
            "digest_algorithm": {"algorithm": signer.hash_name},
            **({} if self.without_attributes else {"signed_attrs": signed}),
            "signature_algorithm": signer.algorithm,
            "signature": signature,
        }

    def _spoil(self, signature: bytes) -> bytes:
        if self.flipped_signature:
            return signature[:-1] + bytes([signature[-1] ^ 1])
        if self.raw_signature:
            return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(signature))
        if self.zero_r:
            return encode_dss_signature(0, decode_dss_signature(signature)[1])
        return signature


@lru_cache(maxsize=1)
def default_authority() -> Issued:
    """Return Utopia's authority, one for each run."""
    return make_authority()


@lru_cache(maxsize=1)
def default_signer() -> Issued:
    """Return a document signer of Utopia's authority, one for each run."""
    return make_signer(default_authority())


def make_trust(
    *authorities: Issued, as_of: date = date(2026, 11, 28), age_days: int = 10, revoked: tuple[int, ...] = ()
) -> Trust:
    """Return a trust list of some authorities (Utopia's by default), with a revocation list of each."""
    used = authorities or (default_authority(),)
    issued_at = datetime.fromordinal(as_of.toordinal() - age_days).replace(tzinfo=UTC)
    lists = [parse_crl(make_revocation_list(authority, issued_at, revoked)) for authority in used]
    return Trust(tuple(parse_certificate(authority.der) for authority in used), tuple(lists))


def _header_length(encoded: bytes) -> int:
    return 2 + (encoded[1] & 0x7F if encoded[1] & 0x80 else 0)

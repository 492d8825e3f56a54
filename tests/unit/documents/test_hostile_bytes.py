"""Chips, certificates and lists of anyone's making: whatever is in them ends in a report or a fault, and in time."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from asn1crypto import algos, cms, core, x509

from comity.documents.chip.ber import BerFault, check_structure, children, encode_length, read_element
from comity.documents.inspect import inspect_document
from comity.documents.synthetic_issuer.utopia_authority import Issued, make_revocation_list, make_signer
from comity.documents.synthetic_issuer.utopia_passport import Passport, default_authority, default_signer, make_trust
from comity.documents.trust.certificate import CertificateFault, parse_certificate
from comity.documents.trust.crl import RevocationListFault, parse_crl
from comity.model.document import Proposition
from comity.model.finding import Outcome

AS_OF = date(2026, 11, 28)
TRUST = make_trust()
LISTED = make_revocation_list(default_authority(), datetime(2026, 11, 1, tzinfo=UTC), (5, 77))


def _element(tag: int, content: bytes) -> bytes:
    return bytes([tag]) + encode_length(len(content)) + content


def _issued_by(security_object: bytes) -> Outcome:
    presented = replace(Passport().present(), security_object=security_object)
    return inspect_document(presented, [], TRUST, AS_OF).conclusion(Proposition.ISSUED_BY).outcome


def _places(data: bytes, start: int = 0) -> Iterator[tuple[int, int]]:
    """Where each element begins and ends, those in octet strings too."""
    element = read_element(data, start)
    yield element.start, element.end
    if element.is_constructed:
        for child in children(data, element):
            yield from _places(data, child.start)
    elif element.tag == 0x04:
        content = data[element.content : element.content_end]
        try:
            check_structure(content)
        except (BerFault, IndexError):
            return
        yield from ((element.content + a, element.content + b) for a, b in _places(content))


_PIECES: tuple[bytes, ...] = (
    b"",
    b"\x05\0",
    b"\x30\0",
    b"\x31\0",
    b"\x02\0",
    b"\x06\0",
    b"\x06\x01\x80",
    b"\x03\0",
    b"\x18\0",
    b"\x17\x01x",
)
_PIECES += (b"\xa0\0", b"\x13\x02\xff\xff", b"\x0c\x02\xc3\x28", b"\x02\x01\xff", b"\x09\x01\x40", b"\x1e\x01A")


def _spoil(data: bytes, seed: int) -> bytes:
    """The same data with one or two elements replaced, cut or repeated; the lengths around them no longer fit."""
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 2)):
        places = list(_places(data))
        start, end = chance.choice(places)
        other = data[slice(*chance.choice(places))]
        tag = bytes([chance.randrange(256)])
        new = chance.choice([*_PIECES, other, tag + data[start + 1 : end], data[start:end] * 2])
        data = _fit(data, start, end, new)
        try:
            check_structure(data)
        except (BerFault, IndexError):
            return data
    return data


def _fit(data: bytes, start: int, end: int, new: bytes) -> bytes:
    """Replace a part, and write the lengths of the elements around it so that they fit."""
    around = [(a, b) for a, b in _places(data) if a < start and end <= b]
    for a, b in sorted(around, key=lambda place: place[0] - place[1], reverse=True):
        inner = read_element(data, a)
        new = _element(data[a], data[inner.content : start] + new + data[end : inner.content_end])
        start, end = a, b
    return data[:start] + new + data[end:]


_RSA = {"key_kind": "rsa", "is_pss": True, "key_number": 7, "serial": 90}


@pytest.mark.parametrize("options", [{}, _RSA, {"explicit_curve": True, "key_number": 8, "serial": 91}], ids=str)
def test_a_spoiled_security_object_ends_in_a_report(options: dict[str, Any]) -> None:
    signer = make_signer(default_authority(), **options)
    data = Passport(signer=signer).security_object()[4:]
    assert _issued_by(data) is Outcome.MET
    for seed in range(150):
        _issued_by(_spoil(data, seed))


@pytest.mark.parametrize(
    ("data", "parse", "fault"),
    [
        (default_signer().der, parse_certificate, CertificateFault),
        (LISTED, parse_crl, RevocationListFault),
    ],
)  # fmt: skip
def test_a_spoiled_certificate_or_list_is_a_fault_or_can_be_used(
    data: bytes, parse: Callable[[bytes], Any], fault: type[Exception]
) -> None:
    authority = parse_certificate(default_authority().der)
    for seed in range(300):
        try:
            parsed = parse(_spoil(data, seed))
        except fault:
            continue
        if parse is parse_crl:
            parsed.is_issued_by(authority)
        else:
            parsed.verify_issued_by(authority)


def _signed_at(encoded: bytes) -> bytes:
    """A security object whose attribute of the time is these bytes, soundly signed."""

    class Timed(Passport):
        def _signer_information(self, signer: Issued, content: bytes) -> dict[str, Any]:
            information = super()._signer_information(signer, content)
            attributes = [attribute.dump() for attribute in information["signed_attrs"]]
            identifier = core.ObjectIdentifier("1.2.840.113549.1.9.5").dump()
            attributes.append(_element(0x30, identifier + _element(0x31, encoded)))
            signed = _element(0x31, b"".join(attributes))
            return {**information, "signed_attrs": cms.CMSAttributes.load(signed), "signature": signer.sign(signed)}

    return Timed(signing_time=None).security_object()


TIMES = {
    "20260415120000Z": Outcome.MET,
    "20260415120000.5Z": Outcome.MET,
    "20260415120000": Outcome.UNDETERMINED,
    "2026041512": Outcome.UNDETERMINED,
    "00000415120000Z": Outcome.UNDETERMINED,
    "00010101000000+2359": Outcome.UNDETERMINED,
    "99991231235959-2359": Outcome.UNDETERMINED,
    "20260415120000+9959": Outcome.UNDETERMINED,
    "": Outcome.UNDETERMINED,
}


@pytest.mark.parametrize(("text", "outcome"), TIMES.items())
def test_a_time_of_signing_without_a_zone_or_outside_the_calendar_settles_nothing(text: str, outcome: Outcome) -> None:
    assert _issued_by(_signed_at(_element(0x18, text.encode()))) is outcome


@pytest.mark.parametrize("text", [text for text, outcome in TIMES.items() if outcome is not Outcome.MET])
@pytest.mark.parametrize("end", ["not_before", "not_after"])
def test_a_certificate_without_a_time_zone_is_a_fault(text: str, end: str) -> None:
    body = x509.Certificate.load(default_signer().der)["tbs_certificate"].copy()
    times = {"not_before": b"20200101000000Z", "not_after": b"20360601000000Z", end: text.encode()}
    body["validity"] = x509.Validity.load(_element(0x30, b"".join(_element(0x18, time) for time in times.values())))
    parts = {"tbs_certificate": body, "signature_algorithm": default_authority().algorithm, "signature_value": b"x"}
    with pytest.raises(CertificateFault):
        parse_certificate(x509.Certificate(parts).dump())


@pytest.mark.parametrize("salt", [-1, 0, 2**31 - 1, 2**31, 2**63, 2**64, 2**200])
def test_any_salt_of_a_signature_ends_in_a_report(salt: int) -> None:
    signer = make_signer(default_authority(), **_RSA)
    parameters = {
        "hash_algorithm": {"algorithm": "sha256"},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}},
        "salt_length": salt,
    }
    weird = algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})

    class Salted(Issued):
        @property
        def algorithm(self) -> algos.SignedDigestAlgorithm:
            return weird

    made = Passport(signer=Salted(signer.certificate, signer.key, "sha256", is_pss=True))
    assert _issued_by(made.security_object()) is not Outcome.MET


def test_an_identifier_of_any_length_costs_no_time() -> None:
    start = time.process_time()
    for size in (65, 60_000, 200_000):
        identifier = _element(0x06, b"\x81" * (size - 1) + b"\x01")
        for data in (identifier, _element(0x30, identifier), _element(0x30, _element(0x30, identifier) * 3)):
            with pytest.raises(BerFault, match=r"identifier|cut short|follow"):
                check_structure(data)
            with pytest.raises(CertificateFault):
                parse_certificate(data)
            assert _issued_by(_element(0x77, data)) is not Outcome.MET
    assert time.process_time() - start < 5

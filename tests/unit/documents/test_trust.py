"""Whom to believe: paths, links, revocation, master lists and the trust folder."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import pem

from comity.documents.synthetic_issuer.utopia_authority import (
    CertificateOptions,
    Issued,
    make_authority,
    make_certificate,
    make_master_list,
    make_revocation_list,
    make_signer,
)
from comity.documents.trust.certificate import CertificateFault, parse_certificate
from comity.documents.trust.crl import RevocationListFault, parse_crl
from comity.documents.trust.master_list import TrustFault, open_master_list
from comity.documents.trust.path import Trust, find_path, find_revocation
from comity.documents.trust.store import import_file, list_sources, load_trust
from comity.model.finding import Outcome

TODAY = date(2026, 11, 28)
NOW = datetime(2026, 11, 28, tzinfo=UTC)


def _trust(*certificates: Issued, lists: tuple[bytes, ...] = ()) -> Trust:
    return Trust(tuple(parse_certificate(found.der) for found in certificates), tuple(map(parse_crl, lists)))


def _outcome(signer: Issued, *certificates: Issued) -> Outcome:
    return find_path(parse_certificate(signer.der), _trust(*certificates)).outcome


def test_a_signer_leads_to_the_authority_that_issued_it() -> None:
    authority = make_authority()
    assert _outcome(make_signer(authority), authority) is Outcome.MET
    assert _outcome(make_signer(authority, has_key_ids=False), authority) is Outcome.MET
    assert _outcome(make_signer(authority)) is Outcome.UNDETERMINED


@pytest.mark.parametrize(
    "kind",
    [
        {"key_kind": "rsa"},
        {"key_kind": "rsa", "is_pss": True, "hash_name": "sha512"},
        {"key_kind": "secp384r1", "hash_name": "sha384"},
        {"explicit_curve": True},
        {"key_kind": "brainpoolP256r1", "hash_name": "sha1", "explicit_curve": True},
    ],
)
def test_authorities_of_every_algorithm(kind: dict[str, Any]) -> None:
    authority = make_authority(**kind)
    assert _outcome(make_signer(authority), authority) is Outcome.MET


@pytest.mark.parametrize(
    ("authority", "signer", "outcome"),
    [
        ({}, {"is_authority": True}, Outcome.NOT_MET),
        ({}, {"usage": frozenset({"key_encipherment"})}, Outcome.NOT_MET),
        ({"is_authority": False}, {}, Outcome.NOT_MET),
        ({"usage": frozenset({"crl_sign"})}, {}, Outcome.NOT_MET),
        ({}, {"country": "XY"}, Outcome.NOT_MET),
        ({"explicit_curve": True, "generator": 2}, {}, Outcome.UNDETERMINED),
        ({"key_kind": "rsa", "rsa_exponent": 1}, {}, Outcome.NOT_MET),
        (
            {},
            {"extra_extensions": ({"extn_id": "2.999.1", "critical": True, "extn_value": b"\x05\x00"},)},
            Outcome.UNDETERMINED,
        ),
    ],
)
def test_certificates_that_may_not_be_used_so(
    authority: dict[str, Any], signer: dict[str, Any], outcome: Outcome
) -> None:
    made = make_authority(**authority)
    assert _outcome(make_signer(made, **signer), made) is outcome


def test_a_signer_issued_by_a_signer_is_refused() -> None:
    authority = make_authority()
    signer = make_signer(authority)
    below = make_signer(signer, name="Document Signer 8", key_number=101)
    assert _outcome(below, authority, signer) is Outcome.NOT_MET


def test_an_authority_of_the_same_name_and_another_key_proves_nothing() -> None:
    real, false = make_authority(), make_authority(key_number=9)
    assert _outcome(make_signer(false), real) is Outcome.UNDETERMINED  # its key identifier is not on the list
    assert _outcome(make_signer(false, has_key_ids=False), real) is Outcome.NOT_MET
    elsewhere = make_authority(country="XY", key_number=9)
    assert _outcome(make_signer(elsewhere, country="XY"), real) is Outcome.UNDETERMINED


def test_a_link_leads_from_a_new_key_to_the_old_one() -> None:
    old = make_authority()
    link = make_certificate(CertificateOptions(key_number=2, serial=2), old)
    assert _outcome(make_signer(link), old, link) is Outcome.MET
    assert _outcome(make_signer(link), link) is Outcome.UNDETERMINED  # a link alone is no anchor
    path = find_path(parse_certificate(make_signer(link).der), _trust(old, link))
    assert [found.serial for found in path.authorities] == [2, 1]


def test_links_in_a_circle_lead_nowhere() -> None:
    first, second = make_authority(key_number=3), make_authority(key_number=4)
    one = make_certificate(CertificateOptions(key_number=3, serial=3), second)
    other = make_certificate(CertificateOptions(key_number=4, serial=4), first)
    assert _outcome(make_signer(one), one, other) is Outcome.UNDETERMINED


def _revocation(signer: Issued, trust: Trust) -> Outcome:
    certificate = parse_certificate(signer.der)
    return find_revocation(certificate, find_path(certificate, trust), trust, TODAY).outcome


def test_revocation() -> None:
    authority, other = make_authority(), make_authority(name="CSCA of another", key_number=5)
    signer = make_signer(authority)

    def judged(*lists: bytes) -> Outcome:
        return _revocation(signer, _trust(authority, other, lists=lists))

    def listed(days: int, *revoked: int, by: Issued = authority) -> bytes:
        return make_revocation_list(by, NOW - timedelta(days), revoked)

    assert judged() is Outcome.UNDETERMINED
    assert judged(listed(10)) is Outcome.MET
    assert judged(listed(90)) is Outcome.MET
    assert judged(listed(91)) is Outcome.UNDETERMINED
    assert judged(listed(-1)) is Outcome.UNDETERMINED  # of a day that has not come
    assert judged(listed(10, 77)) is Outcome.NOT_MET
    assert judged(listed(400, 77)) is Outcome.NOT_MET
    assert judged(listed(10), listed(400, 77)) is Outcome.NOT_MET
    assert judged(listed(10, 78)) is Outcome.MET
    assert judged(listed(10, 1)) is Outcome.NOT_MET  # the authority's own certificate
    assert judged(listed(10, 77, by=other)) is Outcome.UNDETERMINED
    forged = make_authority(key_number=9)
    assert judged(listed(10, by=forged)) is Outcome.UNDETERMINED
    assert judged(listed(10), listed(10, 77, by=forged)) is Outcome.MET


def test_after_a_change_of_key_the_new_key_signs_the_list() -> None:
    old = make_authority()
    link = make_certificate(CertificateOptions(key_number=2, serial=2), old)
    listed = make_revocation_list(link, NOW - timedelta(3), (77,))
    assert _revocation(make_signer(old), _trust(old, link, lists=(listed,))) is Outcome.NOT_MET


def test_a_revocation_list_with_limits_is_refused() -> None:
    with pytest.raises(RevocationListFault, match="limits what it says"):
        parse_crl(make_revocation_list(make_authority(), NOW, critical=True))
    with pytest.raises(RevocationListFault, match="cannot be read"):
        parse_crl(b"\x30\x00")


def _list_signer() -> Issued:
    return make_authority(name="List signer", key_number=6, is_authority=False, usage=frozenset({"digital_signature"}))


def test_a_master_list_is_opened_with_the_pin_of_its_signer() -> None:
    signer, authority = _list_signer(), make_authority()
    other = make_authority(name="CSCA Atlantis", country="XA", key_kind="secp384r1", hash_name="sha384")
    data = make_master_list(signer, [authority.der, other.der])
    pin = parse_certificate(signer.der).fingerprint
    opened = open_master_list(data, pin.upper())
    assert [found.der for found in opened.certificates] == [authority.der, other.der]
    assert opened.unreadable == 0


def test_master_lists_that_cannot_be_trusted() -> None:
    signer, authority = _list_signer(), make_authority()
    data, pin = make_master_list(signer, [authority.der]), parse_certificate(signer.der).fingerprint
    with pytest.raises(TrustFault, match="pinned"):
        open_master_list(data, "0" * 64)
    with pytest.raises(TrustFault, match="0 signers"):
        open_master_list(make_master_list(signer, [authority.der], is_signed=False), pin)
    with pytest.raises(TrustFault, match="larger than"):
        open_master_list(bytes(17 * 1024 * 1024), pin)
    with pytest.raises(TrustFault, match="not well-formed"):
        open_master_list(data[:-1], pin)
    place = data.index(authority.der) + len(authority.der) - 1
    changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
    with pytest.raises(TrustFault, match="not what was signed"):
        open_master_list(changed, pin)
    with pytest.raises(TrustFault, match="does not verify"):
        open_master_list(data[:-1] + bytes([data[-1] ^ 1]), pin)


def test_a_certificate_that_cannot_be_read_is_a_fault() -> None:
    der = make_authority().der
    for data in (b"", der[:-1], der + b"\0", b"\x30\x80" * 5_000, bytes(40_000)):
        with pytest.raises(CertificateFault):
            parse_certificate(data)


def test_the_trust_folder_keeps_what_was_verified(tmp_path: Path) -> None:
    signer, authority = _list_signer(), make_authority()
    folder = tmp_path / "trust"
    assert load_trust(folder) == Trust()
    pin = parse_certificate(signer.der).fingerprint
    source = import_file(make_master_list(signer, [authority.der]), folder, pinned=pin, on=TODAY)
    assert (source.kind, source.added, source.known, source.anchors) == ("master list", 1, 0, 1)
    again = import_file(make_master_list(signer, [authority.der]), folder, pinned=pin, on=TODAY)
    assert (again.added, again.known) == (0, 1)
    listed = make_revocation_list(authority, NOW - timedelta(3))
    assert import_file(listed, folder, pinned="", on=TODAY).kind == "revocation list"
    trust = load_trust(folder)
    assert _revocation(make_signer(authority), trust) is Outcome.MET
    assert [line["imported_on"] for line in list_sources(folder)] == ["2026-11-28"] * 3


def test_a_single_certificate_is_pinned_by_its_own_hash(tmp_path: Path) -> None:
    authority = make_authority()
    pin = parse_certificate(authority.der).fingerprint
    with pytest.raises(TrustFault, match="pinned"):
        import_file(authority.der, tmp_path, pinned="ab" * 32, on=TODAY)
    assert list_sources(tmp_path) == []
    assert import_file(pem.armor("CERTIFICATE", authority.der), tmp_path, pinned=pin, on=TODAY).anchors == 1


def test_a_revocation_list_of_nobody_trusted_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrustFault, match="import that first"):
        import_file(make_revocation_list(make_authority(), NOW), tmp_path, pinned="", on=TODAY)


def test_a_changed_trust_folder_is_refused(tmp_path: Path) -> None:
    authority = make_authority()
    import_file(authority.der, tmp_path, pinned=parse_certificate(authority.der).fingerprint, on=TODAY)
    (path,) = (tmp_path / "certificates").iterdir()
    path.write_bytes(make_authority(key_number=9).der)
    with pytest.raises(TrustFault, match="was changed"):
        load_trust(tmp_path)


@pytest.mark.parametrize("data", [b"", b"not a list", b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----"])
def test_other_files_are_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(TrustFault):
        import_file(data, tmp_path, pinned="ab" * 32, on=TODAY)
    assert not any(tmp_path.iterdir())

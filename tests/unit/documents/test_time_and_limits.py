"""Times and limits that certificates and lists carry: none is passed over, on the signer, its issuers or the lists."""

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import crl, x509

from comity.documents.inspect import inspect_document
from comity.documents.synthetic_issuer.utopia_authority import (
    CertificateOptions,
    Issued,
    make_authority,
    make_certificate,
    make_revocation_list,
    make_signer,
)
from comity.documents.synthetic_issuer.utopia_passport import Passport, make_zone
from comity.documents.trust.certificate import parse_certificate
from comity.documents.trust.crl import RevocationListFault, parse_crl
from comity.documents.trust.master_list import TrustFault
from comity.documents.trust.path import Trust
from comity.documents.trust.store import import_file, load_trust
from comity.model.document import Proposition
from comity.model.finding import Outcome
from comity.plain_files import read_plain_file

AS_OF = date(2026, 11, 28)
UTOPIA = make_authority()
MET, OPEN, NOT = Outcome.MET, Outcome.UNDETERMINED, Outcome.NOT_MET


def _at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def _list(
    authority: Issued, issued: datetime, until: datetime | None = None, extension: dict[str, Any] | None = None
) -> bytes:
    body: dict[str, Any] = {
        "version": "v2", "signature": authority.algorithm, "issuer": authority.certificate.subject,
        "this_update": x509.Time(name="general_time", value=issued),
    }  # fmt: skip
    if until is not None:
        body["next_update"] = x509.Time(name="general_time", value=until)
    if extension is not None:
        body["crl_extensions"] = [extension]
    listed = crl.TbsCertList(body)
    parts = {"tbs_cert_list": listed, "signature_algorithm": authority.algorithm}
    return bytes(crl.CertificateList({**parts, "signature": authority.sign(listed.dump())}).dump())


CURRENT = _list(UTOPIA, _at(2026, 11, 18))


def _issued_by(
    signer: Issued | None = None,
    *,
    lists: tuple[bytes, ...] = (CURRENT,),
    trusted: tuple[Issued, ...] = (UTOPIA,),
    **passport: Any,
) -> Outcome:
    trust = Trust(tuple(parse_certificate(one.der) for one in trusted), tuple(map(parse_crl, lists)))
    made = Passport(signer=signer or make_signer(UTOPIA), **passport)
    return inspect_document(made.present(), [], trust, AS_OF).conclusion(Proposition.ISSUED_BY).outcome


def _key_use(**days: datetime) -> dict[str, Any]:
    return {"extra_extensions": ({"extn_id": "private_key_usage_period", "critical": False, "extn_value": days},)}


@pytest.mark.parametrize(
    ("signer", "passport", "outcome"),
    [
        ({}, {}, MET),
        ({}, {"signing_time": _at(2035, 1, 1)}, OPEN),
        ({"not_before": _at(2030, 1, 1)}, {"signing_time": None}, OPEN),
        ({"not_before": _at(2030, 1, 1)}, {"signing_time": _at(2031, 1, 1)}, OPEN),
        (_key_use(not_before=_at(2020, 1, 1), not_after=_at(2020, 4, 1)), {}, NOT),
        (_key_use(not_before=_at(2026, 5, 1), not_after=_at(2027, 4, 1)), {}, NOT),
        (_key_use(not_before=_at(2026, 1, 1), not_after=_at(2026, 6, 1)), {}, MET),
    ],
)
def test_a_signer_signs_while_its_key_is_in_use_and_not_after_the_day(
    signer: dict[str, Any], passport: dict[str, Any], outcome: Outcome
) -> None:
    assert _issued_by(make_signer(UTOPIA, **signer), **passport) is outcome


def test_a_list_convicts_on_any_day_and_clears_only_until_its_next_update() -> None:
    assert _issued_by(lists=(CURRENT, make_revocation_list(UTOPIA, _at(2026, 12, 5), (77,)))) is NOT
    assert _issued_by(lists=(make_revocation_list(UTOPIA, _at(2026, 12, 5)),)) is OPEN
    assert _issued_by(lists=(_list(UTOPIA, _at(2026, 9, 9), _at(2026, 9, 10)),)) is OPEN
    assert _issued_by(lists=(_list(UTOPIA, _at(2026, 11, 9), _at(2026, 11, 28)),)) is MET


def test_a_list_of_an_authority_that_had_expired_clears_nothing() -> None:
    expired = make_authority(not_after=_at(2026, 6, 1))
    signer = make_signer(expired)
    assert _issued_by(signer, trusted=(expired,), lists=(_list(expired, _at(2026, 11, 18)),)) is OPEN


_LIMITS: tuple[dict[str, Any], ...] = (
    {"extn_id": "delta_crl_indicator", "critical": False, "extn_value": 5},
    {"extn_id": "issuing_distribution_point", "critical": False, "extn_value": {"only_contains_ca_certs": True}},
    {"extn_id": "issuing_distribution_point", "critical": False, "extn_value": {"indirect_crl": True}},
)


@pytest.mark.parametrize("extension", _LIMITS, ids=str)
def test_a_list_that_says_only_part_is_refused_critical_or_not(extension: dict[str, Any]) -> None:
    with pytest.raises(RevocationListFault, match="limits"):
        parse_crl(_list(UTOPIA, _at(2026, 11, 9), extension=extension))


_DIRECTORY = x509.GeneralName("directory_name", x509.Name.build({"country_name": "UT"}))
_NAMES = {"extn_id": "name_constraints", "extn_value": {"excluded_subtrees": [{"base": _DIRECTORY}]}}
_SERVER = {"extn_id": "extended_key_usage", "extn_value": ["server_auth"]}
_UNKNOWN = {"extn_id": "1.2.3.4.5", "critical": True, "extn_value": b"\x05\x00"}


@pytest.mark.parametrize(
    "extension",
    [
        {**_NAMES, "critical": True},
        {**_NAMES, "critical": False},
        {**_SERVER, "critical": True},
        {**_SERVER, "critical": False},
        _UNKNOWN,
    ],
    ids=lambda extension: f"{extension['extn_id']} {extension['critical']}",
)
def test_a_limit_on_an_issuer_or_a_signer_leaves_the_paper_open(extension: dict[str, Any]) -> None:
    limited = make_authority(extra_extensions=(extension,))
    assert _issued_by(make_signer(limited), trusted=(limited,), lists=(_list(limited, _at(2026, 11, 18)),)) is OPEN
    assert _issued_by(make_signer(UTOPIA, extra_extensions=(extension,))) is OPEN


@pytest.mark.parametrize(
    ("name", "upper", "start", "outcome"),
    [
        ("Other authority", UTOPIA, _at(2020, 1, 1), OPEN),  # the path length of the anchor is 0
        ("CSCA Utopia", UTOPIA, _at(2020, 1, 1), MET),  # a link between two keys is no further authority
        ("CSCA Utopia", make_authority(not_after=_at(2021, 1, 1)), _at(2025, 1, 1), OPEN),
    ],
)
def test_a_path_keeps_to_its_length_and_each_link_was_issued_in_time(
    name: str, upper: Issued, start: datetime, outcome: Outcome
) -> None:
    below = make_certificate(CertificateOptions(name=name, key_number=5, serial=9, not_before=start), upper)
    signer = make_signer(below, not_before=max(start, _at(2020, 1, 1)))
    assert _issued_by(signer, trusted=(upper, below), lists=(_list(below, _at(2026, 11, 18)),)) is outcome


@pytest.mark.parametrize("code", ["UNO", "EUE", "ATA", "PRI", "GUM", "ASM", "XXB", "QQQ"])
def test_a_code_that_is_no_states_shows_no_foreign_nationality(code: str) -> None:
    assert _issued_by(zone=make_zone(nationality=code)) is not MET
    authority = make_authority(country=code[:2], name="CSCA other")
    signer = make_signer(authority, country=code[:2])
    lists = (_list(authority, _at(2026, 11, 18)),)
    assert _issued_by(signer, trusted=(authority,), lists=lists, zone=make_zone(issuer=code)) is not MET


def test_only_what_was_imported_is_trusted(tmp_path: Path) -> None:
    planted = make_authority(name="CSCA planted", key_number=66)
    der = parse_certificate(UTOPIA.der)
    import_file(der.der, tmp_path, pinned=der.fingerprint, on=AS_OF)
    import_file(CURRENT, tmp_path, pinned="", on=AS_OF)
    assert len(load_trust(tmp_path).certificates) == 1
    path = tmp_path / "certificates" / f"{parse_certificate(planted.der).fingerprint}.der"
    path.write_bytes(planted.der)
    with pytest.raises(TrustFault, match="was not imported"):
        load_trust(tmp_path)
    path.unlink()
    for line in ("1", "{}", "[]", '{"kind": 1, "kind": 2}'):
        (tmp_path / "sources.jsonl").write_text(line, encoding="utf-8")
        with pytest.raises(TrustFault):
            load_trust(tmp_path)


def test_no_link_pipe_or_device_is_read(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"12345")
    (tmp_path / "link").symlink_to(tmp_path / "plain")
    (tmp_path / "zero").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe")
    assert read_plain_file(tmp_path / "plain", 3) == b"1234"
    for name in ("link", "zero", "pipe", "", "absent", "\0"):
        with pytest.raises(OSError, match=r"."):
            read_plain_file(tmp_path / name, 3)

"""Reads tests/cases/documents/checks/*.yaml, for compliance officers, and makes the paper that a case names.

Without options a case is a passport of Utopia, right in every part, with its chip and its authority trusted.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from comity.documents.inspect import inspect_document
from comity.documents.synthetic_issuer.utopia_authority import Issued, make_authority, make_revocation_list, make_signer
from comity.documents.synthetic_issuer.utopia_passport import Passport, make_group, make_zone
from comity.documents.trust.certificate import parse_certificate
from comity.documents.trust.crl import parse_crl
from comity.documents.trust.path import Trust
from comity.documents.zone_rules import find_zone_rule
from comity.model.document import InspectionReport, OfficerObservation, PresentedDocument, Proposition

FOLDER = Path(__file__).parents[2] / "cases" / "documents"
AS_OF = date(2026, 11, 28)
SAMPLE_BARCODE: str = yaml.safe_load((FOLDER / "barcodes.yaml").read_text(encoding="utf-8"))["sample"]


def case_files() -> list[Path]:
    """Every case file of a check."""
    return sorted((FOLDER / "checks").glob("*.yaml"))


def all_cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """(check, case) for every case there is."""
    for path in case_files():
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert document["check"] == path.stem
        for case in document["cases"]:
            yield path.stem, case


def report_on(case: dict[str, Any]) -> InspectionReport:
    """The report on a case's paper, without any law."""
    presented, trust = present(case)
    return inspect_document(presented, [], trust, AS_OF)


def outcome_of(report: InspectionReport, rule: str) -> str:
    """The name of a finding's outcome, or none."""
    return next((finding.outcome.name for finding in report.findings if finding.rule == rule), "none")


def genuine(report: InspectionReport) -> str:
    """How far the paper is shown genuine."""
    return report.conclusion(Proposition.ISSUED_BY).outcome.name


def present(case: dict[str, Any]) -> tuple[PresentedDocument, Trust]:
    """A case's paper as presented, and what the user trusts."""
    authority = _authority(**_frozen(case.get("authority", {})))
    signer = _signer(authority, **_frozen(case.get("signer", {})))
    presented = _passport(case, authority, signer)
    if {"mrz", "mrz_repeated", "barcode"} & set(case) or not find_zone_rule(presented.kind).layouts:
        presented = PresentedDocument(presented.kind)
    if "mrz" in case:
        presented = replace(presented, mrz=case["mrz"])
    if "mrz_repeated" in case:
        text, count = case["mrz_repeated"]
        presented = replace(presented, mrz=text * count)
    if "chip_and_barcode" in case:
        presented = replace(presented, barcode=_barcode(case["chip_and_barcode"]))
    if "barcode" in case:
        presented = replace(presented, barcode=_barcode(case["barcode"]))
    typed = dict(case.get("typed", {}))
    if "typed_repeated" in case:
        name, count = case["typed_repeated"]
        typed[name] = "A" * count
    officer = OfficerObservation(**case["officer"]) if "officer" in case else None
    return replace(presented, typed=typed, officer=officer), _trust(case.get("trust", {}), authority)


def _passport(case: dict[str, Any], authority: Issued, signer: Issued) -> PresentedDocument:
    zone = make_zone(**case.get("zone", {}))
    options = dict(case.get("passport", {}))
    if options.get("signed_zone") == "other":
        options["signed_zone"] = make_zone(name="SOMEBODY<<ELSE")
    if "certificates" in options:
        named = {"authority": authority.der, "signer": signer.der}
        options["certificates"] = tuple(named[name] for name in options["certificates"])
    made = Passport(zone=zone, signer=signer, **options).present(case.get("kind", "foreign-passport"))
    groups = dict(made.groups) | {number: bytes.fromhex(text) for number, text in case.get("groups", {}).items()}
    if "cut_group" in case:
        number, length = case["cut_group"]
        groups[number] = groups[number][:length]
    if "group_of_size" in case:
        number, size = case["group_of_size"]
        groups[number] = make_group(number, bytes(size))
    security_object = made.security_object
    assert security_object is not None
    if "security_object" in case:
        security_object = bytes.fromhex(case["security_object"])
    if "security_object_repeated" in case:
        text, count = case["security_object_repeated"]
        security_object = bytes.fromhex(text) * count
    if "cut_security_object" in case:
        security_object = security_object[: case["cut_security_object"]]
    without = case.get("without", [])
    mrz = made.mrz
    if "printed" in case:
        text = make_zone(**case["printed"])
        mrz = f"{text[:44]}\n{text[44:]}"
    return replace(
        made,
        mrz=None if "mrz" in without else mrz,
        groups={} if "groups" in without else {n: data for n, data in groups.items() if n not in without},
        security_object=None if "security_object" in without else security_object,
    )


def _barcode(options: dict[str, Any]) -> str:
    text = SAMPLE_BARCODE
    for name in ("replace", "and"):
        if name in options:
            before, after = options[name]
            assert before in text
            text = text.replace(before, after)
    return text


def _trust(options: dict[str, Any], authority: Issued) -> Trust:
    named = options.get("authorities")
    authorities = [authority] if named is None else [_authority(**_frozen(found)) for found in named]
    issued_at = datetime.fromordinal(AS_OF.toordinal() - options.get("age_days", 10)).replace(tzinfo=UTC)
    revoked = tuple(options.get("revoked", ()))
    lists = [make_revocation_list(found, issued_at, revoked) for found in authorities if options.get("lists", True)]
    return Trust(tuple(parse_certificate(found.der) for found in authorities), tuple(map(parse_crl, lists)))


def _frozen(options: dict[str, Any]) -> dict[str, Any]:
    purpose = {"extn_id": "extended_key_usage", "critical": True, "extn_value": ["2.23.136.1.1.3"]}
    cards = {
        "extn_id": "2.23.136.1.1.6.2",
        "critical": False,
        "extn_value": bytes.fromhex("300902010031041302") + b"ID",
    }
    books = {**cards, "extn_value": bytes.fromhex("300802010031031301") + b"P"}
    named = {
        "master_list_purpose": (_Extension(purpose),),
        "identity_cards": (_Extension(cards),),
        "passports": (_Extension(books),),
    }
    return {
        name: frozenset(value) if isinstance(value, list) else named.get(str(value), value)
        for name, value in options.items()
    }


class _Extension(dict[str, Any]):
    """An extension's parts, which may stand in the key of a cache."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(str(self))


@lru_cache(maxsize=64)
def _authority(**options: Any) -> Issued:
    return make_authority(**options)


@lru_cache(maxsize=64)
def _signer(authority: Issued, **options: Any) -> Issued:
    return make_signer(authority, **options)

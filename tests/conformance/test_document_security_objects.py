"""Security objects of another project and of the BSI's reference data, each with the results that its source gives."""

import json
from datetime import date
from pathlib import Path

import pytest

from comity.documents.inspect import inspect_document
from comity.documents.trust.certificate import parse_certificate
from comity.documents.trust.path import Trust, find_path
from comity.documents.trust.store import import_file, load_trust
from comity.model.document import InspectionReport, PresentedDocument
from comity.model.finding import Outcome
from tests.conformance.vectors import COUNT_LINES, find_vectors

AS_OF = date(2026, 11, 28)
MET, NOT_MET, UNDETERMINED = "MET", "NOT_MET", "UNDETERMINED"
RULES = ("group_hashes.1", "message_digest", "signature", "signer_identity", "signing_time", "signer_path")
EXPECTED = {
    "rsa-2048-sha256": (MET, MET, MET, NOT_MET, NOT_MET, MET),
    "ecdsa-p256-sha256": (MET, MET, NOT_MET, NOT_MET, NOT_MET, MET),
    "ecdsa-p384-sha384": (MET, MET, NOT_MET, NOT_MET, NOT_MET, None),
    "ecdsa-p521-sha512": (MET, MET, NOT_MET, NOT_MET, NOT_MET, None),
    "rsa-3072-sha384": (MET, MET, NOT_MET, NOT_MET, NOT_MET, None),
    "rsa-4096-sha512": (MET, MET, NOT_MET, NOT_MET, NOT_MET, None),
}


def _outcomes(report: InspectionReport) -> dict[str, str]:
    return {finding.rule: finding.outcome.name for finding in report.findings}


@pytest.fixture
def zkr_trust(tmp_path: Path) -> Trust:
    for name in ("zkr-csca-rsa-2048-sha256.pem", "zkr-csca-ecdsa-p256-sha256.pem"):
        data = (find_vectors("documents") / "sod-zkr" / name).read_bytes()
        pin = parse_certificate(_der(data)).fingerprint
        import_file(data, tmp_path, pinned=pin, on=AS_OF)
    return load_trust(tmp_path)


def _der(data: bytes) -> bytes:
    from asn1crypto import pem

    return bytes(pem.unarmor(data)[2])


def test_security_objects_made_for_tests(zkr_trust: Trust) -> None:
    folder = find_vectors("documents") / "sod-zkr"
    zone = (folder / "DG1.silverhand.bin").read_bytes()
    for name, expected in EXPECTED.items():
        data = (folder / f"johnny-silverhand-{name}.sod").read_bytes()
        presented = PresentedDocument("foreign-passport", None, {1: zone}, data)
        found = _outcomes(inspect_document(presented, [], zkr_trust, AS_OF))
        for rule, outcome in zip(RULES, expected, strict=True):
            assert outcome is None or found[rule] == outcome, (name, rule)
        assert found["zone_form.chip"] == NOT_MET  # an underscore for a digit, and two NULs
    COUNT_LINES.append(
        f"{'documents: security objects (zkpassport)':<42} {len(EXPECTED)} of {len(EXPECTED)} as their README says"
    )


def test_signers_made_for_tests_lead_to_their_authorities(zkr_trust: Trust) -> None:
    folder = find_vectors("documents") / "sod-zkr"
    for path in sorted(folder.glob("zkr-dsc-*.pem")):
        outcome = find_path(parse_certificate(_der(path.read_bytes())), zkr_trust).outcome
        assert outcome is Outcome.MET or "p256" not in path.name, path.name


def test_reference_data_with_sha_1_on_a_rare_curve() -> None:
    folder = find_vectors("documents") / "sod-bsi"
    groups = {number: (folder / f"EF_DG{number}.mustermann.bin").read_bytes() for number in (1, 14, 15)}
    data = (folder / "EF_SOD.mustermann.bin").read_bytes()
    presented = PresentedDocument("foreign-passport", None, groups, data)
    found = _outcomes(inspect_document(presented, [], Trust(), AS_OF))
    assert {rule: found[rule] for rule in ("group_hashes.1", "group_hashes.14", "group_hashes.15")} == {
        "group_hashes.1": MET,
        "group_hashes.14": MET,
        "group_hashes.15": UNDETERMINED,
    }
    assert [found[rule] for rule in RULES[1:]] == [MET, MET, MET, UNDETERMINED, UNDETERMINED]
    assert found["hash_strength"] == "NOT_APPLICABLE"
    COUNT_LINES.append(f"{'documents: security objects (BSI)':<42} mustermann as its README says")


def test_reference_data_with_pss() -> None:
    data = (find_vectors("documents") / "sod-bsi" / "EF_SOD.hjp-pss.bin").read_bytes()
    found = _outcomes(inspect_document(PresentedDocument("foreign-passport", None, {}, data), [], Trust(), AS_OF))
    assert [found[rule] for rule in RULES] == [UNDETERMINED, MET, MET, MET, UNDETERMINED, UNDETERMINED]
    assert "hash_strength" not in found
    COUNT_LINES.append(f"{'documents: security objects (BSI, PSS)':<42} hjp-pss as its README says")


def test_the_readme_s_rows_are_those_judged() -> None:
    names = {
        path.stem.removeprefix("johnny-silverhand-") for path in (find_vectors("documents") / "sod-zkr").glob("*.sod")
    }
    assert names == set(EXPECTED)
    assert len(json.loads((find_vectors("documents") / "mrz" / "cases.json").read_text(encoding="utf-8"))) == 35

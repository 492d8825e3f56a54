"""Signatures on documents' certificates and on curves that the cryptographic library does not have."""

import json
from pathlib import Path

from asn1crypto import pem, x509
from asn1crypto.algos import SignedDigestAlgorithm

from comity.documents.chip.signatures import verify_signature
from comity.model.finding import Outcome
from tests.conformance.vectors import VectorResult, find_vectors, report_counts


def test_ecdsa_on_rare_curves_is_judged_as_wycheproof_does() -> None:
    for name, hash_name, count in (("brainpoolP224r1", "sha224", 453), ("brainpoolP320r1", "sha384", 489)):
        path = find_vectors("documents") / "wycheproof" / f"ecdsa_{name}_{hash_name}_test.json"
        content = json.loads(path.read_text(encoding="utf-8"))
        algorithm = SignedDigestAlgorithm({"algorithm": f"{hash_name}_ecdsa"})
        judged: list[VectorResult] = []
        for group in content["testGroups"]:
            key = bytes.fromhex(group["publicKeyDer"])
            for test in group["tests"]:
                message, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
                verdict = verify_signature(key, algorithm, None, message, signature)
                judged.append((str(test["tcId"]), test["result"] == "valid", verdict.outcome is Outcome.MET))
        assert len(judged) == count
        report_counts(f"documents: wycheproof ecdsa {name}", judged)


def test_certificates_of_every_algorithm_verify_by_their_issuers() -> None:
    folder = find_vectors("documents") / "certificates"
    pairs = [path for path in sorted(folder.glob("*.dsc.pem")) if _issuer(path.name, folder).exists()]
    assert len(pairs) == 32
    judged: list[VectorResult] = []
    for path in pairs:
        certificate, issuer = (
            x509.Certificate.load(pem.unarmor(file.read_bytes())[2]) for file in (path, _issuer(path.name, folder))
        )
        body = certificate["tbs_certificate"].dump()
        for data, is_right in ((body, True), (body[:-1] + bytes([body[-1] ^ 1]), False)):
            verdict = verify_signature(
                issuer.public_key.dump(),
                certificate["signature_algorithm"],
                None,
                data,
                certificate["signature_value"].native,
            )
            judged.append((f"{path.name} {is_right}", is_right, verdict.outcome is Outcome.MET))
    report_counts("documents: certificates", judged, "each also with one bit changed")


def _issuer(name: str, folder: Path) -> Path:
    return folder / name.replace(".dsc.", ".csca.")

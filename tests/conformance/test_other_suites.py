"""Hold what comes from libraries to public vectors: canonical JSON, signatures, and the rest of Wycheproof."""

import json
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwk, jws
from joserfc.errors import JoseError

from comity.errors import RequestError
from comity.ledger.leaf import canonicalize_json
from comity.signing import authenticate_signer, create_signing_key, decode_base64url, key_thumbprint
from comity.tlog.note import VerifierKey
from comity_ledger_verify import Vkey
from tests.conformance.vectors import VectorResult, find_vectors, report_counts


def _read_suite(name: str, count: int) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return every test of a Wycheproof file with its group."""
    content = json.loads((find_vectors("wycheproof") / f"{name}_test.json").read_text())
    tests = [(group, test) for group in content["testGroups"] for test in group["tests"]]
    assert len(tests) == content["numberOfTests"] == count
    return tests


def test_canonical_json_is_that_of_rfc_8785() -> None:
    folder = find_vectors("jcs")
    names = sorted(path.name for path in (folder / "input").iterdir())
    assert len(names) == 6
    results = []
    for name in names:
        actual = canonicalize_json(json.loads((folder / "input" / name).read_text()))
        as_hex = (folder / "outhex" / name.replace(".json", ".txt")).read_text()
        expected = (folder / "output" / name).read_bytes()
        assert bytes.fromhex(as_hex) == expected
        results.append((name, True, actual == expected))
    report_counts("jcs", results)


def test_ed25519_signatures_are_accepted_as_by_wycheproof() -> None:
    results: list[VectorResult] = []
    by_checker: list[VectorResult] = []
    for group, test in _read_suite("ed25519", 151):
        public_key = bytes.fromhex(group["publicKey"]["pk"])
        text, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
        name, wanted = str(test["tcId"]), test["result"] == "valid"
        results.append((name, wanted, VerifierKey("example.com/key", public_key).is_valid_signature(text, signature)))
        by_checker.append((name, wanted, Vkey("example.com/key", 1, public_key).is_valid_signature(text, signature)))
    report_counts("wycheproof ed25519", results)
    report_counts("wycheproof ed25519, by the checker", by_checker)


def test_ml_dsa_44_signatures_are_accepted_as_by_wycheproof() -> None:
    results: list[VectorResult] = []
    for group, test in _read_suite("mldsa_44_verify", 180):
        context = bytes.fromhex(test.get("ctx", ""))
        try:
            key = MLDSA44PublicKey.from_public_bytes(bytes.fromhex(group["publicKey"]))
            key.verify(bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]), context)
            accepted = True
        except (InvalidSignature, ValueError):
            accepted = False
        results.append((str(test["tcId"]), test["result"] == "valid", accepted))
    report_counts("wycheproof mldsa_44", results)


def test_aes_gcm_is_accepted_as_by_wycheproof() -> None:
    """The library accepts nonces of 8 to 128 bytes only."""
    results: list[VectorResult] = []
    unusable = []
    for _, test in _read_suite("aes_gcm", 316):
        field = {name: bytes.fromhex(test[name]) for name in ("key", "iv", "aad", "msg", "ct", "tag")}
        if not 8 <= len(field["iv"]) <= 128 and test["result"] == "valid":
            unusable.append(test["tcId"])
            continue
        try:
            opened = AESGCM(field["key"]).decrypt(field["iv"], field["ct"] + field["tag"], field["aad"])
            accepted = opened == field["msg"]
        except (InvalidTag, ValueError):
            accepted = False
        results.append((str(test["tcId"]), test["result"] == "valid", accepted))
    report_counts("wycheproof aes_gcm", results, f"not counted: {len(unusable)} with nonces below 8 or above 128 bytes")


DISPUTED_TESTS = {
    367: "byte for byte the suite's own valid test 357",
    370: "byte for byte the suite's own valid test 357",
    372: "a character outside of base64url, called valid",
    373: "a character outside of base64url, called valid",
    346: "the key says PS256, the header PS384",
    350: "the key says PS256, the header PS384",
    347: "the key's algorithm ES521 is registered nowhere",
    351: "the key's algorithm ES521 is registered nowhere",
}


def test_json_web_signatures_are_accepted_as_by_wycheproof() -> None:
    """The library is called after our own strict base64url. Our own code takes Ed25519 only, so none of these."""
    results: list[VectorResult] = []
    tests = _read_suite("json_web_signature", 401)
    texts = {test["tcId"]: test["jws"] for _, test in tests}
    assert texts[367] == texts[370] == texts[357]
    for group, test in tests:
        if test["tcId"] in DISPUTED_TESTS:
            continue
        key = group.get("public") or group["private"]
        try:
            for part in test["jws"].split("."):
                decode_base64url(part)
            jws.deserialize_compact(test["jws"], jwk.import_key(key), algorithms=[key["alg"]] if "alg" in key else [])
            accepted = True
        except (JoseError, ValueError, AttributeError):
            accepted = False
        results.append((str(test["tcId"]), test["result"] == "valid", accepted))
    report_counts(
        "wycheproof json_web_signature", results, f"not counted: {len(DISPUTED_TESTS)}, named with the reason"
    )


def test_authenticate_signer__refuses_every_signature_of_the_suite(tmp_path: Any) -> None:
    key = create_signing_key(tmp_path / "key.pem")
    results: list[VectorResult] = []
    for _, test in _read_suite("json_web_signature", 401):
        header, _, tag = str(test["jws"]).rpartition(".")
        payload = header.partition(".")[2].encode()
        try:
            authenticate_signer(payload, f"{header.partition('.')[0]}..{tag}", {key_thumbprint(key): key})
            accepted = True
        except RequestError:
            accepted = False
        results.append((str(test["tcId"]), False, accepted))
    report_counts("wycheproof json_web_signature, as a batch's", results, "none is Ed25519")

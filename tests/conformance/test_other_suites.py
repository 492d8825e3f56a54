"""What Comity takes from libraries, held to public vectors: canonical JSON, signatures, and the rest of Wycheproof."""

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


def _suite(name: str, count: int) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Every test of a Wycheproof file beside its group."""
    content = json.loads((find_vectors("wycheproof") / f"{name}_test.json").read_text())
    tests = [(group, test) for group in content["testGroups"] for test in group["tests"]]
    assert len(tests) == content["numberOfTests"] == count
    return tests


def test_canonical_json_is_that_of_rfc_8785() -> None:
    folder = find_vectors("jcs")
    names = sorted(path.name for path in (folder / "input").iterdir())
    assert len(names) == 6
    judged = []
    for name in names:
        written = canonicalize_json(json.loads((folder / "input" / name).read_text()))
        as_hex = (folder / "outhex" / name.replace(".json", ".txt")).read_text()
        expected = (folder / "output" / name).read_bytes()
        assert bytes.fromhex(as_hex) == expected
        judged.append((name, True, written == expected))
    report_counts("jcs", judged)


def test_ed25519_signatures_are_judged_as_wycheproof_does() -> None:
    judged: list[VectorResult] = []
    by_checker: list[VectorResult] = []
    for group, test in _suite("ed25519", 151):
        public = bytes.fromhex(group["publicKey"]["pk"])
        text, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
        name, wanted = str(test["tcId"]), test["result"] == "valid"
        judged.append((name, wanted, VerifierKey("example.com/key", public).is_valid_signature(text, signature)))
        by_checker.append((name, wanted, Vkey("example.com/key", 1, public).is_valid_signature(text, signature)))
    report_counts("wycheproof ed25519", judged)
    report_counts("wycheproof ed25519, by the checker", by_checker)


def test_ml_dsa_44_signatures_are_judged_as_wycheproof_does() -> None:
    judged: list[VectorResult] = []
    for group, test in _suite("mldsa_44_verify", 180):
        context = bytes.fromhex(test.get("ctx", ""))
        try:
            key = MLDSA44PublicKey.from_public_bytes(bytes.fromhex(group["publicKey"]))
            key.verify(bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]), context)
            accepted = True
        except (InvalidSignature, ValueError):
            accepted = False
        judged.append((str(test["tcId"]), test["result"] == "valid", accepted))
    report_counts("wycheproof mldsa_44", judged)


def test_aes_gcm_is_judged_as_wycheproof_does() -> None:
    """The library uses no nonce shorter than 8 bytes or longer than 128, whatever else holds."""
    judged: list[VectorResult] = []
    unusable = []
    for _, test in _suite("aes_gcm", 316):
        field = {name: bytes.fromhex(test[name]) for name in ("key", "iv", "aad", "msg", "ct", "tag")}
        if not 8 <= len(field["iv"]) <= 128 and test["result"] == "valid":
            unusable.append(test["tcId"])
            continue
        try:
            opened = AESGCM(field["key"]).decrypt(field["iv"], field["ct"] + field["tag"], field["aad"])
            accepted = opened == field["msg"]
        except (InvalidTag, ValueError):
            accepted = False
        judged.append((str(test["tcId"]), test["result"] == "valid", accepted))
    report_counts("wycheproof aes_gcm", judged, f"not counted: {len(unusable)} with nonces below 8 or above 128 bytes")


NOT_PUBLISHED_SO = {
    367: "byte for byte the suite's own valid test 357",
    370: "byte for byte the suite's own valid test 357",
    372: "a character outside of base64url, called valid",
    373: "a character outside of base64url, called valid",
    346: "the key says PS256, the header PS384",
    350: "the key says PS256, the header PS384",
    347: "the key's algorithm ES521 is registered nowhere",
    351: "the key's algorithm ES521 is registered nowhere",
}


def test_json_web_signatures_are_judged_as_wycheproof_does() -> None:
    """The library behind Comity's own strict base64url; Comity itself takes Ed25519 only, and so none of these."""
    judged: list[VectorResult] = []
    tests = _suite("json_web_signature", 401)
    texts = {test["tcId"]: test["jws"] for _, test in tests}
    assert texts[367] == texts[370] == texts[357]
    for group, test in tests:
        if test["tcId"] in NOT_PUBLISHED_SO:
            continue
        key = group.get("public") or group["private"]
        try:
            for part in test["jws"].split("."):
                decode_base64url(part)
            jws.deserialize_compact(test["jws"], jwk.import_key(key), algorithms=[key["alg"]] if "alg" in key else [])
            accepted = True
        except (JoseError, ValueError, AttributeError):
            accepted = False
        judged.append((str(test["tcId"]), test["result"] == "valid", accepted))
    report_counts(
        "wycheproof json_web_signature", judged, f"not counted: {len(NOT_PUBLISHED_SO)}, named with the reason"
    )


def test_no_foreign_signature_is_taken_for_a_batch_s(tmp_path: Any) -> None:
    key = create_signing_key(tmp_path / "key.pem")
    judged: list[VectorResult] = []
    for _, test in _suite("json_web_signature", 401):
        header, _, tag = str(test["jws"]).rpartition(".")
        payload = header.partition(".")[2].encode()
        try:
            authenticate_signer(payload, f"{header.partition('.')[0]}..{tag}", {key_thumbprint(key): key})
            accepted = True
        except RequestError:
            accepted = False
        judged.append((str(test["tcId"]), False, accepted))
    report_counts("wycheproof json_web_signature, as a batch's", judged, "none is Ed25519")

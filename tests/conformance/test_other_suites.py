"""Canonical JSON and Ed25519: what the ledger takes from libraries, held to their own public vectors."""

import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from comity.ledger.leaf import canonical
from comity.ledger.note import VerifierKey
from tests.conformance.vectors import counted, vectors


def test_canonical_json_is_that_of_rfc_8785() -> None:
    folder = vectors("jcs")
    names = sorted(path.name for path in (folder / "input").iterdir())
    wrong = [
        name
        for name in names
        if canonical(json.loads((folder / "input" / name).read_text())) != (folder / "output" / name).read_bytes()
    ]
    assert len(names) == 6
    counted("jcs", len(names), 0, wrong)


def test_ed25519_signatures_are_judged_as_wycheproof_does() -> None:
    suite = json.loads((vectors("wycheproof") / "ed25519_test.json").read_text())
    good = bad = 0
    wrong = []
    for group in suite["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        key = VerifierKey("example.com/key", public)
        for test in group["tests"]:
            text, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
            expected = test["result"] == "valid"
            good, bad = good + expected, bad + (not expected)
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
                library = True
            except InvalidSignature:
                library = False
            if not expected == library == key.is_signed(text, signature):
                wrong.append(str(test["tcId"]))
    assert good + bad == suite["numberOfTests"] == 151
    counted("wycheproof ed25519", good, bad, wrong)

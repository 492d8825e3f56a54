"""Verify sigstore-conformance: signed checkpoints and inclusion proofs from production logs, and attacks on them."""

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from comity.errors import LedgerError
from comity.tlog.checkpoint import open_checkpoint
from comity.tlog.merkle import hash_leaf, verify_inclusion
from comity.tlog.note import Verifier, VerifierKey
from tests.conformance.vectors import find_vectors, report_counts


@dataclass(frozen=True)
class _EcdsaKey:
    """A key of signature type 0x02, which Rekor v1 uses and we do not: other types fit the `Verifier` protocol."""

    name: str
    der: bytes

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.der).digest()[:4]

    def is_valid_signature(self, text: bytes, signature: bytes) -> bool:
        key = load_der_public_key(self.der)
        assert isinstance(key, EllipticCurvePublicKey)
        try:
            key.verify(signature, text, ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


def _load_verifier(log: dict[str, Any]) -> Verifier:
    name = log["baseUrl"].split("://")[1]
    der = base64.b64decode(log["publicKey"]["rawBytes"])
    if log["publicKey"]["keyDetails"] != "PKIX_ED25519":
        return _EcdsaKey(name, der)
    key = load_der_public_key(der)
    assert isinstance(key, Ed25519PublicKey)
    return VerifierKey(name, key.public_bytes_raw())


def _load_trusted_keys(folder: Path) -> dict[str, Verifier]:
    """Return every log key of the suite by log id; bundles without a root of their own use the production one."""
    logs = [log for root in sorted(folder.glob("*/trusted_root.json")) for log in json.loads(root.read_text())["tlogs"]]
    return {log["logId"]["keyId"]: _load_verifier(log) for log in logs}


def _verify(bundle: dict[str, Any], trusted: dict[str, Verifier]) -> None:
    for entry in bundle["verificationMaterial"]["tlogEntries"]:
        try:
            proof, verifier = entry["inclusionProof"], trusted[entry["logId"]["keyId"]]
            note, body = proof["checkpoint"]["envelope"], base64.b64decode(entry["canonicalizedBody"])
        except KeyError:
            raise LedgerError("proof_invalid", "no proof, checkpoint or key") from None
        origin = note.split("\n")[0]  # Rekor v1 puts its tree id after the key's name
        if origin.split(" - ")[0] != verifier.name:
            raise LedgerError("proof_invalid", "another origin")
        checkpoint = open_checkpoint(note, origin, [verifier])
        if str(checkpoint.size) != proof["treeSize"] or checkpoint.root != base64.b64decode(proof["rootHash"]):
            raise LedgerError("proof_invalid", "proof and checkpoint differ")
        hashes = [base64.b64decode(node) for node in proof.get("hashes", [])]
        verify_inclusion(hash_leaf(body), int(proof["logIndex"]), checkpoint.size, hashes, checkpoint.root)


def _is_accepted(folder: Path, trusted: dict[str, Verifier]) -> bool:
    try:
        _verify(json.loads((folder / "bundle.sigstore.json").read_text()), trusted)
    except LedgerError:
        return False
    return True


def test_bundles_with_good_and_bad_checkpoints_and_proofs_are_accepted_and_refused_as_published() -> None:
    """A bundle may also be bad for reasons outside of a log's proof; those are left out."""
    suite = find_vectors("sigstore-conformance")
    bundles = [folder for folder in sorted(suite.iterdir()) if folder.is_dir()]
    good = [folder for folder in bundles if not folder.name.endswith("_fail")]
    bad = [f for f in bundles if f.name.endswith("_fail") and ("checkpoint" in f.name or "inclusion" in f.name)]
    assert (len(good), len(bad)) == (21, 12)
    trusted = _load_trusted_keys(suite)
    results = [(folder.name, folder in good, _is_accepted(folder, trusted)) for folder in (*good, *bad)]
    report_counts("sigstore-conformance", results, "bad ones named checkpoint or inclusion")

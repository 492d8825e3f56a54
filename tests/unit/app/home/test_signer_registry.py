"""The registry of signers: a key counts only for the office it was registered for."""

import json
from pathlib import Path

from comity.app.home.signer_registry import SignerRegistry
from comity.model.batch import Manifest
from comity.signing import create_signing_key, key_thumbprint
from tests.support.batch_folders import SIGNER_OFFICE, make_manifest


def test_find_keys__a_key_counts_only_for_its_office(tmp_path: Path) -> None:
    signers = SignerRegistry(tmp_path / "signers.json")
    key = create_signing_key(tmp_path / "k")
    for registered_at in ("2025-01-01", "2025-01-02"):
        signers.register(
            requester="us-dhs-ice", office=SIGNER_OFFICE, key=key, registered_at=registered_at, synthetic=True
        )
    same_office = Manifest.model_validate(make_manifest())
    other_office = Manifest.model_validate(make_manifest(signer={"name": "Clerk", "office": "Records Clerk"}))
    other_requester = Manifest.model_validate(make_manifest(requester="another-agency"))
    assert list(signers.find_keys(same_office)) == [key_thumbprint(key)]
    assert signers.find_keys(other_office) == {}
    assert signers.find_keys(Manifest.model_validate(make_manifest(synthetic=False))) == {}
    assert signers.find_keys(other_requester) == {}
    assert list(signers.find_requester_keys("us-dhs-ice")) == [key_thumbprint(key)]
    assert signers.find_requester_keys("another-agency") == {}


def test_register__keeps_public_keys_only_and_each_once(tmp_path: Path) -> None:
    signers = SignerRegistry(tmp_path / "signers.json")
    key = create_signing_key(tmp_path / "k")
    for office in (SIGNER_OFFICE, SIGNER_OFFICE, "Records Clerk"):
        signers.register(requester="us-dhs-ice", office=office, key=key, registered_at="2025-01-01", synthetic=True)
    rows = json.loads((tmp_path / "signers.json").read_text())
    assert [row["office"] for row in rows] == [SIGNER_OFFICE, "Records Clerk"]
    assert [list(row) for row in rows] == [["requester", "office", "key", "registered_at", "synthetic"]] * 2
    assert not [row for row in rows if "d" in row["key"]], "a private key must not be stored among public ones"

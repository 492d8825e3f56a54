"""Keep which keys count as the signature of which office of a requester (rules r01 and r02).

Guarantees: only public keys are kept; registering the same key again changes nothing.
Start at `SignerRegistry`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from comity.app.home.private_file import write_private_file
from comity.model.batch import Manifest
from comity.signing import Ed25519Key, key_thumbprint, to_public_key


@dataclass(frozen=True, slots=True)
class RegisteredSigner:
    """One registered key; `jwk` is its public half, `registered_at` ISO 8601 in UTC."""

    requester: str
    office: str
    jwk: dict[str, Any]
    registered_at: str
    synthetic: bool

    @property
    def key(self) -> Ed25519Key:
        """Return the public key."""
        return Ed25519Key.import_key(self.jwk)

    @property
    def thumbprint(self) -> str:
        """Return the key's RFC 7638 thumbprint."""
        return key_thumbprint(self.key)


@dataclass(frozen=True, slots=True)
class SignerRegistry:
    """The file of registered keys."""

    file: Path

    def read(self) -> list[RegisteredSigner]:
        """Return every registered signer, in the order of registration."""
        if not self.file.exists():
            return []
        rows = json.loads(self.file.read_text(encoding="utf-8"))
        names = ("requester", "office", "key", "registered_at", "synthetic")
        return [RegisteredSigner(*(row[name] for name in names)) for row in rows]

    def find_keys(self, manifest: Manifest) -> Mapping[str, Ed25519Key]:
        """Return the keys of the office that a manifest names as its signer, by thumbprint (r01, r02)."""
        office = (manifest.requester, manifest.signer.office)
        return {s.thumbprint: s.key for s in self.read() if (s.requester, s.office) == office}

    def find_requester_keys(self, requester: str) -> Mapping[str, Ed25519Key]:
        """Return the keys of every office of a requester, by thumbprint."""
        return {s.thumbprint: s.key for s in self.read() if s.requester == requester}

    def register(self, *, requester: str, office: str, key: Ed25519Key, registered_at: str, synthetic: bool) -> None:
        """Let a key's signature count for an office. Registering the same key again changes nothing."""
        signer = RegisteredSigner(
            requester, office, to_public_key(key).as_dict(private=False), registered_at, synthetic
        )
        signers = self.read()
        if any((s.requester, s.office, s.jwk) == (requester, office, signer.jwk) for s in signers):
            return
        write_private_file(self.file, json.dumps([_to_row(s) for s in (*signers, signer)], indent=2))


def _to_row(signer: RegisteredSigner) -> dict[str, Any]:
    """Return a signer as it is on file, where the key's field is named `key`."""
    return {"key" if name == "jwk" else name: value for name, value in asdict(signer).items()}

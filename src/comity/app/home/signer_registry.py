"""Keep the keys of synthetic requesters, which are registered at first use (rules r01 and r02).

Guarantees: only public keys are kept; registering the same key again changes nothing. A key here counts for a batch
that says it is synthetic, and such a batch is compared with synthetic records only; every other key is filed by two
persons (`law.signers`).
Start at `SignerRegistry`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from comity.app.home.private_file import write_private_file
from comity.errors import ComityError
from comity.model.batch import Manifest
from comity.signing import Ed25519Key, key_thumbprint, to_public_key


@dataclass(frozen=True)
class RegisteredSigner:
    """One registered key; `jwk` is its public half, `registered_at` ISO 8601 in UTC."""

    requester: str
    office: str
    jwk: dict[str, Any]
    registered_at: str
    synthetic: bool

    @cached_property
    def key(self) -> Ed25519Key:
        """Return the public key."""
        return Ed25519Key.import_key(self.jwk)

    @cached_property
    def thumbprint(self) -> str:
        """Return the key's RFC 7638 thumbprint."""
        return key_thumbprint(self.key)


@dataclass(frozen=True, slots=True)
class SignerRegistry:
    """The file of registered keys."""

    file: Path

    def read(self) -> tuple[RegisteredSigner, ...]:
        """Return every registered signer, in the order of registration."""
        return _parse_signers(self.file.read_text(encoding="utf-8")) if self.file.exists() else ()

    def find_keys(self, manifest: Manifest) -> Mapping[str, Ed25519Key]:
        """Return the keys of the office that a manifest names as its signer, by thumbprint (r01, r02)."""
        office = (manifest.requester, manifest.signer.office)
        if not manifest.synthetic:
            return {}
        return {s.thumbprint: s.key for s in self.read() if (s.requester, s.office) == office}

    def verify_synthetic(self) -> None:
        """Refuse a registry with a key that is not marked synthetic: an earlier version took one person for it.

        Raises:
            ComityError: `home_altered`.
        """
        if any(not signer.synthetic for signer in self.read()):
            message = "The home's signers.json holds a key of a real office, and two persons file such keys."
            hint = "File each: comity signers add. Then take its line out of signers.json."
            raise ComityError("home_altered", message, hint)

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


@lru_cache(maxsize=8)  # a question reads the file three times
def _parse_signers(text: str) -> tuple[RegisteredSigner, ...]:
    names = ("requester", "office", "key", "registered_at", "synthetic")
    return tuple(RegisteredSigner(*(row[name] for name in names)) for row in json.loads(text))


def _to_row(signer: RegisteredSigner) -> dict[str, Any]:
    """Return a signer as it is on file, where the key's field is named `key`."""
    return {"key" if name == "jwk" else name: value for name, value in asdict(signer).items()}

"""Which keys count as the signature of which office of a requester, as filed (rules r01 and r02).

Guarantees: a key counts only for the office that two persons registered it for, until a person revokes it.
Start at `list_signers`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.law.filing_register import FilingRegister
from comity.model.filing import Act
from comity.signing import Ed25519Key, import_public_key, key_thumbprint


@dataclass(frozen=True, slots=True)
class OfficeKey:
    """One registered key; `jwk` is its public half."""

    requester: str
    office: str
    jwk: Mapping[str, Any]
    registered_at: datetime

    @property
    def key(self) -> Ed25519Key:
        """Return the public key."""
        return import_public_key(self.jwk)

    @property
    def thumbprint(self) -> str:
        """Return the key's RFC 7638 thumbprint."""
        return key_thumbprint(self.key)


def list_signers(register: FilingRegister) -> tuple[OfficeKey, ...]:
    """Return every signer whose key counts, in the order of registration."""
    signers: list[OfficeKey] = []
    for state in register.list_in_force(Act.SIGNER, Act.SIGNER_REVOCATION):
        content, act = state.content, state.entered.act
        if act is Act.SIGNER_REVOCATION:
            signers = [signer for signer in signers if signer.thumbprint != content.key]
            continue
        at = (state.decided or state.entered).at
        signers.append(OfficeKey(content.requester, content.office, content.key, at))
    return tuple(signers)


def find_revoked_keys(register: FilingRegister) -> frozenset[str]:
    """Return the thumbprints of the keys that somebody revoked and nobody registered again.

    A synthetic requester's key, which counts from its first use on, does not count if it is one of them.
    """
    revoked = {state.content.key for state in register.list_in_force(Act.SIGNER_REVOCATION)}
    return frozenset(revoked - {signer.thumbprint for signer in list_signers(register)})


def find_office_keys(register: FilingRegister, requester: str, office: str) -> dict[str, Ed25519Key]:
    """Return the keys of an office, by thumbprint."""
    wanted = (requester, office)
    return {s.thumbprint: s.key for s in list_signers(register) if (s.requester, s.office) == wanted}


def find_requester_keys(register: FilingRegister, requester: str) -> dict[str, Ed25519Key]:
    """Return the keys of every office of a requester, by thumbprint."""
    return {signer.thumbprint: signer.key for signer in list_signers(register) if signer.requester == requester}

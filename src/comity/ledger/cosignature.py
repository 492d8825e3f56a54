"""Cosignatures: dated signatures on a checkpoint, by a witness (Ed25519) or as a log's second line (ML-DSA-44).

Guarantees: a cosignature verifies only with the time it carries; an ML-DSA-44 one also binds the cosigner's name, the
origin, and the whole tree from 0 to the checkpoint's size, but no extension line.
Does not: say whether the tree only grew. Whoever cosigns must have seen to that (`witness`).
Basis: C2SP tlog-cosignature v1.1.0 (cosignature/v1, subtree/v1); RFC 8032, FIPS 204 through `cryptography`.
Start at `Cosigner`, then `verifier_from_text`.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from comity.errors import LedgerError
from comity.ledger.checkpoint import parse_checkpoint
from comity.ledger.note import (
    ED25519,
    SignatureLine,
    Verifier,
    VerifierKey,
    bad_key,
    decode_base64,
    encode_base64,
    is_key_name,
)

COSIGNATURE, ML_DSA_44 = b"\x04", b"\x06"
_SIZES = {COSIGNATURE: 32, ML_DSA_44: 1312}
_TIME_SIZE = 8


@dataclass(frozen=True, slots=True)
class CosignatureKey:
    """A cosigner's public key with its name: Ed25519 (type 0x04) or ML-DSA-44 (type 0x06)."""

    name: str
    kind: bytes
    public_key: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name) or len(self.public_key) != _SIZES[self.kind]:
            raise bad_key()

    @property
    def key_id(self) -> bytes:
        """Four bytes, derived from name, type and key."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.public_key).digest()[:4]

    def to_text(self) -> str:
        """The vkey."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(self.kind + self.public_key)}"

    def is_signed(self, text: bytes, signature: bytes) -> bool:
        """Whether this key made this timestamped signature over this checkpoint."""
        seconds, bare = int.from_bytes(signature[:_TIME_SIZE]), signature[_TIME_SIZE:]
        if seconds >> 63:
            return False
        try:
            if self.kind == COSIGNATURE:
                Ed25519PublicKey.from_public_bytes(self.public_key).verify(bare, _dated(text, seconds))
            else:
                message = _subtree(self.name, text.decode(), seconds)
                MLDSA44PublicKey.from_public_bytes(self.public_key).verify(bare, message)
        except (InvalidSignature, LedgerError, ValueError):
            return False
        return True


def verifier_from_text(vkey: str) -> Verifier:
    """Read a vkey of any type that Comity knows. Raises LedgerError `proof_invalid`."""
    try:
        name, key_id, material = vkey.strip().split("+", 2)
        data = decode_base64(material)
    except ValueError:
        raise bad_key() from None
    if data[:1] == ED25519:
        return VerifierKey.from_text(vkey)
    if data[:1] not in _SIZES:
        raise bad_key()
    key = CosignatureKey(name, data[:1], data[1:])
    if key.key_id.hex() != key_id:
        raise bad_key()
    return key


class Cosigner:
    """A cosigner's private key with its name. Raises LedgerError when the name cannot stand in a note."""

    def __init__(self, name: str, key: Ed25519PrivateKey | MLDSA44PrivateKey) -> None:
        kind = COSIGNATURE if isinstance(key, Ed25519PrivateKey) else ML_DSA_44
        self.verifier = CosignatureKey(name, kind, key.public_key().public_bytes_raw())
        self._key = key

    def at(self, moment: datetime) -> SignatureLine:
        """What writes this cosigner's line under a checkpoint, dated `moment`."""
        return _Dated(self.verifier, self._key, int(moment.timestamp()))


@dataclass(frozen=True, slots=True)
class _Dated:
    verifier: CosignatureKey
    key: Ed25519PrivateKey | MLDSA44PrivateKey
    seconds: int

    def signature_line(self, text: str) -> str:
        """The line that goes under a checkpoint with this text."""
        name = self.verifier.name
        message = (
            _dated(text.encode(), self.seconds)
            if self.verifier.kind == COSIGNATURE
            else _subtree(name, text, self.seconds)
        )
        signature = self.verifier.key_id + self.seconds.to_bytes(_TIME_SIZE) + self.key.sign(message)
        return f"\N{EM DASH} {name} {encode_base64(signature)}\n"


def _dated(text: bytes, seconds: int) -> bytes:
    return b"cosignature/v1\ntime %d\n" % seconds + text


def _subtree(name: str, text: str, seconds: int) -> bytes:
    """The `cosigned_message` structure over a whole tree. Raises LedgerError when the text is no checkpoint."""
    head = parse_checkpoint(text)
    parts = [b"subtree/v1\n\0", _counted(name), seconds.to_bytes(8), _counted(head.origin)]
    return b"".join([*parts, (0).to_bytes(8), head.size.to_bytes(8), head.root])


def _counted(text: str) -> bytes:
    data = text.encode()
    if not 0 < len(data) < 256:
        raise LedgerError("proof_invalid", "A name is too long for an ML-DSA-44 cosignature.")
    return len(data).to_bytes(1) + data

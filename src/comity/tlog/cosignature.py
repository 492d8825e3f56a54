"""Make and verify cosignatures: dated signatures on a checkpoint, by a witness (Ed25519) or a log's ML-DSA-44 key.

Guarantees: a cosignature verifies only with the time it carries; an ML-DSA-44 one also binds the cosigner's name, the
origin, and the whole tree from 0 to the checkpoint's size, but no extension line.
Does not: check that the tree only grew. Whoever cosigns must do that first (`witness`).
Basis: C2SP tlog-cosignature v1.1.0 (cosignature/v1, subtree/v1); RFC 8032, FIPS 204 through `cryptography`.
Start at `Cosigner`, then `parse_vkey`.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from comity.errors import LedgerError
from comity.tlog.checkpoint import parse_checkpoint
from comity.tlog.note import (
    ED25519_TYPE,
    NoteSigner,
    Verifier,
    VerifierKey,
    decode_base64,
    encode_base64,
    is_key_name,
    vkey_error,
)

ED25519_COSIGNATURE_TYPE, ML_DSA_44_TYPE = b"\x04", b"\x06"
_PUBLIC_KEY_SIZES = {ED25519_COSIGNATURE_TYPE: 32, ML_DSA_44_TYPE: 1312}
_TIMESTAMP_SIZE = 8


@dataclass(frozen=True, slots=True)
class CosignatureKey:
    """A cosigner's public key with its name: Ed25519 (type 0x04) or ML-DSA-44 (type 0x06)."""

    name: str
    signature_type: bytes
    public_key: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name) or len(self.public_key) != _PUBLIC_KEY_SIZES[self.signature_type]:
            raise vkey_error()

    @property
    def key_id(self) -> bytes:
        """Return the four bytes that are derived from name, type and key."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.signature_type + self.public_key).digest()[:4]

    def to_text(self) -> str:
        """Return the vkey."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(self.signature_type + self.public_key)}"

    def is_valid_signature(self, text: bytes, signature: bytes) -> bool:
        """Return whether this key made this timestamped signature over this checkpoint."""
        unix_seconds, untimed = int.from_bytes(signature[:_TIMESTAMP_SIZE]), signature[_TIMESTAMP_SIZE:]
        if unix_seconds >> 63:
            return False
        try:
            if self.signature_type == ED25519_COSIGNATURE_TYPE:
                message = _cosignature_message(text, unix_seconds)
                Ed25519PublicKey.from_public_bytes(self.public_key).verify(untimed, message)
            else:
                message = _subtree_message(self.name, text.decode(), unix_seconds)
                MLDSA44PublicKey.from_public_bytes(self.public_key).verify(untimed, message)
        except (InvalidSignature, LedgerError, ValueError):
            return False
        return True


def parse_vkey(vkey: str) -> Verifier:
    """Parse a vkey of any of the three known types. Raises LedgerError `proof_invalid`."""
    try:
        name, key_id, material = vkey.strip().split("+", 2)
        data = decode_base64(material)
    except ValueError:
        raise vkey_error() from None
    if data[:1] == ED25519_TYPE:
        return VerifierKey.from_text(vkey)
    if data[:1] not in _PUBLIC_KEY_SIZES:
        raise vkey_error()
    key = CosignatureKey(name, data[:1], data[1:])
    if key.key_id.hex() != key_id:
        raise vkey_error()
    return key


class Cosigner:
    """A cosigner's private key with its name. Raises LedgerError when a note cannot carry the name."""

    def __init__(self, name: str, key: Ed25519PrivateKey | MLDSA44PrivateKey) -> None:
        signature_type = ED25519_COSIGNATURE_TYPE if isinstance(key, Ed25519PrivateKey) else ML_DSA_44_TYPE
        self.verifier = CosignatureKey(name, signature_type, key.public_key().public_bytes_raw())
        self._key = key

    def signer_at(self, time: datetime) -> NoteSigner:
        """Return the signer of this cosigner's line under a checkpoint, dated `time`."""
        return _TimestampedSigner(self.verifier, self._key, int(time.timestamp()))


@dataclass(frozen=True, slots=True)
class _TimestampedSigner:
    verifier: CosignatureKey
    key: Ed25519PrivateKey | MLDSA44PrivateKey
    unix_seconds: int

    def make_signature_line(self, text: str) -> str:
        """Return the line that goes under a checkpoint with this text."""
        name = self.verifier.name
        message = (
            _cosignature_message(text.encode(), self.unix_seconds)
            if self.verifier.signature_type == ED25519_COSIGNATURE_TYPE
            else _subtree_message(name, text, self.unix_seconds)
        )
        signature = self.verifier.key_id + self.unix_seconds.to_bytes(_TIMESTAMP_SIZE) + self.key.sign(message)
        return f"\N{EM DASH} {name} {encode_base64(signature)}\n"


def _cosignature_message(text: bytes, unix_seconds: int) -> bytes:
    return b"cosignature/v1\ntime %d\n" % unix_seconds + text


def _subtree_message(name: str, text: str, unix_seconds: int) -> bytes:
    """Return the cosigned message of subtree/v1 over a whole tree. Raises LedgerError if the text is no checkpoint."""
    head = parse_checkpoint(text)
    return b"".join(
        [
            b"subtree/v1\n\0",
            _length_prefixed(name),
            unix_seconds.to_bytes(8),
            _length_prefixed(head.origin),
            (0).to_bytes(8),  # the subtree begins at the first leaf
            head.size.to_bytes(8),
            head.root,
        ]
    )


def _length_prefixed(text: str) -> bytes:
    data = text.encode()
    if not 0 < len(data) < 256:
        raise LedgerError("proof_invalid", "A name is too long for an ML-DSA-44 cosignature.")
    return len(data).to_bytes(1) + data

"""Sign and open signed notes: text with signature lines under it (C2SP signed-note).

Guarantees: a note is opened whole or refused whole; its text is returned only when a signature of a known key
verifies; a bad signature of a known key refuses the note even when another is good; unknown keys are ignored.
Does not: read files, or know what the text says.
Basis: C2SP signed-note v1.0.0; RFC 8032 through `cryptography`.
Start at `sign_note` and `open_note`.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from comity.errors import LedgerError
from comity.signing import is_weak_public_key

ED25519_TYPE = b"\x01"
MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100  # at least 16 must be accepted


class Verifier(Protocol):
    """The interface of a public key; `VerifierKey` is one, and other signature types can be added beside it."""

    @property
    def name(self) -> str:
        """Return the key's name, as in its signature lines."""

    @property
    def key_id(self) -> bytes:
        """Return the four bytes that, with the name, identify the key and algorithm that signed."""

    def is_valid_signature(self, text: bytes, signature: bytes) -> bool:
        """Return whether this key made this signature over this text."""


def decode_base64(text: str) -> bytes:
    """Decode standard base64, refusing every spelling but the one an encoder writes. Raises ValueError."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if base64.b64encode(data).decode() != text:
        raise ValueError("not canonical base64")
    return data


def encode_base64(data: bytes) -> str:
    """Encode in standard base64 (RFC 4648 section 4)."""
    return base64.b64encode(data).decode("ascii")


def is_key_name(name: str) -> bool:
    """Return whether a key may have this name: not empty, no plus, no Unicode space, no control character."""
    return bool(name) and "+" not in name and not any(c.isspace() or c < " " for c in name)


def compute_ed25519_key_id(name: str, public_key: bytes) -> bytes:
    """Compute the key id of an Ed25519 key (C2SP signed-note, "Ed25519 signatures")."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519_TYPE + public_key).digest()[:4]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """An Ed25519 public key with its name: all that anyone needs to check a log."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name) or len(self.public_key) != 32 or is_weak_public_key(self.public_key):
            raise vkey_error()

    @property
    def key_id(self) -> bytes:
        """Return the four bytes that are derived from name and key."""
        return compute_ed25519_key_id(self.name, self.public_key)

    def to_text(self) -> str:
        """Return the vkey: name, key id and key joined by plus signs."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(ED25519_TYPE + self.public_key)}"

    @classmethod
    def from_text(cls, vkey: str) -> "VerifierKey":
        """Parse a vkey. Raises LedgerError `proof_invalid` when it is not an Ed25519 one or its id is not its own."""
        try:
            name, key_id, material = vkey.strip().split("+", 2)  # base64 may hold a plus, a name may not
            data = decode_base64(material)
        except ValueError:
            raise vkey_error() from None
        if data[:1] != ED25519_TYPE:
            raise vkey_error()
        key = cls(name, data[1:])
        if key.key_id.hex() != key_id:
            raise vkey_error()
        return key

    def is_valid_signature(self, text: bytes, signature: bytes) -> bool:
        """Return whether this key made this signature over this text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


def vkey_error() -> LedgerError:
    """Return the error to raise for a vkey that cannot be read."""
    return LedgerError(
        "proof_invalid",
        "A verifier key cannot be read, so nothing can be checked with it.",
        "A vkey is one line: name+8 hexadecimal digits+base64, as the custodian published it.",
    )


class NoteSigner(Protocol):
    """The interface of whatever makes one signature line of a note."""

    def make_signature_line(self, text: str) -> str:
        """Return the line that goes under a note with this text."""


class LogSigner(Protocol):
    """The interface of whatever signs a log's checkpoints: one key, or several."""

    @property
    def name(self) -> str:
        """Return the log's origin."""

    @property
    def verifiers(self) -> Sequence[Verifier]:
        """Return every key that may have signed a checkpoint of this log."""

    def signers_at(self, time: datetime) -> Sequence[NoteSigner]:
        """Return the signers of a checkpoint at `time`."""


class Ed25519Signer:
    """An Ed25519 private key with its name. Raises LedgerError when a note cannot carry the name."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self.verifier = VerifierKey(name, key.public_key().public_bytes_raw())
        self._key = key

    @property
    def name(self) -> str:
        """Return the key's name."""
        return self.verifier.name

    @property
    def verifiers(self) -> Sequence[Verifier]:
        """Return the public key."""
        return (self.verifier,)

    def signers_at(self, time: datetime) -> Sequence[NoteSigner]:  # noqa: ARG002  other signers date what they sign
        """Return this signer: its signature carries no time."""
        return (self,)

    def make_signature_line(self, text: str) -> str:
        """Return the line that goes under a note with this text."""
        signature = self.verifier.key_id + self._key.sign(text.encode())
        return f"\N{EM DASH} {self.verifier.name} {encode_base64(signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note that a known key signed: the text, the known keys whose signatures verified, and their lines."""

    text: str
    verified_keys: tuple[Verifier, ...]
    signature_lines: tuple[str, ...]

    @property
    def signer_names(self) -> tuple[str, ...]:
        """Return the names of the known keys whose signatures verified."""
        return tuple(key.name for key in self.verified_keys)


def sign_note(text: str, signers: Sequence[NoteSigner]) -> str:
    """Sign a text and return the note.

    Raises RuntimeError when the text does not end in a newline or has control characters, or there is no signer.
    """
    if not signers or not text.endswith("\n") or _has_control_character(text):
        raise RuntimeError("a note is text that ends in a newline, signed at least once")
    return text + "\n" + "".join(signer.make_signature_line(text) for signer in signers)


def open_note(note: str | bytes, verifiers: Sequence[Verifier]) -> Note:
    """Verify a note's form and signatures and return it.

    Raises LedgerError `proof_invalid` when the form is wrong, a known key's signature is bad, or no known key signed.
    """
    text, lines = _parse_note(note)
    known_keys = {(key.name, key.key_id): key for key in verifiers}
    verified = []
    for name, key_id, signature in lines:
        key = known_keys.get((name, key_id))
        if key is None:
            continue  # "Verifiers MUST ignore signatures from unknown keys"
        if not key.is_valid_signature(text.encode(), signature):
            raise _note_error("a signature by a known key is wrong")
        verified.append((key, f"\N{EM DASH} {name} {encode_base64(key_id + signature)}\n"))
    if not verified:
        raise _note_error("no known key signed it")
    return Note(text, tuple(key for key, _ in verified), tuple(line for _, line in verified))


def _parse_note(note: str | bytes) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Split a note into its text and its (name, key id, signature) lines, none of them verified yet."""
    if len(note) > MAX_NOTE_BYTES:
        raise _note_error("it is too long")
    try:
        content = note.decode("utf-8") if isinstance(note, bytes) else note
        content.encode("utf-8")
    except UnicodeError:
        raise _note_error("it is not UTF-8") from None
    text, separator, signatures = content.rpartition("\n\n")
    if not separator or not signatures.endswith("\n") or _has_control_character(content):
        raise _note_error("it is not text, an empty line, and signature lines")
    lines = [_parse_signature_line(line) for line in signatures.removesuffix("\n").split("\n")]
    if len(lines) > MAX_SIGNATURES:
        raise _note_error("it has too many signatures")
    return text + "\n", lines


def _parse_signature_line(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix("\N{EM DASH} ").partition(" ")
    try:
        data = decode_base64(encoded)
    except ValueError:
        data = b""
    if not line.startswith("\N{EM DASH} ") or not is_key_name(name) or len(data) < 5:
        raise _note_error("a signature line is malformed")
    return name, data[:4], data[4:]


def _has_control_character(text: str) -> bool:
    return any(c < " " and c != "\n" for c in text)


def _note_error(reason: str) -> LedgerError:
    return LedgerError("proof_invalid", f"A signed note is refused: {reason}.")

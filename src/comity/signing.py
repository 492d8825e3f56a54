"""Create and load key files (Ed25519; ML-DSA-44 for a log's second line); make and verify detached JSON Web Signatures.

Guarantees: a private key file is created for its owner alone and refused when others can read it; a signature verifies
only against a key that the caller passed; base64url is strict (no padding, no white space, no unused bits).
Does not: trust a key because a signature names it. `extract_embedded_key` proves possession; the caller decides whether
to register the key.
Basis: RFC 7515 Appendix F (detached content), RFC 8037 and RFC 9864 (Ed25519), RFC 7638 (thumbprints).
Start at `sign_detached` and `authenticate_signer`.
"""

import base64
import binascii
import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from comity.errors import ComityError, RequestError
from comity.strict_json import parse_strict_json

Ed25519Key = OKPKey

JWS_ALGORITHM = "Ed25519"
_ACCEPTED_ALGORITHMS = (JWS_ALGORITHM, "EdDSA")  # EdDSA: the older name of the same signature (RFC 8037)
_DETACHED_JWS_PATTERN = re.compile(r"[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]{86}")
_MAX_JWS_CHARACTERS = 4096
_FIELD_PRIME = 2**255 - 19
_ORDER_8_Y = 2707385501144840649318225287225658788936804267575313519463743609750303402022
_SMALL_ORDER_YS = frozenset((0, 1, _FIELD_PRIME - 1, _ORDER_8_Y, _FIELD_PRIME - _ORDER_8_Y))
"""The y coordinates of the eight points of edwards25519 whose order divides 8."""


class UnregisteredKeyError(RequestError):
    """The key that made the signature is not registered, so the signature was not checked."""


def key_thumbprint(key: Ed25519Key) -> str:
    """Return the RFC 7638 thumbprint of a key, base64url."""
    return key.thumbprint()


def create_signing_key(path: Path) -> Ed25519Key:
    """Create a new private key in a file that only its owner can read; never overwrites a file.

    Raises:
        ComityError: `key_unusable` when the file exists or cannot be written.
    """
    key = OKPKey.generate_key("Ed25519")
    _write_key_file(path, key.as_pem(private=True))
    return key


def create_ml_dsa_key(path: Path) -> MLDSA44PrivateKey:
    """Create a new ML-DSA-44 key, for a log's second signature line, in a file that only its owner can read.

    Raises:
        ComityError: `key_unusable`.
    """
    key = MLDSA44PrivateKey.generate()
    _write_key_file(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key


def _write_key_file(path: Path, pem: bytes) -> None:
    """Write a key file whole or not at all, even when the process is killed."""
    staged = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        staged.unlink(missing_ok=True)
        with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.link(staged, path)  # unlike a rename it never replaces an existing key
    except OSError as error:
        message = f"The key file {path} could not be created."
        if isinstance(error, FileExistsError):
            message = f"There is a file {path} already, and a key is never overwritten."
        raise _unusable_key_error(message, "Name a file that does not exist yet.") from error
    finally:
        with suppress(OSError):
            staged.unlink()


def load_private_key(path: Path) -> Ed25519Key:
    """Load a private key (PEM, PKCS #8).

    Raises:
        ComityError: `key_unusable` when it is missing, readable by others, or not an Ed25519 private key.
    """
    try:
        key = OKPKey.import_key(_read_private_file(path))
    except (OSError, ValueError, JoseError) as error:
        raise _unusable_key_error(
            "The private key file could not be read.", "Give an Ed25519 key in PEM form."
        ) from error
    if key.curve_name != JWS_ALGORITHM or not key.is_private:
        raise _unusable_key_error("The file holds no Ed25519 private key.", "Make one with: comity request keygen")
    return key


def load_ml_dsa_key(path: Path) -> MLDSA44PrivateKey:
    """Load a private ML-DSA-44 key (PEM, PKCS #8).

    Raises:
        ComityError: `key_unusable` when it is missing, readable by others, or another kind of key.
    """
    try:
        key = load_pem_private_key(_read_private_file(path), None)
    except (OSError, ValueError, TypeError) as error:
        raise _unusable_key_error(
            "The private key file could not be read.", "Give an ML-DSA-44 key in PEM form."
        ) from error
    if not isinstance(key, MLDSA44PrivateKey):
        raise _unusable_key_error("The file holds no ML-DSA-44 private key.", "Make one with: comity ledger second-key")
    return key


def _read_private_file(path: Path) -> bytes:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise _unusable_key_error(
            "Others can read the private key file.", "chmod 600 it, and replace the key if in doubt."
        )
    return path.read_bytes()


def load_public_key(path: Path) -> Ed25519Key:
    """Load a public key (PEM or JWK).

    Raises:
        ComityError: `key_unusable` when it is missing or not an Ed25519 public key.
    """
    try:
        content = path.read_bytes()
        key = OKPKey.import_key(parse_strict_json(content) if content.lstrip()[:1] == b"{" else content)
    except (OSError, ValueError, JoseError) as error:
        raise _unusable_key_error(
            "The public key file could not be read.", "Give an Ed25519 key as PEM or JWK."
        ) from error
    return to_public_key(key)


def to_public_key(key: Ed25519Key) -> Ed25519Key:
    """Return the public half of a key.

    Raises:
        ComityError: `key_unusable` when it is not Ed25519.
    """
    if key.curve_name != JWS_ALGORITHM:
        raise _unusable_key_error("The key is not an Ed25519 key.", "Comity signs and verifies with Ed25519 only.")
    if is_weak_public_key(key.public_key.public_bytes_raw()):
        raise _unusable_key_error(
            "The key is a point of small order: anybody can sign for it.", "Make one with: comity request keygen"
        )
    return OKPKey.import_key(key.as_dict(private=False))


def is_weak_public_key(data: bytes) -> bool:
    """Return whether an Ed25519 public key (32 bytes) is of small order, or not the encoding of RFC 8032.

    For a key of small order anybody can make signatures that OpenSSL accepts.
    """
    y = int.from_bytes(data, "little") & (1 << 255) - 1
    return y >= _FIELD_PRIME or y in _SMALL_ORDER_YS


def import_public_key(members: Mapping[str, Any]) -> Ed25519Key:
    """Return the public key that a JSON Web Key holds.

    Raises:
        ComityError: `key_unusable` when it is not Ed25519.
    """
    try:
        return to_public_key(OKPKey.import_key(dict(members)))
    except (ValueError, TypeError, KeyError, JoseError) as error:
        raise _unusable_key_error("The key is not an Ed25519 key.", "Give it as a JSON Web Key.") from error


def sign_detached(payload: bytes, key: Ed25519Key) -> str:
    """Return a detached JWS over `payload`; its header carries the key's thumbprint and public half."""
    header = {"alg": JWS_ALGORITHM, "kid": key_thumbprint(key), "jwk": key.as_dict(private=False)}
    return jws.detach_content(jws.serialize_compact(header, payload, key, algorithms=[JWS_ALGORITHM]))


def authenticate_signer(payload: bytes, signature: str, keys: Mapping[str, Ed25519Key]) -> str:
    """Verify a detached JWS against registered keys (thumbprint -> key); return the thumbprint that verified.

    Raises:
        UnregisteredKeyError: the signature names a key that is not among `keys`.
        RequestError: the signature is malformed or does not verify.
    """
    key_in_header = _parse_header(signature).get("kid")
    candidates = keys if key_in_header is None else {kid: key for kid, key in keys.items() if kid == key_in_header}
    if not candidates:
        raise UnregisteredKeyError("batch_unreadable", "The batch is signed with a key that is not registered.")
    for thumbprint, key in candidates.items():
        if _is_valid_signature(payload, signature, key):
            return thumbprint
    raise RequestError("batch_unreadable", "The signature does not verify over the manifest as received.")


def extract_embedded_key(payload: bytes, signature: str) -> Ed25519Key | None:
    """Return the public key in a signature's own header if the signature verifies with it; None otherwise.

    This proves possession of the key, not who holds it.
    """
    try:
        jwk = _parse_header(signature).get("jwk")
        key = to_public_key(OKPKey.import_key(jwk)) if isinstance(jwk, dict) else None
    except (ComityError, JoseError, ValueError, TypeError):
        return None
    return key if key is not None and not key.is_private and _is_valid_signature(payload, signature, key) else None


def is_signed_by_embedded_key(payload: bytes, signature: str) -> bool | None:
    """Return whether a signature verifies with the key in its own header; None when it carries no key.

    Raises:
        RequestError: `batch_unreadable` when it is no detached JWS.
    """
    if "jwk" not in _parse_header(signature):
        return None
    return extract_embedded_key(payload, signature) is not None


def _is_valid_signature(payload: bytes, signature: str, key: Ed25519Key) -> bool:
    if is_weak_public_key(key.public_key.public_bytes_raw()):
        return False
    try:
        jws.deserialize_compact(signature, key, algorithms=list(_ACCEPTED_ALGORITHMS), payload=payload)
    except (JoseError, ValueError):
        return False
    return True


def _parse_header(signature: str) -> dict[str, Any]:
    malformed = RequestError("batch_unreadable", "The signature is not a detached JWS (header..signature).")
    if len(signature) > _MAX_JWS_CHARACTERS or not _DETACHED_JWS_PATTERN.fullmatch(signature):
        raise malformed
    encoded, _, tag = signature.partition("..")
    try:
        header = parse_strict_json(decode_base64url(encoded))
        decode_base64url(tag)
    except ValueError as error:
        raise malformed from error
    if (
        not isinstance(header, dict)
        or header.get("alg") not in _ACCEPTED_ALGORITHMS
        or "crit" in header
        or "b64" in header
    ):
        raise malformed
    return header


def decode_base64url(text: str) -> bytes:
    """Decode base64url without padding. Raises ValueError, also for unused bits: one value has one text only."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("base64url") from error
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise ValueError("base64url")
    return data


def _unusable_key_error(message: str, hint: str) -> ComityError:
    return ComityError("key_unusable", message, hint)

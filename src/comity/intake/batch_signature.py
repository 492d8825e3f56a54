"""The batch's signature: who vouches for these exact bytes, and for the requests file they name.

Basis: rule R02; 26 USC 6103(i)(2)(B) (a request in writing). The manifest carries the file's SHA-256, so one
signature over the manifest covers both.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from comity.errors import RequestError
from comity.folders import replace_file
from comity.intake.batch_folder import BatchFolder, open_batch_folder
from comity.intake.folder_limits import MAX_MANIFEST_BYTES, MAX_SIGNATURE_BYTES
from comity.intake.manifest import parse_manifest
from comity.model.batch import Manifest
from comity.requests_file.limits import MAX_FILE_BYTES
from comity.signing import Ed25519Key, UnregisteredKeyError, authenticate_signer, extract_embedded_key, sign_detached
from comity.strict_json import parse_strict_json

RegisteredKeyLookup = Callable[[Manifest], Mapping[str, Ed25519Key]]
"""Returns the registered keys (thumbprint -> public key) of the office that a manifest says signed it."""

MANIFEST_NAME, SIGNATURE_NAME = "batch.json", "batch.json.jws"
_SIGN_HINT = "Sign it (comity request sign), and send it again."
REQUESTS_FILE_NAMES = ("requests.csv", "requests.jsonl", "requests.parquet")


def sign_batch(folder: Path, key: Ed25519Key) -> Manifest:
    """Write the requests file's hash into `batch.json` and the signature into `batch.json.jws`; return the manifest.

    Raises:
        RequestError: `batch_unreadable` when there is no manifest or requests file to sign.
    """
    with open_batch_folder(folder) as source:
        try:
            content = parse_strict_json(source.read(MANIFEST_NAME, MAX_MANIFEST_BYTES))
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise RequestError("batch_unreadable", "batch.json is not a JSON object.", "Write one, no key twice.")
        name = content.get("requests_file")
        name = find_requests_file(source, name if isinstance(name, str) else None)
        with source.copy(name, MAX_FILE_BYTES) as requests:
            content["sha256"] = requests.sha256
    signed = (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
    manifest = parse_manifest(signed)
    replace_file(folder / MANIFEST_NAME, signed)
    replace_file(folder / SIGNATURE_NAME, f"{sign_detached(signed, key)}\n".encode("ascii"))
    return manifest


def read_signed_manifest(folder: Path) -> tuple[Manifest, Ed25519Key | None]:
    """Return a batch's manifest, and the public key in its signature if it verifies with it.

    A custodian may register that key. Raises RequestError `batch_unreadable`.
    """
    with open_batch_folder(folder) as source:
        signed = source.read(MANIFEST_NAME, MAX_MANIFEST_BYTES)
        signature = decode_signature(source.read(SIGNATURE_NAME, MAX_SIGNATURE_BYTES))
    return parse_manifest(signed), extract_embedded_key(signed, signature)


def authenticate_manifest(source: BatchFolder, signed: bytes, keys: Mapping[str, Ed25519Key]) -> str:
    """Return the thumbprint of the registered key that signed these bytes, by the signature in the batch's folder.

    Raises:
        RequestError: as `authenticate_bytes`; `batch_unsigned` when there is no signature.
    """
    try:
        signature = source.read(SIGNATURE_NAME, MAX_SIGNATURE_BYTES)
    except RequestError as error:
        raise RequestError("batch_unsigned", error.message, _SIGN_HINT) from error
    return authenticate_bytes(signed, signature, keys)


def authenticate_bytes(signed: bytes, signature: bytes, keys: Mapping[str, Ed25519Key]) -> str:
    """Return the thumbprint of the registered key by which a signature was made over a manifest.

    Raises:
        RequestError: `batch_unsigned` or, when the key is not registered, `signer_unregistered`.
    """
    try:
        return authenticate_signer(signed, decode_signature(signature), keys)
    except UnregisteredKeyError as error:
        message = "The batch is signed with a key that is not registered for that office, so no request in it was read."
        hint = "Register the key with: comity signers add. Then verify again."
        raise RequestError("signer_unregistered", message, hint) from error
    except RequestError as error:
        raise RequestError("batch_unsigned", error.message, _SIGN_HINT) from error


def find_requests_file(source: BatchFolder, file_name: str | None) -> str:
    """Return the name of the batch's one requests file.

    Raises:
        RequestError: `batch_unreadable` when there is none, or more than one.
    """
    names = [file_name] if file_name is not None else [name for name in REQUESTS_FILE_NAMES if source.has_name(name)]
    if len(names) != 1 or names[0] not in REQUESTS_FILE_NAMES:
        message = "The batch folder must hold exactly one requests file: " + ", ".join(REQUESTS_FILE_NAMES) + "."
        raise RequestError("batch_unreadable", message, "Name it in requests_file if there are several.")
    return names[0]


def decode_signature(data: bytes) -> str:
    """Return the text of a signature file. Raises RequestError `batch_unsigned`."""
    try:
        return data.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise RequestError("batch_unsigned", "The signature file is not ASCII text.") from error

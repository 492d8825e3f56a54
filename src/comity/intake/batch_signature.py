"""The batch's signature: who vouches for these exact bytes, and for the requests file they name.

Basis: rule R02; 26 USC 6103(i)(2)(B) (a request in writing). The manifest carries the file's SHA-256, so one
signature over the manifest covers both.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from comity.errors import RequestError
from comity.intake.manifest import read_bounded_file, read_manifest
from comity.intake.requests_file import find_requests_file
from comity.model.batch import Fault, Manifest
from comity.signing import Ed25519Key, UnregisteredKeyError, authenticate_signer, extract_embedded_key, sign_detached

SIGNATURE_RULE = "r02_signature"
_MAX_SIGNATURE_BYTES = 8192


def sign_batch(folder: Path, key: Ed25519Key) -> Manifest:
    """Write the requests file's hash into `batch.json` and the signature into `batch.json.jws`; return the manifest.

    Raises:
        RequestError: `batch_unreadable` when there is no manifest or requests file to sign.
    """
    content = json.loads(read_bounded_file(folder / "batch.json", 2**24) or b"{}")
    name = content.get("requests_file")
    content["sha256"] = hash_file(find_requests_file(folder, name if isinstance(name, str) else None))
    (folder / "batch.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    manifest, signed = read_manifest(folder)
    (folder / "batch.json.jws").write_text(sign_detached(signed, key) + "\n", encoding="ascii")
    return manifest


def read_embedded_key(folder: Path) -> Ed25519Key | None:
    """Return the public key in a batch's signature, if it verifies with it: a custodian may register it."""
    _, signed = read_manifest(folder)
    raw = read_bounded_file(folder / "batch.json.jws", _MAX_SIGNATURE_BYTES)
    return extract_embedded_key(signed, raw.decode("ascii", errors="replace").strip())


def check_signature(
    folder: Path, signed: bytes, keys: Mapping[str, Ed25519Key]
) -> tuple[str | None, tuple[Fault, ...]]:
    """Return the thumbprint of the registered key that signed, or None and the faults that say why."""
    try:
        raw = read_bounded_file(folder / "batch.json.jws", _MAX_SIGNATURE_BYTES)
        return authenticate_signer(signed, raw.decode("ascii").strip(), keys), ()
    except UnregisteredKeyError as error:
        return None, (
            Fault(SIGNATURE_RULE, f"{error.message} Register it with: comity signers add.", undetermined=True),
        )
    except RequestError as error:
        return None, (Fault(SIGNATURE_RULE, error.message),)
    except UnicodeDecodeError:
        return None, (Fault(SIGNATURE_RULE, "The signature file is not ASCII text."),)


def check_requests_hash(manifest: Manifest, requests_sha256: str) -> tuple[Fault, ...]:
    """Return a fault when the requests file is not the one that was signed."""
    if manifest.sha256.lower() == requests_sha256:
        return ()
    return (
        Fault(SIGNATURE_RULE, "The requests file is not the one the manifest was signed for: its SHA-256 differs."),
    )


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file in hex; the file is read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""The batch's signature: who vouches for these exact bytes, and for the requests file they name.

Basis: law.md R02; 26 USC 6103(i)(2)(B) (a request in writing). The manifest carries the file's SHA-256, so one
signature over the manifest covers both.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from comity.errors import RequestError
from comity.intake.manifests import read_manifest, read_small
from comity.intake.tables import requests_file
from comity.model.batch import Fault, Manifest
from comity.signing import Key, UnknownKeyError, embedded_key, sign_detached, verify_detached

RULE = "r02_signature"
_MAX_SIGNATURE_BYTES = 8192


def sign_batch(folder: Path, key: Key) -> Manifest:
    """Write the requests file's hash into `batch.json`, then sign it into `batch.json.jws`.

    Raises:
        RequestError: `batch_unreadable` when there is no manifest or requests file to sign.
    """
    content = json.loads(read_small(folder / "batch.json", 2**24) or b"{}")
    name = content.get("requests_file")
    content["sha256"] = file_sha256(requests_file(folder, name if isinstance(name, str) else None))
    (folder / "batch.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    manifest, signed = read_manifest(folder)
    (folder / "batch.json.jws").write_text(sign_detached(signed, key) + "\n", encoding="ascii")
    return manifest


def offered_key(folder: Path) -> Key | None:
    """The public key a batch's signature carries, if it verifies with it: what a custodian may choose to register."""
    _, signed = read_manifest(folder)
    raw = read_small(folder / "batch.json.jws", _MAX_SIGNATURE_BYTES)
    return embedded_key(signed, raw.decode("ascii", errors="replace").strip())


def verify_signature(folder: Path, signed: bytes, keys: Mapping[str, Key]) -> tuple[str | None, tuple[Fault, ...]]:
    """The thumbprint of the registered key that signed, or None and why not."""
    try:
        raw = read_small(folder / "batch.json.jws", _MAX_SIGNATURE_BYTES)
        return verify_detached(signed, raw.decode("ascii").strip(), keys), ()
    except UnknownKeyError as error:
        return None, (Fault(RULE, f"{error.message} Register it with: comity signers add.", undetermined=True),)
    except RequestError as error:
        return None, (Fault(RULE, error.message),)
    except UnicodeDecodeError:
        return None, (Fault(RULE, "The signature file is not ASCII text."),)


def check_hash(manifest: Manifest, requests_sha256: str) -> tuple[Fault, ...]:
    """A fault when the requests file is not the one that was signed."""
    if manifest.sha256.lower() == requests_sha256:
        return ()
    return (Fault(RULE, "The requests file is not the one the manifest was signed for: its SHA-256 differs."),)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, hex, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

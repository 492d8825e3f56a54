"""Read `batch.json`: strict JSON, known keys, and errors that name the field but never its value."""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from comity.errors import RequestError
from comity.intake.limits import MAX_MANIFEST_BYTES
from comity.model.batch import Attestation, Manifest, Officer, RequestSigner

_KNOWN_KEYS = {name for model in (Manifest, RequestSigner, Officer, Attestation) for name in model.model_fields}


def read_manifest(folder: Path) -> tuple[Manifest, bytes]:
    """Return the manifest and the exact bytes that were signed.

    Raises:
        RequestError: `batch_unreadable`, naming what is missing or malformed.
    """
    raw = read_bounded_file(folder / "batch.json", MAX_MANIFEST_BYTES)
    try:
        content = json.loads(raw.decode("utf-8"), object_pairs_hook=_reject_duplicate_keys)
    except (ValueError, RecursionError) as error:
        raise _unreadable_error(
            "batch.json is not strict JSON in UTF-8.", "Write one JSON object, no key twice."
        ) from error
    try:
        return Manifest.model_validate_json(json.dumps(content)), raw
    except ValidationError as error:
        locations = sorted({_format_location(fault["loc"]) + f" ({fault['type']})" for fault in error.errors()})
        message = "batch.json does not have the manifest's form: " + ", ".join(locations[:10]) + "."
        raise _unreadable_error(
            message, "The manifest's fields are: " + ", ".join(Manifest.model_fields) + "."
        ) from error


def read_bounded_file(path: Path, limit: int) -> bytes:
    """Return a regular file's bytes, if there are at most `limit`.

    Raises:
        RequestError: `batch_unreadable`.
    """
    try:
        if not path.is_file() or path.stat().st_size > limit:
            raise _unreadable_error(f"{path.name} is missing, not a plain file, or too large.", "Send the batch again.")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise _unreadable_error(f"{path.name} could not be read.", "Check the batch folder.") from error


def _reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("repeated key")
    return content


def _format_location(location: tuple[int | str, ...]) -> str:
    """Return where in the manifest an error is, without repeating a key that the sender made up."""
    return ".".join(str(p) if isinstance(p, int) or p in _KNOWN_KEYS else "unknown key" for p in location) or "manifest"


def _unreadable_error(message: str, hint: str) -> RequestError:
    return RequestError("batch_unreadable", message, hint)

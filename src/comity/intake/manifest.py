"""Parse `batch.json`: strict JSON, known keys, and errors that name the field but never its value."""

from pydantic import ValidationError

from comity.errors import RequestError
from comity.model.batch import Attestation, Manifest, Officer, RequestSigner
from comity.strict_json import parse_strict_json

_KNOWN_KEYS = {name for model in (Manifest, RequestSigner, Officer, Attestation) for name in model.model_fields}


def parse_manifest(data: bytes) -> Manifest:
    """Return the manifest that these bytes are.

    Raises:
        RequestError: `batch_unreadable`, naming what is malformed.
    """
    fields_hint = "The manifest's fields are: " + ", ".join(Manifest.model_fields) + "."
    try:
        parse_strict_json(data, known_keys=_KNOWN_KEYS)
    except ValueError as error:
        message = "batch.json is not strict JSON in UTF-8: one object, no key twice, and no unknown key."
        raise _unreadable_error(message, fields_hint) from error
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        locations = sorted({_format_location(fault["loc"]) + f" ({fault['type']})" for fault in error.errors()})
        message = "batch.json does not have the manifest's form: " + ", ".join(locations[:10]) + "."
        raise _unreadable_error(message, fields_hint) from error


def _format_location(location: tuple[int | str, ...]) -> str:
    """Return where in the manifest an error is, without repeating a key that the sender made up."""
    return ".".join(str(p) if isinstance(p, int) or p in _KNOWN_KEYS else "unknown key" for p in location) or "manifest"


def _unreadable_error(message: str, hint: str) -> RequestError:
    return RequestError("batch_unreadable", message, hint)

"""Parse `batch.json`: strict JSON, known members, and errors that name the member but never its value.

Guarantees: what is wrong is said in the words of docs/spec/batch.md, all at once; the words of a library reach nobody.
Start at `parse_manifest`; `check_manifest` reads what it can of a draft.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, FailFast, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from comity.errors import RequestError
from comity.model.batch import Attestation, Manifest, Officer, PartialManifest, RequestSigner
from comity.strict_json import parse_strict_json

_KNOWN_KEYS = {name for model in (Manifest, RequestSigner, Officer, Attestation) for name in model.model_fields}
_MEMBER_MODELS: dict[str, type[BaseModel]] = {
    "signer": RequestSigner,
    "officers": Officer,
    "attestations": Attestation,
}
_IDENTIFIER = "1 to 128 letters, digits and . _ : -, a letter or digit first"
_TEXT = "text of at most 500 characters"
_OFFICER = "an object with id, name, office and, if it is another than the requester, agency"
MEMBER_FORMS = {
    "batch_id": _IDENTIFIER,
    "requester": _TEXT,
    "signer": "an object with name and office",
    "signer.name": _TEXT,
    "signer.office": _TEXT,
    "agreement": _IDENTIFIER,
    "statutory_authority": _TEXT,
    "officers": f"a list, each of it {_OFFICER}",
    "officers[]": _OFFICER,
    "officers[].id": _TEXT,
    "officers[].name": _TEXT,
    "officers[].office": _TEXT,
    "officers[].agency": f"{_TEXT}, or left out",
    "attestations": "a list, each of it an object with id and, where it has a day, on",
    "attestations[]": "an object with id and, where it has a day, on",
    "attestations[].id": _IDENTIFIER,
    "attestations[].text": "text",
    "attestations[].on": "a day such as 2025-06-01, or left out",
    "created_at": "a time with its zone, such as 2025-07-01T12:00:00Z",
    "sha256": "text of at most 64 characters, which comity request sign fills in",
    "elements": "a list of text",
    "elements[]": _TEXT,
    "requests_file": "the name of the requests file as text, or left out",
    "synthetic": "true or false",
}
"""What each member must be, as the specification says it; `[]` is each item of a list."""

_FIELDS_HINT = "The manifest's fields are: " + ", ".join(Manifest.model_fields) + "."
_MAX_LISTED_FAULTS = 10
_MAX_CHECKED_ITEMS = 10_000


def parse_manifest(data: bytes) -> Manifest:
    """Return the manifest that these bytes are.

    Raises:
        RequestError: `batch_unreadable`, naming what is malformed.
    """
    try:
        parse_strict_json(data, known_keys=_KNOWN_KEYS)  # not kept: a million empty objects take 90 megabytes
    except ValueError as error:
        message = "batch.json is not strict JSON in UTF-8: one object, no key twice, and no unknown key."
        raise _unreadable_error(message, _FIELDS_HINT) from error
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        faults = sorted(set(_describe_errors(parse_strict_json(data), error)))
        more = f"; and {len(faults) - _MAX_LISTED_FAULTS} more" if len(faults) > _MAX_LISTED_FAULTS else ""
        message = "batch.json does not have the manifest's form: " + "; ".join(faults[:_MAX_LISTED_FAULTS]) + f"{more}."
        raise _unreadable_error(message, _FIELDS_HINT) from error


def check_manifest(data: bytes) -> tuple[Manifest, tuple[str, ...]]:
    """Return what can be read of a draft's manifest, and everything that is wrong with its form.

    With faults the manifest is a `PartialManifest`, which has the members that can be read.
    """
    content, fault = _parse_object(data)
    if fault:
        return PartialManifest.model_construct(_fields_set=set()), (fault,)
    faults = [_unknown_members_fault((), content)] if content.keys() - Manifest.model_fields.keys() else []
    members = {}
    for name, field in Manifest.model_fields.items():
        if name not in content:
            if field.is_required():
                faults.append(f"{name} is missing: it must be {MEMBER_FORMS[name]}")
            continue
        try:
            members[name] = _validate_member(field, content[name])
        except ValidationError as error:
            faults += _describe_errors(content, error, name)
    if not faults:
        return parse_manifest(data), ()
    defaults = {n: f.default for n, f in Manifest.model_fields.items() if n not in content and not f.is_required()}
    manifest = PartialManifest.model_construct(_fields_set=set(members))
    vars(manifest).clear()  # model_construct gives a faulty member its default
    vars(manifest).update(defaults | members)
    return manifest, tuple(dict.fromkeys(faults))


def _parse_object(data: bytes) -> tuple[dict[str, Any], str]:
    """Return the object that these bytes are, or what is wrong."""
    try:
        content = parse_strict_json(data)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return {}, f"batch.json is not UTF-8 (line {line}): save it as UTF-8"
    except json.JSONDecodeError as error:
        if data.startswith(b"\xef\xbb\xbf"):
            return {}, "batch.json begins with a byte order mark: save it as UTF-8 without one"
        usual = "; the usual causes are a comma after the last item, a comma left out, and quotes that are not straight"
        return {}, f"batch.json is not JSON: line {error.lineno}, character {error.colno} cannot be read{usual}"
    except ValueError:
        return {}, "batch.json has a key twice in one object, a number of thousands of digits, or too many brackets"
    return (content, "") if isinstance(content, dict) else ({}, "batch.json is not one JSON object")


def _validate_member(field: FieldInfo, value: object) -> Any:
    """Return a member's value. Raises ValidationError, for every item of a list that is not too long to say so."""
    kind: Any = field.annotation
    metadata = field.metadata
    if not isinstance(value, list) or len(value) <= _MAX_CHECKED_ITEMS:
        metadata = [one for one in metadata if not isinstance(one, FailFast)]
    for one in metadata:
        kind = Annotated[kind, one]
    is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
    config = None if is_model else ConfigDict(str_strip_whitespace=True, hide_input_in_errors=True)
    return TypeAdapter(kind, config=config).validate_json(json.dumps(value))


def _describe_errors(content: Any, error: ValidationError, *member: str) -> Iterator[str]:
    """Yield what is wrong in our words: the validator's own are about Python's types."""
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        location = (*member, *fault["loc"])
        if fault["type"] == "extra_forbidden":
            yield _unknown_members_fault(location[:-1], content)
        elif not location:
            yield "batch.json is not one JSON object of valid Unicode"
        else:
            form = MEMBER_FORMS[_to_form_name(location)]
            problem = "is missing: it must be" if fault["type"] == "missing" else "is not"
            yield f"{_format_location(location)} {problem} {form}"


def _unknown_members_fault(location: tuple[int | str, ...], content: Any) -> str:
    """Return that an object has members that are not ours, with how many and which it may have, never their names."""
    for step in location:
        content = content[step]
    model = _MEMBER_MODELS[str(location[0])] if location else Manifest
    known = ", ".join(model.model_fields)
    unknown = len(content.keys() - model.model_fields.keys())
    where = _format_location(location) if location else "batch.json"
    return f"{where} has {unknown} unknown member{'s' if unknown > 1 else ''}: it may have {known}"


def _to_form_name(location: Sequence[int | str]) -> str:
    return "".join("[]" if isinstance(step, int) else f".{step}" for step in location).lstrip(".")


def _format_location(location: Sequence[int | str]) -> str:
    """Return where in the manifest something is, with the items of a list counted from 1.

    >>> _format_location(("officers", 1, "office"))
    'officers, number 2, office'
    """
    return ", ".join(f"number {step + 1}" if isinstance(step, int) else step for step in location)


def _unreadable_error(message: str, hint: str) -> RequestError:
    return RequestError("batch_unreadable", message, hint)

"""Write the schemas of the batch format: JSON Schema (manifest, row, NIEM profile) and Table Schema (requests file).

Usage: python tools/make_schemas.py. What they say comes from the definitions that the readers use; a test holds the
files equal to what this writes, and the readers to what the schemas say. Start at `make_schemas`.
"""

import json
from pathlib import Path
from typing import Any

from comity.intake.manifest import MEMBER_FORMS
from comity.model.batch import Manifest
from comity.model.column_meanings import COLUMN_MEANINGS
from comity.model.request_fields import REQUEST_FIELDS
from comity.requests_file.field_checks import REQUEST_ID_PATTERN
from comity.requests_file.limits import MAX_FIELD_CHARACTERS
from comity.spreadsheets.niem_document import CONTEXT, PATHS, REQUESTS_MEMBER, ZIP_EXTENSION

FOLDER = Path(__file__).parents[1] / "docs" / "spec"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TABLE_DIALECT = "https://datapackage.org/profiles/2.0/tableschema.json"
_PRINTABLE = r"^[^\u0000-\u0008\u000A-\u001F\u007F]*$"


def make_schemas() -> dict[str, dict[str, Any]]:
    """Return each schema by its file's name."""
    return {
        "manifest.schema.json": make_manifest_schema(),
        "request.schema.json": make_row_schema(),
        "requests.tableschema.json": make_table_schema(),
        "niem-requests.schema.json": make_niem_schema(),
    }


def make_manifest_schema() -> dict[str, Any]:
    """Return the schema of batch.json, each member with its form in words."""
    schema = Manifest.model_json_schema()
    _describe_members(schema, "", schema["$defs"])
    schema.pop("description", None)
    for part in schema["$defs"].values():
        part.pop("description", None)
    return {"$schema": _DIALECT, **_drop_titles(schema), "title": "The manifest of a batch (batch.json)"}


def make_row_schema() -> dict[str, Any]:
    """Return the schema of one line of requests.jsonl."""
    text = {"type": ["string", "null"], "maxLength": MAX_FIELD_CHARACTERS, "pattern": _PRINTABLE}
    number = {"type": "integer"}
    properties: dict[str, Any] = {
        name: {"description": COLUMN_MEANINGS[name], "anyOf": [text, number]} for name in REQUEST_FIELDS
    }
    properties["request_id"] = {
        "description": COLUMN_MEANINGS["request_id"],
        "anyOf": [{"type": "string", "pattern": REQUEST_ID_PATTERN}, {"type": "integer", "minimum": 0}],
    }
    return {
        "$schema": _DIALECT,
        "title": "One request: a line of requests.jsonl",
        "type": "object",
        "properties": properties,
        "required": ["request_id"],
        "additionalProperties": False,
    }


def make_table_schema() -> dict[str, Any]:
    """Return the Table Schema of requests.csv and requests.parquet."""
    fields: list[dict[str, Any]] = [
        {
            "name": name,
            "type": "string",
            "description": COLUMN_MEANINGS[name],
            "constraints": {"maxLength": MAX_FIELD_CHARACTERS, "pattern": _PRINTABLE},
        }
        for name in REQUEST_FIELDS
    ]
    fields[0]["constraints"] = {"required": True, "unique": True, "pattern": REQUEST_ID_PATTERN}
    return {
        "$schema": _TABLE_DIALECT,
        "title": "The requests of a batch, layout 2",
        "fields": fields,
        "fieldsMatch": "equal",
        "missingValues": [""],
        "primaryKey": ["request_id"],
    }


def make_niem_schema() -> dict[str, Any]:
    """Return the schema of requests in NIEM 6 in JSON, as `comity request build` reads them."""
    request: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}
    for name in REQUEST_FIELDS:
        _add_leaf(request, PATHS.get(name, (f"comity:{name}",)), COLUMN_MEANINGS[name])
    _add_leaf(request, ZIP_EXTENSION, "the last four digits of a ZIP code of nine")
    return {
        "$schema": _DIALECT,
        "title": "Requests with names and addresses of NIEM Core 6.0",
        "type": "object",
        "properties": {
            "@context": {"const": CONTEXT},
            REQUESTS_MEMBER: {"type": "array", "items": request},
        },
        "required": ["@context", REQUESTS_MEMBER],
        "additionalProperties": False,
    }


def _add_leaf(schema: dict[str, Any], path: tuple[str, ...], meaning: str) -> None:
    for step in path[:-1]:
        empty = {"type": "object", "properties": {}, "additionalProperties": False}
        schema = schema["properties"].setdefault(step, empty)
    schema["properties"][path[-1]] = {"type": "string", "description": meaning}


def _describe_members(schema: dict[str, Any], path: str, parts: dict[str, Any]) -> None:
    for name, member in schema.get("properties", {}).items():
        here = f"{path}.{name}".lstrip(".")
        member["description"] = MEMBER_FORMS[here]
        for form, below in ((member, here), (member.get("items", {}), f"{here}[]")):
            if "$ref" in form:
                _describe_members(parts[form["$ref"].rpartition("/")[2]], below, parts)


def _drop_titles(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _drop_titles(member) for key, member in value.items() if key != "title" or isinstance(member, dict)
        }
    return [_drop_titles(member) for member in value] if isinstance(value, list) else value


def main() -> None:
    """Write the files."""
    for name, schema in make_schemas().items():
        (FOLDER / name).write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

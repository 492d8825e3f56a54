"""Write docs/spec/openapi.json, the description of the service's API (OpenAPI 3.1).

Usage: python -m tools.make_openapi. What it says comes from the routes, their types and the access table; a test holds
the file equal to what this writes, so that no change of the API goes unnoticed. Start at `make_description`.
"""

import json
from pathlib import Path
from typing import Any

from comity.app.access import ACCESS_TABLE, Role
from comity.app.api.application import build_routes
from comity.app.api.problems import PROBLEM_TYPE

OUT = Path(__file__).parents[1] / "docs" / "spec" / "openapi.json"
_TOKENS = "clientToken"


def make_description() -> dict[str, Any]:
    """Return the description: what FastAPI derives, with who may use each route, its bodies and its problems."""
    document: dict[str, Any] = build_routes().openapi()
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):  # the framework's own errors, which are never sent
        schemas.pop(name, None)
    schemas["Problem"] = _make_problem_schema()
    document["components"]["securitySchemes"] = {_TOKENS: _make_security_scheme()}
    for row in ACCESS_TABLE:
        operation = document["paths"].get(row.path.replace(":path", ""), {}).get(row.method.lower())
        if operation is None:
            continue
        operation["x-comity-permission"] = row.permission
        operation["security"] = [{_TOKENS: []}] if row.role is Role.CLIENT else []
        operation["responses"].pop("422", None)
        content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        operation["responses"]["default"] = {"description": "A problem (RFC 9457).", "content": content}
        if row.max_bytes:
            operation["x-comity-max-bytes"] = row.max_bytes
    return document


def _make_problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "title": "Problem",
        "description": "What went wrong; `type` is the page that says what its code means. It never quotes a request.",
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "hint": text,
            "instance": text,
            "faults": {
                "type": "array",
                "items": {"type": "object", "properties": {"pointer": text, "rule": text}},
            },
        },
        "required": ["type", "title", "status", "detail", "instance"],
    }


def _make_security_scheme() -> dict[str, Any]:
    return {
        "type": "http",
        "scheme": "DPoP",
        "description": "A token of POST /oauth/token, with a proof for each request (RFC 9449).",
    }


def main() -> None:
    """Write the file."""
    OUT.write_text(json.dumps(make_description(), indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

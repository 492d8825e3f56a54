"""docs/spec/openapi.json is what the routes are, and every route of the access table is in it."""

import json
from typing import Any

from comity.app.access import ACCESS_TABLE
from tools.make_openapi import OUT, make_description

DESCRIPTION: dict[str, Any] = make_description()


def test_the_file_is_what_the_program_writes() -> None:
    assert json.loads(OUT.read_text(encoding="utf-8")) == DESCRIPTION, "run: python -m tools.make_openapi"


def test_every_route_is_described_with_who_may_use_it() -> None:
    described = {
        (method.upper(), path): operation["security"] != []
        for path, operations in DESCRIPTION["paths"].items()
        for method, operation in operations.items()
    }
    rows = {
        (row.method, row.path.replace(":path", "")): row.role == "client"
        for row in ACCESS_TABLE
        if row.path != "/v1/openapi.json" and not row.is_page
    }
    assert described == rows
    assert DESCRIPTION["openapi"].startswith("3.1")


def test_no_response_of_the_framework_is_described() -> None:
    text = json.dumps(DESCRIPTION)
    assert "HTTPValidationError" not in text
    assert '"422"' not in text

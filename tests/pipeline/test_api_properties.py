"""Requests made from the API's own description: no fault of the service's, no echo, and what comes back is as it says.

For every operation of docs/spec/openapi.json, parameters, headers and bodies are made from their types, and others.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.api_client_key import TokenClient
from tests.support.api_service import Reply
from tests.support.client_of_empty_home import open_client

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

MARKER = "Zzyzxmarker"
DESCRIPTION = json.loads((Path(__file__).parents[2] / "docs" / "spec" / "openapi.json").read_text())
OPERATIONS = [(method.upper(), path) for path, item in DESCRIPTION["paths"].items() for method in item]
HEADERS = ("If-Match", "If-None-Match", "Prefer", "Content-Digest", "Accept", "Range", "Content-Type")
ROUNDS = 10

Sent = dict[str, Any]
_WORDS = st.sampled_from(["b-1", "1", "not_found", "notice.json", "0/000", "answers.csv"])
_TEXT = st.text(max_size=12).map(lambda text: MARKER + text) | _WORDS
_HEADER = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=30).map(str.strip)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXT, lambda inner: st.lists(inner, max_size=3), max_leaves=5
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenClient]:
    """A client with a token, of a service over an empty home."""
    with open_client(tmp_path_factory.mktemp("properties")) as client:
        yield client


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that stands alone: with the components that it refers to."""
    return schema | {"components": DESCRIPTION["components"]}


def make_value(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Make values of a schema, and some that are not."""
    if "$ref" in schema:
        schema = DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("type") == "object":
        members = {name: make_value(one) for name, one in schema.get("properties", {}).items()}
        return st.fixed_dictionaries(members) | st.dictionaries(_TEXT, _JSON, max_size=3)
    if schema.get("type") == "integer":
        return st.integers() | st.integers(1, 200) | _TEXT
    return _TEXT


@st.composite
def requests(draw: st.DrawFn, operation: dict[str, Any], path: str) -> Sent:
    """Make one request of an operation."""
    query = {}
    for parameter in operation.get("parameters", []):
        value = str(draw(make_value(parameter["schema"])))
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote(value.encode("utf-8", "surrogatepass"), safe=""))
        elif draw(st.booleans()):
            query[parameter["name"]] = value.encode("utf-8", "surrogatepass")
    headers = {"Idempotency-Key": draw(st.sampled_from(["k" * 20, "x", ""]))}
    headers |= draw(st.dictionaries(st.sampled_from(HEADERS), _HEADER, max_size=2))
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        body = json.dumps(draw(make_value(content["application/json"]["schema"]) | _JSON)).encode()
        headers.setdefault("Content-Type", "application/json")
    elif operation.get("x-comity-max-bytes"):
        body = draw(st.binary(max_size=60) | _JSON.map(lambda value: json.dumps(value).encode()))
    else:
        body = b""
    return {"path": f"{path}?{urlencode(query)}" if query else path, "headers": headers, "body": body}


def verify_described(reply: Reply, operation: dict[str, Any]) -> None:
    """A response is one of those described: its status and, where it is JSON, its form."""
    media = reply.headers.get("content-type", "").partition(";")[0]
    described = operation["responses"].get(str(reply.status))
    if described is None:
        assert reply.status >= 400 or reply.status == 304, (reply.status, "is not described")
        assert media == "application/problem+json" or reply.status == 304
        described = operation["responses"]["default"] if reply.status >= 400 else {}
    schema = described.get("content", {}).get(media, {}).get("schema")
    if schema:
        assert jsonschema_rs.is_valid(resolve(schema), reply.json), (schema, reply.body)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_request_is_answered_as_described_without_fault_or_echo(client: TokenClient, method: str, path: str) -> None:
    operation = DESCRIPTION["paths"][path][method.lower()]
    send = client.send if operation["security"] else client.server.send

    @settings(max_examples=ROUNDS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(requests(operation, path))
    def ask(sent: Sent) -> None:
        reply = send(method, sent["path"], sent["body"], sent["headers"])
        assert reply.status < 500 or reply.code == "questions_unavailable", reply
        assert MARKER.encode() not in reply.body
        assert not any(MARKER in value for value in reply.headers.values())
        verify_described(reply, operation)

    ask()

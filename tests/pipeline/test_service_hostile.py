"""Nasty strings at every place of the API that takes one: never a fault of the service's, never an echo."""

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from comity.app.access import ACCESS_TABLE, Role
from tests.support.api_client_key import TokenClient
from tests.support.api_service import Reply
from tests.support.batch_folders import make_manifest
from tests.support.client_of_empty_home import open_client

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

MARKER = "Zzyzxmarker"
NASTY = {
    "NUL": f"{MARKER}\x00",
    "lone surrogate": f"{MARKER}\ud800",
    "right to left": f"\u202e{MARKER}\u202c",
    "combining marks": MARKER + "\u0301" * 500,
    "formula": f"=cmd|' /C {MARKER}'!A0",
    "markup": f"<script>{MARKER}</script>",
    "template": f"{{{{{MARKER}}}}}%s%n${{{MARKER}}}",
    "line ends": f"{MARKER}\r\nX-Injected: 1\r\n\r\n",
    "traversal": f"../../../../home/{MARKER}",
    "quote": f"{MARKER}'; DROP TABLE uploads; --",
    "controls": f"{MARKER}\x1b[2J\x7f\x08",
    "long": MARKER * 100,
    "homoglyphs": f"{MARKER}\u0430\u0435\uff0e",
    "nothing": "",
    "dots": "..",
    "number": "9" * 400,
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenClient]:
    """A client with a token, of a service over an empty home."""
    with open_client(tmp_path_factory.mktemp("hostile")) as client:
        yield client


def encode(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def verify_reply(reply: Reply, where: str) -> None:
    """A problem or a document of ours, no fault, and nothing of what was sent."""
    assert reply.status < 500, (where, reply)
    assert MARKER.encode() not in reply.body, where
    assert not any(MARKER in value for value in reply.headers.values()), where
    assert "x-injected" not in reply.headers, where


@pytest.mark.parametrize("name", NASTY)
def test_in_every_path(client: TokenClient, name: str) -> None:
    text = NASTY[name]
    for row in ACCESS_TABLE:
        if "{" not in row.path:
            continue
        path = row.path
        for parameter in ("{batch_id}", "{number}", "{name}", "{operation}", "{recall_id}", "{code}", "{tile:path}"):
            path = path.replace(parameter, encode(text))
        body = b"x" if row.max_bytes else b""
        headers = {"Content-Digest": "sha-256=:LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=:"} if body else {}
        if row.method == "POST":
            headers["Idempotency-Key"] = "k" * 20
        send = client.send if row.role is Role.CLIENT else client.server.send
        reply = send(row.method, path, body, headers)
        verify_reply(reply, f"{row.method} {row.path}")
        assert reply.status >= 400, f"{row.method} {row.path}"


@pytest.mark.parametrize("name", NASTY)
def test_in_every_header_and_query(client: TokenClient, name: str) -> None:
    sent = encode(NASTY[name])
    raw = "".join(c for c in NASTY[name] if c not in "\r\n\x00" and ord(c) < 256) or "x"
    fields = ("If-Match", "If-None-Match", "Idempotency-Key", "Prefer", "Content-Digest", "Accept", "X-Forwarded-For")
    for field in fields:
        verify_reply(client.send("POST", "/v1/batches/b-1/submission", headers={field: raw}), field)
        verify_reply(client.send("GET", "/v1/batches", headers={field: raw}), field)
        verify_reply(client.send("GET", "/v1/operations/x", headers={field: raw}), field)
    for field in ("Authorization", "DPoP"):
        reply = client.server.send("GET", "/v1/batches", headers={field: f"DPoP {raw}"})
        verify_reply(reply, field)
        assert reply.status == 401
    for query in (f"limit={sent}", f"cursor={sent}", f"{sent}={sent}", sent):
        verify_reply(client.send("GET", f"/v1/batches?{query}"), query[:20])


@pytest.mark.parametrize("name", NASTY)
def test_in_every_member_of_a_manifest(client: TokenClient, name: str) -> None:
    text = NASTY[name]
    for member in make_manifest():
        for value in (text, [text], {text: text}, {"id": text}):
            data = json.dumps(make_manifest(batch_id="b-1") | {member: value}).encode("utf-8", "surrogatepass")
            reply = client.send("PUT", "/v1/batches/b-1/manifest", data, {"If-Match": '"' + "0" * 32 + '"'})
            verify_reply(reply, f"{member} {name}")


@pytest.mark.parametrize("name", NASTY)
def test_in_bodies(client: TokenClient, name: str) -> None:
    data = NASTY[name].encode("utf-8", "surrogatepass")
    for body in (data, b'{"batch_id": "' + data + b'"}', b"\xff\xfe" + data, data * 20):
        verify_reply(client.send("PUT", "/v1/batches/b-2/manifest", body), "manifest")
        verify_reply(client.send("PUT", "/v1/batches/b-2/signature", body[:8000]), "signature")
        for media in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"):
            reply = client.server.send("POST", "/oauth/token", body[:16_000], {"Content-Type": media})
            verify_reply(reply, media)


def test_a_megabyte_where_a_word_is_taken(client: TokenClient) -> None:
    megabyte = MARKER * (2**20 // len(MARKER))
    for path in (f"/v1/batches/{megabyte}", f"/v1/batches?cursor={megabyte}"):
        try:
            verify_reply(client.server.send("GET", path), path[:20])
        except OSError:
            continue  # the parser of HTTP ends the connection, which is an answer too
    verify_reply(
        client.send("PUT", "/v1/batches/b-3/manifest", b'{"batch_id": "' + megabyte.encode() + b'"}'), "manifest"
    )
    assert client.send("PUT", "/v1/batches/b-3/signature", megabyte.encode()).code == "too_large"
    assert client.send("GET", "/v1/batches").status == 200


def test_nothing_of_it_is_in_the_work_folder_or_the_log(client: TokenClient) -> None:
    for path in client.server.settings.work_folder.rglob("*"):
        assert MARKER not in path.name
        assert not path.is_file() or path.name == "batch.json" or MARKER.encode() not in path.read_bytes()

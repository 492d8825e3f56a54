"""The access table, against one typed by hand; and a request is judged before its body is read."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter

from comity.app.access import ACCESS_TABLE, find_row
from comity.app.api import application
from comity.app.api.application import build_routes, list_routes
from comity.app.home import Home
from tests.support.api_service import ApiServer, make_settings, serve_api

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

TYPED_BY_HAND = {
    ("GET", "/healthz"): ("anyone", "public", 0),
    ("GET", "/readyz"): ("anyone", "public", 0),
    ("GET", "/problems/{code}"): ("anyone", "public", 0),
    ("GET", "/v1/openapi.json"): ("anyone", "public", 0),
    ("POST", "/oauth/token"): ("anyone", "public", 16_384),
    ("GET", "/v1/client"): ("client", "own_agency", 0),
    ("GET", "/v1/batches"): ("client", "own_agency", 0),
    ("GET", "/v1/batches/{batch_id}"): ("client", "own_agency", 0),
    ("PUT", "/v1/batches/{batch_id}/manifest"): ("client", "own_agency", 4_194_304),
    ("GET", "/v1/batches/{batch_id}/manifest"): ("client", "own_agency", 0),
    ("PUT", "/v1/batches/{batch_id}/signature"): ("client", "own_agency", 8_192),
    ("GET", "/v1/batches/{batch_id}/signature"): ("client", "own_agency", 0),
    ("PUT", "/v1/batches/{batch_id}/requests/parts/{number}"): ("client", "own_agency", 16_777_216),
    ("GET", "/v1/batches/{batch_id}/parts"): ("client", "own_agency", 0),
    ("POST", "/v1/batches/{batch_id}/lint"): ("client", "own_agency", 0),
    ("POST", "/v1/batches/{batch_id}/submission"): ("client", "own_agency", 0),
    ("GET", "/v1/batches/{batch_id}/answers"): ("client", "own_agency", 0),
    ("GET", "/v1/batches/{batch_id}/answers/{name}"): ("client", "own_agency", 0),
    ("POST", "/v1/questions"): ("client", "own_agency", 65_536),
    ("GET", "/v1/operations/{operation}"): ("client", "own_agency", 0),
    ("DELETE", "/v1/operations/{operation}"): ("client", "own_agency", 0),
    ("POST", "/v1/recalls/{recall_id}/acknowledgement"): ("client", "own_agency", 16_384),
    ("GET", "/v1/recalls"): ("client", "own_agency", 0),
    ("GET", "/v1/recalls/{recall_id}/notice/{name}"): ("client", "own_agency", 0),
    ("GET", "/v1/ledger/checkpoint"): ("anyone", "public", 0),
    ("GET", "/v1/ledger/tile/{tile:path}"): ("anyone", "public", 0),
}
"""Who may use each route of the API, of what, and with how large a body."""

PUBLIC_PAGES = {"/", "/console/style.css", "/login", "/login/start", "/login/callback", "/login/link/{link}"}
"""The pages for anybody: what leads to a log-in."""

ALL_BUT_SECURITY = "approver counsel disclosure inspector privacy"
ALL_BUT_INSPECTOR = "approver counsel disclosure privacy security"
EVERYBODY = "approver counsel disclosure inspector privacy security"
PEOPLE_BY_HAND = {
    ("POST", "/logout"): (EVERYBODY, 16_384),
    ("GET", "/console"): (EVERYBODY, 0),
    ("GET", "/console/batches"): (ALL_BUT_SECURITY, 0),
    ("GET", "/console/batches/{name}"): (ALL_BUT_SECURITY, 0),
    ("GET", "/console/filings"): (EVERYBODY, 0),
    ("GET", "/console/filings/{name}"): (EVERYBODY, 0),
    ("POST", "/console/filings/{name}/decision"): ("approver counsel security", 16_384),
    ("GET", "/console/orders"): (EVERYBODY, 0),
    ("GET", "/console/recalls"): (ALL_BUT_SECURITY, 0),
    ("GET", "/console/ledger"): (EVERYBODY, 0),
    ("GET", "/console/stop"): (EVERYBODY, 0),
    ("POST", "/console/stop"): (ALL_BUT_INSPECTOR, 16_384),
    ("POST", "/console/stop/{number}/lift"): (ALL_BUT_INSPECTOR, 16_384),
    ("GET", "/console/sessions"): (EVERYBODY, 0),
    ("POST", "/console/sessions/{handle}/end"): (EVERYBODY, 16_384),
}
"""Which roles may use each page and form of the console, and how large a form may be."""

ALL_BY_HAND = {
    *TYPED_BY_HAND,
    *PEOPLE_BY_HAND,
    *(("GET", path) for path in PUBLIC_PAGES),
    ("POST", "/login/link/{link}"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """One server for the module, over a new home."""
    root = tmp_path_factory.mktemp("service")
    Home.open_or_create(root / "home")
    with serve_api(make_settings(root, requests_per_second=1000)) as server:
        yield server


def fill_path(path: str) -> str:
    """Return a path of a route."""
    return re.sub(r"\{\w+(:path)?\}", "not_found", path)


def test_the_table_is_the_one_typed_by_hand() -> None:
    rows = {(row.method, row.path): (row.role, row.scope, row.max_bytes) for row in ACCESS_TABLE}
    pages = dict.fromkeys([("GET", path) for path in PUBLIC_PAGES], ("anyone", "public", 0))
    pages["POST", "/login/link/{link}"] = ("anyone", "public", 16_384)
    people = {route: ("person", "custodian", size) for route, (_, size) in PEOPLE_BY_HAND.items()}
    assert rows == TYPED_BY_HAND | pages | people
    roles = {(r.method, r.path): " ".join(sorted(r.people)) for r in ACCESS_TABLE if r.role == "person"}
    assert roles == {route: roles for route, (roles, _) in PEOPLE_BY_HAND.items()}
    assert list_routes(build_routes()) == ALL_BY_HAND


def test_a_route_without_a_row_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    router = APIRouter()
    router.add_api_route("/v1/people", lambda: None, methods=["GET"])
    monkeypatch.setattr(application, "ROUTERS", (*application.ROUTERS, router))
    with pytest.raises(RuntimeError, match="GET /v1/people"):
        build_routes()


def test_a_row_without_a_route_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "ROUTERS", application.ROUTERS[1:])
    with pytest.raises(RuntimeError, match="GET /healthz"):
        build_routes()


@pytest.mark.parametrize(("method", "path"), sorted(ALL_BY_HAND))
def test_a_path_leads_to_its_own_row_alone(method: str, path: str) -> None:
    row, _ = find_row(method, fill_path(path))
    assert row is not None
    assert (row.method, row.path) == (method, path)


@pytest.mark.parametrize(
    "path", ["/healthz/", "//healthz", "/healthz\n", "/problems/", "/problems/a/b", "/HEALTHZ", ""]
)
def test_a_path_that_is_nearly_one_of_the_table_is_none(path: str) -> None:
    assert find_row("GET", path) == (None, False)


def test_every_route_answers_whom_the_table_names_and_nobody_else(server: ApiServer) -> None:
    for (method, path), (role, _, _) in TYPED_BY_HAND.items():
        reply = server.send(method, fill_path(path))
        assert (reply.status == 401) == (role != "anyone"), path
        assert reply.status < 500, path
    for method, path in PEOPLE_BY_HAND:
        reply = server.send(method, fill_path(path), headers={"Origin": server.url})
        assert (reply.status, reply.code) == (401, "not_logged_in"), path
    for path in PUBLIC_PAGES:
        assert server.send("GET", fill_path(path)).status in {200, 303, 403, 404}, path
    for method in ("GET", "POST"):
        assert server.send(method, "/login/link/AAAA").status == 404, "no seat outside of a demonstration"


def test_a_route_takes_no_other_method(server: ApiServer) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"):
        assert server.send(method, "/healthz").status == 405, method


def test_a_body_that_is_too_large_is_refused_before_it_is_sent(server: ApiServer) -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), 10) as caller:
        caller.sendall(head)
        received = caller.recv(4096)
    assert received.startswith(b"HTTP/1.1 413 "), "and not 100 Continue"


def test_every_response_forbids_caches_and_sniffing(server: ApiServer) -> None:
    for path in ("/healthz", "/no/such/path", "/v1/openapi.json"):
        headers = server.send("GET", path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert "server" not in headers


def test_a_service_that_is_ready_says_so_and_one_that_is_not_says_why(
    server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server.send("GET", "/healthz").json == {"status": "ok"}
    ready = server.send("GET", "/readyz")
    assert (ready.status, ready.json["ready"]) == (200, True)
    assert set(ready.json["checks"]) == {"control_database", "desk", "anchor", "clock", "law", "disk"}
    anchor = server.settings.home / "control.anchor"
    anchor.write_text("7 " + "00" * 32)
    try:
        late = server.send("GET", "/readyz")
    finally:
        anchor.unlink()
    assert (late.status, late.json["ready"]) == (503, False)
    assert [name for name, is_ok in late.json["checks"].items() if not is_ok] == ["anchor"]


def test_a_problem_names_its_code_and_the_page_of_its_meaning(server: ApiServer) -> None:
    reply = server.send("GET", "/v1/people?name=Maria%20Testcase")
    assert (reply.status, reply.code) == (404, "not_found")
    assert b"Maria" not in reply.body
    assert reply.json["instance"].endswith(reply.headers["x-request-id"])
    meaning = server.send("GET", reply.json["type"])
    assert meaning.json["meaning"] == reply.json["title"]
    assert server.send("GET", "/problems/none_of_ours").status == 404


def test_one_address_cannot_crowd_out_the_others(tmp_path: Path) -> None:
    Home.open_or_create(tmp_path / "home")
    with serve_api(make_settings(tmp_path, requests_per_second=2)) as server:
        replies = [server.send("GET", "/healthz") for _ in range(12)]
    assert [reply.status for reply in replies[:4]] == [200] * 4
    late = [reply for reply in replies if reply.status == 429]
    assert len(late) >= 4
    assert late[0].code == "too_many_requests"
    assert int(late[0].headers["retry-after"]) > 0

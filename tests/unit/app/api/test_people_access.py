"""Every page and form of the console x every role, against the table typed by hand in test_access."""

import re
from collections.abc import Iterator

import pytest

from comity.app import clock
from comity.app.home import Home
from comity.app.use_cases.people_sessions import Account, open_session
from comity.app.use_cases.service_readiness import open_service
from comity.model.person_role import PersonRole
from tests.support.api_service import ApiServer, make_settings, serve_api
from tests.support.browser_session import BrowserSession
from tests.support.console_house import PEOPLE, enroll_people
from tests.unit.app.api.test_access import PEOPLE_BY_HAND

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

ISSUER = "https://idp.example"
ACCOUNTS = {roles[0]: name for name, roles in PEOPLE.items() if len(roles) == 1}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """One server for the module, over a home with a person for each role."""
    root = tmp_path_factory.mktemp("access")
    enroll_people(Home.open_or_create(root / "home"), ISSUER, *ACCOUNTS.values())
    with serve_api(make_settings(root, requests_per_second=1000)) as server:
        yield server


def open_browser(server: ApiServer, role: str) -> BrowserSession:
    """Return a browser in which the person who has a role is logged in."""
    with open_service(server.settings) as service:
        token = open_session(service, Account(ISSUER, ACCOUNTS[role]), at=clock.now())
    assert token is not None
    return BrowserSession(server, {"__Host-comity-session": token})


@pytest.mark.parametrize("role", sorted(PersonRole))
def test_a_role_opens_what_the_table_says_and_nothing_else(server: ApiServer, role: str) -> None:
    browser = open_browser(server, role)
    token = browser.find_token()
    assert token
    for (method, path), (roles, _) in PEOPLE_BY_HAND.items():
        if path == "/logout":
            continue
        filled = re.sub(r"\{\w+\}", "0", path)
        reply = browser.get(filled) if method == "GET" else browser.post(filled, token=token)
        is_refused = reply.status == 403 and b"None of your roles allows this" in reply.body
        assert is_refused == (role not in roles.split()), (role, method, path)
        assert reply.status not in {401, 500}, (method, path)


def test_every_form_needs_the_token_of_its_session(server: ApiServer) -> None:
    for role in PersonRole:
        browser = open_browser(server, role)
        for (method, path), (roles, _) in PEOPLE_BY_HAND.items():
            if method == "POST" and role in roles.split():
                reply = browser.post(re.sub(r"\{\w+\}", "0", path), token="A" * 43)
                assert reply.status == 403, path
                assert b"not sent from a page of this session" in reply.body


def test_a_page_and_its_twin_are_the_same_row(server: ApiServer) -> None:
    browser = open_browser(server, "inspector")
    for (method, path), (roles, _) in PEOPLE_BY_HAND.items():
        if method == "GET" and "{" not in path and "inspector" in roles.split():
            assert browser.get(path).headers["content-type"] == "text/html; charset=utf-8"
            assert isinstance(browser.get_json(path), dict)
            assert browser.get(path, Accept="application/json").json == browser.get_json(path)
    assert server.send("GET", "/console.json").status == 401


def test_a_page_has_no_script_and_no_style_of_its_own(server: ApiServer) -> None:
    browser = open_browser(server, "inspector")
    for (method, path), (roles, _) in PEOPLE_BY_HAND.items():
        if method == "GET" and "{" not in path and "inspector" in roles.split():
            page = browser.get(path)
            assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
            assert page.headers["cross-origin-opener-policy"] == "same-origin"
            assert page.headers["cache-control"] == "no-store"
            assert not re.search(rb"<script|<style|\sstyle=|\son\w+=|javascript:", page.body), path

"""People log in at a provider, by the book, and by no other way; sessions end when they must.

The provider is a process of its own (tests/support/openid_provider.py): no certified one is among the pinned packages.
"""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from comity.app import clock
from comity.app.home import Home
from comity.app.settings import load_settings
from comity.errors import ComityError
from comity.model.filing import Act
from comity.signing import key_thumbprint
from tests.support.api_service import ApiServer, Reply, make_settings, serve_api
from tests.support.browser_session import BrowserSession
from tests.support.console_house import KEYS, enroll_people
from tests.support.openid_provider import CLIENT, SECRET, Provider, run_provider
from tests.support.two_persons import file_in_home

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """One provider for the module."""
    with run_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def server(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """One server for the module."""
    root = tmp_path_factory.mktemp("people")
    enroll_people(Home.open_or_create(root / "home"), provider.url, "ann", "sue")
    with serve_api(settings_for(root, provider)) as server:
        yield server


@pytest.fixture(name="browser")
def _browser(server: ApiServer, provider: Provider) -> BrowserSession:
    """A browser that nobody used, and a provider that does as it must."""
    provider.tell()
    return BrowserSession(server)


def settings_for(root: Path, provider: Provider, **changes: Any) -> Any:
    given = {"login_issuer": provider.url, "login_client_id": CLIENT, "login_client_secret": SECRET}
    return make_settings(root, requests_per_second=1000, **(given | changes))


def text_of(reply: Reply) -> str:
    return html.unescape(reply.body.decode())


def assert_refused(reply: Reply, why: str) -> None:
    assert reply.status == 403, reply
    assert why in text_of(reply)
    assert "__Host-comity-session" not in reply.headers.get("set-cookie", "")


def test_a_person_logs_in_and_out(browser: BrowserSession) -> None:
    assert browser.get("/console").headers["location"] == "/login"
    assert "Log in" in text_of(browser.get("/login"))
    reply = browser.log_in()
    assert reply.status == 200
    assert 'content="0;url=/console"' in text_of(reply)
    cookie = re.search(r"__Host-comity-session=[\w-]{43}; ([^,]*)", reply.headers["set-cookie"])
    assert cookie is not None
    assert cookie[1] == "Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=28800"
    home = browser.get("/console")
    assert (home.status, "Ann Arlen" in text_of(home)) == (200, True)
    twin = browser.get_json("/console")
    assert (twin["name"], twin["roles"]) == ("Ann Arlen", ["approver"])
    stolen = dict(browser.cookies)
    out = browser.post("/logout")
    assert (out.status, out.headers["location"]) == (303, "/login")
    assert "__Host-comity-session" not in browser.cookies
    assert BrowserSession(browser.server, stolen).get("/console").headers["location"] == "/login"


def test_each_log_in_opens_a_session_of_its_own_and_ends_the_one_before(browser: BrowserSession) -> None:
    browser.log_in()
    first = dict(browser.cookies)
    browser.log_in()
    assert browser.cookies != first
    assert browser.get("/console").status == 200
    assert BrowserSession(browser.server, first).get("/console").status == 303


def test_a_session_that_the_browser_brings_along_is_not_taken(browser: BrowserSession) -> None:
    planted = "A" * 43
    browser.cookies["__Host-comity-session"] = planted
    browser.log_in()
    assert browser.cookies["__Host-comity-session"] != planted
    assert BrowserSession(browser.server, {"__Host-comity-session": planted}).get("/console").status == 303


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"claims": {"nonce": "another"}}, "of another log-in"),
        ({"claims": {"nonce": None}}, "of another log-in"),
        ({"claims": {"iss": "https://another.example"}}, "another provider's"),
        ({"claims": {"aud": "another-client"}}, "for another service"),
        ({"claims": {"aud": [CLIENT, "another-client"]}}, "for another service"),
        ({"claims": {"aud": [CLIENT], "azp": "another-client"}}, "for another service"),
        ({"claims": {"exp": 1}}, "has expired"),
        ({"claims": {"exp": True}}, "has expired"),
        ({"clock": -3000}, "has expired"),
        ({"clock": 3000}, "of another time"),
        ({"claims": {"sub": None}}, "names no account"),
        ({"claims": {"sub": "x" * 256}}, "names no account"),
        ({"claims": {"sub": "stranger"}}, "nobody who has a role"),
        ({"signature": "none"}, "not signed by the provider"),
        ({"signature": "HS256"}, "not signed by the provider"),
        ({"signature": "other"}, "not signed by the provider"),
        ({"answer": {"iss": "https://another.example"}}, "names another provider"),
        ({"answer": {"iss": None}}, "names another provider"),
        ({"answer": {"code": "made-up"}}, "refuses its code"),
        ({"answer": {"code": None}}, "it did not happen"),
        ({"answer": {"error": "access_denied"}}, "it did not happen"),
        ({"answer": {"state": "made-up"}}, "began no such log-in"),
        ({"answer": {"state": None}}, "began no such log-in"),
    ],
    ids=str,
)
def test_an_answer_that_is_not_as_it_must_be_logs_nobody_in(
    browser: BrowserSession, provider: Provider, told: dict[str, Any], why: str
) -> None:
    provider.tell(**told)
    assert_refused(browser.log_in(), why)
    assert browser.get("/console").status == 303


def test_a_code_or_a_state_counts_once_and_in_one_browser(browser: BrowserSession) -> None:
    callback = browser.ask_provider(browser.begin_login())
    assert_refused(BrowserSession(browser.server).get(callback), "began no such log-in")
    other = BrowserSession(browser.server)
    other.begin_login()
    assert_refused(other.get(callback), "began no such log-in")
    login = dict(browser.cookies)
    assert browser.get(callback).status == 200
    browser.cookies |= login
    assert_refused(browser.get(callback), "began no such log-in")


def test_codes_of_two_log_ins_are_not_mixed_up(browser: BrowserSession) -> None:
    other = BrowserSession(browser.server)
    codes = [re.search(r"code=([\w-]+)", b.ask_provider(b.begin_login())) for b in (browser, other)]
    assert codes[1] is not None
    swapped = re.sub(r"code=[\w-]+", codes[1][0], browser.ask_provider(browser.begin_login()))
    assert_refused(browser.get(swapped), "refuses its code")


def test_a_parameter_that_comes_twice_is_none(browser: BrowserSession) -> None:
    callback = browser.ask_provider(browser.begin_login())
    assert_refused(browser.get(f"{callback}&code=another"), "began no such log-in")


def test_a_log_in_that_takes_too_long_does_not_count(browser: BrowserSession, monkeypatch: pytest.MonkeyPatch) -> None:
    callback = browser.ask_provider(browser.begin_login())
    later = clock.now() + timedelta(minutes=10)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert_refused(browser.get(callback), "took too long")


def test_a_session_ends_when_it_is_idle_and_when_it_is_old(
    browser: BrowserSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.log_in()
    begun = clock.now()
    at = begun
    monkeypatch.setattr(clock, "now", lambda: at)
    while at < begun + timedelta(hours=8) - timedelta(minutes=14):
        at += timedelta(minutes=14)
        assert browser.get("/console").status == 200, at - begun
    at = begun + timedelta(hours=8)
    assert browser.get("/console").status == 303, "eight hours in all"
    at = clock.now()
    browser.cookies.clear()
    monkeypatch.undo()
    browser.log_in()
    idle = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: idle)
    assert browser.get("/console").status == 303, "a quarter of an hour without a page"


def test_a_person_ends_their_own_session_elsewhere_and_security_ends_anybodys(
    browser: BrowserSession, provider: Provider
) -> None:
    browser.log_in()
    laptop = BrowserSession(browser.server)
    laptop.log_in()
    provider.tell(claims={"sub": "sue"})
    security = BrowserSession(browser.server)
    security.log_in()
    own = [one for one in laptop.get_json("/console/sessions")["sessions"] if not one["is_this_one"]]
    assert {one["name"] for one in laptop.get_json("/console/sessions")["sessions"]} == {"Ann Arlen"}
    for one in own:
        assert laptop.post(f"/console/sessions/{one['handle']}/end").status == 303
    assert browser.get("/console").status == 303
    everybody = security.get_json("/console/sessions")["sessions"]
    assert {one["name"] for one in everybody} == {"Ann Arlen", "Sue Stone"}
    [hers] = [one["handle"] for one in everybody if one["is_this_one"]]
    assert laptop.post(f"/console/sessions/{hers}/end").status == 404
    assert security.get("/console").status == 200
    for one in everybody:
        if not one["is_this_one"]:
            security.post(f"/console/sessions/{one['handle']}/end")
    assert laptop.get("/console").status == 303


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({"Origin": "https://evil.example"}, None),
        ({"Origin": "null"}, None),
        ({"Origin": "", "Sec-Fetch-Site": "cross-site"}, None),
        ({"Origin": "", "Sec-Fetch-Site": "same-site"}, None),
        ({"Origin": "", "Sec-Fetch-Site": "none"}, None),
        ({"Origin": "", "Sec-Fetch-Site": ""}, None),
        ({}, ""),
        ({}, "A" * 43),
        ({}, "\u00e9"),
    ],
    ids=str,
)
def test_a_form_of_another_site_or_session_does_nothing(
    browser: BrowserSession, headers: dict[str, str], token: str | None
) -> None:
    browser.log_in()
    reply = browser.post("/logout", {}, token=token, **headers)
    assert reply.status == 403
    assert "not sent from a page of this session" in text_of(reply)
    assert browser.get("/console").status == 200, "still logged in"
    assert browser.post("/logout", Origin="").status == 303, "a browser that says same-origin is enough"


def test_the_end_of_a_role_ends_what_its_session_can_do(browser: BrowserSession, server: ApiServer) -> None:
    home = Home.open(server.settings.home)
    enroll_people(home, str(server.settings.login_issuer), "pat")
    Provider(server.settings.login_issuer).tell(claims={"sub": "pat"})
    browser.log_in()
    assert browser.get("/console").status == 200
    file_in_home(home, Act.ROLE_END, {"person": key_thumbprint(KEYS["pat"]), "reason": "Left the office"}, by_two=False)
    assert browser.get("/console").status == 303
    assert_refused(browser.log_in(), "nobody who has a role")


@pytest.mark.parametrize(
    "told",
    [{"described_issuer": "http://127.0.0.1:1"}, {"token_endpoint": "http://idp.example/token"}],
    ids=["another issuer", "in clear"],
)
def test_a_provider_that_is_not_whom_it_says_is_used_for_nothing(
    provider: Provider, tmp_path: Path, told: dict[str, str]
) -> None:
    Home.open_or_create(tmp_path / "home")
    provider.tell(**told)
    with serve_api(settings_for(tmp_path, provider)) as server:
        reply = BrowserSession(server).get("/login/start")
        assert (reply.status, "does not answer as it must" in text_of(reply)) == (503, True)
    provider.tell(token_endpoint=f"{provider.url}/moved")
    with serve_api(settings_for(tmp_path, provider)) as server:
        assert BrowserSession(server).log_in().status == 403, "no redirect is followed with a code"
    with serve_api(settings_for(tmp_path, Provider("http://127.0.0.1:9"))) as server:
        assert BrowserSession(server).get("/login/start").status == 503


@pytest.mark.parametrize("kind", ["RSA", "EC"])
def test_the_service_proves_itself_by_a_key_and_demands_how_people_prove_themselves(
    provider: Provider, tmp_path: Path, kind: str
) -> None:
    key = rsa.generate_private_key(65537, 2048) if kind == "RSA" else ec.generate_private_key(ec.SECP256R1())
    file = tmp_path / "client.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    file.chmod(0o600)
    enroll_people(Home.open_or_create(tmp_path / "home"), provider.url, "ann")
    changes = {"login_client_secret": None, "login_client_key": file, "login_acr_values": ["phr", "mfa"]}
    told = {"client_key": str(file), "client_key_kind": kind}
    provider.tell(**told)
    with serve_api(settings_for(tmp_path, provider, **changes)) as server:
        assert "acr_values=phr+mfa" in BrowserSession(server).begin_login()
        assert_refused(BrowserSession(server).log_in(), "did not prove themselves")
        provider.tell(**told, claims={"acr": "mfa"})
        assert BrowserSession(server).log_in().status == 200
        file.chmod(0o644)
        with pytest.raises(ComityError) as refused, serve_api(settings_for(tmp_path, provider, **changes)):
            pass
    assert refused.value.code == "settings_invalid"


def test_without_a_provider_nobody_logs_in(tmp_path: Path) -> None:
    Home.open_or_create(tmp_path / "home")
    with serve_api(make_settings(tmp_path)) as server:
        browser = BrowserSession(server)
        assert "Nobody can log in here" in text_of(browser.get("/login"))
        assert browser.get("/login/start").status == 404
        assert browser.get("/login/callback?code=a&state=b").status == 404


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"login_issuer": "http://idp.example"}, "login_issuer is the https://"),
        ({"login_issuer": ""}, "login_issuer is missing"),
        ({"login_client_id": ""}, "login_client_id is missing"),
        ({"login_client_secret": None}, "login_client_secret or login_client_key"),
        ({"login_client_key": "key.pem"}, "login_client_secret or login_client_key"),
    ],
)
def test_settings_of_a_provider_that_do_not_fit_stop_the_start(
    tmp_path: Path, changes: dict[str, Any], fault: str
) -> None:
    given = {"login_issuer": "https://idp.example", "login_client_id": CLIENT, "login_client_secret": SECRET}
    folders = {"home": tmp_path / "h", "index": tmp_path / "i", "work_folder": tmp_path / "w"}
    with pytest.raises(ComityError, match=fault) as refused:
        load_settings(None, folders | given | changes)
    assert SECRET not in str(refused.value)

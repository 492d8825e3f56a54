"""Tokens: who gets one, with which proofs they count, and what of a client's that was copied counts for nothing."""

import base64
import hmac
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey

from comity.app import clock
from comity.app.home import Home
from comity.model.filing import Act
from comity.signing import Ed25519Key, key_thumbprint
from tests.support.api_client_key import TokenClient, encode_part, enroll_client
from tests.support.api_service import ApiServer, make_settings, serve_api
from tests.support.two_persons import file_in_home

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home for the module."""
    return Home.open_or_create(tmp_path_factory.mktemp("service") / "home")


@pytest.fixture(scope="module")
def key(home: Home) -> Ed25519Key:
    """The key of a client on file."""
    return enroll_client(home)


@pytest.fixture(scope="module")
def server(home: Home, key: Ed25519Key) -> Iterator[ApiServer]:
    """One server for the module."""
    assert key.is_private
    with serve_api(make_settings(home.path.parent, requests_per_second=1000)) as server:
        yield server


@pytest.fixture
def client(server: ApiServer, key: Ed25519Key) -> TokenClient:
    """A client that knows the nonce and has no token yet."""
    client = TokenClient(server, key)
    assert client.ask_token().json["error"] == "use_dpop_nonce"
    return client


def flip_end(text: str) -> str:
    """Change the signature of a signed token."""
    head, _, tag = text.rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(tag + "=="))
    raw[0] ^= 1
    return f"{head}.{encode_part(bytes(raw))}"


class InSeconds(int):
    """A time from now, by which a case is named: a time of the clock would name it otherwise in each process."""


def to_seconds(value: object) -> object:
    """Return a time from now as a time of the clock; anything else as it is."""
    return int(time.time()) + int(value) if isinstance(value, InSeconds) else value


@pytest.mark.parametrize("proof_key", [ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")])
def test_a_client_on_file_gets_a_token_and_is_known_by_it(
    server: ApiServer, key: Ed25519Key, proof_key: OKPKey | ECKey
) -> None:
    client = TokenClient(server, key, proof_key)
    client.log_in()
    reply = client.send("GET", "/v1/client")
    assert reply.json == {"requester": "us-dhs-ice", "office": "Data Systems", "key": key_thumbprint(key)}
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://elsewhere.example"},
        {"aud": None},
        {"aud": ["http://127.0.0.1", "x"]},
        {"exp": InSeconds(-1)},
        {"exp": InSeconds(4000)},
        {"exp": None},
        {"exp": True},
        {"exp": "9999999999"},
        {"iat": InSeconds(4000)},
        {"iat": None},
        {"jti": None},
        {"jti": "short"},
        {"sub": "somebody"},
        {"iss": "somebody"},
        {"iss": None},
        {"iss": ["a"]},
        {"header": {"typ": "JWT"}},
        {"header": {"kid": "another"}},
        {"header": {"crit": ["exp"]}},
        {"header": {"jwk": {}}},
    ],
    ids=str,
)
def test_an_assertion_with_one_thing_wrong_gets_no_token(client: TokenClient, claims: dict[str, Any]) -> None:
    header = claims.get("header")
    rest = {name: to_seconds(value) for name, value in claims.items() if name != "header"}
    reply = client.ask_token(assertion=client.make_assertion(header=header, **rest))
    assert (reply.status, reply.json["error"]) == (401, "invalid_client")


def test_an_assertion_counts_once_and_only_with_its_signature(client: TokenClient) -> None:
    assertion = client.make_assertion()
    assert client.ask_token(assertion=flip_end(assertion)).status == 401
    assert client.ask_token(assertion=f"{assertion}=").status == 401
    assert client.ask_token(assertion=assertion).status == 200
    assert client.ask_token(assertion=assertion).json["error"] == "invalid_client"


def test_a_key_that_nobody_filed_gets_no_token_and_no_key_but_its_own_signs(
    server: ApiServer, client: TokenClient
) -> None:
    stranger = TokenClient(server, OKPKey.generate_key("Ed25519"), nonce=client.nonce)
    assert stranger.ask_token().json["error"] == "invalid_client"
    pretending = client.make_assertion().rpartition(".")[0]
    own = stranger.make_assertion()
    assert client.ask_token(assertion=f"{pretending}.{own.rpartition('.')[2]}").status == 401


def test_an_assertion_without_a_signature_or_with_a_public_key_as_secret_gets_no_token(client: TokenClient) -> None:
    claims = client.make_assertion().split(".")[1]
    none = encode_part(json.dumps({"alg": "none", "typ": "client-authentication+jwt"}).encode())
    assert client.ask_token(assertion=f"{none}.{claims}.").status == 401
    head = encode_part(json.dumps({"alg": "HS256", "typ": "client-authentication+jwt"}).encode())
    secret = client.key.as_pem(private=False)
    tag = hmac.digest(secret, f"{head}.{claims}".encode(), "sha256")
    assert client.ask_token(assertion=f"{head}.{claims}.{encode_part(tag)}").status == 401


@pytest.mark.parametrize(
    "change",
    [
        {"htm": "GET"},
        {"htu": "https://elsewhere.example/oauth/token"},
        {"htu": None},
        {"iat": InSeconds(-600)},
        {"iat": InSeconds(600)},
        {"jti": None},
        {"jti": 7},
        {"ath": "x" * 43},
        {"header": {"typ": "jwt"}},
        {"header": {"jwk": None}},
        {"header": {"jwk": {"kty": "oct", "k": "AAAA"}}},
    ],
    ids=str,
)
def test_a_proof_with_one_thing_wrong_gets_no_token(client: TokenClient, change: dict[str, Any]) -> None:
    header = change.get("header")
    rest = {"ath": None} | {name: to_seconds(value) for name, value in change.items() if name != "header"}
    reply = client.ask_token(proof=client.make_proof("POST", "/oauth/token", header=header, **rest))
    assert (reply.status, reply.json["error"]) == (400, "invalid_dpop_proof")


def test_a_proof_that_holds_a_private_key_is_refused(client: TokenClient) -> None:
    proof = client.make_proof("POST", "/oauth/token", header={"jwk": client.proof_key.as_dict(private=True)}, ath=None)
    assert client.ask_token(proof=proof).json["error"] == "invalid_dpop_proof"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({"client_assertion_type": "x"}, "invalid_request"),
        ({"client_id": "another"}, "invalid_client"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"username": "x"}, "invalid_request"),
    ],
)
def test_a_form_with_one_thing_wrong_gets_no_token(client: TokenClient, fields: dict[str, str], error: str) -> None:
    assert client.ask_token(**fields).json["error"] == error


@pytest.mark.parametrize("body", [b"", b"\x00", b"grant_type=a&grant_type=b", b"{}", b"a" * 16_000, b"%ff=%00&x=\xff"])
def test_a_body_that_is_no_form_gets_no_token(server: ApiServer, body: bytes) -> None:
    for media in ("application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x"):
        reply = server.send("POST", "/oauth/token", body, {"Content-Type": media})
        assert (reply.status, reply.json["error"]) == (400, "invalid_request")


def test_what_was_copied_of_a_client_counts_for_nothing(client: TokenClient, server: ApiServer) -> None:
    client.log_in()
    proof = client.make_proof("GET", "/v1/client")
    assert client.send("GET", "/v1/client", proof=proof).status == 200
    replayed = client.send("GET", "/v1/client", proof=proof)
    assert (replayed.status, replayed.code) == (401, "not_authenticated")
    assert 'error="invalid_dpop_proof"' in replayed.headers["www-authenticate"]
    thief = TokenClient(server, client.key, nonce=client.nonce, token=client.token)
    assert 'error="invalid_token"' in thief.send("GET", "/v1/client").headers["www-authenticate"]
    as_bearer = server.send("GET", "/v1/client", headers={"Authorization": f"Bearer {client.token}"})
    assert as_bearer.status == 401
    without_proof = server.send("GET", "/v1/client", headers={"Authorization": f"DPoP {client.token}"})
    assert without_proof.status == 401
    for changed in ({"htu": f"{server.url}/v1/batches"}, {"htm": "POST"}, {"ath": None}, {"ath": "x" * 43}):
        assert client.send("GET", "/v1/client", proof=client.make_proof("GET", "/v1/client", **changed)).status == 401
    assert client.send("GET", "/v1/client").status == 200


def test_a_proof_without_the_nonce_of_now_is_asked_for_again(client: TokenClient) -> None:
    client.log_in()
    for nonce in (None, "", "x" * 22, 7):
        reply = client.send("GET", "/v1/client", proof=client.make_proof("GET", "/v1/client", nonce=nonce))
        assert reply.status == 401
        assert 'error="use_dpop_nonce"' in reply.headers["www-authenticate"]
        assert reply.headers["dpop-nonce"]


@pytest.mark.parametrize("token", ["", "x" * 43, "x" * 10_000, "\xff" * 43])
def test_a_token_that_nobody_has_is_refused(client: TokenClient, token: str) -> None:
    client.log_in()
    assert client.send("GET", "/v1/client", token=token or "x").status == 401


def test_no_token_and_no_assertion_is_in_the_database(home: Home, client: TokenClient) -> None:
    token = client.log_in().encode()
    stored = b"".join(path.read_bytes() for path in home.path.glob("desk.db*"))
    assert len(stored) > 4096
    assert token not in stored
    assert b"us-dhs-ice" not in stored, "the file is encrypted"


def test_a_signer_registered_at_first_use_is_no_client(home: Home, server: ApiServer, client: TokenClient) -> None:
    key = OKPKey.generate_key("Ed25519")
    home.signers.register(requester="us-dhs-ice", office="Office", key=key, registered_at="2025-01-01", synthetic=True)
    assert TokenClient(server, key, nonce=client.nonce).ask_token().json["error"] == "invalid_client"


def test_two_persons_enroll_a_client_and_one_disables_it_from_the_next_request_on(
    home: Home, server: ApiServer, client: TokenClient
) -> None:
    key = OKPKey.generate_key("Ed25519")
    content = {"requester": "us-dhs-ice", "office": "Office", "key": key.as_dict(private=False)}
    file_in_home(home, Act.SIGNER, content, by_two=False)
    late = TokenClient(server, key, nonce=client.nonce)
    assert late.ask_token().json["error"] == "invalid_client", "one person is not enough"
    enroll_client(home, key=key)
    late.log_in()
    assert late.send("GET", "/v1/client").status == 200
    revocation = {"key": key_thumbprint(key), "reason": "The system was replaced"}
    file_in_home(home, Act.SIGNER_REVOCATION, revocation, by_two=False)
    assert late.send("GET", "/v1/client").status == 401
    assert late.ask_token().json["error"] == "invalid_client"


def test_a_token_ends(client: TokenClient, monkeypatch: pytest.MonkeyPatch) -> None:
    client.log_in()
    now, read = clock.now(), clock.now
    monkeypatch.setattr(clock, "now", lambda: read() + timedelta(seconds=301))
    at = int(now.timestamp()) + 301
    client.send("GET", "/v1/client")
    reply = client.send("GET", "/v1/client", proof=client.make_proof("GET", "/v1/client", iat=at))
    assert reply.status == 401
    assert 'error="invalid_token"' in reply.headers["www-authenticate"]

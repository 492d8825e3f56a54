"""Send a person to the OpenID provider, and find out by which account the person came back.

Guarantees: code flow with PKCE S256; the provider's description must be its own (`issuer`); an ID token counts with a
signature by one of the provider's keys, an algorithm of the list here, and the issuer, audience, nonce and times that
it must have. Nothing is fetched through a redirect. What is refused is refused without a value.
Does not: use an access token, or ask the provider anything about the person but who it is.
Basis: OpenID Connect Core 1.0 sections 3.1.2 and 3.1.3; RFC 7636 (PKCE), RFC 9207 (iss), RFC 7523 (private_key_jwt).
Start at `OpenIdProvider`.
"""

import base64
import hashlib
import secrets
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard
from urllib.parse import quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from comity.app import clock
from comity.app.api.problems import ProblemError
from comity.app.settings import ServiceSettings, is_loopback
from comity.app.use_cases.people_sessions import Account
from comity.errors import ComityError
from comity.folders import is_open_to_others
from comity.store.desk.sessions import StoredLogin
from comity.strict_json import parse_strict_json

ID_TOKEN_ALGORITHMS = ("RS256", "PS256", "ES256", "Ed25519", "EdDSA")
CALLBACK_PATH = "/login/callback"

_ASSERTION_FORM = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_MAX_BYTES = 256 * 2**10
_SECONDS = 10
_DESCRIPTION_SECONDS = 3600.0
_SKEW_SECONDS = 30
_MAX_TOKEN_AGE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class LoginStart:
    """A log-in that begins: where the browser goes, the state that comes back, and what is kept until then."""

    url: str
    state: str
    login: StoredLogin


@dataclass(frozen=True, slots=True)
class Callback:
    """What came back from the provider by the browser; empty texts for what did not."""

    code: str
    issuer: str


class OpenIdProvider:
    """The provider that the settings name."""

    def __init__(self, settings: ServiceSettings) -> None:
        """Use the settings; nothing is fetched yet. Raises ComityError `settings_invalid` for an unusable key."""
        self._settings = settings
        self._key = None if settings.login_client_key is None else _load_client_key(settings.login_client_key)
        self._lock = threading.Lock()
        self._description: dict[str, Any] | None = None
        self._keys: KeySet | None = None
        self._fetched_at = 0.0

    @property
    def origin(self) -> str:
        """Return scheme, host and port of the provider's issuer."""
        url = urlsplit(self._settings.login_issuer)
        return f"{url.scheme}://{url.netloc}"

    @property
    def redirect_uri(self) -> str:
        """Return where the provider sends the browser back to, as it is registered there."""
        return f"{self._settings.issuer}{CALLBACK_PATH}"

    def start_login(self) -> LoginStart:
        """Return a log-in that begins. Raises ProblemError `login_unavailable`."""
        state, login = secrets.token_urlsafe(32), StoredLogin(secrets.token_urlsafe(32), secrets.token_urlsafe(48))
        challenge = _encode(hashlib.sha256(login.verifier.encode()).digest())
        query = {
            "response_type": "code",
            "client_id": self._settings.login_client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": state,
            "nonce": login.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if self._settings.login_acr_values:
            query["acr_values"] = " ".join(self._settings.login_acr_values)
        endpoint = self._describe()["authorization_endpoint"]
        return LoginStart(f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}", state, login)

    def finish_login(self, callback: Callback, login: StoredLogin) -> Account:
        """Return the account that logged in.

        Raises:
            ProblemError: `login_refused` when anything is not as it must be, `login_unavailable`.
        """
        is_named = bool(self._describe().get("authorization_response_iss_parameter_supported"))
        if (callback.issuer or is_named) and callback.issuer != self._settings.login_issuer:
            raise _refuse("the answer names another provider, or none")
        response = self._exchange_code(callback.code, login.verifier)
        token = response.get("id_token")
        if not isinstance(token, str):
            raise _refuse("the provider gave no ID token")
        claims = self._verify_token(token)
        self._verify_claims(claims, login.nonce, int(clock.now().timestamp()))
        return Account(self._settings.login_issuer, str(claims["sub"]))

    def _exchange_code(self, code: str, verifier: str) -> dict[str, Any]:
        endpoint = self._describe()["token_endpoint"]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        client, secret = self._settings.login_client_id, self._settings.login_client_secret
        if secret is not None:
            pair = f"{quote(client, safe='')}:{quote(secret.get_secret_value(), safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            assertion = self._sign_assertion(endpoint)
            form |= {"client_assertion_type": _ASSERTION_FORM, "client_assertion": assertion, "client_id": client}
        return _fetch_json(endpoint, urlencode(form).encode(), headers)

    def _sign_assertion(self, endpoint: str) -> str:
        assert self._key is not None, "the settings demand a secret or a key"
        now, client = int(clock.now().timestamp()), self._settings.login_client_id
        claims = {"iss": client, "sub": client, "aud": endpoint, "iat": now, "exp": now + 60}
        header = {"alg": "ES256" if isinstance(self._key, ECKey) else "RS256", "kid": self._key.thumbprint()}
        return jwt.encode(header, claims | {"jti": secrets.token_urlsafe(16)}, self._key, [header["alg"]])

    def _verify_token(self, token: str) -> dict[str, Any]:
        """Return the claims of an ID token whose signature counts; the provider's keys are fetched again once."""
        for is_again in (False, True):
            try:
                return jwt.decode(token, self._load_keys(is_again=is_again), ID_TOKEN_ALGORITHMS).claims
            except (JoseError, ValueError, TypeError, KeyError):
                continue
        raise _refuse("the ID token is not signed by the provider")

    def _verify_claims(self, claims: Mapping[str, Any], nonce: str, now: int) -> None:
        client, audience = self._settings.login_client_id, claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        expires, issued, subject = claims.get("exp"), claims.get("iat"), claims.get("sub")
        if claims.get("iss") != self._settings.login_issuer:
            raise _refuse("the ID token is another provider's")
        if (
            client not in audiences
            or claims.get("azp", client) != client
            or (len(audiences) > 1 and "azp" not in claims)
        ):
            raise _refuse("the ID token is for another service")
        if claims.get("nonce") != nonce:
            raise _refuse("the ID token is of another log-in")
        if not _is_seconds(expires) or not _is_seconds(issued) or expires <= now - _SKEW_SECONDS:
            raise _refuse("the ID token has expired")
        if not now - _MAX_TOKEN_AGE_SECONDS <= issued <= now + _SKEW_SECONDS:
            raise _refuse("the ID token is of another time")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise _refuse("the ID token names no account")
        if self._settings.login_acr_values and claims.get("acr") not in self._settings.login_acr_values:
            raise _refuse("the person did not prove themselves to the provider as the service demands")

    def _describe(self) -> dict[str, Any]:
        """Return how the provider describes itself, fetched once an hour. Raises ProblemError `login_unavailable`."""
        with self._lock:
            if self._description is None or time.monotonic() - self._fetched_at > _DESCRIPTION_SECONDS:
                issuer = self._settings.login_issuer
                found = _fetch_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
                endpoints = [found.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
                if found.get("issuer") != issuer or not all(map(_is_trusted_url, endpoints)):
                    raise _unavailable()
                self._description, self._keys, self._fetched_at = found, None, time.monotonic()
            return self._description

    def _load_keys(self, *, is_again: bool) -> KeySet:
        url = self._describe()["jwks_uri"]
        with self._lock:
            if self._keys is None or is_again:
                document = _fetch_json(url)
                listed = document.get("keys")
                usable = [key for key in listed if _is_signing_key(key)] if isinstance(listed, list) else []
                self._keys = KeySet.import_key_set({"keys": usable})
            return self._keys


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow none: the provider is where its issuer says."""


_opener = urllib.request.build_opener(_NoRedirects)


def _fetch_json(url: str, data: bytes | None = None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return a JSON object of the provider. Raises ProblemError; `login_refused` when it refuses a form."""
    request = urllib.request.Request(url, data, {"Accept": "application/json", **(headers or {})})  # noqa: S310  checked
    try:
        with _opener.open(request, timeout=_SECONDS) as response:
            content = parse_strict_json(response.read(_MAX_BYTES))
    except urllib.error.HTTPError as error:
        error.close()
        raise (_refuse("the provider refuses its code") if data and error.code < 500 else _unavailable()) from None
    except (OSError, ValueError):
        raise _unavailable() from None
    if not isinstance(content, dict):
        raise _unavailable()
    return content


def _is_trusted_url(url: object) -> bool:
    if not isinstance(url, str):
        return False
    parts = urlsplit(url)
    host = parts.hostname or ""
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def _is_signing_key(key: object) -> bool:
    return isinstance(key, dict) and key.get("kty") in {"RSA", "EC", "OKP"} and key.get("use", "sig") == "sig"


def _is_seconds(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**40


def _load_client_key(path: Path) -> RSAKey | ECKey:
    with suppress(OSError):
        data = b"" if is_open_to_others(path) else path.read_bytes()
        for kind in (RSAKey, ECKey):
            with suppress(ValueError, TypeError, JoseError):
                key = kind.import_key(data)
                if key.is_private:
                    return key
    message = "The settings cannot be used: login_client_key is no private key of RSA or P-256, or others can read it."
    raise ComityError("settings_invalid", message, "Give a PEM file with mode 0600.")


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _refuse(why: str) -> ProblemError:
    return ProblemError("login_refused", f"You are not logged in: {why}.", "Begin again. If it stays so, ask security.")


def _unavailable() -> ProblemError:
    message = "The provider of log-ins cannot be reached, or does not answer as it must."
    return ProblemError("login_unavailable", message, "Try again in a minute. If it stays so, ask the administrator.")

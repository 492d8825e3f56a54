"""Speak to a custodian's service as an agency's system: tokens, proofs, and tries again, over the API alone.

Guarantees: the client's key signs assertions and nothing else; every request carries a proof by a key of this object
(RFC 9449); a service on another machine is spoken to over TLS, with certificates checked, and no redirect is followed.
What the service says of an error is shown without control characters.
Does not: import anything of the service, or trust an answer. `comity.app.use_cases.client_batches` verifies those.
Basis: docs/guides/service.md; RFC 6749, RFC 7523, RFC 9449, RFC 9457.
Start at `ServiceClient`.
"""

import base64
import hashlib
import http.client
import ipaddress
import json
import secrets
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlencode, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey

from comity.app import clock
from comity.errors import ERROR_CODES, ComityError, ServiceError
from comity.signing import Ed25519Key, key_thumbprint

_ASSERTION_FORM = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TOKEN_PATH = "/oauth/token"  # noqa: S105  a path
_TIMEOUT_SECONDS, _ASSERTION_SECONDS = 60.0, 60
_MAX_TRIES, _MAX_PAUSE_SECONDS = 8, 30
_MAX_REPLY_BYTES, _BLOCK_BYTES = 64 * 2**20, 2**20
_TRY_AGAIN = {408, 429, 503}
_MAX_TEXT_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class ServiceReply:
    """A response: its status, its header fields by names in lower case, and its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        """Return the body as data. Raises ServiceError when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise ServiceError("service_unreachable", "What answered is not a service of Comity.") from None


class ServiceClient:
    """One agency's system, speaking to one service."""

    def __init__(self, url: str, key: Ed25519Key, *, ca_file: Path | None = None) -> None:
        """Use a service at a URL with a key that is on file there; `ca_file` (PEM) replaces the machine's authorities.

        Raises ComityError `bad_argument` for a URL that is not https, unless it is of this machine.
        """
        parts = urlsplit(url)
        if not parts.hostname or parts.path not in {"", "/"} or parts.query or parts.fragment:
            raise ComityError("bad_argument", "The URL of a service is https:// and a host, with no path.")
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
            hint = "Only a service on this machine is spoken to without TLS."
            raise ComityError("bad_argument", "The URL of a service on another machine is https://.", hint)
        self._issuer = f"{parts.scheme}://{parts.netloc}"
        self._host, self._port = parts.hostname, parts.port
        self._tls = ssl.create_default_context(cafile=ca_file) if parts.scheme == "https" else None
        self._key, self._proof_key = key, ECKey.generate_key("P-256")
        self._nonce = self._token = ""

    def request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> ServiceReply:
        """Send a request and return the response, which is no error; what may be sent again is, after a pause.

        Raises:
            ServiceError: with the code of the problem; `service_unreachable`.
        """
        for remaining in reversed(range(_MAX_TRIES)):
            reply = self._send_authenticated(method, path, body, headers or {})
            if reply.status not in _TRY_AGAIN or not remaining:
                break
            time.sleep(_read_pause(reply))
        if reply.status >= 400:
            raise _to_error(reply)
        return reply

    def find(self, path: str) -> ServiceReply | None:
        """Return the response to a GET; None when there is nothing. Raises as `request`."""
        try:
            return self.request("GET", path)
        except ServiceError as error:
            if error.code == "not_found":
                return None
            raise

    def read_public(self, path: str) -> bytes:
        """Return what a route that is for anybody gives. Raises as `request`."""
        with self._exchange("GET", path, b"", {}) as response:
            reply = _read_reply(response)
        if reply.status != http.client.OK:
            raise _to_error(reply)
        return reply.body

    def download(self, path: str, file: BinaryIO) -> str:
        """Write what a GET gives to a file; return its SHA-256 in hex. Raises as `request`."""
        digest = hashlib.sha256()
        headers = self._make_headers("GET", path)
        with self._exchange("GET", path, b"", headers) as response:
            if response.status != http.client.OK:
                reply = _read_reply(response)
                self._nonce = reply.headers.get("dpop-nonce", self._nonce)
                raise _to_error(reply)
            self._nonce = response.headers.get("dpop-nonce", self._nonce)
            while block := response.read(_BLOCK_BYTES):
                digest.update(block)
                file.write(block)
        return digest.hexdigest()

    def _send_authenticated(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> ServiceReply:
        """Send a request with a token and a proof; get another of either, once, when the service asks for it."""
        if not self._token:
            self._ask_token()
        for remaining in (2, 1, 0):
            reply = self._send(method, path, body, {**headers, **self._make_headers(method, path)})
            if reply.status != http.client.UNAUTHORIZED or not remaining:
                return reply
            if "use_dpop_nonce" not in reply.headers.get("www-authenticate", ""):
                self._ask_token()
        return reply

    def _make_headers(self, method: str, path: str) -> dict[str, str]:
        proof = self._make_proof(method, path.partition("?")[0], token=self._token)
        return {"Authorization": f"DPoP {self._token}", "DPoP": proof}

    def _ask_token(self) -> None:
        """Get a token, bound to this object's key. Raises ServiceError `not_authenticated`."""
        for _ in range(2):  # the first response has the nonce
            form = {
                "grant_type": "client_credentials",
                "client_assertion_type": _ASSERTION_FORM,
                "client_assertion": self._make_assertion(),
            }
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "DPoP": self._make_proof("POST", _TOKEN_PATH),
            }
            reply = self._send("POST", _TOKEN_PATH, urlencode(form).encode(), headers)
            if reply.status == http.client.OK:
                self._token = str(reply.content["access_token"])
                return
            if reply.headers.get("content-type") == "application/problem+json":
                raise _to_error(reply)
        message = "The service gives this key no token: it is not on file there, was revoked, or the clocks differ."
        raise ServiceError("not_authenticated", message, "Ask the custodian whether two persons registered the key.")

    def _make_assertion(self) -> str:
        client, now = key_thumbprint(self._key), int(clock.now().timestamp())
        claims = {
            "iss": client,
            "sub": client,
            "aud": self._issuer,
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
            "jti": secrets.token_urlsafe(16),
        }
        header = {"alg": "Ed25519", "typ": "client-authentication+jwt"}
        return jws.serialize_compact(header, json.dumps(claims), self._key, algorithms=["Ed25519"])

    def _make_proof(self, method: str, path: str, *, token: str = "") -> str:
        claims: dict[str, Any] = {
            "htm": method,
            "htu": f"{self._issuer}{path}",
            "iat": int(clock.now().timestamp()),
            "jti": secrets.token_urlsafe(16),
        }
        if self._nonce:
            claims["nonce"] = self._nonce
        if token:
            hashed = hashlib.sha256(token.encode()).digest()
            claims["ath"] = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": self._proof_key.as_dict(private=False)}
        header["jwk"] = {name: header["jwk"][name] for name in ("kty", "crv", "x", "y")}  # type: ignore[index]
        return jws.serialize_compact(header, json.dumps(claims), self._proof_key, algorithms=["ES256"])

    def _send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> ServiceReply:
        with self._exchange(method, path, body, headers) as response:
            reply = _read_reply(response)
        self._nonce = reply.headers.get("dpop-nonce", self._nonce)
        return reply

    @contextmanager
    def _exchange(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Iterator[http.client.HTTPResponse]:
        """Send one request on a connection of its own. Raises ServiceError `service_unreachable`."""
        if self._tls is None:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=_TIMEOUT_SECONDS)
        else:
            connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=_TIMEOUT_SECONDS, context=self._tls
            )
        try:
            connection.request(method, path, body or None, dict(headers))
            yield connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            message = "The service does not answer, or the connection broke off."
            raise ServiceError(
                "service_unreachable", message, "See whether it runs, then run the command again."
            ) from error
        finally:
            connection.close()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read_reply(response: http.client.HTTPResponse) -> ServiceReply:
    body = response.read(_MAX_REPLY_BYTES + 1)
    if len(body) > _MAX_REPLY_BYTES:
        raise ServiceError("service_unreachable", "What answered sends more than a service of Comity does.")
    return ServiceReply(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


def _read_pause(reply: ServiceReply) -> int:
    text = reply.headers.get("retry-after", "2")
    return min(int(text), _MAX_PAUSE_SECONDS) if text.isascii() and text.isdigit() else 2


def _to_error(reply: ServiceReply) -> ServiceError:
    """Return the error that a response describes; of a code that is not ours, with its status alone."""
    try:
        document = json.loads(reply.body)
    except ValueError:
        document = {}
    document = document if isinstance(document, dict) else {}
    code = str(document.get("type", "")).rpartition("/")[2]
    if code not in ERROR_CODES:
        message = f"The service answered with the status {reply.status}, and no problem that is known here."
        return ServiceError("service_unreachable", message)
    detail, hint = (_clean_text(document.get(name, "")) for name in ("detail", "hint"))
    return ServiceError(code, f"The service says: {detail}", hint)


def _clean_text(text: object) -> str:
    return "".join(c for c in str(text)[:_MAX_TEXT_CHARACTERS] if c.isprintable())

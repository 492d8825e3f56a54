"""A client of the service for tests that are about its tokens: every claim and header can be changed."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey, OKPKey

from comity.app import clock
from comity.app.home import Home
from comity.model.filing import Act
from comity.signing import Ed25519Key, key_thumbprint
from tests.support.api_service import ApiServer, Reply
from tests.support.two_persons import file_in_home

CLIENT_OFFICE = "Data Systems"
ASSERTION_FORM = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def enroll_client(home: Home, *, requester: str = "us-dhs-ice", key: Ed25519Key | None = None) -> Ed25519Key:
    """File a key of a requester's systems by two persons; return it."""
    key = key or OKPKey.generate_key("Ed25519")
    content = {"requester": requester, "office": CLIENT_OFFICE, "key": key.as_dict(private=False)}
    file_in_home(home, Act.SIGNER, content)
    return key


def sign_jwt(header: Mapping[str, Any], claims: Mapping[str, Any], key: OKPKey | ECKey) -> str:
    """Sign claims, whatever they say, without the library that the server verifies with; None leaves a claim out."""
    kept = {name: value for name, value in claims.items() if value is not None}
    signed = ".".join(encode_part(json.dumps(part).encode()) for part in (dict(header), kept))
    private = key.private_key
    if isinstance(private, Ed25519PrivateKey):
        tag = private.sign(signed.encode())
    else:
        assert isinstance(private, EllipticCurvePrivateKey)
        pair = decode_dss_signature(private.sign(signed.encode(), ECDSA(SHA256())))
        tag = b"".join(number.to_bytes(32, "big") for number in pair)
    return f"{signed}.{encode_part(tag)}"


def encode_part(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def hash_token(token: str) -> str:
    """Return the `ath` of a token."""
    return encode_part(hashlib.sha256(token.encode()).digest())


@dataclass
class TokenClient:
    """A client with its key on file and a proof key of its own."""

    server: ApiServer
    key: Ed25519Key
    proof_key: OKPKey | ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    nonce: str = ""
    token: str = ""

    def make_assertion(self, *, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        """An assertion that counts, but for what is changed."""
        client, now = key_thumbprint(self.key), int(clock.now().timestamp())
        own = {"iss": client, "sub": client, "aud": self.server.url, "iat": now, "exp": now + 60}
        head = {"alg": "Ed25519", "typ": "client-authentication+jwt"} | dict(header or {})
        return sign_jwt(head, own | {"jti": secrets.token_hex(16)} | claims, self.key)

    def make_proof(self, method: str, path: str, *, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        """A proof that counts, but for what is changed."""
        algorithm = "ES256" if isinstance(self.proof_key, ECKey) else "Ed25519"
        head = {"alg": algorithm, "typ": "dpop+jwt", "jwk": self.proof_key.as_dict(private=False)} | dict(header or {})
        own = {
            "htm": method,
            "htu": f"{self.server.url}{path}",
            "iat": int(clock.now().timestamp()),
            "jti": secrets.token_hex(16),
            "nonce": self.nonce or None,
            "ath": hash_token(self.token) if self.token else None,
        }
        return sign_jwt(head, own | claims, self.proof_key)

    def ask_token(self, *, assertion: str = "", proof: str = "", **fields: str) -> Reply:
        """Ask for a token, once; the nonce of the response is kept."""
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_FORM,
            "client_assertion": assertion or self.make_assertion(),
        } | fields
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        headers["DPoP"] = proof or self.make_proof("POST", "/oauth/token", ath=None)
        reply = self.server.send("POST", "/oauth/token", urlencode(form).encode(), headers)
        self.nonce = reply.headers.get("dpop-nonce", self.nonce)
        return reply

    def log_in(self) -> str:
        """Get a token as a client does: once to learn the nonce, and again."""
        self.ask_token()
        reply = self.ask_token()
        assert reply.status == 200, reply
        self.token = reply.json["access_token"]
        return self.token

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        proof: str = "",
        token: str = "",
    ) -> Reply:
        """Send a request with the token and a proof for it."""
        bare = path.partition("?")[0]
        own = {
            "Authorization": f"DPoP {token or self.token}",
            "DPoP": proof or self.make_proof(method, bare),
        }
        reply = self.server.send(method, path, body, own | dict(headers or {}))
        self.nonce = reply.headers.get("dpop-nonce", self.nonce)
        return reply

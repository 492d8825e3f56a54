"""An OpenID provider in a process of its own, which does as it must, or errs as a test tells it.

No certified provider is among the pinned requirements, so it is our own: code flow, PKCE S256 enforced, codes that
count once, the client's secret or signed assertion checked. Its signatures are made without the library that Comity
verifies with. Run as `python -m tests.support.openid_provider`, it prints its URL and serves until its input ends.
"""

import base64
import hashlib
import hmac
import json
import secrets
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import import_key

CLIENT, SECRET = "comity-test", "s3cret/with:marks"


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class State:
    """What the provider knows: its keys, the codes it gave, and how it errs now."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    other_key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)

    def jwk(self) -> dict[str, str]:
        numbers = self.key.public_key().public_numbers()
        size = (numbers.n.bit_length() + 7) // 8
        n, e = numbers.n.to_bytes(size, "big"), numbers.e.to_bytes(3, "big")
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k1", "n": encode(n), "e": encode(e)}

    def sign(self, claims: dict[str, Any]) -> str:
        """Sign an ID token, as told: with another key, with none, or with the public key as a shared secret."""
        how = self.told.get("signature", "RS256")
        header = {"alg": {"other": "RS256"}.get(how, how), "kid": "k1", "typ": "JWT"}
        signed = ".".join(encode(json.dumps(part).encode()) for part in (header, claims))
        if how == "none":
            return f"{signed}."
        if how == "HS256":
            return f"{signed}.{encode(hmac.digest(json.dumps(self.jwk()).encode(), signed.encode(), 'sha256'))}"
        key = self.other_key if how == "other" else self.key
        return f"{signed}.{encode(key.sign(signed.encode(), padding.PKCS1v15(), SHA256()))}"


class Handler(BaseHTTPRequestHandler):
    state: ClassVar[State] = State()
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    @property
    def issuer(self) -> str:
        assert isinstance(self.server, ThreadingHTTPServer)
        return f"http://127.0.0.1:{self.server.server_port}"

    def send_json(self, content: object, status: int = 200) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        path, told = urlsplit(self.path).path, self.state.told
        if path == "/.well-known/openid-configuration":
            self.send_json(
                {
                    "issuer": told.get("described_issuer", self.issuer),
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": told.get("token_endpoint", f"{self.issuer}/token"),
                    "jwks_uri": f"{self.issuer}/jwks",
                    "authorization_response_iss_parameter_supported": True,
                }
            )
        elif path == "/jwks":
            self.send_json({"keys": [self.state.jwk(), {"kty": "XX", "kid": "unknown kind"}]})
        elif path == "/authorize":
            self.authorize(dict(parse_qsl(urlsplit(self.path).query)))
        else:
            self.send_json({}, 404)

    def authorize(self, query: dict[str, str]) -> None:
        told, code = self.state.told, secrets.token_urlsafe(16)
        is_whole = query.get("code_challenge_method") == "S256" and {"nonce", "state", "code_challenge"} <= set(query)
        if query.get("client_id") != CLIENT or query.get("response_type") != "code" or not is_whole:
            self.send_json({"error": "invalid_request"}, 400)
            return
        self.state.codes[code] = query
        answer = {"code": code, "state": query["state"], "iss": self.issuer} | told.get("answer", {})
        answer = {name: value for name, value in answer.items() if value is not None}
        self.send_response(303)
        self.send_header("Location", f"{query['redirect_uri']}?{urlencode(answer)}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/told":
            self.state.told = json.loads(body)
            self.send_json({})
            return
        if self.path == "/moved":
            self.send_response(307)
            self.send_header("Location", f"{self.issuer}/token")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        query = self.state.codes.pop(form.get("code", ""), None)  # whatever comes of it, the code is used
        if not self.is_client(form):
            self.send_json({"error": "invalid_client"}, 401)
        elif query is None or form.get("redirect_uri") != query["redirect_uri"] or not is_proven(form, query):
            self.send_json({"error": "invalid_grant"}, 400)
        else:
            token = self.state.sign(self.make_claims(query["nonce"]))
            self.send_json({"access_token": "unused", "token_type": "Bearer"} | {"id_token": token})

    def is_client(self, form: dict[str, str]) -> bool:
        key_file = self.state.told.get("client_key")
        if key_file is None:
            pair = "comity-test:s3cret%2Fwith%3Amarks"
            return self.headers.get("Authorization") == f"Basic {base64.b64encode(pair.encode()).decode()}"
        key = import_key(Path(key_file).read_bytes(), self.state.told["client_key_kind"])
        claims = jwt.decode(form.get("client_assertion", ""), key, ["RS256", "ES256"]).claims
        return (claims["iss"], claims["sub"], claims["aud"]) == (CLIENT, CLIENT, f"{self.issuer}/token")

    def make_claims(self, nonce: str) -> dict[str, Any]:
        now, told = int(time.time()) + int(self.state.told.get("clock", 0)), self.state.told
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "ann", "iat": now, "exp": now + 300, "nonce": nonce}
        claims |= told.get("claims", {})
        return {name: value for name, value in claims.items() if value is not None}


def is_proven(form: dict[str, str], query: dict[str, str]) -> bool:
    challenge = encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
    return challenge == query["code_challenge"]


@dataclass(frozen=True)
class Provider:
    """The provider as a test sees it."""

    url: str

    def tell(self, **told: Any) -> None:
        """Say how it errs from now on; nothing: not at all."""
        request = urllib.request.Request(f"{self.url}/told", json.dumps(told).encode())
        with urllib.request.urlopen(request, timeout=10):
            pass


@contextmanager
def run_provider() -> Iterator[Provider]:
    """Run the provider in a process of its own."""
    command = [sys.executable, "-m", "tests.support.openid_provider"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Provider(process.stdout.readline().strip())
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def main() -> None:
    """Serve until the input ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()

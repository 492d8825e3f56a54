"""Verify the two kinds of signed token that a client sends: the assertion of who it is, and the proof of its key.

    assertion   RFC 7523 private_key_jwt, signed with a key on file: asks for an access token, and counts once
    proof       RFC 9449 DPoP, signed with a key of the client's own: comes with every request, and counts once

Guarantees: signatures are checked by joserfc with the algorithms listed here and no other; base64url is strict; a
proof without the nonce of this process is refused, so that none outlives a restart; what is refused is refused without
a value.
Does not: know whether a key is on file; the caller says which keys count.
Start at `verify_assertion` and `ProofVerifier.verify`.
"""

import base64
import hashlib
import hmac
import secrets
import struct
import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, import_key

from comity.app.api.problems import ProblemError
from comity.app.use_cases.client_tokens import ClientAssertion
from comity.signing import Ed25519Key, decode_base64url, is_weak_public_key
from comity.strict_json import parse_strict_json

SIGNATURE_ALGORITHMS = ("Ed25519", "EdDSA")
PROOF_ALGORITHMS = ("ES256", "Ed25519", "EdDSA")
ASSERTION_TYPE, PROOF_TYPE = "client-authentication+jwt", "dpop+jwt"
MAX_ASSERTION_SECONDS = 300

_MAX_JWT_CHARACTERS = 4096
_CLOCK_SKEW_SECONDS = 30
_PROOF_SECONDS = 120
_NONCE_SECONDS = 150
_MAX_REMEMBERED_PROOFS = 200_000
_MAX_ID_CHARACTERS = 128


class ClaimsError(Exception):
    """A signed token that does not count; the text says why, and quotes nothing."""


def verify_assertion(text: str, keys: Mapping[str, Ed25519Key], *, audience: str, at: datetime) -> ClientAssertion:
    """Return what an assertion says, once it is known to be signed with one of these keys (thumbprint -> key).

    `audience` is the one that it must be made for. Raises ClaimsError.
    """
    header, claims = _parse_jwt(text)
    client = claims.get("iss")
    client = client if isinstance(client, str) else ""
    key = keys.get(client)
    if header.get("typ") != ASSERTION_TYPE or header.keys() - {"typ", "alg", "kid"}:
        raise ClaimsError("the assertion's header is not one of a client's authentication")
    if key is None or claims.get("sub") != client or header.get("kid", client) != client:
        raise ClaimsError("no client of that name is on file")
    _verify_signature(text, header, key, SIGNATURE_ALGORITHMS)
    if claims.get("aud") != audience:
        raise ClaimsError("the assertion is made for another service")
    now, expires = int(at.timestamp()), _read_seconds(claims, "exp")
    issued = _read_seconds(claims, "iat")
    if not now < expires <= now + MAX_ASSERTION_SECONDS or issued > now + _CLOCK_SKEW_SECONDS or expires <= issued:
        raise ClaimsError(f"the assertion has expired, or lasts longer than {MAX_ASSERTION_SECONDS} seconds")
    return ClientAssertion(client, _read_id(claims), datetime.fromtimestamp(expires, UTC))


class ProofVerifier:
    """Verifies proofs of possession, and remembers those of this process until they are too old to count."""

    def __init__(self) -> None:
        """Make a new key for nonces: what another process gave out counts no more."""
        self._nonce_key = secrets.token_bytes(32)
        self._seen: OrderedDict[bytes, int] = OrderedDict()
        self._lock = threading.Lock()

    def make_nonce(self, at: datetime) -> str:
        """Return the nonce that proofs carry now."""
        return self._encode_nonce(int(at.timestamp()) // _NONCE_SECONDS)

    def verify(self, text: str, *, method: str, url: str, at: datetime, token: str = "") -> str:
        """Return the thumbprint of the key that a proof for one request was made with.

        `url` is the request's, without a query; with a token, the proof must be made for that token.

        Raises:
            ClaimsError: the proof does not count.
            ProblemError: `too_many_requests` when more proofs are remembered than memory is set aside for.
        """
        header, claims = _parse_jwt(text)
        if header.get("typ") != PROOF_TYPE or header.keys() - {"typ", "alg", "jwk"}:
            raise ClaimsError("the header is not one of a proof")
        key = _import_proof_key(header.get("jwk"))
        _verify_signature(text, header, key, PROOF_ALGORITHMS)
        if (claims.get("htm"), claims.get("htu")) != (method, url):
            raise ClaimsError("the proof is made for another request")
        hashed = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
        if claims.get("ath") != (hashed if token else None):
            raise ClaimsError("the proof is made for another token")
        now, issued = int(at.timestamp()), _read_seconds(claims, "iat")
        if not now - _PROOF_SECONDS <= issued <= now + _CLOCK_SKEW_SECONDS:
            raise ClaimsError("the proof is too old, or of a time that has not come")
        if not self._is_current_nonce(claims.get("nonce"), now):
            raise StaleNonceError("the proof does not carry the nonce that was given")
        thumbprint = str(key.thumbprint())
        self._remember(f"{thumbprint} {_read_id(claims)}", now)
        return thumbprint

    def _encode_nonce(self, period: int) -> str:
        data = struct.pack(">Q", period)
        tag = hmac.digest(self._nonce_key, data, "sha256")[:16]
        return base64.urlsafe_b64encode(tag).rstrip(b"=").decode()

    def _is_current_nonce(self, nonce: object, now: int) -> bool:
        period = now // _NONCE_SECONDS
        return isinstance(nonce, str) and any(
            hmac.compare_digest(nonce.encode(), self._encode_nonce(one).encode()) for one in (period, period - 1)
        )

    def _remember(self, name: str, now: int) -> None:
        digest = hashlib.sha256(name.encode()).digest()[:16]
        with self._lock:
            while self._seen and next(iter(self._seen.values())) < now - 2 * _PROOF_SECONDS:
                self._seen.popitem(last=False)
            if digest in self._seen:
                raise ClaimsError("the proof was used before")
            if len(self._seen) >= _MAX_REMEMBERED_PROOFS:
                raise ProblemError("too_many_requests", "More requests come than proofs can be remembered.")
            self._seen[digest] = now


class StaleNonceError(ClaimsError):
    """A proof that would count with the nonce of now, which the response carries."""


def _parse_jwt(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of a signed token that nobody has verified yet. Raises ClaimsError."""
    parts = text.split(".")
    if len(text) > _MAX_JWT_CHARACTERS or len(parts) != 3 or not text.isascii():
        raise ClaimsError("it is no signed token of three parts")
    try:
        header, claims, _ = (decode_base64url(part) for part in parts)
        parsed = parse_strict_json(header), parse_strict_json(claims)
    except ValueError as error:
        raise ClaimsError("its parts are not JSON in base64url") from error
    if not (isinstance(parsed[0], dict) and isinstance(parsed[1], dict)):
        raise ClaimsError("its parts are not JSON objects")
    return parsed


def _verify_signature(text: str, header: Mapping[str, Any], key: OKPKey | ECKey, algorithms: tuple[str, ...]) -> None:
    if header.get("alg") not in algorithms:
        raise ClaimsError("its algorithm is not one of those taken")
    if isinstance(key, OKPKey) and is_weak_public_key(key.public_key.public_bytes_raw()):
        raise ClaimsError("anybody can sign with its key")
    try:
        jws.deserialize_compact(text, key, algorithms=list(algorithms))
    except (JoseError, ValueError, TypeError) as error:
        raise ClaimsError("its signature does not verify") from error


def _import_proof_key(members: object) -> OKPKey | ECKey:
    """Return the public key in a proof's header. Raises ClaimsError for any other key, and for a private one."""
    unusable = ClaimsError("its header has no public key of Ed25519 or P-256")
    if not isinstance(members, dict) or not members.keys() <= {"kty", "crv", "x", "y"}:
        raise unusable
    try:
        key = import_key({str(name): str(value) for name, value in members.items()})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise unusable from error
    if isinstance(key, OKPKey) and key.curve_name == "Ed25519":
        return key
    if isinstance(key, ECKey) and key.curve_name == "P-256":
        return key
    raise unusable


def _read_seconds(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**40:
        raise ClaimsError(f"{name} is not a time in seconds")
    return value


def _read_id(claims: Mapping[str, Any]) -> str:
    value = claims.get("jti")
    if not isinstance(value, str) or not 8 <= len(value) <= _MAX_ID_CHARACTERS or not value.isascii():
        raise ClaimsError(f"jti is not text of 8 to {_MAX_ID_CHARACTERS} characters")
    return value

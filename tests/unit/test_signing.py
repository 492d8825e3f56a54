"""A signature has one meaning, and nobody can make one for a key of small order."""

import base64
import json
from pathlib import Path

import pytest

from comity.errors import ComityError, RequestError
from comity.signing import (
    Ed25519Key,
    authenticate_signer,
    create_signing_key,
    extract_embedded_key,
    is_weak_public_key,
    key_thumbprint,
    load_public_key,
    sign_detached,
    to_public_key,
)

PRIME = 2**255 - 19
ORDER_8 = (
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
)
SMALL_ORDER = [
    *((y | sign << 255).to_bytes(32, "little") for y in (0, 1, PRIME - 1, PRIME, PRIME + 1) for sign in (0, 1)),
    *(bytes.fromhex(y) for y in ORDER_8),
    *((int.from_bytes(bytes.fromhex(y), "little") | 1 << 255).to_bytes(32, "little") for y in ORDER_8),
]


def _to_jwk(data: bytes) -> dict[str, str | list[str]]:
    return {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(data).rstrip(b"=").decode()}


def _encode(header: bytes, signature: bytes) -> str:
    parts = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (header, signature))
    return "..".join(parts)


@pytest.mark.parametrize("data", SMALL_ORDER)
def test_a_key_of_small_order_is_not_registered_and_verifies_nothing(tmp_path: Path, data: bytes) -> None:
    jwk = _to_jwk(data)
    assert is_weak_public_key(data)
    (tmp_path / "weak.jwk").write_text(json.dumps(jwk))
    with pytest.raises(ComityError) as raised:
        load_public_key(tmp_path / "weak.jwk")
    assert raised.value.code == "key_unusable"
    key = Ed25519Key.import_key(jwk)
    forged = _encode(json.dumps({"alg": "Ed25519", "jwk": jwk}).encode(), data + bytes(32))
    for payload in (b"a", b"b", b"c", b"d", b"e", b"f", b"g", b"h"):
        assert extract_embedded_key(payload, forged) is None
        with pytest.raises(RequestError):
            authenticate_signer(payload, forged, {"weak": key})


def test_a_key_of_ours_is_never_weak(tmp_path: Path) -> None:
    for n in range(20):
        key = create_signing_key(tmp_path / str(n))
        assert not is_weak_public_key(key.public_key.public_bytes_raw())


@pytest.mark.parametrize("member", ['"alg":"Ed25519"', '"alg":"none"', '"kid":"x"', '"x":{"a":1,"a":2}'])
def test_a_header_with_a_key_twice_is_refused(tmp_path: Path, member: str) -> None:
    key = create_signing_key(tmp_path / "key")
    keys = {key_thumbprint(key): to_public_key(key)}
    good = sign_detached(b"payload", key)
    encoded, _, tag = good.partition("..")
    header = base64.urlsafe_b64decode(encoded + "==").decode()
    twice = header.replace("{", f'{{{member},"kid":"{key_thumbprint(key)}",', 1)
    edited = f"{base64.urlsafe_b64encode(twice.encode()).rstrip(b'=').decode()}..{tag}"
    assert authenticate_signer(b"payload", good, keys) == key_thumbprint(key)
    with pytest.raises(RequestError, match="not a detached JWS"):
        authenticate_signer(b"payload", edited, keys)
    assert extract_embedded_key(b"payload", edited) is None


def test_a_key_file_that_is_there_stays_and_no_other_key_is_left_beside_it(tmp_path: Path) -> None:
    create_signing_key(tmp_path / "jo.key")
    kept = (tmp_path / "jo.key").read_bytes()
    with pytest.raises(ComityError, match="already, and a key is never overwritten"):
        create_signing_key(tmp_path / "jo.key")
    assert [path.name for path in tmp_path.iterdir()] == ["jo.key"]
    assert (tmp_path / "jo.key").read_bytes() == kept

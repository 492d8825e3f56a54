"""Signatures of documents, certificates and lists: RSA (PKCS #1 v1.5 and PSS) and ECDSA.

Guarantees: three-valued: a signature that cannot be checked here is undetermined, never accepted; an elliptic-curve key
with parameters written out is used only when they are all those of a known curve.
Does not: judge whether an algorithm is strong enough.
Basis: ICAO Doc 9303 part 12, section 4; RFC 8017; RFC 4055; RFC 5480; BSI TR-03111 section 5.2 (plain ECDSA).
Start at `verify_signature`.
"""

from dataclasses import dataclass
from functools import lru_cache

from asn1crypto.algos import SignedDigestAlgorithm
from asn1crypto.keys import ECDomainParameters, PublicKeyInfo
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from comity.documents.chip.curves import LIBRARY_CURVES, decode_point, find_curve, find_named_curve
from comity.documents.chip.rare_curves import Curve
from comity.documents.chip.rare_curves import verify as verify_on_rare_curve
from comity.model.finding import Outcome

HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
SMALLEST_EXPONENT = 3
SMALLEST_MODULUS_BITS = 1024
LARGEST_MODULUS_BITS = 8192
NEW_MODULUS_BITS, NEW_CURVE_BITS = 2048, 224
"""The shortest keys for new signatures (NIST SP 800-131A)."""


@dataclass(frozen=True, slots=True)
class SignatureVerdict:
    """Whether a signature is good, and why it is not or is not known."""

    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CurveKey:
    """A public key on a known curve: the point, affine."""

    curve: Curve
    point: tuple[int, int]


Key = rsa.RSAPublicKey | CurveKey
Hash = hashes.HashAlgorithm


class _Unsettled(Exception):  # noqa: N818
    """The signature cannot be checked here."""


class _Refused(Exception):  # noqa: N818
    """The signature or the key breaks a rule, so that it proves nothing whatever the mathematics say."""


def verify_signature(
    key_der: bytes, algorithm: SignedDigestAlgorithm, declared_hash: str | None, data: bytes, signature: bytes
) -> SignatureVerdict:
    """Return the verdict on a signature over `data`.

    `key_der` is a SubjectPublicKeyInfo. The hash is the algorithm's own; `declared_hash` serves the algorithms that
    name none (rsaEncryption). Never raises for what the arguments hold.
    """
    try:
        is_signed = _is_signed(key_der, algorithm, declared_hash, data, signature)
    except _Unsettled as fault:
        return SignatureVerdict(Outcome.UNDETERMINED, str(fault))
    except _Refused as fault:
        return SignatureVerdict(Outcome.NOT_MET, str(fault))
    except Exception:  # noqa: BLE001  a key, a parameter or an algorithm that a library cannot take, however it says so
        return SignatureVerdict(Outcome.UNDETERMINED, "the cryptographic library refuses this key or algorithm")
    if is_signed:
        return SignatureVerdict(Outcome.MET)
    return SignatureVerdict(Outcome.NOT_MET, "the signature is not one by this key over these data")


def has_weak_hash(algorithm: SignedDigestAlgorithm) -> bool:
    """Return whether a signature's own hash is noted as weak; False where it names none."""
    try:
        return isinstance(_scheme(algorithm, None)[1], hashes.SHA1)
    except Exception:  # noqa: BLE001  what cannot be read is judged by `verify_signature`
        return False


def has_weak_key(key_der: bytes) -> bool:
    """Return whether a public key is shorter than those for new signatures; False for one that cannot be read."""
    try:
        key = load_key(key_der)
    except Exception:  # noqa: BLE001  as above
        return False
    if isinstance(key, CurveKey):
        return key.curve.n.bit_length() < NEW_CURVE_BITS
    return key.key_size < NEW_MODULUS_BITS


def _is_signed(
    key_der: bytes, algorithm: SignedDigestAlgorithm, declared_hash: str | None, data: bytes, signature: bytes
) -> bool:
    scheme, digest = _scheme(algorithm, declared_hash)
    key = load_key(key_der)
    if isinstance(key, CurveKey) != scheme.startswith("ecdsa"):
        raise _Refused("the key and the signature's algorithm are of different kinds")
    if isinstance(key, CurveKey):
        return _is_signed_ecdsa(key, digest, data, _signature_numbers(key.curve, scheme, signature))
    return _is_signed_rsa(key, digest, data, signature, _padding(scheme, algorithm))


@lru_cache(maxsize=4096)
def load_key(key_der: bytes) -> Key:
    """Return the public key in a SubjectPublicKeyInfo. Raises what `verify_signature` makes a verdict of."""
    try:
        info = PublicKeyInfo.load(key_der, strict=True)
        key_type = info["algorithm"]["algorithm"].native
        if key_type in {"rsa", "rsassa_pss"}:
            numbers = info["public_key"].parsed
            return _load_rsa(int(numbers["modulus"].native), int(numbers["public_exponent"].native))
        if key_type == "ec":
            return _load_curve_key(info)
    except (ValueError, TypeError, KeyError, OverflowError):
        raise _Unsettled("the public key cannot be read") from None
    raise _Unsettled("the public key is of a kind that cannot be checked here")


def _load_rsa(modulus: int, exponent: int) -> Key:
    if exponent < SMALLEST_EXPONENT or exponent % 2 == 0:
        raise _Refused("the RSA key has an exponent with which anyone can sign")
    if not SMALLEST_MODULUS_BITS <= modulus.bit_length() <= LARGEST_MODULUS_BITS:
        raise _Unsettled("the RSA key is of a size that is not checked here")
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def _load_curve_key(info: PublicKeyInfo) -> Key:
    curve = _find_curve(info["algorithm"]["parameters"])
    if curve is None:
        raise _Unsettled("the key's curve is none of the known ones in every parameter")
    point = decode_point(curve, info["public_key"].contents[1:])
    if point is None:
        raise _Refused("the public key is not a point on its curve")
    return CurveKey(curve, point)


def _find_curve(parameters: ECDomainParameters) -> Curve | None:
    """Return the known curve that is named, or whose every parameter is written out."""
    if parameters.name == "named":
        return find_named_curve(parameters.chosen.dotted)
    domain = parameters.chosen
    if parameters.name != "specified" or domain["field_id"]["field_type"].native != "prime_field":
        return None
    if domain["cofactor"].native not in {None, 1}:
        return None
    return find_curve(
        domain["field_id"]["parameters"].native,
        (int.from_bytes(domain["curve"]["a"].contents, "big"), int.from_bytes(domain["curve"]["b"].contents, "big")),
        domain["base"].contents,
        domain["order"].native,
    )


def _signature_numbers(curve: Curve, scheme: str, signature: bytes) -> tuple[int, int]:
    """Return r and s, decoded strictly: DER, or two halves under an algorithm that says so."""
    if scheme == "ecdsa_plain":
        half = (curve.n.bit_length() + 7) // 8
        if len(signature) != 2 * half:
            raise _Refused("the signature does not have the length of its curve")
        r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    else:
        try:
            r, s = decode_dss_signature(signature)
        except ValueError:
            raise _Refused("the signature is not DER-encoded, as its algorithm requires") from None
    if not (0 < r < curve.n and 0 < s < curve.n):
        raise _Refused("the signature's numbers are out of range")
    return r, s


def _is_signed_ecdsa(key: CurveKey, digest: Hash, data: bytes, numbers: tuple[int, int]) -> bool:
    library_curve = LIBRARY_CURVES.get(key.curve.name)
    if library_curve is None:
        hasher = hashes.Hash(digest)
        hasher.update(data)
        return verify_on_rare_curve(key.curve, key.point, hasher.finalize(), *numbers)
    public = ec.EllipticCurvePublicNumbers(*key.point, library_curve()).public_key()
    try:
        public.verify(encode_dss_signature(*numbers), data, ec.ECDSA(digest))
    except InvalidSignature:
        return False
    return True


def _is_signed_rsa(
    key: rsa.RSAPublicKey, digest: Hash, data: bytes, signature: bytes, used: padding.AsymmetricPadding
) -> bool:
    try:
        key.verify(signature, data, used, digest)
    except InvalidSignature:
        return False
    return True


_PLAIN_ECDSA = {f"0.4.0.127.0.7.1.1.4.1.{number}": name for number, name in enumerate(HASHES, 1)}
_HASH_OF_SIGNER = {"1.2.840.113549.1.1.1": "rsassa_pkcs1v15", "1.2.840.10045.2.1": "ecdsa"}
"""Algorithms that name the key alone, so that the hash is the one that the signer declares beside them."""


def _scheme(algorithm: SignedDigestAlgorithm, declared_hash: str | None) -> tuple[str, Hash]:
    """Return the signature scheme and its hash."""
    identifier = algorithm["algorithm"].dotted
    try:
        if identifier in _PLAIN_ECDSA:
            return "ecdsa_plain", HASHES[_PLAIN_ECDSA[identifier]]()
        if identifier in _HASH_OF_SIGNER:
            return _HASH_OF_SIGNER[identifier], HASHES[declared_hash or ""]()
        scheme, digest = algorithm.signature_algo, HASHES[algorithm.hash_algo]()
    except (ValueError, TypeError, KeyError):
        raise _Unsettled("the signature's algorithm or hash is not one that can be checked here") from None
    if scheme not in {"rsassa_pkcs1v15", "rsassa_pss", "ecdsa"}:
        raise _Unsettled("the signature's algorithm is not one that can be checked here")
    return scheme, digest


def _padding(scheme: str, algorithm: SignedDigestAlgorithm) -> padding.AsymmetricPadding:
    """Return the padding of an RSA signature; the salt's length and the mask's hash are those that the signer names."""
    if scheme == "rsassa_pkcs1v15":
        return padding.PKCS1v15()
    try:
        parameters = algorithm["parameters"]
        mask = parameters["mask_gen_algorithm"]
        mask_hash = HASHES[mask["parameters"]["algorithm"].native]()
        is_known = mask["algorithm"].native == "mgf1" and parameters["trailer_field"].native in {1, "trailer_field_bc"}
        salt_length = int(parameters["salt_length"].native)
    except (ValueError, TypeError, KeyError):
        raise _Unsettled("the parameters of the signature's algorithm cannot be read") from None
    if not is_known:
        raise _Unsettled("the parameters of the signature's algorithm are not ones that can be checked here")
    return padding.PSS(padding.MGF1(mask_hash), salt_length)

"""What a chip holds, taken apart: structure, security objects, data groups and keys, and attackers' inputs."""

import pytest
from asn1crypto.algos import SignedDigestAlgorithm
from asn1crypto.keys import ECDomainParameters, PublicKeyInfo
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from comity.documents.chip import ber
from comity.documents.chip.curves import LIBRARY_CURVES, decode_point, find_curve, load_curves
from comity.documents.chip.data_groups import MAX_BYTES, GroupFault, check_group, read_zone_text
from comity.documents.chip.security_object import parse_security_object
from comity.documents.chip.signatures import verify_signature
from comity.documents.chip.signed_data import SignedDataFault
from comity.model.finding import Outcome

TEXT = b"data that a state signed"


def _element(tag: bytes, content: bytes) -> bytes:
    return tag + ber.encode_length(len(content)) + content


def _key(public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "cut short"),
        (b"\x30", "cut short"),
        (b"\x30\x05\x02\x01\x01", "longer than what holds it"),
        (b"\x30\x84\x06\x00\x00\x00\x02\x01\x01", "longer than what holds it"),  # a length of 100 MB
        (b"\x30\x89" + b"\xff" * 9, "larger than anything"),
        (b"\x30\x80" * 10_000 + b"\0\0" * 10_000, "too deep"),
        (b"\x30\x03\x02\x01\x01\x00", "bytes follow"),
        (b"\x04\x80\x01\x00\x00", "primitive element has no length"),
        (b"\x30\x80\x02\x01\x01", "cut short"),
        (_element(b"\x30", b"\x05\x00" * 30_000), "too many elements"),
    ],
)
def test_ill_formed_structure_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ber.BerFault, match=message):
        ber.check_structure(data)


def test_indefinite_lengths_become_definite() -> None:
    data = b"\x30\x80\x30\x80\x02\x01\x05\x00\x00\x04\x01\x07\x00\x00"
    assert ber.check_structure(data)
    assert ber.to_definite(data) == b"\x30\x08\x30\x03\x02\x01\x05\x04\x01\x07"
    assert not ber.check_structure(ber.to_definite(data))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_read_in_all_places(data: bytes) -> None:
    for read in (ber.check_structure, parse_security_object, read_zone_text, lambda found: check_group(2, found)):
        try:
            read(data)
        except (ber.BerFault, SignedDataFault, GroupFault):
            continue


@given(st.binary(max_size=200))
def test_any_bytes_as_a_key_are_a_verdict(data: bytes) -> None:
    verdict = verify_signature(data, SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}), None, TEXT, data)
    assert verdict.outcome is not Outcome.MET
    assert verdict.reason


@pytest.mark.parametrize(
    ("number", "data", "message"),
    [
        (1, b"", "not well-formed"),
        (1, b"\x61\x10\x5f\x1f", "not well-formed"),
        (1, b"\x75\x01\x00", "tag of another file"),
        (1, b"\x61\x01\x00\x00", "bytes follow"),
        (2, b"\x75\x83\x10\x00\x00" + bytes(MAX_BYTES), "larger than"),
        (2, b"\x75\x80\x00\x00", "no length"),
        (17, b"\x61\x00", "no data group of this number"),
    ],
)
def test_what_is_not_a_data_group_is_refused(number: int, data: bytes, message: str) -> None:
    with pytest.raises(GroupFault, match=message):
        check_group(number, data)


def test_data_group_1_without_a_zone_is_refused() -> None:
    with pytest.raises(GroupFault, match="one machine-readable zone"):
        read_zone_text(_element(b"\x61", _element(b"\x5f\x20", b"P<")))
    with pytest.raises(GroupFault, match="one machine-readable zone"):
        read_zone_text(_element(b"\x61", 2 * _element(b"\x5f\x1f", b"P<")))


def test_an_rsa_key_with_which_anyone_can_sign_is_refused() -> None:
    modulus = (1 << 2047) + 1
    der = PublicKeyInfo(
        {"algorithm": {"algorithm": "rsa"}, "public_key": {"modulus": modulus, "public_exponent": 1}}
    ).dump()
    verdict = verify_signature(der, SignedDigestAlgorithm({"algorithm": "sha256_rsa"}), None, TEXT, b"\x01" * 256)
    assert verdict.outcome is Outcome.NOT_MET
    assert "exponent" in verdict.reason


@pytest.mark.parametrize("name", LIBRARY_CURVES)
def test_parameters_written_out_are_the_curve_of_the_library(name: str) -> None:
    private = ec.generate_private_key(LIBRARY_CURVES[name]())
    signature = private.sign(TEXT, ec.ECDSA(hashes.SHA256()))
    algorithm = SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
    assert verify_signature(_key(private.public_key()), algorithm, None, TEXT, signature).outcome is Outcome.MET
    assert verify_signature(_written_out(private, name), algorithm, None, TEXT, signature).outcome is Outcome.MET
    altered = verify_signature(_written_out(private, name, generator=2), algorithm, None, TEXT, signature)
    assert altered.outcome is Outcome.UNDETERMINED
    assert "every parameter" in altered.reason
    assert (
        verify_signature(_key(private.public_key()), algorithm, None, TEXT + b".", signature).outcome is Outcome.NOT_MET
    )


def _written_out(private: ec.EllipticCurvePrivateKey, name: str, *, generator: int = 1) -> bytes:
    """The key with every parameter of its curve; a generator other than 1 is that multiple of the base point."""
    curve = load_curves()[name]
    size = (curve.p.bit_length() + 7) // 8
    numbers = private.public_key().public_numbers()
    base = (curve.x, curve.y)
    if generator != 1:
        other = ec.derive_private_key(generator, LIBRARY_CURVES[name]()).public_key().public_numbers()
        base = (other.x, other.y)
    der: bytes = PublicKeyInfo(
        {
            "algorithm": {
                "algorithm": "ec",
                "parameters": ECDomainParameters(
                    name="specified",
                    value={
                        "version": "ecdpVer1",
                        "field_id": {"field_type": "prime_field", "parameters": curve.p},
                        "curve": {"a": curve.a.to_bytes(size, "big"), "b": curve.b.to_bytes(size, "big")},
                        "base": b"\x04" + base[0].to_bytes(size, "big") + base[1].to_bytes(size, "big"),
                        "order": curve.n,
                        "cofactor": 1,
                    },
                ),
            },
            "public_key": b"\x04" + numbers.x.to_bytes(size, "big") + numbers.y.to_bytes(size, "big"),
        }
    ).dump()
    return der


def test_raw_halves_pass_only_under_an_algorithm_that_says_so() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    r, s = decode_dss_signature(private.sign(TEXT, ec.ECDSA(hashes.SHA256())))
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    der, plain = (SignedDigestAlgorithm({"algorithm": name}) for name in ("sha256_ecdsa", "0.4.0.127.0.7.1.1.4.1.3"))
    key = _key(private.public_key())
    assert verify_signature(key, der, None, TEXT, raw).outcome is Outcome.NOT_MET
    assert verify_signature(key, plain, None, TEXT, raw).outcome is Outcome.MET
    assert verify_signature(key, plain, None, TEXT, raw[:-1]).outcome is Outcome.NOT_MET
    for numbers in ((0, s), (r, 0), (r, load_curves()["secp256r1"].n)):
        assert verify_signature(key, der, None, TEXT, encode_dss_signature(*numbers)).outcome is Outcome.NOT_MET


def test_the_salt_of_pss_is_the_length_that_the_signer_names() -> None:
    private = rsa.generate_private_key(65537, 2048)
    signature = private.sign(TEXT, padding.PSS(padding.MGF1(hashes.SHA256()), 20), hashes.SHA256())
    for named, outcome in ((20, Outcome.MET), (32, Outcome.NOT_MET)):
        algorithm = SignedDigestAlgorithm(
            {
                "algorithm": "rsassa_pss",
                "parameters": {
                    "hash_algorithm": {"algorithm": "sha256"},
                    "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}},
                    "salt_length": named,
                },
            }
        )
        assert verify_signature(_key(private.public_key()), algorithm, None, TEXT, signature).outcome is outcome


def test_a_signature_with_another_hash_than_named_is_not_one() -> None:
    private = rsa.generate_private_key(65537, 2048)
    signature = private.sign(TEXT, padding.PKCS1v15(), hashes.SHA384())
    key, named = _key(private.public_key()), SignedDigestAlgorithm({"algorithm": "sha256_rsa"})
    assert verify_signature(key, named, "sha384", TEXT, signature).outcome is Outcome.NOT_MET
    unnamed = SignedDigestAlgorithm({"algorithm": "rsassa_pkcs1v15"})
    assert verify_signature(key, unnamed, "sha384", TEXT, signature).outcome is Outcome.MET
    assert verify_signature(key, unnamed, "sha256", TEXT, signature).outcome is Outcome.NOT_MET
    assert verify_signature(key, unnamed, "md5", TEXT, signature).outcome is Outcome.UNDETERMINED


def test_a_key_and_an_algorithm_of_different_kinds_prove_nothing() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    rsa_algorithm = SignedDigestAlgorithm({"algorithm": "sha256_rsa"})
    assert verify_signature(_key(private.public_key()), rsa_algorithm, None, TEXT, b"x").outcome is Outcome.NOT_MET


def test_points_of_curves() -> None:
    for curve in load_curves().values():
        size = (curve.p.bit_length() + 7) // 8
        x, y = curve.x.to_bytes(size, "big"), curve.y.to_bytes(size, "big")
        assert decode_point(curve, b"\x04" + x + y) == (curve.x, curve.y)
        assert decode_point(curve, b"\x04" + y + x) is None
        assert decode_point(curve, b"\x04" + x + y + b"\0") is None
        if curve.p % 4 == 3:
            assert decode_point(curve, bytes([2 + (curve.y & 1)]) + x) == (curve.x, curve.y)
            assert find_curve(curve.p, (curve.a, curve.b), bytes([3 - (curve.y & 1)]) + x, curve.n) is None

"""Make Utopia's certificates: its authority, links between its keys, document signers, master lists, revocation lists.

Guarantees: keys are made when a program runs and are never written down; no state's name or key is used.
Start at `make_authority`.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from asn1crypto import algos, cms, core, crl, x509
from asn1crypto.keys import ECDomainParameters, PublicKeyInfo
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from comity.documents.chip.curves import load_curves

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
MASTER_LIST = "2.23.136.1.1.2"
Hash = type[hashes.SHA1 | hashes.SHA256 | hashes.SHA384 | hashes.SHA512]
HASHES: dict[str, Hash] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
CURVES: dict[str, type[ec.EllipticCurve]] = {
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "brainpoolP256r1": ec.BrainpoolP256R1,
}


@lru_cache(maxsize=32)
def make_private_key(name: str, number: int = 0) -> PrivateKey:  # noqa: ARG001  the number selects what the cache holds
    """Return a key of a type (a curve's name, or rsa), the same for one number within a run."""
    if name == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(CURVES[name]())


@dataclass(frozen=True)
class Issued:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: PrivateKey
    hash_name: str = "sha256"
    is_pss: bool = False

    @property
    def der(self) -> bytes:
        """Return the certificate in DER."""
        return bytes(self.certificate.dump())

    def sign(self, data: bytes) -> bytes:
        """Return a signature by this key, with its algorithm."""
        digest = HASHES[self.hash_name]()
        if isinstance(self.key, rsa.RSAPrivateKey):
            used: padding.AsymmetricPadding = padding.PKCS1v15()
            if self.is_pss:
                used = padding.PSS(padding.MGF1(digest), digest.digest_size)
            return self.key.sign(data, used, digest)
        return self.key.sign(data, ec.ECDSA(digest))

    @property
    def algorithm(self) -> algos.SignedDigestAlgorithm:
        """Return the algorithm of `sign`."""
        if self.is_pss:
            hash_algorithm = {"algorithm": self.hash_name}
            parameters = {
                "hash_algorithm": hash_algorithm,
                "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": hash_algorithm},
                "salt_length": HASHES[self.hash_name].digest_size,
            }
            return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})
        kind = "rsa" if isinstance(self.key, rsa.RSAPrivateKey) else "ecdsa"
        return algos.SignedDigestAlgorithm({"algorithm": f"{self.hash_name}_{kind}"})


@dataclass(frozen=True)
class CertificateOptions:
    """How a certificate is made; the defaults make a sound one."""

    name: str = "CSCA Utopia"
    country: str = "UT"
    key_kind: str = "secp256r1"
    key_number: int = 0
    hash_name: str = "sha256"
    is_pss: bool = False
    serial: int = 1
    not_before: datetime = datetime(2020, 1, 1, tzinfo=UTC)
    not_after: datetime = datetime(2041, 1, 1, tzinfo=UTC)
    is_authority: bool = True
    path_length: int | None = 0
    usage: frozenset[str] = frozenset({"key_cert_sign", "crl_sign"})
    explicit_curve: bool = False
    generator: int = 1
    rsa_exponent: int | None = None
    has_key_ids: bool = True
    extra_extensions: tuple[dict[str, Any], ...] = field(default=())


def make_certificate(options: CertificateOptions, issuer: Issued | None = None) -> Issued:
    """Return a certificate issued by `issuer`, or by itself."""
    key = make_private_key(options.key_kind, options.key_number)
    public = _public_key(key, options)
    key_id = core.OctetString(public.sha1).native
    subject = x509.Name.build({"country_name": options.country, "common_name": options.name})
    signer = issuer or Issued(x509.Certificate(), key, options.hash_name, options.is_pss)
    extensions: list[dict[str, Any]] = [
        {"extn_id": "key_usage", "critical": True, "extn_value": set(options.usage)},
    ]
    if options.is_authority:
        constraints = {"ca": True, "path_len_constraint": options.path_length}
        extensions.append({"extn_id": "basic_constraints", "critical": True, "extn_value": constraints})
    if options.has_key_ids:
        authority_key = key_id if issuer is None else issuer.certificate.key_identifier
        extensions.append({"extn_id": "key_identifier", "extn_value": key_id})
        extensions.append({"extn_id": "authority_key_identifier", "extn_value": {"key_identifier": authority_key}})
    extensions += options.extra_extensions
    body = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": options.serial,
            "signature": signer.algorithm,
            "issuer": subject if issuer is None else issuer.certificate.subject,
            "validity": {
                "not_before": x509.Time(name="general_time", value=options.not_before),
                "not_after": x509.Time(name="general_time", value=options.not_after),
            },
            "subject": subject,
            "subject_public_key_info": public,
            "extensions": extensions,
        }
    )
    certificate = x509.Certificate(
        {
            "tbs_certificate": body,
            "signature_algorithm": signer.algorithm,
            "signature_value": signer.sign(body.dump()),
        }
    )
    return Issued(x509.Certificate.load(certificate.dump()), key, options.hash_name, options.is_pss)


def make_authority(**changes: Any) -> Issued:
    """Return Utopia's country signing authority, signed by itself."""
    return make_certificate(CertificateOptions(**changes))


def make_signer(authority: Issued, **changes: Any) -> Issued:
    """Return a document signer of an authority."""
    options = {
        "name": "Document Signer 7",
        "key_number": 100,
        "serial": 77,
        "not_after": datetime(2036, 6, 1, tzinfo=UTC),
        "is_authority": False,
        "usage": frozenset({"digital_signature"}),
    }
    return make_certificate(CertificateOptions(**{**options, **changes}), authority)


def make_revocation_list(
    authority: Issued, issued_at: datetime, revoked: tuple[int, ...] = (), *, critical: bool = False
) -> bytes:
    """Return the authority's revocation list."""
    body: dict[str, Any] = {
        "version": "v2",
        "signature": authority.algorithm,
        "issuer": authority.certificate.subject,
        "this_update": x509.Time(name="general_time", value=issued_at),
        "next_update": x509.Time(name="general_time", value=issued_at.replace(year=issued_at.year + 1)),
    }
    if revoked:
        time = x509.Time(name="general_time", value=issued_at)
        body["revoked_certificates"] = [{"user_certificate": serial, "revocation_date": time} for serial in revoked]
    if critical:
        point = {"only_contains_attribute_certs": True}
        body["crl_extensions"] = [{"extn_id": "issuing_distribution_point", "critical": True, "extn_value": point}]
    listed = crl.TbsCertList(body)
    return bytes(
        crl.CertificateList(
            {
                "tbs_cert_list": listed,
                "signature_algorithm": authority.algorithm,
                "signature": authority.sign(listed.dump()),
            }
        ).dump()
    )


class _Certificates(core.SetOf):  # type: ignore[misc]
    _child_spec = x509.Certificate


class _MasterListContent(core.Sequence):  # type: ignore[misc]
    _fields = [("version", core.Integer), ("certificates", _Certificates)]  # noqa: RUF012  the library's way


def make_master_list(signer: Issued, certificates: list[bytes], *, is_signed: bool = True) -> bytes:
    """Return a master list of certificates, signed."""
    listed = [x509.Certificate.load(der) for der in certificates]
    content = _MasterListContent({"version": 0, "certificates": listed}).dump()
    return sign_content(signer, MASTER_LIST, content, certificates=[signer.der], is_signed=is_signed)


def sign_content(
    signer: Issued, content_type: str, content: bytes, *, certificates: list[bytes], is_signed: bool = True
) -> bytes:
    """Return CMS signed data over some content, as a state makes it."""
    digest = hashes.Hash(HASHES[signer.hash_name]())
    digest.update(content)
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": [cms.ContentType(content_type)]},
            {"type": "message_digest", "values": [digest.finalize()]},
        ]
    )
    information = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            name="issuer_and_serial_number",
            value={"issuer": signer.certificate.issuer, "serial_number": signer.certificate.serial_number},
        ),
        "digest_algorithm": {"algorithm": signer.hash_name},
        "signed_attrs": attributes,
        "signature_algorithm": signer.algorithm,
        "signature": signer.sign(attributes.dump()),
    }
    data = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": signer.hash_name}],
        "encap_content_info": {"content_type": content_type, "content": core.ParsableOctetString(content)},
        "certificates": [x509.Certificate.load(der) for der in certificates],
        "signer_infos": [information] if is_signed else [],
    }
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(data)}).dump())


def _public_key(key: PrivateKey, options: CertificateOptions) -> PublicKeyInfo:
    info = PublicKeyInfo.load(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    if options.rsa_exponent is not None:
        modulus = info["public_key"].parsed["modulus"].native
        numbers = {"modulus": modulus, "public_exponent": options.rsa_exponent}
        return PublicKeyInfo({"algorithm": {"algorithm": "rsa"}, "public_key": numbers})
    if options.explicit_curve:
        return _written_out(key, options)
    return info


def _written_out(key: PrivateKey, options: CertificateOptions) -> PublicKeyInfo:
    """Return an elliptic-curve key with every parameter; a generator that is not 1 multiplies the base point."""
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    curve = load_curves()[options.key_kind]
    size = (curve.p.bit_length() + 7) // 8
    base = ec.derive_private_key(options.generator, CURVES[options.key_kind]()).public_key()
    domain = {
        "version": "ecdpVer1",
        "field_id": {"field_type": "prime_field", "parameters": curve.p},
        "curve": {"a": curve.a.to_bytes(size, "big"), "b": curve.b.to_bytes(size, "big")},
        "base": _point(base),
        "order": curve.n,
        "cofactor": 1,
    }
    return PublicKeyInfo(
        {
            "algorithm": {"algorithm": "ec", "parameters": ECDomainParameters(name="specified", value=domain)},
            "public_key": _point(key.public_key()),
        }
    )


def _point(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

"""The elliptic curves that states sign with, by every one of their parameters.

Guarantees: a key with parameters written out is on one of these curves in every parameter, or on none: a curve with a
base point of someone's choosing lets them forge signatures.
Basis: RFC 5639 (brainpool), FIPS 186-5 and SEC 2 (P curves); ICAO Doc 9303 part 12, section 4.1.6.3.
Start at `find_curve`.
"""

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml
from cryptography.hazmat.primitives.asymmetric import ec

from comity.documents.chip.rare_curves import Curve


@cache
def load_curves() -> Mapping[str, Curve]:
    """Return the curves by name."""
    return {
        name: Curve(name, **{key: int("".join(row[key].split()), 16) for key in ("p", "a", "b", "x", "y", "n")})
        for name, row in _rows().items()
    }


@cache
def _rows() -> dict[str, dict[str, str]]:
    text = resources.files("comity.documents.chip").joinpath("curves.yaml").read_text(encoding="utf-8")
    rows: dict[str, dict[str, str]] = yaml.load(text, yaml.CBaseLoader)  # noqa: S506  builds strings alone
    return rows


def find_named_curve(identifier: str) -> Curve | None:
    """Return the curve with this object identifier, or None."""
    return next((load_curves()[name] for name, row in _rows().items() if row["identifier"] == identifier), None)


LIBRARY_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "secp192r1": ec.SECP192R1,
    "secp224r1": ec.SECP224R1,
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
    "brainpoolP256r1": ec.BrainpoolP256R1,
    "brainpoolP384r1": ec.BrainpoolP384R1,
    "brainpoolP512r1": ec.BrainpoolP512R1,
}
"""The curves that `cryptography` has; the others are verified by `rare_curves`."""


def find_curve(p: int, coefficients: tuple[int, int], base: bytes, n: int) -> Curve | None:
    """Return the curve that has all of these parameters, or None. `base` is an encoded point, compressed or not."""
    a, b = coefficients
    for curve in load_curves().values():
        if (curve.p, curve.a, curve.b, curve.n) == (p, a, b, n):
            return curve if decode_point(curve, base) == (curve.x, curve.y) else None
    return None


def decode_point(curve: Curve, encoded: bytes) -> tuple[int, int] | None:
    """Return the affine point in its SEC 1 encoding (section 2.3.4), or None when it is not one on the curve."""
    size = (curve.p.bit_length() + 7) // 8
    if encoded[:1] == b"\x04" and len(encoded) == 1 + 2 * size:
        x, y = int.from_bytes(encoded[1 : 1 + size], "big"), int.from_bytes(encoded[1 + size :], "big")
    elif encoded[:1] in {b"\x02", b"\x03"} and len(encoded) == 1 + size and curve.p % 4 == 3:
        x = int.from_bytes(encoded[1:], "big")
        y = pow(x * x * x + curve.a * x + curve.b, (curve.p + 1) // 4, curve.p)
        y = curve.p - y if y & 1 != encoded[0] & 1 else y
    else:
        return None
    return (x, y) if curve.contains(x, y) else None

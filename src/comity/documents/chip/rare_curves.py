"""ECDSA on curves that no maintained library for Python has: brainpoolP224r1 and brainpoolP320r1.

Guarantees: verifies alone; it holds no secret, so timing tells nothing.
Does not: sign, or make keys.
Basis: RFC 5639 (curves), FIPS 186-5 section 6.4.2 (verification).
Start at `verify`.
"""

from dataclasses import dataclass

Point = tuple[int, int, int]
"""A point in Jacobian coordinates; the third is 0 at infinity."""
INFINITY: Point = (1, 1, 0)


@dataclass(frozen=True, slots=True)
class Curve:
    """A short Weierstrass curve over a prime field, with its base point and order; the cofactor is 1."""

    name: str
    p: int
    a: int
    b: int
    x: int
    y: int
    n: int

    def contains(self, x: int, y: int) -> bool:
        """Return whether an affine point lies on the curve."""
        return 0 <= x < self.p and 0 <= y < self.p and (y * y - (x * x * x + self.a * x + self.b)) % self.p == 0


def verify(curve: Curve, public: tuple[int, int], digest: bytes, r: int, s: int) -> bool:
    """Return whether (r, s) is a signature over a digest by the key whose point is `public`."""
    if not (0 < r < curve.n and 0 < s < curve.n and curve.contains(*public)):
        return False
    e = int.from_bytes(digest, "big") >> max(0, 8 * len(digest) - curve.n.bit_length())
    w = pow(s, -1, curve.n)
    base, key = (curve.x, curve.y, 1), (*public, 1)
    x, _, z = _sum_of_multiples(curve, base, e * w % curve.n, key, r * w % curve.n)
    return z != 0 and x * pow(z, -2, curve.p) % curve.p % curve.n == r


def _sum_of_multiples(curve: Curve, first: Point, u: int, second: Point, v: int) -> Point:
    """Return u times the first point plus v times the second, both doubled together (Shamir)."""
    both = _add(curve, first, second)
    total = INFINITY
    for bit in range(max(u.bit_length(), v.bit_length()) - 1, -1, -1):
        total = _double(curve, total)
        addend = (None, first, second, both)[(u >> bit & 1) + 2 * (v >> bit & 1)]
        if addend is not None:
            total = _add(curve, total, addend)
    return total


def _double(curve: Curve, point: Point) -> Point:
    x, y, z = point
    if y == 0 or z == 0:
        return INFINITY
    p = curve.p
    yy, zz = y * y % p, z * z % p
    s = 4 * x * yy % p
    m = (3 * x * x + curve.a * zz * zz) % p
    doubled = (m * m - 2 * s) % p
    return doubled, (m * (s - doubled) - 8 * yy * yy) % p, 2 * y * z % p


def _add(curve: Curve, first: Point, second: Point) -> Point:
    if first[2] == 0:
        return second
    if second[2] == 0:
        return first
    p = curve.p
    (x1, y1, z1), (x2, y2, z2) = first, second
    zz1, zz2 = z1 * z1 % p, z2 * z2 % p
    u1, u2 = x1 * zz2 % p, x2 * zz1 % p
    s1, s2 = y1 * zz2 * z2 % p, y2 * zz1 * z1 % p
    if u1 == u2:
        return _double(curve, first) if s1 == s2 else INFINITY
    h, r = (u2 - u1) % p, (s2 - s1) % p
    hh = h * h % p
    hhh, v = h * hh % p, u1 * hh % p
    x = (r * r - hhh - 2 * v) % p
    return x, (r * (v - x) - s1 * hhh) % p, h * z1 * z2 % p

"""Hashes that documents may use: SHA-1, which is noted as weak, and SHA-2. Any other settles nothing.

Basis: ICAO Doc 9303 part 12, section 4.4.
Start at `compute_digest`.
"""

import hashlib

NAMES = ("sha1", "sha224", "sha256", "sha384", "sha512")


def compute_digest(data: bytes, algorithm: str) -> bytes | None:
    """Return the hash of some bytes by an algorithm's name, or None for one that documents may not use."""
    return hashlib.new(algorithm, data, usedforsecurity=False).digest() if algorithm in NAMES else None


def is_weak_hash(algorithm: str) -> bool:
    """Return whether a hash is noted as too weak for new signatures (SHA-1)."""
    return algorithm == "sha1"

"""Taxpayer numbers as keyed hashes: HMAC-SHA256, computed by DuckDB, under a key that belongs to one index.

Guarantees: a number is never stored; without `tin.key` the hashes cannot be matched to numbers (a nine-digit number
without a key could be guessed in seconds). The same as Python's `hmac` (a test compares them).
Basis: RFC 2104.
Start at `tin_hash`.
"""

import os
import secrets
from pathlib import Path

from comity.errors import IndexUnavailable

KEY_FILE = "tin.key"
_BLOCK = 64


def create_key(folder: Path) -> bytes:
    """Write 32 random bytes, readable by the owner alone."""
    key = secrets.token_bytes(32)
    descriptor = os.open(folder / KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
    return key


def read_key(folder: Path) -> bytes:
    """The key of the index in `folder`.

    Raises:
        IndexUnavailable: `index_unavailable`, the key is missing or has another length.
    """
    try:
        key = (folder / KEY_FILE).read_bytes()
    except OSError:
        key = b""
    if len(key) != 32:
        raise IndexUnavailable(
            "index_unavailable",
            "The index has lost the key of its taxpayer numbers, so they cannot be compared.",
            "Build the index again.",
        )
    return key


def pads(key: bytes) -> dict[str, bytes]:
    """The inner and outer pads of RFC 2104, as the values `tin_hash` binds."""
    block = key.ljust(_BLOCK, b"\0")
    return {"inner": bytes(b ^ 0x36 for b in block), "outer": bytes(b ^ 0x5C for b in block)}


def tin_hash(column: str) -> str:
    """SQL for the keyed hash of the nine digits in `column` (hyphens and spaces aside); null for anything else."""
    digits = f"replace(replace({column}, '-', ''), ' ', '')"
    inner = f"unhex(sha256($inner::BLOB || encode({digits})))"
    return f"""CASE WHEN regexp_full_match({digits}, '[0-9]{{9}}')
        AND {digits} NOT IN ('000000000', '111111111', '999999999', '123456789')
        THEN unhex(sha256($outer::BLOB || {inner})) END"""

"""Keyed hashes of taxpayer numbers: AES-256 as a pseudorandom function, under a key that belongs to one index.

A nine-digit number is encrypted as one block, and 32 bits of the result are kept. Candidate pairs are few and come
through an address, so two different numbers agree by chance in one pair of four billion.

Guarantees: no number is stored; without `tin.key` the hashes cannot be matched to numbers (an unkeyed hash of nine
digits could be guessed in seconds).
Basis: FIPS 197. Each number is one block, so the choice of ECB mode reveals nothing.
Start at `hash_tins`.
"""

import os
import secrets
from pathlib import Path

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from comity.errors import IndexUnavailableError

TIN_KEY_FILE = "tin.key"


def create_tin_key(folder: Path) -> bytes:
    """Write 32 random bytes to `tin.key`, readable by the owner alone, and return them."""
    key = secrets.token_bytes(32)
    descriptor = os.open(folder / TIN_KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
    return key


def read_tin_key(folder: Path) -> bytes:
    """Read the key of the index in `folder`.

    Raises:
        IndexUnavailableError: `index_unavailable`, the key is missing or has another length.
    """
    try:
        key = (folder / TIN_KEY_FILE).read_bytes()
    except OSError:
        key = b""
    if len(key) != 32:
        raise IndexUnavailableError(
            "index_unavailable",
            "The index has lost the key of its taxpayer numbers, so they cannot be compared.",
            "Build the index again.",
        )
    return key


def hash_tins(key: bytes, numbers: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Hash each number under `key`; 0 (no number) stays 0, and no number hashes to 0."""
    if not len(numbers):
        return np.empty(0, np.uint32)
    blocks = np.zeros((len(numbers), 4), dtype="<u4")
    blocks[:, 0] = numbers
    encrypted = np.empty(4 * len(numbers) + 4, dtype="<u4")  # `update_into` wants room for a block more
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305  one block each: see the module
    encryptor.update_into(blocks.data.cast("B"), encrypted.data.cast("B"))
    hashes = np.maximum(encrypted[:-4:4], np.uint32(1))
    hashes[numbers == 0] = 0
    return hashes

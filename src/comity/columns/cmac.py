"""Keyed digests of text, a column at a time: what the history keeps of a request instead of names and addresses.

A digest is the AES-CMAC (NIST SP 800-38B) under a key of the custodian's home, cut to 64 bits. Rows are lanes: one
call of the library's AES encrypts a block of every row (docs/results/column-kernels.md has the figures).

Guarantees: equal to the library's own CMAC, row by row (a test compares them); without the key a digest can be neither
read nor tried against names; two texts of a national file share a digest with a probability below 1 in 10 million, and
one shared digest alone refuses no request.
Does not: normalize; callers fold the text first.
Basis: NIST SP 800-38B; ADR 0013; ADR 0021 says why not a keyed hash.
Start at `CmacDigester`.
"""

from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from comity.columns.buffers import Digests, value_offsets
from comity.columns.dictionary_column import DictionaryColumn
from comity.columns.parallel import map_chunks_parallel

_BLOCK_BYTES = 16
_SLICE_ROWS = 16_384  # rows per slice, so that a slice stays in the processor's cache
_GF128_POLYNOMIAL = 0x87


class CmacDigester:
    """Computes digests under one key of 16 bytes; each `purpose` has a subkey of its own."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _BLOCK_BYTES:
            raise RuntimeError(f"a digest key has {_BLOCK_BYTES} bytes, not {len(key)}: derive it from the home's key")
        self._key = key

    def digest_texts(self, purpose: str, text: pa.Array) -> Digests:
        """Return one digest per text (no nulls)."""
        key = _derive_subkey(self._key, purpose)

        def digest_chunk(chunk: pa.Array) -> Digests:
            mac = _VectorizedCmac(key)  # one per chunk, because a cipher serves one thread
            digests = np.empty(len(chunk), dtype=np.uint64)
            for start in range(0, len(chunk), _SLICE_ROWS):
                digests[start : start + _SLICE_ROWS] = mac.compute_tags(chunk.slice(start, _SLICE_ROWS))[:, 0]
            return digests

        return np.concatenate(map_chunks_parallel(digest_chunk, text))

    def digest_column(self, purpose: str, column: DictionaryColumn) -> Digests:
        """Return one digest per row of a dictionary column, computed once per distinct value."""
        return column.broadcast(self.digest_texts(purpose, column.values))

    def digest_pairs(self, purpose: str, left: Digests, right: Digests) -> Digests:
        """Return one digest per row of two digests: the CMAC of their 16 bytes, which are one block."""
        key = _derive_subkey(self._key, purpose)

        def digest_chunk(left_chunk: Digests, right_chunk: Digests) -> Digests:
            mac, digests = _VectorizedCmac(key), np.empty(len(left_chunk), dtype=np.uint64)
            for start in range(0, len(left_chunk), _SLICE_ROWS):
                rows = slice(start, start + _SLICE_ROWS)
                digests[rows] = mac.tag_single_blocks(left_chunk[rows], right_chunk[rows])
            return digests

        return np.concatenate(map_chunks_parallel(digest_chunk, left, right))


@lru_cache(maxsize=256)  # a question needs some forty, always the same ones
def _derive_subkey(key: bytes, purpose: str) -> bytes:
    return _VectorizedCmac(key).compute_tags(pa.array([purpose], pa.string())).tobytes()


class _VectorizedCmac:
    """AES-CMAC of many messages at once. A block of 16 bytes is a row of two 64-bit numbers."""

    def __init__(self, key: bytes) -> None:
        # ECB of single blocks is what SP 800-38B calls CIPH_K; the chaining is in compute_tags.
        self._cipher = Cipher(AES(key), ECB()).encryptor()  # noqa: S305
        first = _double_gf128(self._cipher.update(bytes(_BLOCK_BYTES)))
        self._subkey_k1 = np.frombuffer(first, dtype=np.uint64)
        self._subkey_k2 = np.frombuffer(_double_gf128(first), dtype=np.uint64)

    def tag_single_blocks(self, left: Digests, right: Digests) -> Digests:
        """Return the first 64 bits of the tags of messages of exactly one block, each given as two numbers."""
        lanes = np.empty((len(left), 2), dtype=np.uint64)
        np.bitwise_xor(left, self._subkey_k1[0], out=lanes[:, 0])
        np.bitwise_xor(right, self._subkey_k1[1], out=lanes[:, 1])
        return self._encrypt_blocks(lanes)[:, 0]

    def compute_tags(self, text: pa.Array) -> Digests:
        """Return the tag of each text as a row of two numbers."""
        lengths = np.diff(value_offsets(text))
        last = np.maximum(-(-lengths // _BLOCK_BYTES), 1) - 1
        blocks = int(last.max(initial=0)) + 1
        first = np.arange(len(text)) * blocks
        padded = pc.ascii_rpad(text, blocks * _BLOCK_BYTES, "\0")  # every message gets the same number of blocks
        data = np.frombuffer(padded.buffers()[2] or b"", dtype=np.uint8).copy()
        is_short = lengths < (last + 1) * _BLOCK_BYTES
        data[(first * _BLOCK_BYTES + lengths)[is_short]] = 0x80
        lanes = data.view(np.uint64).reshape(-1, 2)
        for half in range(2):
            lanes[first + last, half] ^= np.where(is_short, self._subkey_k2[half], self._subkey_k1[half])
        if blocks == 1:  # by far the most common case, and it needs no chaining
            return self._encrypt_blocks(lanes)
        columns = lanes.reshape(len(text), blocks, 2)
        state, tags = np.zeros((2, len(text), 2), dtype=np.uint64)
        for block in range(blocks):
            state = self._encrypt_blocks(columns[:, block] ^ state)
            np.copyto(tags, state, where=(last == block)[:, None])
        return tags

    def _encrypt_blocks(self, lanes: Digests) -> Digests:
        out = np.empty(lanes.nbytes + _BLOCK_BYTES, dtype=np.uint8)  # the library requires room for one more block
        size = self._cipher.update_into(np.ascontiguousarray(lanes).view(np.uint8).reshape(-1).data, out.data)
        return out[:size].view(np.uint64).reshape(-1, 2)


def _double_gf128(block: bytes) -> bytes:
    """Return a block doubled in the field of SP 800-38B, section 6.1."""
    value = int.from_bytes(block, "big") << 1
    if value >> 128:
        value = (value & (1 << 128) - 1) ^ _GF128_POLYNOMIAL
    return value.to_bytes(_BLOCK_BYTES, "big")

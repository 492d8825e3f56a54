"""Keyed digests of text, a column at a time: what history keeps of a request in the place of names and addresses.

A digest is AES-CMAC (NIST SP 800-38B) under a key of the custodian's home, cut to 64 bits. Every row is a lane: the
library's AES takes one block of all rows in one call, so that a million digests cost what fifty thousand single
ones would.

Guarantees: equal to the library's own CMAC, row by row (a test says so); without the key nobody can tell which text a
digest stands for, nor try names against it; two texts in a national file share a digest with a chance below 1 in 10
million, and one shared digest alone refuses nobody.
Does not: normalize; what is digested is folded before.
Basis: NIST SP 800-38B; ADR 0013.
Start at `Digester`.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from comity.columns.buffers import Digests, value_offsets
from comity.columns.dictionary_column import DictionaryColumn
from comity.columns.fold import map_chunks_parallel

_BLOCK_BYTES = 16
_SLICE_ROWS = 16_384  # rows at a time: what they hold stays in the processor's cache
_GF128_POLYNOMIAL = 0x87


class CmacDigester:
    """Digests under one key of 16 bytes; `purpose` keeps digests of different things apart."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _BLOCK_BYTES:
            raise RuntimeError("a digest's key is 16 bytes")
        self._key = key

    def digest_texts(self, purpose: str, text: pa.Array) -> Digests:
        """One digest for each text (no nulls)."""
        key = self._derive_subkey(purpose)

        def of_part(part: pa.Array) -> Digests:
            mac, out = (
                _VectorizedCmac(key),
                np.empty(len(part), dtype=np.uint64),
            )  # each its own: a cipher serves one thread
            for at in range(0, len(part), _SLICE_ROWS):
                out[at : at + _SLICE_ROWS] = mac.compute_tags(part.slice(at, _SLICE_ROWS))[:, 0]
            return out

        return np.concatenate(map_chunks_parallel(of_part, text))

    def digest_column(self, purpose: str, column: DictionaryColumn) -> Digests:
        """The same for a column whose values repeat, computed once for each value."""
        return column.broadcast(self.digest_texts(purpose, column.values))

    def digest_pairs(self, purpose: str, one: Digests, other: Digests) -> Digests:
        """One digest for each row of two digests: the CMAC of their 16 bytes, which are one block."""
        mac, out = _VectorizedCmac(self._derive_subkey(purpose)), np.empty(len(one), dtype=np.uint64)
        for at in range(0, len(one), _SLICE_ROWS):
            some = slice(at, at + _SLICE_ROWS)
            out[some] = mac.tag_single_blocks(one[some], other[some])
        return out

    def _derive_subkey(self, purpose: str) -> bytes:
        return _VectorizedCmac(self._key).compute_tags(pa.array([purpose])).tobytes()


class _VectorizedCmac:
    """AES-CMAC of many messages side by side. A block of 16 bytes is a row of two numbers."""

    def __init__(self, key: bytes) -> None:
        # ECB of single blocks is what SP 800-38B calls CIPH_K; the chaining is below.
        self._cipher = Cipher(AES(key), ECB()).encryptor()  # noqa: S305
        first = _double_gf128(self._cipher.update(bytes(_BLOCK_BYTES)))
        self._subkey_k1 = np.frombuffer(first, dtype=np.uint64)
        self._subkey_k2 = np.frombuffer(_double_gf128(first), dtype=np.uint64)

    def tag_single_blocks(self, one: Digests, other: Digests) -> Digests:
        """The first 64 bits of the tags of messages of exactly one block, each of two numbers."""
        lanes = np.empty((len(one), 2), dtype=np.uint64)
        np.bitwise_xor(one, self._subkey_k1[0], out=lanes[:, 0])
        np.bitwise_xor(other, self._subkey_k1[1], out=lanes[:, 1])
        return self._encrypt_blocks(lanes)[:, 0]

    def compute_tags(self, text: pa.Array) -> Digests:
        """The tag of each text: a row of two numbers."""
        lengths = np.diff(value_offsets(text))
        last = np.maximum(-(-lengths // _BLOCK_BYTES), 1) - 1
        blocks = int(last.max(initial=0)) + 1
        first = np.arange(len(text)) * blocks
        padded = pc.ascii_rpad(text, blocks * _BLOCK_BYTES, "\0")  # now they are all of one width
        data = np.frombuffer(padded.buffers()[2] or b"", dtype=np.uint8).copy()
        is_short = lengths < (last + 1) * _BLOCK_BYTES
        data[(first * _BLOCK_BYTES + lengths)[is_short]] = 0x80
        lanes = data.view(np.uint64).reshape(-1, 2)
        for half in range(2):
            lanes[first + last, half] ^= np.where(is_short, self._subkey_k2[half], self._subkey_k1[half])
        if blocks == 1:  # by far the commonest case, without the bookkeeping
            return self._encrypt_blocks(lanes)
        columns = lanes.reshape(len(text), blocks, 2)
        state, tags = np.zeros((2, len(text), 2), dtype=np.uint64)
        for block in range(blocks):
            state = self._encrypt_blocks(columns[:, block] ^ state)
            np.copyto(tags, state, where=(last == block)[:, None])
        return tags

    def _encrypt_blocks(self, lanes: Digests) -> Digests:
        out = np.empty(lanes.nbytes + _BLOCK_BYTES, dtype=np.uint8)  # the library asks for room for one block more
        size = self._cipher.update_into(np.ascontiguousarray(lanes).view(np.uint8).reshape(-1).data, out.data)
        return out[:size].view(np.uint64).reshape(-1, 2)


def _double_gf128(block: bytes) -> bytes:
    """A block doubled in the field of SP 800-38B, section 6.1."""
    value = int.from_bytes(block, "big") << 1
    if value >> 128:
        value = (value & (1 << 128) - 1) ^ _GF128_POLYNOMIAL
    return value.to_bytes(_BLOCK_BYTES, "big")

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

from comity.gates.coded import Coded
from comity.gates.folding import in_parts
from comity.model.history import Digests
from comity.model.text import offsets_of

_BLOCK = 16
_SLICE = 16_384  # rows at a time: what they hold stays in the processor's cache
_POLYNOMIAL = 0x87


class Digester:
    """Digests under one key of 16 bytes; `purpose` keeps digests of different things apart."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _BLOCK:
            raise RuntimeError("a digest's key is 16 bytes")
        self._key = key

    def of_text(self, purpose: str, text: pa.Array) -> Digests:
        """One digest for each text (no nulls)."""
        key = self._subkey(purpose)

        def of_part(part: pa.Array) -> Digests:
            mac, out = _Lanes(key), np.empty(len(part), dtype=np.uint64)  # each its own: a cipher serves one thread
            for at in range(0, len(part), _SLICE):
                out[at : at + _SLICE] = mac.tags(part.slice(at, _SLICE))[:, 0]
            return out

        return np.concatenate(in_parts(of_part, text))

    def of_values(self, purpose: str, column: Coded) -> Digests:
        """The same for a column whose values repeat, computed once for each value."""
        return column.of_rows(self.of_text(purpose, column.values))

    def of_pairs(self, purpose: str, one: Digests, other: Digests) -> Digests:
        """One digest for each row of two digests: the CMAC of their 16 bytes, which are one block."""
        mac, out = _Lanes(self._subkey(purpose)), np.empty(len(one), dtype=np.uint64)
        for at in range(0, len(one), _SLICE):
            some = slice(at, at + _SLICE)
            out[some] = mac.of_blocks(one[some], other[some])
        return out

    def _subkey(self, purpose: str) -> bytes:
        return _Lanes(self._key).tags(pa.array([purpose])).tobytes()


class _Lanes:
    """AES-CMAC of many messages side by side. A block of 16 bytes is a row of two numbers."""

    def __init__(self, key: bytes) -> None:
        # ECB of single blocks is what SP 800-38B calls CIPH_K; the chaining is below.
        self._cipher = Cipher(AES(key), ECB()).encryptor()  # noqa: S305
        first = _doubled(self._cipher.update(bytes(_BLOCK)))
        self._whole = np.frombuffer(first, dtype=np.uint64)
        self._padded = np.frombuffer(_doubled(first), dtype=np.uint64)

    def of_blocks(self, one: Digests, other: Digests) -> Digests:
        """The first 64 bits of the tags of messages of exactly one block, each of two numbers."""
        lanes = np.empty((len(one), 2), dtype=np.uint64)
        np.bitwise_xor(one, self._whole[0], out=lanes[:, 0])
        np.bitwise_xor(other, self._whole[1], out=lanes[:, 1])
        return self._encrypted(lanes)[:, 0]

    def tags(self, text: pa.Array) -> Digests:
        """The tag of each text: a row of two numbers."""
        lengths = np.diff(offsets_of(text))
        last = np.maximum(-(-lengths // _BLOCK), 1) - 1
        blocks = int(last.max(initial=0)) + 1
        first = np.arange(len(text)) * blocks
        padded = pc.ascii_rpad(text, blocks * _BLOCK, "\0")  # now they are all of one width
        data = np.frombuffer(padded.buffers()[2] or b"", dtype=np.uint8).copy()
        is_short = lengths < (last + 1) * _BLOCK
        data[(first * _BLOCK + lengths)[is_short]] = 0x80
        lanes = data.view(np.uint64).reshape(-1, 2)
        for half in range(2):
            lanes[first + last, half] ^= np.where(is_short, self._padded[half], self._whole[half])
        if blocks == 1:  # by far the commonest case, without the bookkeeping
            return self._encrypted(lanes)
        columns = lanes.reshape(len(text), blocks, 2)
        state, tags = np.zeros((2, len(text), 2), dtype=np.uint64)
        for block in range(blocks):
            state = self._encrypted(columns[:, block] ^ state)
            np.copyto(tags, state, where=(last == block)[:, None])
        return tags

    def _encrypted(self, lanes: Digests) -> Digests:
        out = np.empty(lanes.nbytes + _BLOCK, dtype=np.uint8)  # the library asks for room for one block more
        size = self._cipher.update_into(np.ascontiguousarray(lanes).view(np.uint8).reshape(-1).data, out.data)
        return out[:size].view(np.uint64).reshape(-1, 2)


def _doubled(block: bytes) -> bytes:
    """A block doubled in the field of SP 800-38B, section 6.1."""
    value = int.from_bytes(block, "big") << 1
    if value >> 128:
        value = (value & (1 << 128) - 1) ^ _POLYNOMIAL
    return value.to_bytes(_BLOCK, "big")

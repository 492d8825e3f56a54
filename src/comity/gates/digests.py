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
import numpy.typing as npt
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from comity.model.history import Digests

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
        mac = _Lanes(self._subkey(purpose))
        out = np.empty(len(text), dtype=np.uint64)
        for start in range(0, len(text), _SLICE):
            part = text.slice(start, _SLICE)
            _, raw_offsets, raw_data = part.buffers()
            offsets = np.frombuffer(raw_offsets, dtype=np.int32)[part.offset : part.offset + len(part) + 1]
            data = np.frombuffer(raw_data or b"", dtype=np.uint8)[offsets[0] : offsets[-1]]
            out[start : start + len(part)] = mac.digests(data, np.diff(offsets))
        return out

    def of_values(self, purpose: str, text: pa.Array) -> Digests:
        """The same, computed once for each distinct text: for columns that repeat."""
        encoded = text.dictionary_encode()
        digests = self.of_text(purpose, encoded.dictionary)
        return digests[encoded.indices.to_numpy(zero_copy_only=False)] if len(digests) else np.empty(0, np.uint64)

    def of_pairs(self, purpose: str, one: Digests, other: Digests) -> Digests:
        """One digest for each row of two digests: the CMAC of their 16 bytes, which are one block."""
        blocks = np.empty((len(one), 2), dtype=np.uint64)
        blocks[:, 0], blocks[:, 1] = one, other
        return _Lanes(self._subkey(purpose)).of_blocks(blocks)

    def _subkey(self, purpose: str) -> bytes:
        name = np.frombuffer(purpose.encode(), dtype=np.uint8)
        return bytes(_Lanes(self._key).tags(name, np.array([len(name)]))[0].tobytes())


class _Lanes:
    """AES-CMAC of many messages side by side."""

    def __init__(self, key: bytes) -> None:
        # ECB of single blocks is what SP 800-38B calls CIPH_K; the chaining is below.
        self._cipher = Cipher(AES(key), ECB()).encryptor()  # noqa: S305
        first = _doubled(self._cipher.update(bytes(_BLOCK)))
        self._whole = np.frombuffer(first, dtype=np.uint8)
        self._padded = np.frombuffer(_doubled(first), dtype=np.uint8)

    def digests(self, data: npt.NDArray[np.uint8], lengths: npt.NDArray[np.integer]) -> Digests:
        """The first 64 bits of every tag."""
        return np.ascontiguousarray(self.tags(data, lengths)[:, :8]).view(np.uint64).reshape(-1)

    def of_blocks(self, blocks: Digests) -> Digests:
        """The first 64 bits of the tags of messages of exactly one block, a row of two digests each."""
        tags = self._encrypted((blocks ^ self._whole.view(np.uint64)).view(np.uint8))
        return np.ascontiguousarray(tags.view(np.uint64)[:, 0])

    def tags(self, data: npt.NDArray[np.uint8], lengths: npt.NDArray[np.integer]) -> npt.NDArray[np.uint8]:
        """One row of 16 bytes for each message; `data` holds the messages one after another."""
        count, last = len(lengths), np.maximum(-(-lengths // _BLOCK), 1) - 1
        blocks = int(last.max(initial=0)) + 1
        messages = np.zeros((count, blocks * _BLOCK), dtype=np.uint8)
        messages[np.arange(blocks * _BLOCK) < lengths[:, None]] = data
        short = np.flatnonzero(lengths != (last + 1) * _BLOCK)
        messages[short, lengths[short]] = 0x80
        lanes = messages.reshape(count, blocks, _BLOCK)
        if blocks == 1:  # by far the commonest case, without the bookkeeping
            messages ^= self._whole
            messages[short] ^= self._whole ^ self._padded
            return self._encrypted(messages)
        lanes[np.arange(count), last] ^= self._whole
        lanes[short, last[short]] ^= self._whole ^ self._padded
        state = np.zeros((count, _BLOCK), dtype=np.uint8)
        out = np.empty((count, _BLOCK), dtype=np.uint8)
        for block in range(blocks):
            state = self._encrypted(lanes[:, block] ^ state)
            ends = last == block
            out[ends] = state[ends]
        return out

    def _encrypted(self, lanes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        data = self._cipher.update(np.ascontiguousarray(lanes).reshape(-1).data)
        return np.frombuffer(data, dtype=np.uint8).reshape(lanes.shape)


def _doubled(block: bytes) -> bytes:
    """A block doubled in the field of SP 800-38B, section 6.1."""
    value = int.from_bytes(block, "big") << 1
    if value >> 128:
        value = (value & (1 << 128) - 1) ^ _POLYNOMIAL
    return value.to_bytes(_BLOCK, "big")

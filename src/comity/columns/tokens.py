"""Split a column of lines into tokens, number the distinct ones, and combine their digests per line.

Guarantees: tokens are equal if their bytes are, never because of a hash alone.
Does not: know what a token means.
Start at `tokenize`.
"""

import numpy as np

from comity.columns.buffers import Bytes, Codes, Digests, Offsets
from comity.columns.kernel import GOLDEN_RATIO_64, kernel
from comity.columns.row_hashes import equal_bytes, hash_bytes

_SPACE, _HASH = 32, 35
_ONE = np.uint64(1)
_INITIAL_CAPACITY, _GROWTH = 1 << 12, 4


def tokenize(data: Bytes, offsets: Offsets) -> tuple[Offsets, Offsets, Offsets]:
    """Split values at spaces and `#`.

    Returns:
        Where each token begins, where it ends, and after a leading 0 how many tokens there are up to each value's end.
    """
    begins, stops = np.empty((2, int(offsets[-1] - offsets[0]) // 2 + len(offsets)), dtype=np.int32)
    ends = np.zeros(len(offsets), dtype=np.int32)
    _tokenize(data, offsets, begins, stops, ends)
    return begins[: ends[-1]], stops[: ends[-1]], ends


def intern_tokens(data: Bytes, begins: Offsets, stops: Offsets) -> tuple[Codes, Offsets]:
    """Number the distinct tokens in order of first appearance.

    Returns:
        The code of each token, and for each code the position of the first token that has it.
    """
    codes = np.empty(len(begins), dtype=np.int32)
    capacity, position, count = _INITIAL_CAPACITY, 0, 0
    hashes, firsts = np.empty(0, np.uint64), np.empty(0, np.int32)
    while True:
        hashes, firsts = np.resize(hashes, capacity), np.resize(firsts, capacity)
        slots = np.zeros(2 * capacity, dtype=np.int32)  # code + 1 of a token that has this hash
        _rehash(hashes[:count], slots)
        position, count = _intern_until_full(data, begins, stops, position, count, slots, hashes, firsts, codes)
        if position == len(begins):
            return codes, firsts[:count]
        capacity *= _GROWTH


@kernel
def polynomial_sum(codes: Codes, ends: Offsets, digests: Digests, out: Digests) -> None:
    """Write for each value the sum of its tokens' digests, each times a power of one odd number by its position.

    A token whose digest is 0 is skipped and takes no position.
    """
    for row in range(len(out)):
        power, total = GOLDEN_RATIO_64, np.uint64(0)
        for position in range(ends[row], ends[row + 1]):
            digest = digests[codes[position]]
            if digest != 0:
                total += digest * power
                power *= GOLDEN_RATIO_64
        out[row] = total


@kernel
def _tokenize(data: Bytes, offsets: Offsets, begins: Offsets, stops: Offsets, ends: Offsets) -> None:
    count = 0
    for row in range(len(offsets) - 1):
        begin, stop = offsets[row], offsets[row + 1]
        for i in range(begin, stop):
            if data[i] == _SPACE or data[i] == _HASH:
                if i > begin:
                    begins[count], stops[count] = begin, i
                    count += 1
                begin = i + 1
        if stop > begin:
            begins[count], stops[count] = begin, stop
            count += 1
        ends[row + 1] = count


@kernel
def _rehash(hashes: Digests, slots: Codes) -> None:
    """Enter the codes given so far into a larger table."""
    mask = np.uint64(len(slots) - 1)
    for code in range(len(hashes)):
        slot = hashes[code] & mask
        while slots[slot] != 0:
            slot = (slot + _ONE) & mask
        slots[slot] = code + 1


@kernel
def _intern_until_full(
    data: Bytes,
    begins: Offsets,
    stops: Offsets,
    position: int,
    count: int,
    slots: Codes,
    hashes: Digests,
    firsts: Offsets,
    codes: Codes,
) -> tuple[int, int]:
    """Number tokens from `position` on until the table is full; return the next position and the count of codes."""
    mask = np.uint64(len(slots) - 1)
    while position < len(begins) and count < len(hashes):
        begin, stop = np.uint64(begins[position]), np.uint64(stops[position])
        value = hash_bytes(data, begin, stop)
        slot = value & mask
        while slots[slot] != 0:
            code = np.uint64(slots[slot] - 1)
            if hashes[code] == value:
                first = np.uint64(firsts[code])
                start = np.uint64(begins[first])
                if np.uint64(stops[first]) - start == stop - begin and equal_bytes(data, start, begin, stop):
                    break
            slot = (slot + _ONE) & mask
        if slots[slot] == 0:
            hashes[count], firsts[count] = value, position
            count += 1
            slots[slot] = count
        codes[position] = slots[slot] - 1
        position += 1
    return position, count

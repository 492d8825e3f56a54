"""Loops over the bytes and digests of whole columns, compiled to machine code when they first run.

A column is its bytes, one value after another, and where each value begins (`offsets`, one more than there are rows).

Guarantees: no function changes its arguments but those that it is told to fill, and none reads beyond a value's end.
Does not: know what the bytes mean, or what becomes of a row; tables that are passed in say that.
Basis: Aho and Corasick 1975 for `Finder`; ADR 0019.
Start at `fold_rows`; `folding` and `questions` call these.
"""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from comity.columns.buffers import Digests
from comity.columns.kernel import GOLDEN_RATIO_64, inline_kernel, kernel

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int32]
Codes = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_SPACE, _HASH, _DOT, _SLASH, _PERCENT, _NON_ASCII = 32, 35, 46, 47, 37, 128
_SHIFT, _ONE, _EIGHT = np.uint64(29), np.uint64(1), np.uint64(8)
_UPPERCASE_MASK = np.uint8(0xDF)  # takes the bit away in which small letters differ
_A, _LETTERS = np.uint8(65), np.uint8(26)
_C, _E, _F, _O = np.uint8(67), np.uint8(69), np.uint8(70), np.uint8(79)
_NO_BYTE = np.uint8(0)  # what a space becomes as a capital, too
_LANES = 8


@inline_kernel
def _fold_value(data: Bytes, begin: int, end: int, table: Bytes, out: Bytes, start: int, at: int) -> int:
    """Write one folded value at `at`, and a space before it if the row, which starts at `start`, has letters already.

    There are no branches within, as a processor cannot foresee where words end.
    """
    if at > start:
        out[at] = _SPACE
        at += 1
    gap = True
    for i in range(np.uint64(begin), np.uint64(end)):
        byte = table[data[i]]
        out[at] = byte
        is_space, is_something = byte == _SPACE, byte != 0
        at += is_something & ~(is_space & gap)
        gap = (is_something & is_space) | (gap & ~is_something)
    return at - (at > start and out[at - 1] == _SPACE)


@kernel
def fold_rows(data: Bytes, offsets: Offsets, table: Bytes, out: Bytes, ends: Offsets) -> None:
    """Write each value, byte for byte through `table` (0 stands for nothing), with single spaces between what is left.

    `out` has room for one byte more than there can be.
    """
    at = 0
    for row in range(len(offsets) - 1):
        at = _fold_value(data, offsets[row], offsets[row + 1], table, out, at, at)
        ends[row + 1] = at


@kernel
def fold_pairs(
    data: Bytes, offsets: Offsets, data2: Bytes, offsets2: Offsets, table: Bytes, out: Bytes, ends: Offsets
) -> None:
    """The same for two columns: a space between the two values, where both leave something."""
    at = 0
    for row in range(len(offsets) - 1):
        start = at
        at = _fold_value(data, offsets[row], offsets[row + 1], table, out, start, at)
        at = _fold_value(data2, offsets2[row], offsets2[row + 1], table, out, start, at)
        ends[row + 1] = at


@kernel
def mark_unusual_values(data: Bytes, offsets: Offsets, seldom: Bytes, marked: Bools) -> None:
    """Mark the values that hold a byte beyond ASCII, or may say "care of": `%`, `C/`, `C /`, `C.O`, `E OF` in either case.

    `seldom` is not 0 for the bytes that are worth a look: those beyond ASCII, `%`, `/`, `.` and F.
    """
    for row in range(len(marked)):
        begin = offsets[row]
        for i in range(begin, offsets[row + 1]):
            byte = data[i]
            if seldom[byte] == 0:
                continue
            one = data[i - 1] & _UPPERCASE_MASK if i - 1 >= begin else _NO_BYTE
            two = data[i - 2] & _UPPERCASE_MASK if i - 2 >= begin else _NO_BYTE
            if byte in (_SLASH, _DOT):
                marked[row] |= one == _C or (one == _NO_BYTE and two == _C)
            elif byte & _UPPERCASE_MASK == _F:
                marked[row] |= one == _O and two == _NO_BYTE and i - 3 >= begin and data[i - 3] & _UPPERCASE_MASK == _E
            else:
                marked[row] = True


class AhoCorasick(NamedTuple):
    """Finds whether any of some words occurs in a value: for each state and kind of byte, the state that follows.

    States are numbered by where their row begins in `steps`; `found` leads nowhere else.
    """

    byte_classes: Bytes
    transitions: npt.NDArray[np.uint16]
    match_state: int


def build_automaton(words: Iterable[str]) -> AhoCorasick:
    """A finder of ASCII words in either case; a byte beyond ASCII counts as found.

    Raises:
        RuntimeError: the words have more beginnings than 16 bits can number.
    """
    capitals = [word.upper().encode() for word in words]
    letters = sorted(set(b"".join(capitals)))
    kinds = np.zeros(256, dtype=np.uint8)
    for kind, letter in enumerate(letters, 1):
        kinds[[letter, ord(chr(letter).lower())]] = kind
    kinds[_NON_ASCII:] = len(letters) + 1
    width = len(letters) + 2
    children: list[dict[int, int]] = [{}]
    ends: set[int] = set()
    for word in capitals:
        state = 0
        for letter in word:
            if kinds[letter] not in children[state]:
                children[state][int(kinds[letter])] = len(children)
                children.append({})
            state = children[state][int(kinds[letter])]
        ends.add(state)
    if (len(children) + 1) * width > np.iinfo(np.uint16).max:
        raise RuntimeError("too many words for one finder")
    steps = np.zeros((len(children) + 1, width), dtype=np.uint16)
    back, found, waiting = [0] * len(children), len(children), deque([0])
    while waiting:  # from short beginnings to long ones, so that what `back` leads to is done
        state = waiting.popleft()
        steps[state] = steps[back[state]] if state else 0
        for kind, child in children[state].items():
            back[child], steps[state, kind] = int(steps[state, kind]), child
            ends |= {child} if back[child] in ends else set()
            waiting.append(child)
    steps[np.isin(steps, list(ends))] = found
    steps[:, -1] = steps[found] = found
    return AhoCorasick(kinds, (steps * width).astype(np.uint16).reshape(-1), found * width)


@kernel
def mark_matches(data: Bytes, offsets: Offsets, finder: AhoCorasick, found: Bools) -> None:
    """Mark the values in which the finder finds something."""
    kinds, steps, end = finder
    rows = len(offsets) - 1
    # Several values side by side, because each step waits for the one before it.
    states, at = np.zeros(_LANES, np.uint64), np.zeros(_LANES, np.uint64)
    row = 0
    while row + _LANES <= rows:
        shortest = np.int64(offsets[row + 1] - offsets[row])
        for lane in range(_LANES):
            states[lane], at[lane] = 0, offsets[row + lane]
            shortest = min(shortest, np.int64(offsets[row + lane + 1] - offsets[row + lane]))
        for i in range(np.uint64(shortest)):
            for lane in range(_LANES):
                states[lane] = steps[states[lane] + kinds[data[at[lane] + i]]]
        for lane in range(_LANES):
            state = states[lane]
            for i in range(at[lane] + np.uint64(shortest), np.uint64(offsets[row + lane + 1])):
                state = np.uint64(steps[state + kinds[data[i]]])
            found[row + lane] = state == end
        row += _LANES
    for last in range(row, rows):
        state = np.uint64(0)
        for i in range(np.uint64(offsets[last]), np.uint64(offsets[last + 1])):
            state = np.uint64(steps[state + kinds[data[i]]])
        found[last] = state == end


@kernel
def sum_letters(data: Bytes, offsets: Offsets, sums: npt.NDArray[np.int64]) -> None:
    """The sum of each value's ASCII letters, each counted as the capital."""
    for row in range(len(sums)):
        total = np.int32(0)
        for i in range(np.uint64(offsets[row]), np.uint64(offsets[row + 1])):
            letter = data[i] & _UPPERCASE_MASK
            total += np.int32(letter) * np.int32(np.uint8(letter - _A) < _LETTERS)
        sums[row] = total


@inline_kernel
def _load_word(data: Bytes, i: np.uint64) -> np.uint64:
    """Eight bytes as one number; the compiler makes one load of it."""
    low, high = np.uint64(0), np.uint64(0)
    for k in range(4):
        low |= np.uint64(data[i + np.uint64(k)]) << np.uint64(8 * k)
        high |= np.uint64(data[i + np.uint64(4 + k)]) << np.uint64(8 * k)
    return low | high << np.uint64(32)


@inline_kernel
def _load_partial_word(data: Bytes, i: np.uint64, end: np.uint64) -> np.uint64:
    """Fewer than eight bytes as one number."""
    if i + _EIGHT <= np.uint64(len(data)):
        return _load_word(data, i) & ((_ONE << _EIGHT * (end - i)) - _ONE)
    rest = np.uint64(0)
    for k in range(i, end):
        rest |= np.uint64(data[k]) << _EIGHT * (k - i)
    return rest


@inline_kernel
def _hash_bytes(data: Bytes, i: np.uint64, end: np.uint64) -> np.uint64:
    """A number that is the same for equal texts, and seldom for others."""
    value = GOLDEN_RATIO_64 ^ (end - i)
    while i + _EIGHT <= end:
        value = (value ^ _load_word(data, i)) * GOLDEN_RATIO_64
        value ^= value >> _SHIFT
        i += _EIGHT
    value = (value ^ _load_partial_word(data, i, end)) * GOLDEN_RATIO_64
    return value ^ value >> _SHIFT


@inline_kernel
def _equal_bytes(data: Bytes, one: np.uint64, other: np.uint64, end: np.uint64) -> bool:
    """Whether the text from `other` to `end` stands at `one`, too."""
    while other + _EIGHT <= end:
        if _load_word(data, one) != _load_word(data, other):
            return False
        one += _EIGHT
        other += _EIGHT
    return bool(_load_partial_word(data, one, one + end - other) == _load_partial_word(data, other, end))


@kernel
def hash_rows(data: Bytes, offsets: Offsets, out: Digests) -> None:
    """A number for each value that is the same for equal values, and seldom for others."""
    for row in range(len(out)):
        out[row] = _hash_bytes(data, np.uint64(offsets[row]), np.uint64(offsets[row + 1]))


def tokenize(data: Bytes, offsets: Offsets) -> tuple[Offsets, Offsets, Offsets]:
    """Cut values at spaces and `#`: where each word begins and ends, and how many there are up to the end of each value."""
    begins, stops = np.empty((2, int(offsets[-1] - offsets[0]) // 2 + len(offsets)), dtype=np.int32)
    ends = np.zeros(len(offsets), dtype=np.int32)
    _tokenize(data, offsets, begins, stops, ends)
    return begins[: ends[-1]], stops[: ends[-1]], ends


@kernel
def _tokenize(data: Bytes, offsets: Offsets, begins: Offsets, stops: Offsets, ends: Offsets) -> None:
    at = 0
    for row in range(len(offsets) - 1):
        begin, stop = offsets[row], offsets[row + 1]
        for i in range(begin, stop):
            if data[i] == _SPACE or data[i] == _HASH:
                if i > begin:
                    begins[at], stops[at] = begin, i
                    at += 1
                begin = i + 1
        if stop > begin:
            begins[at], stops[at] = begin, stop
            at += 1
        ends[row + 1] = at


def intern_tokens(data: Bytes, begins: Offsets, stops: Offsets) -> tuple[Codes, Offsets]:
    """The number of each text, equal texts having one; and where in the order of the texts each number comes first."""
    codes = np.empty(len(begins), dtype=np.int32)
    room, at, count = 1 << 12, 0, 0
    hashes, firsts = np.empty(0, np.uint64), np.empty(0, np.int32)
    while True:
        hashes, firsts = np.resize(hashes, room), np.resize(firsts, room)
        slots = np.zeros(2 * room, dtype=np.int32)  # for a hash, the number + 1 of a text that has it
        _rehash(hashes[:count], slots)
        at, count = _intern_until_full(data, begins, stops, at, count, slots, hashes, firsts, codes)
        if at == len(begins):
            return codes, firsts[:count]
        room *= 4


@kernel
def _rehash(hashes: Digests, slots: Codes) -> None:
    """Put numbers that are given already where their hashes say."""
    mask = np.uint64(len(slots) - 1)
    for number in range(len(hashes)):
        slot = hashes[number] & mask
        while slots[slot] != 0:
            slot = (slot + _ONE) & mask
        slots[slot] = number + 1


@kernel
def _intern_until_full(
    data: Bytes,
    begins: Offsets,
    stops: Offsets,
    at: int,
    count: int,
    slots: Codes,
    hashes: Digests,
    firsts: Offsets,
    codes: Codes,
) -> tuple[int, int]:
    """Number texts from one on, for as long as there is room for new ones: the text that comes next, and how many numbers are given."""
    mask = np.uint64(len(slots) - 1)
    while at < len(begins) and count < len(hashes):
        begin, stop = np.uint64(begins[at]), np.uint64(stops[at])
        value = _hash_bytes(data, begin, stop)
        slot = value & mask
        while slots[slot] != 0:
            number = np.uint64(slots[slot] - 1)
            if hashes[number] == value:
                first = np.uint64(firsts[number])
                start = np.uint64(begins[first])
                if np.uint64(stops[first]) - start == stop - begin and _equal_bytes(data, start, begin, stop):
                    break
            slot = (slot + _ONE) & mask
        if slots[slot] == 0:
            hashes[count], firsts[count] = value, at
            count += 1
            slots[slot] = count
        codes[at] = slots[slot] - 1
        at += 1
    return at, count


@kernel
def mark_suffixes(data: Bytes, offsets: Offsets, others: Bytes, starts: Offsets, codes: Int64s, marked: Bools) -> None:
    """Mark the values that end in the text, of those in `others`, that their code names."""
    for row in range(len(marked)):
        begin, stop = starts[codes[row]], starts[codes[row] + 1]
        end = offsets[row + 1]
        same = stop - begin <= end - offsets[row]
        while same and stop > begin:
            stop -= 1
            end -= 1
            same = data[end] == others[stop]
        marked[row] = same


@kernel
def polynomial_sum(codes: Codes, ends: Offsets, digests: Digests, out: Digests) -> None:
    """For each value the digests of its words, each times a power of one odd number by its place, added up.

    A word whose digest is 0 is left out and takes no place.
    """
    for row in range(len(out)):
        power, total = GOLDEN_RATIO_64, np.uint64(0)
        for at in range(ends[row], ends[row + 1]):
            digest = digests[codes[at]]
            if digest != 0:
                total += digest * power
                power *= GOLDEN_RATIO_64
        out[row] = total


@kernel
def insert(table: Digests, values: Digests) -> None:
    """Put digests (no two alike, none 0) into a table of zeros, a power of two long and not full."""
    mask = np.uint64(len(table) - 1)
    for value in values:
        slot = value & mask
        while table[slot] != 0:
            slot = (slot + _ONE) & mask
        table[slot] = value


@kernel
def mark_first_occurrence(table: Digests, digests: Digests, marked: Bools) -> None:
    """Mark where each of the different digests (none 0) occurs first; the table is as for `fill`."""
    mask = np.uint64(len(table) - 1)
    for row in range(len(digests)):
        slot = digests[row] & mask
        while table[slot] != 0 and table[slot] != digests[row]:
            slot = (slot + _ONE) & mask
        marked[row] = table[slot] == 0
        table[slot] = digests[row]


@kernel
def contains(table: Digests, digests: Digests, out: Bools) -> None:
    """Which digests a table holds; 0 is none of them."""
    mask = np.uint64(len(table) - 1)
    for row in range(len(digests)):
        digest = digests[row]
        slot = digest & mask
        while table[slot] != 0 and table[slot] != digest:
            slot = (slot + _ONE) & mask
        out[row] = digest != 0 and table[slot] == digest

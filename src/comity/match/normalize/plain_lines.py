"""Distinct texts of a column, and of the parts of address lines, told at the speed of the machine.

`intern` gives each row of a column the number of its distinct text. `cut_lines` does the same for what it can cut off
most address lines by looking at their words alone: the house number, the head of the street, and a unit at the end
(`APT 4`); lines that ask for more are said to be `SLOW` and left to lines.py.

Guarantees: texts are compared byte by byte, so that no two are taken for one; rows that differ only in the case of
ASCII letters share a number (where another character stands among them, only equal rows do).
Does not: read any part; a row that is cut is cut as lines.py and rests.py would, provided that its head is one that
`coding.py` finds plain.
Start at `intern`.
"""

from collections import namedtuple
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.columns.intrinsics import load_uint64, prefetch
from comity.columns.kernel import GOLDEN_RATIO_64, kernel
from comity.columns.strings import FNV_OFFSET_BASIS, is_digit

Codes = npt.NDArray[np.uint32]
Bytes = npt.NDArray[np.uint8]
_T = TypeVar("_T", bound=np.generic)
LINE_EMPTY, LINE_SPLIT, LINE_NEEDS_PARSER = 0, 1, 2
"""What became of a line: there is none; it was cut; it must be read as a whole."""
MAX_WORDS = 14
MAX_FIELD_BYTES = 250
MAX_LINE_BYTES = 3 * MAX_FIELD_BYTES
"""Bytes that two fields of a line can become."""

_InternTable = namedtuple("_InternTable", "slots starts arena used")  # noqa: PYI024  numba knows no other
_HASH, _ARENA_START, _META = range(3)
_SLOT_BYTES = 24
"""A slot, three numbers of eight bytes: a text's hash; where it begins in the arena; its number and, in the lower half, its size. The last is 0 in a free slot."""
_SIZE_MASK = np.uint64(0xFFFFFFFF)
_BLOCK_ROWS = 64
_SWAR_FROM_A, _SWAR_BEYOND_Z, _SWAR_HIGH_BITS = (
    np.uint64(byte * 0x0101010101010101) for byte in (0x80 - 97, 0x7F - 122, 0x80)
)
_SPACE, _NUMBER_SIGN, _HYPHEN, _DOT, _TILDE = 32, 35, 45, 46, 126


def pack_word(word: str) -> int:
    """A word of up to eight letters as a number."""
    return int.from_bytes(word.encode(), "big")


UNIT_DESIGNATORS = ("#", "APT", "UNIT", "STE", "SUITE", "RM", "ROOM", "LOT", "BLDG")
"""Words before a unit at the end of a line; FL is not one of them, as a number may stand before it (`5TH FL`)."""
_PACKED_UNIT_DESIGNATORS = tuple(pack_word(word) for word in UNIT_DESIGNATORS)
_PACKED_FLOORS = tuple(pack_word(word) for word in ("FL", "FLR", "FLOOR"))
_PACKED_ORDINALS = tuple(pack_word(word) for word in ("ST", "ND", "RD", "TH"))
_PACKED_BOX = pack_word("BOX")


def intern(column: pa.Array, *, as_zip: bool = False) -> tuple[Codes, list[str]]:
    """The number of each row's text, from 1 in order of appearance, and the texts; 0 (and '') is an empty or null row.

    `as_zip` takes the nine digits of a ZIP code for its five.

    >>> intern(pa.array(["Ann", None, "ANN", "Zoë"]))[1]
    ['', 'ANN', 'Zoë']
    """
    data, offsets = _byte_buffers(column)
    return _intern_slices(data, offsets[:-1], offsets[1:], as_zip=as_zip)


def split_plain_lines(
    street: pa.Array, street2: pa.Array
) -> tuple[Bytes, tuple[Codes, Codes, Codes], tuple[list[str], list[str], list[str]]]:
    """What became of each line; the numbers of its house number, head and tail; the distinct texts of the three.

    A head that begins with `~` is the words before the number of a box.
    """
    rows = len(street)
    (data, offsets), (data2, offsets2) = _byte_buffers(street), _byte_buffers(street2)
    fate = np.zeros(rows, np.uint8)
    size = int(offsets[-1] - offsets[0] + offsets2[-1] - offsets2[0])
    out = np.empty(3 * size + 2 * rows + 1, np.uint8)
    bounds = np.empty((4, rows), np.int64)
    _split_plain_lines(data, offsets, data2, offsets2, fate, out, bounds)
    (number, numbers), (head, heads), (tail, tails) = (_intern_slices(out, bounds[i], bounds[i + 1]) for i in range(3))
    return fate, (number, head, tail), (numbers, heads, tails)


def _intern_slices(
    data: Bytes, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], *, as_zip: bool = False
) -> tuple[Codes, list[str]]:
    codes = np.zeros(len(starts), dtype=np.uint32)
    return codes, _decode_table(
        _intern_all(_read_only_view(data), _read_only_view(starts), _read_only_view(ends), codes, as_zip)
    )


def _byte_buffers(column: pa.Array) -> tuple[Bytes, npt.NDArray[np.int64]]:
    """The bytes of a column and where each row's begin; a null row has none."""
    if column.null_count:
        column = column.fill_null("")
    column = column.cast(pa.large_string())
    _, offsets, data = column.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64) if offsets else np.zeros(1, np.int64)
    letters = np.frombuffer(data, dtype=np.uint8) if data and data.size else np.zeros(1, np.uint8)
    return _read_only_view(letters), _read_only_view(starts[column.offset : column.offset + len(column) + 1])


def _read_only_view(array: npt.NDArray[_T]) -> npt.NDArray[_T]:
    """The array, not to be written to, whosever it is: for each kind of array the loops would be compiled anew."""
    array = array.view()
    array.flags.writeable = False
    return array


def _decode_table(table: Any) -> list[str]:
    count, size = int(table.used[0]), int(table.used[1])
    offsets = pa.py_buffer(table.starts[: count + 1])
    texts = pa.LargeStringArray.from_buffers(count, offsets, pa.py_buffer(table.arena[:size]))
    return list(texts.to_pylist())


@kernel
def _new_table() -> Any:
    """A table that holds the empty text."""
    return _InternTable(
        np.zeros((1 << 12, 3), np.uint64), np.zeros((1 << 11) + 1, np.int64), np.zeros(1 << 16, np.uint8), np.array([1, 0]),
    )  # fmt: skip


@kernel
def _reserve(table: Any, texts: int, size: int) -> Any:
    """The table, or a larger one, with room for so many more texts of so many bytes in all."""
    count, used = table.used
    slots, starts, arena = table.slots, table.starts, table.arena
    if used + size > len(arena):
        arena = np.empty(2 * len(arena) + size, np.uint8)
        arena[:used] = table.arena[:used]
    if 2 * (count + texts) >= len(slots):
        starts = np.zeros(2 * len(starts), np.int64)
        starts[: count + 1] = table.starts[: count + 1]
        slots = np.zeros((2 * len(slots), 3), np.uint64)
        mask, one = np.uint64(len(slots) - 1), np.uint64(1)
        for i in range(len(table.slots)):
            if table.slots[i, _META]:
                at = table.slots[i, _HASH] & mask
                while slots[at, _META]:
                    at = (at + one) & mask
                slots[at] = table.slots[i]
    return _InternTable(slots, starts, arena, table.used)


@kernel
def _upper_byte(byte: int, is_ascii: bool) -> int:
    """The byte, or a small letter's capital where a text is ASCII alone."""
    return byte - 32 if is_ascii and 97 <= byte <= 122 else byte


@kernel
def _load_word(data: Any, at: int, end: int) -> np.uint64:
    """The bytes from `at` on, eight at most, the first of them lowest, and 0 where the text has ended."""
    left = min(end - at, 8)
    if at + 8 > len(data):
        word = np.uint64(0)
        for i in range(left):
            word |= np.uint64(data[at + i]) << np.uint64(8 * i)
        return word
    word = load_uint64(data.ctypes.data + at)
    return word if left == 8 else word & ((np.uint64(1) << np.uint64(8 * left)) - np.uint64(1))


@kernel
def _upper_word(word: np.uint64, is_ascii: bool) -> np.uint64:
    """`_capital` of eight bytes at once: the highest bit of each says whether it is a small letter."""
    if not is_ascii:
        return word
    is_small = (word + _SWAR_FROM_A) & ~(word + _SWAR_BEYOND_Z) & _SWAR_HIGH_BITS
    return word - (is_small >> np.uint64(2))


@kernel
def _is_ascii(data: Any, start: int, end: int) -> bool:
    for at in range(start, end, 8):
        if _load_word(data, at, end) & _SWAR_HIGH_BITS:
            return False
    return True


@kernel
def _hash_bytes(data: Any, start: int, end: int, is_ascii: bool) -> np.uint64:
    key = FNV_OFFSET_BASIS
    for at in range(start, end, 8):
        key = (key ^ _upper_word(_load_word(data, at, end), is_ascii)) * GOLDEN_RATIO_64
        key ^= key >> np.uint64(29)
    return key ^ key >> np.uint64(32)


@kernel
def _equals_interned(arena: Any, first: int, data: Any, start: int, end: int, is_ascii: bool) -> bool:
    """Whether a text is the one that begins at `first` in the arena and is as long."""
    for i in range(0, end - start, 8):
        if _load_word(arena, first + i, first + end - start) != _upper_word(_load_word(data, start + i, end), is_ascii):
            return False
    return True


@kernel
def _append_text(starts: Any, arena: Any, used: Any, data: Any, start: int, end: int, is_ascii: bool) -> None:
    """Put a new text behind the others."""
    for i in range(end - start):
        arena[used[1] + i] = _upper_byte(data[start + i], is_ascii)
    used[0] += 1
    used[1] += end - start
    starts[used[0]] = used[1]


@kernel
def _intern_block(
    slots: Any, starts: Any, arena: Any, used: Any, data: Any, starts_at: Any, ends_at: Any, codes: Any
) -> None:
    """The numbers of at most `_BLOCK` texts, new ones added; there must be room.

    What each row needs of the table lies anywhere, and is asked for before it is read.
    """
    keys, is_ascii = np.empty(_BLOCK_ROWS, np.uint64), np.empty(_BLOCK_ROWS, np.bool_)
    mask, one, half = np.uint64(len(slots) - 1), np.uint64(1), np.uint64(32)
    for row in range(len(codes)):
        is_ascii[row] = _is_ascii(data, starts_at[row], ends_at[row])
        keys[row] = _hash_bytes(data, starts_at[row], ends_at[row], is_ascii[row])
        prefetch(slots.ctypes.data + _SLOT_BYTES * np.int64(keys[row] & mask))
    for row in range(len(codes)):
        prefetch(arena.ctypes.data + np.int64(slots[keys[row] & mask, _ARENA_START]))
    for row in range(len(codes)):
        start, end, key = starts_at[row], ends_at[row], keys[row]
        size = np.uint64(end - start)
        if size == 0:
            continue
        at = key & mask
        while slots[at, _META] and not (
            slots[at, _HASH] == key
            and slots[at, _META] & _SIZE_MASK == size
            and _equals_interned(arena, int(slots[at, _ARENA_START]), data, start, end, is_ascii[row])
        ):
            at = (at + one) & mask
        if not slots[at, _META]:
            slots[at, _HASH], slots[at, _ARENA_START], slots[at, _META] = (
                key,
                used[1],
                np.uint64(used[0]) << half | size,
            )
            _append_text(starts, arena, used, data, start, end, is_ascii[row])
        codes[row] = slots[at, _META] >> half


@kernel
def _intern_all(data: Any, starts_at: Any, ends_at: Any, codes: Any, as_zip: bool) -> Any:
    """A table of the distinct texts, and each row's number in `codes`, a block of rows at a time."""
    table = _new_table()
    ends = np.empty(_BLOCK_ROWS, np.int64)
    for since in range(0, len(codes), _BLOCK_ROWS):
        until = min(since + _BLOCK_ROWS, len(codes))
        size = 0
        for row in range(since, until):
            ends[row - since] = ends_at[row]
            if as_zip and _is_zip9(data, starts_at[row], ends_at[row]):
                ends[row - since] = starts_at[row] + 5
            size += ends[row - since] - starts_at[row]
        if 2 * (table.used[0] + _BLOCK_ROWS) >= len(table.slots) or table.used[1] + size > len(table.arena):
            table = _reserve(table, _BLOCK_ROWS, size)
        _intern_block(
            table.slots, table.starts, table.arena, table.used,
            data, starts_at[since:until], ends[: until - since], codes[since:until],
        )  # fmt: skip
    return table


@kernel
def _is_zip9(data: Any, start: int, end: int) -> bool:
    """Nine digits, or ten characters with a hyphen after five."""
    size = end - start
    if size != 9 and not (size == 10 and data[start + 5] == _HYPHEN):
        return False
    for i in range(start, end):
        if not (48 <= data[i] <= 57 or (size == 10 and i == start + 5)):
            return False
    return True


@kernel
def _is_letter(byte: int) -> bool:
    return 65 <= byte <= 90 or 97 <= byte <= 122


@kernel
def _append_words(data: Any, start: int, end: int, line: Any, starts: Any, ends: Any, count: int) -> int:
    """Put the words of a field behind those that the line has; how many there are then, or -1: not words alone."""
    if end - start > MAX_FIELD_BYTES:
        return -1
    at = ends[count - 1] if count else 1
    inside = False
    i = start
    while i < end:
        byte = data[i]
        if _is_letter(byte) or is_digit(byte) or byte == _NUMBER_SIGN:
            if not inside or byte == _NUMBER_SIGN:
                if count == MAX_WORDS:
                    return -1
                if count:
                    line[at] = _SPACE
                    at += 1
                starts[count] = at
                count += 1
            inside = byte != _NUMBER_SIGN
            line[at] = byte - 32 if byte >= 97 else byte
            at += 1
            ends[count - 1] = at
            if (
                i + 3 < end
                and _is_letter(byte)
                and data[i + 1] == _DOT
                and data[i + 3] == _DOT
                and _is_letter(data[i + 2])
                and (i == start or not (_is_letter(data[i - 1]) or is_digit(data[i - 1])))
            ):
                line[at] = data[i + 2] - 32 if data[i + 2] >= 97 else data[i + 2]
                at += 1
                ends[count - 1] = at
                i += 3
        elif byte == _HYPHEN and inside and count == 1 and is_digit(line[starts[0]]):
            line[at] = byte
            at += 1
            ends[0] = at
        elif byte < 32 or byte > 126 or byte in (39, 124, 47, 38, _HYPHEN, 95):  # ' | / & - _
            return -1
        else:
            inside = False
        i += 1
    return count


@kernel
def _pack_slice(line: Any, start: int, end: int) -> int:
    """A word as `pack` has it, or 0: it is longer than eight letters."""
    if end - start > 7:
        return 0
    word = 0
    for i in range(start, end):
        word = word << 8 | int(line[i])
    return word


@kernel
def _is_all_digits(line: Any, start: int, end: int) -> bool:
    for i in range(start, end):
        if not is_digit(line[i]):
            return False
    return True


@kernel
def _ends_in_place(line: Any, starts: Any, ends: Any, count: int) -> bool:
    """Whether the last words may be a state and a ZIP code."""
    size = ends[count - 1] - starts[count - 1]
    before = count - 2
    return (
        (size == 5 or size == 9)
        and ends[before] - starts[before] == 2
        and _is_all_digits(line, starts[count - 1], ends[count - 1])
        and not is_digit(line[starts[before]])
        and not is_digit(line[starts[before] + 1])
    )


@kernel
def _unit_start(line: Any, starts: Any, ends: Any, count: int) -> int:
    """The word at which a unit of two words, or three with a number sign, begins; `count` where there is none."""
    last = count - 2
    if last < 2:
        return count
    word = _pack_slice(line, starts[last], ends[last])
    if word == _NUMBER_SIGN and last > 2:
        before = _pack_slice(line, starts[last - 1], ends[last - 1])
        if before != _NUMBER_SIGN and before in _PACKED_UNIT_DESIGNATORS:
            return last - 1
    return last if word in _PACKED_UNIT_DESIGNATORS else count


@kernel
def _is_plain_line(line: Any, starts: Any, ends: Any, count: int, first: int) -> bool:
    """Whether words that begin with a digit are a house number and a street, `first` of them from the first field."""
    if count < 2 or first == 0:
        return False
    if _pack_slice(line, starts[1], ends[1]) in _PACKED_FLOORS or _ends_in_place(line, starts, ends, count):
        return False
    size = ends[0] - starts[0]
    if size > 2 and _pack_slice(line, ends[0] - 2, ends[0]) in _PACKED_ORDINALS:
        return False
    if count == first:
        return True
    added = count - first
    if not (added == 2 or (added == 3 and _pack_slice(line, starts[first + 1], ends[first + 1]) == _NUMBER_SIGN)):
        return False
    return _pack_slice(line, starts[first], ends[first]) in _PACKED_UNIT_DESIGNATORS


@kernel
def _split_plain_lines(data: Any, offsets: Any, data2: Any, offsets2: Any, fate: Any, out: Any, bounds: Any) -> None:
    """The number, the head and the tail of each line, one behind the other in `out`; `bounds` says where they begin."""
    line = np.empty(MAX_LINE_BYTES, np.uint8)
    line[0] = _TILDE
    starts, ends = np.zeros(MAX_WORDS, np.int64), np.zeros(MAX_WORDS, np.int64)
    used = 0
    for row in range(len(fate)):
        bounds[:, row] = used
        start, end = offsets[row], offsets[row + 1]
        second = offsets2[row + 1] > offsets2[row]
        if start == end and not second:
            continue
        fate[row] = LINE_NEEDS_PARSER
        first = _append_words(data, start, end, line, starts, ends, 0)
        count = first
        if first > 0 and second:
            count = _append_words(data2, offsets2[row], offsets2[row + 1], line, starts, ends, first)
            if count == first:
                continue
        if first < 1 or count < 2:
            continue
        last = count - 1
        if is_digit(line[1]):
            if not _is_plain_line(line, starts, ends, count, first):
                continue
            at = _unit_start(line, starts, ends, count)
            used = bounds[1, row] = _copy_bytes(line, starts[0], ends[0], out, used)
            used = bounds[2, row] = _copy_bytes(line, starts[1], ends[at - 1], out, used)
            if at < count:
                used = _copy_bytes(line, starts[at], ends[last], out, used)
        else:
            if count < 3 or second or _pack_slice(line, starts[last - 1], ends[last - 1]) != _PACKED_BOX:
                continue
            if not _is_all_digits(line, starts[last], ends[last]):
                continue
            used = bounds[1, row] = _copy_bytes(line, starts[last], ends[last], out, used)
            used = bounds[2, row] = _copy_bytes(line, 0, ends[last - 1], out, used)
        bounds[3, row] = used
        fate[row] = LINE_SPLIT


@kernel
def _copy_bytes(line: Any, start: int, end: int, out: Any, used: int) -> int:
    for i in range(start, end):
        out[used + i - start] = line[i]
    return used + end - start


@kernel
def compact_codes(ids: Any, count: int) -> tuple[Any, Any]:
    """The rows' numbers below `count` told anew, from 1 in order of appearance (0 stays), and the old one of each."""
    new, old = np.zeros(count, np.uint32), np.zeros(count, np.uint32)
    codes = np.zeros(len(ids), np.uint32)
    used = 0
    for row in range(len(ids)):
        id_ = ids[row]
        if id_ == 0:
            continue
        if new[id_] == 0:
            used += 1
            new[id_] = used
            old[used] = id_
        codes[row] = new[id_]
    return codes, old[: used + 1]


@kernel
def intern_pairs(left: Any, right: Any) -> tuple[Any, Any]:
    """A number for each distinct pair of numbers, from 1 in order of appearance; 0 for (0, 0). With it, where each is first."""
    codes = np.zeros(len(left), np.uint32)
    slots = np.zeros(1 << 12, np.int64)
    keys, rows = np.zeros(1 << 11, np.uint64), np.zeros(1 << 11, np.int64)
    used = 1
    for row in range(len(left)):
        key = np.uint64(left[row]) << np.uint64(32) | np.uint64(right[row])
        if key == 0:
            continue
        if used == len(keys):
            slots = np.zeros(2 * len(slots), np.int64)
            keys = np.concatenate((keys, np.zeros(used, np.uint64)))
            rows = np.concatenate((rows, np.zeros(used, np.int64)))
            for code in range(1, used):
                slots[_find_slot(slots, keys, keys[code])] = code
        at = _find_slot(slots, keys, key)
        if slots[at] == 0:
            slots[at] = used
            keys[used] = key
            rows[used] = row
            used += 1
        codes[row] = slots[at]
    return codes, rows[:used]


@kernel
def _find_slot(slots: Any, keys: Any, key: Any) -> Any:
    """Where a key stands, or may be put."""
    mask = np.uint64(len(slots) - 1)
    mixed = key * GOLDEN_RATIO_64
    at = (mixed ^ mixed >> np.uint64(29)) & mask
    while slots[at] and keys[slots[at]] != key:
        at = (at + np.uint64(1)) & mask
    return at

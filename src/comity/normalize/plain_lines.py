"""Split plain address lines of a table, in compiled code: house number, street, and a unit at either end (`APT 4`).

Most address lines are plain: a look at their words is enough to split them. Lines that need more are marked
`LineStatus.NEEDS_PARSER` and are left to `line_splitter.py`.

Guarantees: a line that is split is split as `line_splitter.py` and `boxes_and_units.py` would split it, provided that
`encode.py` finds its street usable.
Does not: parse any part.
Start at `split_plain_lines`.
"""

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.columns.buffers import Bytes
from comity.columns.intern import Codes, intern
from comity.columns.kernel import kernel
from comity.columns.strings import is_digit
from comity.reference.address_vocabulary import FLOOR_WORDS, UNIT_DESIGNATORS_ALONE, select_words


class LineStatus(IntEnum):
    """What became of a line."""

    EMPTY = 0
    SPLIT = 1
    NEEDS_PARSER = 2


_SPLIT, _NEEDS_PARSER = int(LineStatus.SPLIT), int(LineStatus.NEEDS_PARSER)
MAX_WORDS = 14
MAX_FIELD_BYTES = 250
MAX_LINE_BYTES = 3 * MAX_FIELD_BYTES
"""Bytes that two fields of a line can become: a space is put around each number sign."""

_SPACE, _NUMBER_SIGN, _HYPHEN, _DOT, _TILDE = 32, 35, 45, 46, 126


def pack_word(word: str) -> int:
    """Return a word of up to seven letters as a number, which kernels compare at once."""
    return int.from_bytes(word.encode(), "big")


UNIT_DESIGNATORS = ("#", *select_words("unit", "plain"))
"""Words before a unit at the end of a line; FL is not one of them, as a number can come before it (`5TH FL`)."""
_PACKED_UNIT_DESIGNATORS = tuple(pack_word(word) for word in UNIT_DESIGNATORS)
_PACKED_FIRST_UNITS = tuple(
    pack_word(word)
    for word in ("#", *select_words("unit", "before_number"))
    if word in UNIT_DESIGNATORS and word not in UNIT_DESIGNATORS_ALONE
)
_PACKED_FLOORS = tuple(pack_word(word) for word in FLOOR_WORDS)
_PACKED_ORDINALS = tuple(pack_word(word) for word in ("ST", "ND", "RD", "TH"))
_PACKED_BOX = pack_word("BOX")


class InternedTexts(NamedTuple):
    """One text per row: the code of each row's text, and the distinct texts; code 0 is the empty text."""

    codes: Codes
    texts: list[str]


class PlainLines(NamedTuple):
    """Lines split into parts.

    Attributes:
        status: a `LineStatus` per row.
        numbers: the house numbers.
        streets: the streets; one that begins with `~` is the words before the number of a box.
        units: the units with their designators.
    """

    status: Bytes
    numbers: InternedTexts
    streets: InternedTexts
    units: InternedTexts


def split_plain_lines(street: pa.Array, street2: pa.Array) -> PlainLines:
    """Split the lines that two columns of raw text hold."""
    row_count = len(street)
    (data, offsets), (data2, offsets2) = _byte_buffers(street), _byte_buffers(street2)
    status = np.zeros(row_count, np.uint8)
    size = int(offsets[-1] - offsets[0] + offsets2[-1] - offsets2[0])
    out = np.empty(3 * size + 2 * row_count + 1, np.uint8)
    bounds = np.zeros(3 * row_count + 1, np.int64)
    _split_plain_lines(data, offsets, data2, offsets2, status, out, bounds)
    parts = pa.LargeStringArray.from_buffers(3 * row_count, pa.py_buffer(bounds), pa.py_buffer(out))
    numbers, streets, units = (
        InternedTexts(*intern(parts.take(pa.array(np.arange(part, 3 * row_count, 3))))) for part in range(3)
    )
    return PlainLines(status, numbers, streets, units)


def _byte_buffers(column: pa.Array) -> tuple[Bytes, npt.NDArray[np.int64]]:
    """Return the bytes of a column and the offsets of its values, both read-only; a null value is empty."""
    if column.null_count:
        column = column.fill_null("")
    column = column.cast(pa.large_string())
    _, offset_buffer, data_buffer = column.buffers()
    offsets = np.frombuffer(offset_buffer, dtype=np.int64) if offset_buffer else np.zeros(1, np.int64)
    offsets = offsets[column.offset : column.offset + len(column) + 1]
    data = np.frombuffer(data_buffer, np.uint8) if data_buffer and data_buffer.size else np.zeros(1, np.uint8)
    for array in (offsets, data):
        array.flags.writeable = False  # numba compiles a kernel again for each combination of writeable arrays
    return data, offsets


@kernel
def _is_letter(byte: int) -> bool:
    return 65 <= byte <= 90 or 97 <= byte <= 122


@kernel
def _append_words(data: Any, start: int, end: int, line: Any, starts: Any, ends: Any, count: int) -> int:
    """Append the words of a field to the line's `count` words; return the new count, or -1 if it needs the parser."""
    if end - start > MAX_FIELD_BYTES:
        return -1
    size = ends[count - 1] if count else 1
    in_word = False
    i = start
    while i < end:
        byte = data[i]
        if _is_letter(byte) or is_digit(byte) or byte == _NUMBER_SIGN:
            if not in_word or byte == _NUMBER_SIGN:
                if count == MAX_WORDS:
                    return -1
                if count:
                    line[size] = _SPACE
                    size += 1
                starts[count] = size
                count += 1
            in_word = byte != _NUMBER_SIGN
            line[size] = byte - 32 if byte >= 97 else byte
            size += 1
            ends[count - 1] = size
            if (
                i + 3 < end
                and _is_letter(byte)
                and data[i + 1] == _DOT
                and data[i + 3] == _DOT
                and _is_letter(data[i + 2])
                and (i == start or not (_is_letter(data[i - 1]) or is_digit(data[i - 1])))
            ):
                line[size] = data[i + 2] - 32 if data[i + 2] >= 97 else data[i + 2]
                size += 1
                ends[count - 1] = size
                i += 3
        elif byte == _HYPHEN and in_word and count == 1 and is_digit(line[starts[0]]):
            line[size] = byte
            size += 1
            ends[0] = size
        elif byte < 32 or byte > 126 or byte in (39, 124, 47, 38, _HYPHEN, 95):  # ' | / & - _
            return -1
        else:
            in_word = False
        i += 1
    return count


@kernel
def _pack_slice(line: Any, start: int, end: int) -> int:
    """Return a word as `pack_word` does, or 0 for more than seven letters."""
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
    """Return whether the last words may be a state and a ZIP code."""
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
    """Return the index of the word at which a unit of two words, or of three with a number sign, begins, or `count`."""
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
def _first_unit_length(line: Any, starts: Any, ends: Any, count: int) -> int:
    """Return of how many words a unit before the house number is (`APT 4`, `APT # 4`), or 0 if there is none.

    The value of the unit and the house number both begin with a digit, so that neither is read as anything else.
    """
    if _pack_slice(line, starts[0], ends[0]) not in _PACKED_FIRST_UNITS:
        return 0
    has_sign = line[starts[0]] != _NUMBER_SIGN and line[starts[1]] == _NUMBER_SIGN
    length = 3 if has_sign else 2
    if count < length + 2 or not is_digit(line[starts[length - 1]]) or not is_digit(line[starts[length]]):
        return 0
    return length


@kernel
def _move_words_last(line: Any, starts: Any, ends: Any, count: int, moved: int) -> None:
    """Rewrite a line with its first words at its end, as `clean_line` does with a unit before the house number."""
    start, end = starts[0], ends[count - 1]
    first = line[start : ends[moved - 1]].copy()
    shift = starts[moved] - start
    for i in range(start, end - shift):
        line[i] = line[i + shift]
    line[end - shift] = _SPACE
    line[end - len(first) : end] = first
    word = 0
    for i in range(start, end):
        if line[i] != _SPACE and (i == start or line[i - 1] == _SPACE):
            starts[word] = i
            word += 1
        ends[word - 1] = i + 1 if line[i] != _SPACE else ends[word - 1]


@kernel
def _is_plain_line(line: Any, starts: Any, ends: Any, count: int, first: int) -> bool:
    """Return whether words that begin with a digit are a house number and a street; `first` are of the first field."""
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
def _split_plain_lines(data: Any, offsets: Any, data2: Any, offsets2: Any, status: Any, out: Any, bounds: Any) -> None:
    """Write the number, street and unit of each line to `out`, one after the other; `bounds` are their offsets."""
    line = np.empty(MAX_LINE_BYTES, np.uint8)
    line[0] = _TILDE
    starts, ends = np.zeros(MAX_WORDS, np.int64), np.zeros(MAX_WORDS, np.int64)
    used = 0
    for row in range(len(status)):
        bounds[3 * row : 3 * row + 4] = used
        start, end = offsets[row], offsets[row + 1]
        has_second = offsets2[row + 1] > offsets2[row]
        if start == end and not has_second:
            continue
        status[row] = _NEEDS_PARSER
        first = _append_words(data, start, end, line, starts, ends, 0)
        count = first
        if first > 0 and has_second:
            count = _append_words(data2, offsets2[row], offsets2[row + 1], line, starts, ends, first)
            if count == first:
                continue
        if first < 1 or count < 2:
            continue
        last = count - 1
        moved = 0 if has_second else _first_unit_length(line, starts, ends, count)
        if moved > 0:
            _move_words_last(line, starts, ends, count, moved)
        if is_digit(line[1]):
            if not _is_plain_line(line, starts, ends, count, first):
                continue
            unit = _unit_start(line, starts, ends, count)
            used = bounds[3 * row + 1] = _copy_bytes(line, starts[0], ends[0], out, used)
            used = bounds[3 * row + 2] = _copy_bytes(line, starts[1], ends[unit - 1], out, used)
            if unit < count:
                used = _copy_bytes(line, starts[unit], ends[last], out, used)
        else:
            if count < 3 or has_second or _pack_slice(line, starts[last - 1], ends[last - 1]) != _PACKED_BOX:
                continue
            if not _is_all_digits(line, starts[last], ends[last]):
                continue
            used = bounds[3 * row + 1] = _copy_bytes(line, starts[last], ends[last], out, used)
            used = bounds[3 * row + 2] = _copy_bytes(line, 0, ends[last - 1], out, used)
        bounds[3 * row + 3] = used
        status[row] = _SPLIT


@kernel
def _copy_bytes(line: Any, start: int, end: int, out: Any, used: int) -> int:
    """Copy a slice of the line to the end of `out`; return the new end."""
    for i in range(start, end):
        out[used + i - start] = line[i]
    return used + end - start

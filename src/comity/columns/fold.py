"""Fold text as written to one form that rules can compare: capitals, digits, '#', single spaces.

Guarantees: nothing raises, whatever the text holds (right-to-left marks, combining characters, lone quotation marks,
a megabyte in one field); invisible characters vanish, so they cannot split a word to slip past a rule; only the first
`MAX_TEXT_LENGTH` characters are folded. Large columns are folded in chunks, on all processors (ADR 0014).
Does not: change what anything means: no word is abbreviated or corrected. Apostrophes and periods vanish ("Don't" is
DONT, "P.O." is PO); every other mark becomes a space, except '#', and "c/o", which becomes CAREOF.
Basis: ADR 0019.
Start at `fold`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Bools, Bytes, Offsets, data_and_offsets
from comity.columns.kernel import inline_kernel, kernel
from comity.columns.parallel import map_chunks_parallel
from comity.columns.transliteration import MAX_TEXT_LENGTH, TransliterationTable


def translation_table(keep: str, drop: str = "") -> Bytes:
    """Build a table of 256 bytes for `translate_bytes`: keep letters as capitals, drop others, make the rest a space.

    Args:
        keep: capitals, digits and marks to keep; their small letters become capitals.
        drop: characters to remove; the table holds 0 for them.
    """
    table = bytearray(b" " * 256)
    for letter in keep:
        table[ord(letter)] = table[ord(letter.lower())] = ord(letter)
    for letter in drop:
        table[ord(letter)] = 0
    return np.frombuffer(bytes(table), dtype=np.uint8)


_LETTERS, _DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
_FOLD_TABLE = translation_table(_LETTERS + _DIGITS + "#", "'`.")
_TRANSLITERATION = TransliterationTable()
_UNUSUAL_BYTES = np.isin(np.arange(256), [*b"/%.fF", *range(128, 256)]).astype(np.uint8)
_UNUSUAL_BYTES.flags.writeable = False
_CARE_OF = r"(?i)(?:^|[ ,;(])C ?/ ?O(?:[ .:]|$)|(?:^|[ ,;(])C\.O\. |^ *%|\bCARE OF\b"

_SPACE, _DOT, _SLASH = 32, 46, 47
_UPPERCASE_MASK = np.uint8(0xDF)  # clears the bit in which small letters differ from capitals
_C, _E, _F, _O = np.uint8(67), np.uint8(69), np.uint8(70), np.uint8(79)
_NO_BYTE = np.uint8(0)  # what a space becomes under the mask, too


def to_string_array(column: Any) -> pa.Array:
    """Return a column as one array of strings: nulls as '', values cut just beyond `MAX_TEXT_LENGTH`."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    arrays = [chunk.cast(pa.string()).fill_null("") for chunk in chunks]
    text = arrays[0] if len(arrays) == 1 else pa.chunked_array(arrays, pa.string()).combine_chunks()
    if (pc.max(pc.binary_length(text)).as_py() or 0) > MAX_TEXT_LENGTH:
        text = pc.utf8_slice_codeunits(text, 0, MAX_TEXT_LENGTH + 1)
    return text


def fold(column: Any) -> pa.Array:
    """Fold a column of text.

    >>> fold(pa.array(["  Don't  care, 12345", "P.O. Box 7", None, "C/O Ana"])).to_pylist()
    ['DONT CARE 12345', 'PO BOX 7', '', 'CAREOF ANA']
    """
    return pa.concat_arrays(map_chunks_parallel(_fold_chunk, to_string_array(column)))


def fold_lines(street: Any, street2: Any) -> pa.Array:
    """Fold two columns into one line per row.

    >>> fold_lines(pa.array(["12 Oak St.", None]), pa.array(["#4", "c/o Ana"])).to_pylist()
    ['12 OAK ST #4', 'CAREOF ANA']
    """
    return pa.concat_arrays(map_chunks_parallel(_fold_lines_chunk, to_string_array(street), to_string_array(street2)))


def fold_text(text: str) -> str:
    """Fold one text as `fold` folds a column."""
    return str(fold(pa.array([text], pa.string()))[0].as_py())


def translate_bytes(text: pa.Array, table: Bytes) -> pa.Array:
    """Map the bytes of ASCII text through a table of 256 (see `translation_table`), then leave single spaces."""
    return pa.concat_arrays(map_chunks_parallel(lambda chunk: _translate_chunk(chunk, table), text))


def to_ascii(text: pa.Array) -> pa.Array:
    """Transliterate text to ASCII: letters of other alphabets and with marks become plain, invisible marks vanish."""
    return _apply_where(text, pc.invert(pc.string_is_ascii(text)), _to_ascii_chunk)


def _fold_chunk(text: pa.Array) -> pa.Array:
    return _translate_chunk(_transliterate_unusual(text), _FOLD_TABLE)


def _fold_lines_chunk(street: pa.Array, street2: pa.Array) -> pa.Array:
    data, offsets = data_and_offsets(_transliterate_unusual(street))
    data2, offsets2 = data_and_offsets(_transliterate_unusual(street2))
    size = int(offsets[-1] - offsets[0] + offsets2[-1] - offsets2[0])
    out, ends = np.empty(size + len(street) + 1, dtype=np.uint8), np.zeros(len(offsets), dtype=np.int32)
    _fold_pairs(data, offsets, data2, offsets2, _FOLD_TABLE, out, ends)
    return pa.StringArray.from_buffers(len(street), pa.py_buffer(ends), pa.py_buffer(out))


def _translate_chunk(text: pa.Array, table: Bytes) -> pa.Array:
    data, offsets = data_and_offsets(text)
    out, ends = np.empty(int(offsets[-1] - offsets[0]) + 1, dtype=np.uint8), np.zeros(len(offsets), dtype=np.int32)
    _fold_rows(data, offsets, table, out, ends)
    return pa.StringArray.from_buffers(len(text), pa.py_buffer(ends), pa.py_buffer(out))


def _transliterate_unusual(text: pa.Array) -> pa.Array:
    """Return the texts in ASCII with "care of" as one word; only values with an unusual byte are looked at closely."""
    marked = np.zeros(len(text), dtype=np.bool_)
    _mark_unusual_values(*data_and_offsets(text), _UNUSUAL_BYTES, marked)
    return _apply_where(
        text, pa.array(marked), lambda values: pc.replace_substring_regex(to_ascii(values), _CARE_OF, " CAREOF ")
    )


def _to_ascii_chunk(text: pa.Array) -> pa.Array:
    encoded = text.dictionary_encode()
    values = [str(value).translate(_TRANSLITERATION)[:MAX_TEXT_LENGTH] for value in encoded.dictionary.to_pylist()]
    return pa.array(values, pa.string()).take(encoded.indices)


def _apply_where(array: pa.Array, mask: pa.Array, change: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Return `array` with `change` applied to the values where `mask` is true."""
    if not pc.any(mask).as_py():
        return array
    return pc.replace_with_mask(array, mask, change(array.filter(mask)))


@inline_kernel
def _fold_value(data: Bytes, begin: int, end: int, table: Bytes, out: Bytes, row_start: int, at: int) -> int:
    """Append one folded value to `out` at `at`, after a space if the row already has letters; return the new end.

    The loop has no branches, because a processor cannot predict where words end.
    """
    if at > row_start:
        out[at] = _SPACE
        at += 1
    follows_gap = True
    for i in range(np.uint64(begin), np.uint64(end)):
        byte = table[data[i]]
        out[at] = byte
        is_space, is_written = byte == _SPACE, byte != 0
        at += is_written & ~(is_space & follows_gap)
        follows_gap = (is_written & is_space) | (follows_gap & ~is_written)
    return at - (at > row_start and out[at - 1] == _SPACE)


@kernel
def _fold_rows(data: Bytes, offsets: Offsets, table: Bytes, out: Bytes, ends: Offsets) -> None:
    """Fold each value into `out` and write where each row ends; `out` needs one byte more than the data."""
    at = 0
    for row in range(len(offsets) - 1):
        at = _fold_value(data, offsets[row], offsets[row + 1], table, out, at, at)
        ends[row + 1] = at


@kernel
def _fold_pairs(
    data: Bytes, offsets: Offsets, data2: Bytes, offsets2: Offsets, table: Bytes, out: Bytes, ends: Offsets
) -> None:
    """Fold two columns into one row each, with a space between two values that both leave letters."""
    at = 0
    for row in range(len(offsets) - 1):
        row_start = at
        at = _fold_value(data, offsets[row], offsets[row + 1], table, out, row_start, at)
        at = _fold_value(data2, offsets2[row], offsets2[row + 1], table, out, row_start, at)
        ends[row + 1] = at


@kernel
def _mark_unusual_values(data: Bytes, offsets: Offsets, is_unusual: Bytes, marked: Bools) -> None:
    """Mark values that hold a byte beyond ASCII or may say "care of": `%`, `C/`, `C /`, `C.O`, `E OF` in either case.

    `is_unusual` is not 0 for the bytes that deserve a look: those beyond ASCII, `%`, `/`, `.` and F.
    """
    for row in range(len(marked)):
        begin = offsets[row]
        for i in range(begin, offsets[row + 1]):
            byte = data[i]
            if is_unusual[byte] == 0:
                continue
            previous = data[i - 1] & _UPPERCASE_MASK if i - 1 >= begin else _NO_BYTE
            before_that = data[i - 2] & _UPPERCASE_MASK if i - 2 >= begin else _NO_BYTE
            if byte in (_SLASH, _DOT):
                marked[row] |= previous == _C or (previous == _NO_BYTE and before_that == _C)
            elif byte & _UPPERCASE_MASK == _F:
                has_e = i - 3 >= begin and data[i - 3] & _UPPERCASE_MASK == _E
                marked[row] |= previous == _O and before_that == _NO_BYTE and has_e
            else:
                marked[row] = True

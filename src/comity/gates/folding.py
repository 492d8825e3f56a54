"""Text as written, folded to one form that rules can compare: capitals, digits, '#', single spaces.

Guarantees: nothing raises, whatever the text holds (right-to-left marks, combining characters, lone quotation marks,
a megabyte in one field); invisible characters vanish, so they cannot split a word to slip past a rule; only the first
`LONGEST` characters are folded.
Does not: change what anything means: no word is abbreviated or corrected. Apostrophes and periods vanish ("Don't" is
DONT, "P.O." is PO); every other mark is a space, except '#', and "c/o", which becomes CAREOF.
Start at `fold`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from anyascii import anyascii

Int8s = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]

LONGEST = 250
"""No mailing address line is longer; what comes after is not read (and A07 refuses the line)."""

_SLICE = 8_192


def byte_table(keep: str, vanish: str = "") -> bytes:
    """A table for `translate`: these characters stay (small letters become capitals), these vanish, others are a space."""
    table = bytearray(b" " * 256)
    for letter in keep:
        table[ord(letter)] = table[ord(letter.lower())] = ord(letter)
    for letter in vanish:
        table[ord(letter)] = 0
    return bytes(table)


_LETTERS, _DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
_FOLDED = byte_table(_LETTERS + _DIGITS + "#", "'`.")
DIGITS_ALONE = byte_table(_DIGITS)
_LETTER_WEIGHTS = byte_table(_LETTERS, "".join(chr(code) for code in range(128) if not chr(code).isalpha()))
_CARE_OF = r"(?i)(?:^|[ ,;(])C ?/ ?O(?:[ .:]|$)|(?:^|[ ,;(])C\.O\. |^ *%|\bCARE OF\b"


def plain(column: Any) -> pa.Array:
    """A column as one array of strings without nulls."""
    chunked = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    short = chunked.cast(pa.string()).fill_null("")
    if (pc.max(pc.binary_length(short)).as_py() or 0) > LONGEST:
        short = pc.utf8_slice_codeunits(short, 0, LONGEST + 1)
    return short.combine_chunks() if short.num_chunks != 1 else short.chunk(0)


def where(array: pa.Array, mask: pa.Array, change: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """`array` with `change` applied where `mask` is true, and only there."""
    if not pc.any(mask).as_py():
        return array
    return pc.replace_with_mask(array, mask, change(array.filter(mask)))


def fold(column: Any) -> pa.Array:
    """A column of text, folded.

    >>> fold(pa.array(["  Don't  care, 12345", "P.O. Box 7", None, "C/O Ana"])).to_pylist()
    ['DONT CARE 12345', 'PO BOX 7', '', 'CAREOF ANA']
    """
    text = to_ascii(plain(column))
    return translate(
        where(text, pc.match_substring_regex(text, r"[/%]|[Cc]\.[Oo]|[Ee] +[Oo][Ff]"), _mark_care_of), _FOLDED
    )


def translate(text: pa.Array, table: bytes) -> pa.Array:
    """ASCII text, byte for byte through a table of 256, in which 0 stands for nothing; then single spaces.

    Works on the bytes of all rows at once, a slice of rows at a time, because a regular expression per row is some
    ten times slower.
    """
    slices = [text.slice(start, _SLICE) for start in range(0, len(text), _SLICE)]
    parts = [_translate(part, table) for part in slices] or [pa.array([], pa.string())]
    return pc.ascii_rtrim(pa.concat_arrays(parts), " ")


def _translate(text: pa.Array, table: bytes) -> pa.Array:
    _, raw_offsets, raw_data = text.buffers()
    offsets = np.frombuffer(raw_offsets, dtype=np.int32)[text.offset : text.offset + len(text) + 1]
    data = np.frombuffer(raw_data or b"", dtype=np.uint8)[offsets[0] : offsets[-1]]
    out, ends = _keep(
        np.frombuffer(data.tobytes().translate(table), dtype=np.uint8),
        offsets - offsets[0],
        lambda out, _starts: out != 0,
    )
    out, ends = _keep(out, ends, _is_no_repeated_space)
    return pa.StringArray.from_buffers(len(text), pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(out))


def _keep(
    data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int32], test: Callable[[Any, Any], Bools]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """The bytes that pass a test, and where each row of them starts and ends."""
    keep = test(data, offsets[:-1])
    if keep.all():
        return data, offsets
    dropped = np.flatnonzero(~keep)
    return data[keep], offsets - np.searchsorted(dropped, offsets).astype(np.int32)


def _is_no_repeated_space(data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int32]) -> Bools:
    space = data == ord(" ")
    after = np.empty_like(space)
    after[:1] = True
    after[1:] = space[:-1]
    after[starts[starts < len(data)]] = True  # a space at the start of a row goes too
    return np.asarray(~(space & after), dtype=np.bool_)


def to_ascii(text: pa.Array) -> pa.Array:
    """Letters of other alphabets and with marks as plain letters; marks that are not seen, as nothing."""
    return where(text, pc.invert(pc.string_is_ascii(text)), _to_ascii)


def letter_sums(text: pa.Array) -> npt.NDArray[np.int64]:
    """For each ASCII value, a number that is the same for values alike but for case, marks, spaces and digits."""
    sums = np.zeros(len(text), dtype=np.int64)
    for start in range(0, len(text), _SLICE):
        part = text.slice(start, _SLICE)
        _, raw_offsets, raw_data = part.buffers()
        offsets = np.frombuffer(raw_offsets, dtype=np.int32)[part.offset : part.offset + len(part) + 1]
        letters = (raw_data or b"")[offsets[0] : offsets[-1]]
        weights = np.frombuffer(bytes(letters).translate(_LETTER_WEIGHTS), dtype=np.uint8)
        filled = np.flatnonzero(np.diff(offsets))
        if len(filled):
            sums[start + filled] = np.add.reduceat(weights, offsets[filled] - offsets[0], dtype=np.int64)
    return sums


def fold_text(text: str) -> str:
    """One text, folded as `fold` does it."""
    return str(fold(pa.array([text], pa.string()))[0].as_py())


def matches(array: pa.Array, pattern: str) -> Bools:
    """For each value, whether the pattern occurs in it."""
    return to_bools(pc.match_substring_regex(array, pattern))


def to_bools(array: pa.Array) -> Bools:
    """An Arrow boolean array as numpy; null is false."""
    return np.asarray(array.fill_null(fill_value=False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def by_value(column: Any, judge: Callable[[str], int]) -> Int8s:
    """One small integer per row, computed once for each distinct value of the column (nulls count as '')."""
    encoded = plain(column).dictionary_encode()
    of_value = np.array([judge(str(value)) for value in encoded.dictionary.to_pylist()] or [0], dtype=np.int8)
    return np.asarray(of_value[encoded.indices.to_numpy(zero_copy_only=False)], dtype=np.int8)


def most_of_one(array: pa.Array) -> int:
    """How many rows hold the commonest value, the empty one aside.

    >>> most_of_one(pa.array(["a", "", "b", "a", "", ""]))
    2
    """
    counts = array.filter(pc.not_equal(array, "")).value_counts().field("counts")
    return int(pc.max(counts).as_py() or 0)


def _to_ascii(part: pa.Array) -> pa.Array:
    encoded = part.dictionary_encode()
    values = pa.array([anyascii(str(value))[:LONGEST] for value in encoded.dictionary.to_pylist()], pa.string())
    return values.take(encoded.indices)


def _mark_care_of(part: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(part, _CARE_OF, " CAREOF ")

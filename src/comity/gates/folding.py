"""Text as written, folded to one form that rules can compare: capitals, digits, '#', single spaces.

Guarantees: nothing raises, whatever the text holds (right-to-left marks, combining characters, lone quotation marks,
a megabyte in one field); invisible characters vanish, so they cannot split a word to slip past a rule; only the first
`LONGEST` characters are folded. Large columns are folded and searched in parts, on all processors (ADR 0014).
Does not: change what anything means: no word is abbreviated or corrected. Apostrophes and periods vanish ("Don't" is
DONT, "P.O." is PO); every other mark is a space, except '#', and "c/o", which becomes CAREOF.
Start at `fold`.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from anyascii import anyascii

from comity.model.text import offsets_of

Int8s = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]

LONGEST = 250
"""No mailing address line is longer; what comes after is not read (and A07 refuses the line)."""

_FEW = 20_000
_SLICE = 8_192
_T = TypeVar("_T")


class _Letters(dict[int, str]):
    """For `str.translate`: what stands for a character in ASCII, looked up once; much the faster for it."""

    def __missing__(self, code: int) -> str:
        """Look it up and keep it; there are as many as the languages have letters."""
        return self.setdefault(code, anyascii(chr(code)))


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
_LETTER_WEIGHTS = byte_table(_LETTERS, "".join(chr(code) for code in range(128) if not chr(code).isalpha()))
_LETTERS_OF = _Letters()
ODD = np.uint64(0x9E3779B97F4A7C15)
"""An odd number that spreads the bits of what is multiplied by it."""
_CARE_OF = r"(?i)(?:^|[ ,;(])C ?/ ?O(?:[ .:]|$)|(?:^|[ ,;(])C\.O\. |^ *%|\bCARE OF\b"


def in_parts(change: Callable[..., _T], *columns: Any) -> list[_T]:
    """What `change` makes of the columns (Arrow or NumPy arrays of one length), a part for each processor, in order.

    `change` must look at each row alone. Few parts, as each would compile its regular expressions anew.

    >>> sum(in_parts(len, pa.array(["a"] * 40_000)))
    40000
    """
    count, workers = len(columns[0]), os.cpu_count() or 1
    if count <= _FEW or workers == 1:
        return [change(*columns)]
    step = -(-count // workers)
    parts = [[column[at : at + step] for column in columns] for at in range(0, count, step)]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda part: change(*part), parts))


def plain(column: Any) -> pa.Array:
    """A column as one array of strings without nulls."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    parts = [chunk.cast(pa.string()).fill_null("") for chunk in chunks]
    text = parts[0] if len(parts) == 1 else pa.chunked_array(parts, pa.string()).combine_chunks()
    if (pc.max(pc.binary_length(text)).as_py() or 0) > LONGEST:
        text = pc.utf8_slice_codeunits(text, 0, LONGEST + 1)
    return text


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
    return pa.concat_arrays(in_parts(_fold, plain(column)))


def _fold(part: pa.Array) -> pa.Array:
    text = to_ascii(part)
    may_say_so = pc.match_substring_regex(text, r"[/%]|[Cc]\.[Oo]|[Ee] +[Oo][Ff]")
    return _translate(where(text, may_say_so, _mark_care_of), _FOLDED)


def translate(text: pa.Array, table: bytes) -> pa.Array:
    """ASCII text, byte for byte through a table of 256, in which 0 stands for nothing; then single spaces.

    Works on the bytes of many rows at once, because a regular expression per row is some ten times slower.
    """
    return pa.concat_arrays(in_parts(lambda part: _translate(part, table), text))


def _data(text: pa.Array) -> bytes:
    """The bytes of all values, one after another."""
    offsets = offsets_of(text)
    return bytes((text.buffers()[2] or b"")[offsets[0] : offsets[-1]])


def _translate(text: pa.Array, table: bytes) -> pa.Array:
    return pa.concat_arrays([_translate_some(some, table) for some in _slices(text)])


def _slices(text: pa.Array) -> list[pa.Array]:
    """Parts that fit a processor's cache; one at least."""
    return [text.slice(at, _SLICE) for at in range(0, max(len(text), 1), _SLICE)]


def _translate_some(text: pa.Array, table: bytes) -> pa.Array:
    offsets = offsets_of(text)
    out = np.frombuffer(_data(text).translate(table), dtype=np.uint8)
    out, ends = _keep(out, offsets - offsets[0], lambda out, _starts: out != 0)
    out, ends = _keep(out, ends, _is_no_repeated_space)
    folded = pa.StringArray.from_buffers(len(text), pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(out))
    return pc.ascii_rtrim(folded, " ")


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
    return np.concatenate([_letter_sums(some) for some in _slices(text)])


def _letter_sums(part: pa.Array) -> npt.NDArray[np.int64]:
    sums = np.zeros(len(part), dtype=np.int64)
    offsets = offsets_of(part)
    weights = np.frombuffer(_data(part).translate(_LETTER_WEIGHTS), dtype=np.uint8)
    filled = np.flatnonzero(np.diff(offsets))
    if len(filled):
        sums[filled] = np.add.reduceat(weights, offsets[filled] - offsets[0], dtype=np.uint32)
    return sums


def fold_text(text: str) -> str:
    """One text, folded as `fold` does it."""
    return str(fold(pa.array([text], pa.string()))[0].as_py())


def matches(array: pa.Array, pattern: str) -> Bools:
    """For each value, whether the pattern occurs in it."""
    return np.concatenate(in_parts(lambda part: to_bools(pc.match_substring_regex(part, pattern)), array))


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
    filled = array.filter(pc.not_equal(array, ""))
    rough = np.concatenate([_digests(some) for some in _slices(filled)])
    if not _has_repeated(rough):  # as of case numbers it is meant to be
        return len(rough[:1])
    inverse, sizes = np.unique(rough, return_inverse=True, return_counts=True)[1:]
    repeated = filled.filter(pa.array(sizes[inverse] > 1))
    return int(pc.max(repeated.value_counts().field("counts")).as_py())


def _has_repeated(values: npt.NDArray[np.uint64]) -> bool:
    ordered = np.sort(values)
    return bool((ordered[1:] == ordered[:-1]).any())


def _digests(part: pa.Array) -> npt.NDArray[np.uint64]:
    """A number for each value that is the same for equal values, and seldom for others."""
    offsets = offsets_of(part)
    data = np.frombuffer(_data(part), dtype=np.uint8)
    sums = np.zeros((len(part)), dtype=np.uint64)
    lengths = np.diff(offsets)
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        taken = data[(offsets[rows] - offsets[0])[:, None] + np.arange(length)]
        words = np.zeros((len(rows), -(-int(length) // 8) * 8), dtype=np.uint8)
        words[:, :length] = taken
        for word in words.view(np.uint64).T:
            sums[rows] = (sums[rows] ^ word) * ODD + np.uint64(length)
            sums[rows] ^= sums[rows] >> np.uint64(29)
    return sums


def _to_ascii(part: pa.Array) -> pa.Array:
    encoded = part.dictionary_encode()
    values = [str(value).translate(_LETTERS_OF)[:LONGEST] for value in encoded.dictionary.to_pylist()]
    return pa.array(values, pa.string()).take(encoded.indices)


def _mark_care_of(part: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(part, _CARE_OF, " CAREOF ")

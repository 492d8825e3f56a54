"""Text as written, folded to one form that rules can compare: capitals, digits, '#', single spaces.

Guarantees: nothing raises, whatever the text holds (right-to-left marks, combining characters, lone quotation marks,
a megabyte in one field); invisible characters vanish, so they cannot split a word to slip past a rule; only the first
`LONGEST` characters are folded. Large columns are folded and searched in parts, on all processors (ADR 0014).
Does not: change what anything means: no word is abbreviated or corrected. Apostrophes and periods vanish ("Don't" is
DONT, "P.O." is PO); every other mark is a space, except '#', and "c/o", which becomes CAREOF.
Start at `fold`.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from anyascii import anyascii

from comity.columns import byte_kernels
from comity.columns.buffers import data_and_offsets

Bytes = byte_kernels.Bytes
Bools = byte_kernels.Bools
Int8s = npt.NDArray[np.int8]

MAX_TEXT_LENGTH = 250
"""No mailing address line is longer; what comes after is not read (and A07 refuses the line)."""

PARALLEL_MIN_ROWS = 20_000
"""So many rows are as quickly done on one processor."""
_T = TypeVar("_T")


class _TransliterationTable(dict[int, str]):
    """For `str.translate`: what stands for a character in ASCII, looked up once; much the faster for it."""

    def __missing__(self, code: int) -> str:
        """Look it up and keep it; there are as many as the languages have letters."""
        return self.setdefault(code, anyascii(chr(code)))


def translation_table(keep: str, vanish: str = "") -> Bytes:
    """A table for `translate`: these characters stay (small letters become capitals), these vanish, others are a space."""
    table = bytearray(b" " * 256)
    for letter in keep:
        table[ord(letter)] = table[ord(letter.lower())] = ord(letter)
    for letter in vanish:
        table[ord(letter)] = 0
    return np.frombuffer(bytes(table), dtype=np.uint8)


_LETTERS, _DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
_FOLD_TABLE = translation_table(_LETTERS + _DIGITS + "#", "'`.")
_TRANSLITERATION = _TransliterationTable()
_UNUSUAL_BYTES = np.isin(np.arange(256), [*b"/%.fF", *range(128, 256)]).astype(np.uint8)
_UNUSUAL_BYTES.flags.writeable = False
_CARE_OF = r"(?i)(?:^|[ ,;(])C ?/ ?O(?:[ .:]|$)|(?:^|[ ,;(])C\.O\. |^ *%|\bCARE OF\b"


def map_chunks_parallel(change: Callable[..., _T], *columns: Any) -> list[_T]:
    """What `change` makes of the columns (Arrow or NumPy arrays of one length), a part for each processor, in order.

    `change` must look at each row alone. Few parts, as each would compile its regular expressions anew.

    >>> sum(in_parts(len, pa.array(["a"] * 40_000)))
    40000
    """
    count, workers = len(columns[0]), os.cpu_count() or 1
    if count <= PARALLEL_MIN_ROWS or workers == 1:
        return [change(*columns)]
    step = -(-count // workers)
    parts = [[column[at : at + step] for column in columns] for at in range(0, count, step)]
    return run_parallel([partial(change, *part) for part in parts])


def run_parallel(works: Sequence[Callable[[], _T]]) -> list[_T]:
    """What some works come to, done on all processors, in order."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda work: work(), works))


def to_string_array(column: Any) -> pa.Array:
    """A column as one array of strings without nulls."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    parts = [chunk.cast(pa.string()).fill_null("") for chunk in chunks]
    text = parts[0] if len(parts) == 1 else pa.chunked_array(parts, pa.string()).combine_chunks()
    if (pc.max(pc.binary_length(text)).as_py() or 0) > MAX_TEXT_LENGTH:
        text = pc.utf8_slice_codeunits(text, 0, MAX_TEXT_LENGTH + 1)
    return text


def apply_where(array: pa.Array, mask: pa.Array, change: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """`array` with `change` applied where `mask` is true, and only there."""
    if not pc.any(mask).as_py():
        return array
    return pc.replace_with_mask(array, mask, change(array.filter(mask)))


def fold(column: Any) -> pa.Array:
    """A column of text, folded.

    >>> fold(pa.array(["  Don't  care, 12345", "P.O. Box 7", None, "C/O Ana"])).to_pylist()
    ['DONT CARE 12345', 'PO BOX 7', '', 'CAREOF ANA']
    """
    return pa.concat_arrays(map_chunks_parallel(_fold_chunk, to_string_array(column)))


def fold_lines(street: Any, street2: Any) -> pa.Array:
    """Two columns folded, as one line each.

    >>> fold_lines(pa.array(["12 Oak St.", None]), pa.array(["#4", "c/o Ana"])).to_pylist()
    ['12 OAK ST #4', 'CAREOF ANA']
    """
    return pa.concat_arrays(map_chunks_parallel(_fold_lines_chunk, to_string_array(street), to_string_array(street2)))


def _fold_chunk(part: pa.Array) -> pa.Array:
    return _translate_chunk(_transliterate_unusual(part), _FOLD_TABLE)


def _fold_lines_chunk(street: pa.Array, street2: pa.Array) -> pa.Array:
    (one, starts), (two, starts2) = (
        data_and_offsets(_transliterate_unusual(street)),
        data_and_offsets(_transliterate_unusual(street2)),
    )
    size = int(starts[-1] - starts[0] + starts2[-1] - starts2[0])
    out, ends = np.empty(size + len(street) + 1, dtype=np.uint8), np.zeros(len(starts), dtype=np.int32)
    byte_kernels.fold_pairs(one, starts, two, starts2, _FOLD_TABLE, out, ends)
    return pa.StringArray.from_buffers(len(street), pa.py_buffer(ends), pa.py_buffer(out))


def _transliterate_unusual(part: pa.Array) -> pa.Array:
    """The texts in ASCII, and "care of" as one word."""
    marked = np.zeros(len(part), dtype=np.bool_)
    byte_kernels.mark_unusual_values(*data_and_offsets(part), _UNUSUAL_BYTES, marked)
    return apply_where(
        part, pa.array(marked), lambda some: pc.replace_substring_regex(to_ascii(some), _CARE_OF, " CAREOF ")
    )


def translate_bytes(text: pa.Array, table: Bytes) -> pa.Array:
    """ASCII text, byte for byte through a table of 256, in which 0 stands for nothing; then single spaces."""
    return pa.concat_arrays(map_chunks_parallel(lambda part: _translate_chunk(part, table), text))


def _translate_chunk(text: pa.Array, table: Bytes) -> pa.Array:
    data, offsets = data_and_offsets(text)
    out, ends = np.empty(int(offsets[-1] - offsets[0]) + 1, dtype=np.uint8), np.zeros(len(offsets), dtype=np.int32)
    byte_kernels.fold_rows(data, offsets, table, out, ends)
    return pa.StringArray.from_buffers(len(text), pa.py_buffer(ends), pa.py_buffer(out))


def to_ascii(text: pa.Array) -> pa.Array:
    """Letters of other alphabets and with marks as plain letters; marks that are not seen, as nothing."""
    return apply_where(text, pc.invert(pc.string_is_ascii(text)), _to_ascii_chunk)


def letter_sum_hashes(text: pa.Array) -> npt.NDArray[np.int64]:
    """For each ASCII value, a number that is the same for values alike but for case, marks, spaces and digits."""
    return np.concatenate(map_chunks_parallel(_letter_sum_chunk, text))


def _letter_sum_chunk(part: pa.Array) -> npt.NDArray[np.int64]:
    sums = np.zeros(len(part), dtype=np.int64)
    byte_kernels.sum_letters(*data_and_offsets(part), sums)
    return sums


def contains_any(text: pa.Array, finder: byte_kernels.AhoCorasick) -> Bools:
    """For each value, whether the finder finds something in it."""
    return np.concatenate(map_chunks_parallel(lambda part: _contains_any_chunk(part, finder), text))


def _contains_any_chunk(part: pa.Array, finder: byte_kernels.AhoCorasick) -> Bools:
    found = np.zeros(len(part), dtype=np.bool_)
    byte_kernels.mark_matches(*data_and_offsets(part), finder, found)
    return found


def fold_text(text: str) -> str:
    """One text, folded as `fold` does it."""
    return str(fold(pa.array([text], pa.string()))[0].as_py())


def matches_pattern(array: pa.Array, pattern: str) -> Bools:
    """For each value, whether the pattern occurs in it."""
    return np.concatenate(map_chunks_parallel(lambda part: to_bools(pc.match_substring_regex(part, pattern)), array))


def to_bools(array: pa.Array) -> Bools:
    """An Arrow boolean array as numpy; null is false."""
    array = array.fill_null(fill_value=False) if array.null_count else array
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.bool_)


def mode_count(array: pa.Array) -> int:
    """How many rows hold the commonest value, the empty one aside.

    >>> most_of_one(pa.array(["a", "", "b", "a", "", ""]))
    2
    """
    data, offsets = data_and_offsets(array)
    hashes = np.empty(len(array), dtype=np.uint64)
    byte_kernels.hash_rows(data, offsets, hashes)
    filled = np.flatnonzero(np.diff(offsets))
    ordered = np.sort(hashes[filled])
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(repeated):  # as of case numbers it is meant to be
        return len(filled[:1])
    some = filled[np.isin(hashes[filled], repeated)]
    return int(pc.max(array.take(pa.array(some)).value_counts().field("counts")).as_py())


def _to_ascii_chunk(part: pa.Array) -> pa.Array:
    encoded = part.dictionary_encode()
    values = [str(value).translate(_TRANSLITERATION)[:MAX_TEXT_LENGTH] for value in encoded.dictionary.to_pylist()]
    return pa.array(values, pa.string()).take(encoded.indices)

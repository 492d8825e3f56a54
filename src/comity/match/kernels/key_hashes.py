"""Hash strings, whole or in part, and mix the hashes into blocking keys.

Guarantees: the same string has the same hash on every machine; a null string or a missing part has 0.
Start at `hash_string_parts`.
"""

import numpy as np
import numpy.typing as npt

from comity.columns.kernel import GOLDEN_RATIO_64, kernel
from comity.columns.strings import (
    FNV_OFFSET_BASIS,
    Hashes,
    StringView,
    byte_at,
    equals_word,
    fmix64,
    fnv1a_step,
    hash_string,
    prefix,
    word_table,
)

_MIX_SHIFT, _ONE = np.uint64(29), np.uint64(1)
PREFIX, NAMED_STREET, BUILDING_NAME, SORTED_CHARS, WITHOUT_HYPHENS = range(5)
"""Kinds of key parts: the first letters of a string; those of a street that is not a post office box; those of a unit
that is the name of a building; all characters in sorted order; all but hyphens."""
_HYPHEN = 45
_PO_BOX = word_table("POBOX")
_MIN_BUILDING_NAME_LETTERS = 5


@kernel
def _is_building_name(a: StringView) -> bool:
    for i in range(min(a.length, _MIN_BUILDING_NAME_LETTERS)):
        if not 65 <= byte_at(a, i) <= 90:
            return False
    return a.length >= _MIN_BUILDING_NAME_LETTERS


@kernel
def _hash_sorted_chars(a: StringView) -> np.uint64:
    """Hash the characters in sorted order."""
    value = FNV_OFFSET_BASIS
    for byte in range(256):
        for i in range(a.length):
            if byte_at(a, i) == byte:
                value = fnv1a_step(value, byte)
    return fmix64(value)


@kernel
def _hash_without_hyphens(a: StringView) -> np.uint64:
    """Hash the characters that are no hyphens."""
    value = FNV_OFFSET_BASIS
    for i in range(a.length):
        if byte_at(a, i) != _HYPHEN:
            value = fnv1a_step(value, byte_at(a, i))
    return fmix64(value)


@kernel
def hash_string_parts(data: int, offsets: npt.NDArray[np.int32], kind: int, letters: int, out: Hashes) -> None:
    """Write the hash of the key part of each string of a column to `out`: its first `letters`, as `kind` says."""
    for i in range(len(out)):
        a = StringView(data + offsets[i], offsets[i + 1] - offsets[i])
        if (kind == NAMED_STREET and equals_word(a, _PO_BOX, 0)) or (
            kind == BUILDING_NAME and not _is_building_name(a)
        ):
            out[i] = 0
        elif kind == SORTED_CHARS and a.length > 0:
            out[i] = _hash_sorted_chars(a)
        elif kind == WITHOUT_HYPHENS and a.length > 0:
            out[i] = _hash_without_hyphens(a)
        else:
            out[i] = hash_string(prefix(a, letters))


@kernel
def hash_blocking_keys(years: Hashes, seed: np.uint64, parts: tuple[Hashes, ...], out: Hashes) -> None:
    """Write the blocking key of each row to `out`, mixed from its year and part hashes; 0 where a part is missing."""
    for i in range(len(out)):
        key = years[i] * GOLDEN_RATIO_64 + seed
        is_whole = True
        for k in range(len(parts)):
            part = parts[k][i]
            is_whole &= part != 0
            key = (key ^ part) * GOLDEN_RATIO_64
            key ^= key >> _MIX_SHIFT
        out[i] = max(key, _ONE) if is_whole else np.uint64(0)

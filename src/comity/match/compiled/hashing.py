"""Hashes of texts, whole or in part: what blocking keys are mixed from, and what finds a name or a record again.

Guarantees: the same text gives the same hash on every machine; a missing text or part gives 0.
Start at `hash_parts`.
"""

import numpy as np
import numpy.typing as npt

from comity.match.compiled.texts import (
    HASH_OF_NOTHING,
    MIX,
    Hashes,
    Text,
    as_words,
    begin,
    compiled,
    finish,
    fold,
    hash_text,
    is_word,
    letter,
)

_SHIFT, _ONE = np.uint64(29), np.uint64(1)
BEGINNING, NAMED, BUILDING, SORTED = range(4)
"""Kinds of parts: the first letters; of a street that is not a post office box; of a unit that is a building's name; all
letters in the order of the alphabet."""
_BOX = as_words("POBOX")
_BUILDING_LETTERS = 5


@compiled
def _is_building(a: Text) -> bool:
    for i in range(min(a.n, _BUILDING_LETTERS)):
        if not 65 <= letter(a, i) <= 90:
            return False
    return a.n >= _BUILDING_LETTERS


@compiled
def _sorted_hash(a: Text) -> np.uint64:
    """The hash of the letters in order."""
    value = HASH_OF_NOTHING
    for byte in range(256):
        for i in range(a.n):
            if letter(a, i) == byte:
                value = fold(value, byte)
    return finish(value)


@compiled
def hash_parts(data: int, offsets: npt.NDArray[np.int32], kind: int, letters: int, out: Hashes) -> None:
    """Write the hash of a part of each text of a column into `out`: of its first `letters`, by `kind`."""
    for i in range(len(out)):
        a = Text(data + offsets[i], offsets[i + 1] - offsets[i])
        if (kind == NAMED and is_word(a, _BOX, 0)) or (kind == BUILDING and not _is_building(a)):
            out[i] = 0
        elif kind == SORTED and a.n > 0:
            out[i] = _sorted_hash(a)
        else:
            out[i] = hash_text(begin(a, letters))


@compiled
def mix_keys(years: Hashes, seed: np.uint64, parts: tuple[Hashes, ...], out: Hashes) -> None:
    """Write each row's blocking key, mixed from its year and the hashes of its parts, into `out`; 0 where a part is missing."""
    for i in range(len(out)):
        key = years[i] * MIX + seed
        is_whole = True
        for k in range(len(parts)):
            part = parts[k][i]
            is_whole &= part != 0
            key = (key ^ part) * MIX
            key ^= key >> _SHIFT
        out[i] = max(key, _ONE) if is_whole else np.uint64(0)

"""Which level each candidate pair reaches in every comparison.

Guarantees: a pair's levels depend on the pair alone; see levels.py.
Does not: allocate in proportion to the index; hold the interpreter's lock.
Start at `reach_levels`.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from comity.match.compiled.addresses import (
    Address,
    is_city_alike,
    is_number_near,
    is_street_near,
    is_unit_near,
    is_zip_near,
)
from comity.match.compiled.names import (
    HOUSE_WORDS,
    PERSON_WORDS,
    Name,
    has_dropped_prefix,
    has_same_prefix_only,
    is_called_by_middle,
    is_cut,
    is_gendered,
    is_initial,
    is_middle_alike,
    is_moved,
    is_other_initial,
    is_part,
    is_shared,
    says_nobody,
)
from comity.match.compiled.texts import (
    LINE,
    MIX,
    Hashes,
    Text,
    agree,
    begin_alike,
    compatible,
    compiled,
    edits,
    hash_text,
    jaro_winkler,
    prefetch,
    same,
)
from comity.match.levels import Given, Middle, Number, Place, Street, Suffix, Surname, Tin, Unit

ROOM = 2 * LINE
"""Bytes that putting two lines together takes."""


class Side(NamedTuple):
    """One side of all pairs: what is written, and what each pair has of it.

    `data` and `offsets` say where the distinct values of each column of `COLUMNS` lie, as Arrow lays out text; `codes` has an
    array per lexicon of layout.py with the place of each pair's value among them. `suffix` and `tin` are the pairs' own.
    """

    data: tuple[int, ...]
    offsets: tuple[npt.NDArray[np.int32], ...]
    codes: tuple[npt.NDArray[np.uint32], ...]
    suffix: npt.NDArray[np.uint8]
    tin: npt.NDArray[np.uint32]


COLUMNS = (
    "first", "given", "middle", "surname", "surname_part_1", "surname_part_2",
    "number", "street", "direction", "street_suffix", "unit", "zip", "city", "state",
)  # fmt: skip
"""The text columns of a side, in order."""
AHEAD = 12
"""Pairs between asking for what lies somewhere and reading it."""


@compiled
def _text(side: Any, column: int, code: int) -> Text:
    offsets = side.offsets[column]
    return Text(side.data[column] + offsets[code], offsets[code + 1] - offsets[code])


@compiled
def _name(side: Any, p: int) -> Name:
    given, middle, surname = side.codes[0][p], side.codes[1][p], side.codes[2][p]
    return Name(
        _text(side, 0, given), _text(side, 1, given), _text(side, 2, middle),
        _text(side, 3, surname), _text(side, 4, surname), _text(side, 5, surname),
    )  # fmt: skip


@compiled
def _address(side: Any, p: int) -> Address:
    number, street, unit, place = side.codes[3][p], side.codes[4][p], side.codes[5][p], side.codes[6][p]
    return Address(
        _text(side, 6, number), _text(side, 7, street), _text(side, 8, street), _text(side, 9, street),
        _text(side, 10, unit), _text(side, 11, place), _text(side, 12, place), _text(side, 13, place),
    )  # fmt: skip


@compiled
def pair_hash(a: Text, b: Text) -> np.uint64:
    """What stands for an ordered pair of names."""
    return (hash_text(a) * MIX) ^ hash_text(b)


@compiled
def hash_table(values: Hashes) -> Hashes:
    """A table in which `holds` finds each of these hashes, none of them 0; at most a quarter of it is full, the rest is 0."""
    size = 4
    while size < 4 * len(values):
        size *= 2
    table = np.zeros(size, np.uint64)
    mask, one = np.uint64(size - 1), np.uint64(1)
    for value in values:
        at = value & mask
        while table[at]:
            at = (at + one) & mask
        table[at] = value
    return table


@compiled
def holds(table: Hashes, wanted: np.uint64) -> bool:
    """Whether a hash is in a `hash_table`."""
    mask, one = np.uint64(len(table) - 1), np.uint64(1)
    at = wanted & mask
    while table[at]:
        if table[at] == wanted:
            return True
        at = (at + one) & mask
    return False


@compiled
def number_level(a: Text, b: Text) -> Number:
    """The house numbers' level."""
    if agree(a, b):
        return Number.EXACT
    if a.n == 0 or b.n == 0:
        return Number.MISSING
    return Number.NEAR if is_number_near(a, b) else Number.DIFFERS


@compiled
def street_level(q: Address, r: Address, room: Any) -> Street:
    """The streets' level."""
    if agree(q.street, r.street):
        is_one = compatible(q.direction, r.direction) and compatible(q.suffix, r.suffix)
        return Street.EXACT if is_one else Street.SIMILAR
    if q.street.n == 0 or r.street.n == 0:
        return Street.MISSING
    return Street.NEAR if is_street_near(q, r, room) else Street.DIFFERS


@compiled
def unit_level(a: Text, b: Text) -> Unit:
    """The units' level."""
    if a.n == 0 and b.n == 0:
        return Unit.NONE
    if a.n == 0 or b.n == 0:
        return Unit.MISSING
    if same(a, b):
        return Unit.EXACT
    return Unit.NEAR if is_unit_near(a, b) else Unit.DIFFERS


@compiled
def place_level(q: Address, r: Address) -> Place:
    """The places' level."""
    if agree(q.zip, r.zip):
        return Place.ZIP
    if is_zip_near(q.zip, r.zip):
        return Place.NEAR_ZIP
    if is_city_alike(q, r):
        return Place.CITY
    return Place.MISSING if q.zip.n == 0 or r.zip.n == 0 else Place.DIFFERS


@compiled
def _few_edits(a: Text, b: Text, likeness: float) -> int:
    """Counting edits is dear, and likeness and length tell most names apart: 3 stands for more than two, or unlike."""
    if abs(a.n - b.n) <= 2 and (likeness >= 0.5 or a.n <= 3 or b.n <= 3):
        return edits(a, b, 2)
    return 3


@compiled
def surname_level(q: Name, r: Name, has_moved: bool, spellings: Hashes) -> Surname:  # noqa: FBT001
    """The surnames' level."""
    a, b = q.surname, r.surname
    if agree(a, b):
        return Surname.EXACT
    if has_moved:
        return Surname.SWAPPED
    if says_nobody(a, b, HOUSE_WORDS):
        return Surname.MISSING
    if is_part(q, r):
        return Surname.PART
    if is_shared(q, r):
        return Surname.SHARED
    likeness = jaro_winkler(a, b)
    few = _few_edits(a, b, likeness)
    if likeness >= 0.92 or (a.n > 3 and few == 1) or is_cut(a, b) or holds(spellings, pair_hash(a, b)):
        return Surname.NEAR
    return Surname.SIMILAR if likeness >= 0.8 or (a.n > 5 and few == 2) else Surname.DIFFERS


@compiled
def given_level(q: Name, r: Name, has_moved: bool, nicknames: Hashes) -> Given:  # noqa: FBT001
    """The given names' level."""
    a, b = q.first, r.first
    if agree(a, b) or agree(q.given, r.given):
        return Given.EXACT
    if has_moved:
        return Given.SWAPPED
    is_nickname = a.n > 0 and b.n > 0 and holds(nicknames, pair_hash(a, b))
    if not is_nickname and says_nobody(a, b, PERSON_WORDS):
        return Given.MISSING
    if is_initial(q, r):
        return Given.INITIAL
    if is_nickname or has_dropped_prefix(a, b):
        return Given.NICKNAME
    if is_called_by_middle(q, r):
        return Given.MIDDLE
    if is_gendered(a, b):
        return Given.GENDERED
    likeness = jaro_winkler(a, b)
    if not (begin_alike(a, b, 3) and has_same_prefix_only(a, b)):
        few = _few_edits(a, b, likeness)
        if likeness >= 0.92 or (a.n > 3 and few == 1):
            return Given.NEAR
        if likeness >= 0.8 or few == 1 or (a.n > 4 and few == 2):
            return Given.SIMILAR
    if is_other_initial(a, b):
        return Given.OTHER_INITIAL
    return Given.DISTANT if a.n > 1 and b.n > 1 and likeness >= 0.65 else Given.DIFFERS


@compiled
def middle_level(q: Name, r: Name, has_moved: bool) -> Middle:  # noqa: FBT001
    """The middle names' level."""
    if has_moved or is_middle_alike(q, r):
        return Middle.AGREES
    return Middle.MISSING if q.middle.n == 0 or r.middle.n == 0 else Middle.DIFFERS


@compiled
def suffix_level(a: int, b: int) -> Suffix:
    """The generational suffixes' level, by their codes."""
    if a == 0 and b == 0:
        return Suffix.NONE
    if a == b:
        return Suffix.EXACT
    return Suffix.MISSING if a == 0 or b == 0 else Suffix.DIFFERS


@compiled
def tin_level(a: int, b: int) -> Tin:
    """The taxpayer numbers' level, by their keyed hashes."""
    if a == 0 or b == 0:
        return Tin.MISSING
    return Tin.EXACT if a == b else Tin.DIFFERS


@compiled
def _load(data: int, offsets: npt.NDArray[np.int32], sooner: int, soon: int) -> None:
    prefetch(int(offsets.ctypes.data + 4 * np.int64(soon)))
    prefetch(int(data + offsets[sooner]))


@compiled
def _load_ahead(side: Any, p: int) -> None:
    """Begin to load the names of pairs soon to come: they lie anywhere in the lexicons, and waiting for them takes longest."""
    last = len(side.suffix) - 1
    at, then = min(p + AHEAD, last), min(p + 2 * AHEAD, last)
    given, middle, surname = side.codes[0], side.codes[1], side.codes[2]
    _load(side.data[0], side.offsets[0], given[at], given[then])
    _load(side.data[1], side.offsets[1], given[at], given[then])
    _load(side.data[2], side.offsets[2], middle[at], middle[then])
    _load(side.data[3], side.offsets[3], surname[at], surname[then])
    _load(side.data[4], side.offsets[4], surname[at], surname[then])
    _load(side.data[5], side.offsets[5], surname[at], surname[then])


@compiled
def reach_levels(
    q: Any,
    r: Any,
    nicknames: Hashes,
    spellings: Hashes,
    room: int,
    out: npt.NDArray[np.int8],
) -> None:
    """Write each pair's levels into `out`, a row per comparison in the order of `COMPARISONS`, a column per pair.

    `q` and `r` are a `Side` each; `nicknames` and `spellings` are each a `hash_table` of the `pair_hash` of names that are one name;
    `room` is the address of `ROOM` bytes to write in.
    """
    for p in range(out.shape[1]):
        _load_ahead(q, p)
        _load_ahead(r, p)
        one, other = _address(q, p), _address(r, p)
        out[0, p] = number_level(one.number, other.number)
        out[1, p] = street_level(one, other, room)
        out[2, p] = unit_level(one.unit, other.unit)
        out[3, p] = place_level(one, other)
        mine, theirs = _name(q, p), _name(r, p)
        has_moved = is_moved(mine, theirs)
        out[4, p] = surname_level(mine, theirs, has_moved, spellings)
        out[5, p] = given_level(mine, theirs, has_moved, nicknames)
        out[6, p] = middle_level(mine, theirs, has_moved)
        out[7, p] = suffix_level(q.suffix[p], r.suffix[p])
        out[8, p] = tin_level(q.tin[p], r.tin[p])

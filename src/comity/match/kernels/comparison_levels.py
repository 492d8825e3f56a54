"""Which level each candidate pair reaches in every comparison.

Guarantees: a pair's levels depend on the pair alone; see levels.py.
Does not: allocate in proportion to the index; hold the interpreter's lock.
Start at `reach_levels`.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from comity.columns.kernel import GOLDEN_RATIO_64, kernel
from comity.columns.strings import (
    LINE_CAPACITY,
    Hashes,
    StringView,
    both_equal,
    damerau_levenshtein,
    equal_or_null,
    equals,
    hash_string,
    jaro_winkler,
    prefetch,
    prefixes_equal,
)
from comity.match.comparisons import (
    GivenNameLevel,
    HouseNumberLevel,
    MiddleNameLevel,
    NameSuffixLevel,
    PlaceLevel,
    StreetLevel,
    SurnameLevel,
    TinLevel,
    UnitLevel,
)
from comity.match.kernels.address_relations import (
    AddressView,
    is_house_number_typo,
    is_similar_city,
    is_similar_unit,
    is_similar_zip,
    is_street_typo,
)
from comity.match.kernels.name_relations import (
    GIVEN_PLACEHOLDERS,
    SURNAME_PLACEHOLDERS,
    NameView,
    fields_are_reversed,
    has_dropped_devotional_prefix,
    is_different_initial,
    is_gender_variant,
    is_initial,
    is_null_or_placeholder,
    is_partial_surname,
    is_same_middle_name,
    is_truncated,
    shares_devotional_prefix_only,
    shares_one_of_two_surnames,
    uses_middle_as_first,
)

SCRATCH_BYTES = 2 * LINE_CAPACITY
"""Bytes that putting two lines together takes."""


class PairSide(NamedTuple):
    """One side of all pairs: what is written, and what each pair has of it.

    `data` and `offsets` say where the distinct values of each column of `COLUMNS` lie, as Arrow lays out text; `codes` has an
    array per lexicon of layout.py with the place of each pair's value among them. `suffix` and `tin` are the pairs' own.
    """

    data: tuple[int, ...]
    offsets: tuple[npt.NDArray[np.int32], ...]
    codes: tuple[npt.NDArray[np.uint32], ...]
    suffix_codes: npt.NDArray[np.uint8]
    tin_hashes: npt.NDArray[np.uint32]


SIDE_TEXT_COLUMNS = (
    "first", "given", "middle", "surname", "surname_part_1", "surname_part_2",
    "number", "street", "direction", "street_suffix", "unit", "zip", "city", "state",
)  # fmt: skip
"""The text columns of a side, in order."""
PREFETCH_DISTANCE = 12
"""Pairs between asking for what lies somewhere and reading it."""


@kernel
def _string_view(side: Any, column: int, code: int) -> StringView:
    offsets = side.offsets[column]
    return StringView(side.data[column] + offsets[code], offsets[code + 1] - offsets[code])


@kernel
def _name_view(side: Any, p: int) -> NameView:
    given, middle, surname = side.codes[0][p], side.codes[1][p], side.codes[2][p]
    return NameView(
        _string_view(side, 0, given), _string_view(side, 1, given), _string_view(side, 2, middle),
        _string_view(side, 3, surname), _string_view(side, 4, surname), _string_view(side, 5, surname),
    )  # fmt: skip


@kernel
def _address_view(side: Any, p: int) -> AddressView:
    number, street, unit, place = side.codes[3][p], side.codes[4][p], side.codes[5][p], side.codes[6][p]
    return AddressView(
        _string_view(side, 6, number), _string_view(side, 7, street), _string_view(side, 8, street), _string_view(side, 9, street),
        _string_view(side, 10, unit), _string_view(side, 11, place), _string_view(side, 12, place), _string_view(side, 13, place),
    )  # fmt: skip


@kernel
def hash_name_pair(a: StringView, b: StringView) -> np.uint64:
    """What stands for an ordered pair of names."""
    return (hash_string(a) * GOLDEN_RATIO_64) ^ hash_string(b)


@kernel
def build_hash_set(values: Hashes) -> Hashes:
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


@kernel
def hash_set_contains(table: Hashes, wanted: np.uint64) -> bool:
    """Whether a hash is in a `hash_table`."""
    mask, one = np.uint64(len(table) - 1), np.uint64(1)
    at = wanted & mask
    while table[at]:
        if table[at] == wanted:
            return True
        at = (at + one) & mask
    return False


@kernel
def compare_house_numbers(a: StringView, b: StringView) -> HouseNumberLevel:
    """The house numbers' level."""
    if both_equal(a, b):
        return HouseNumberLevel.EXACT
    if a.length == 0 or b.length == 0:
        return HouseNumberLevel.MISSING
    return HouseNumberLevel.NEAR if is_house_number_typo(a, b) else HouseNumberLevel.DIFFERS


@kernel
def compare_streets(q: AddressView, r: AddressView, room: Any) -> StreetLevel:
    """The streets' level."""
    if both_equal(q.street, r.street):
        is_one = equal_or_null(q.direction, r.direction) and equal_or_null(q.street_suffix, r.street_suffix)
        return StreetLevel.EXACT if is_one else StreetLevel.SIMILAR
    if q.street.length == 0 or r.street.length == 0:
        return StreetLevel.MISSING
    return StreetLevel.NEAR if is_street_typo(q, r, room) else StreetLevel.DIFFERS


@kernel
def compare_units(a: StringView, b: StringView) -> UnitLevel:
    """The units' level."""
    if a.length == 0 and b.length == 0:
        return UnitLevel.NONE
    if a.length == 0 or b.length == 0:
        return UnitLevel.MISSING
    if equals(a, b):
        return UnitLevel.EXACT
    return UnitLevel.NEAR if is_similar_unit(a, b) else UnitLevel.DIFFERS


@kernel
def compare_places(q: AddressView, r: AddressView) -> PlaceLevel:
    """The places' level."""
    if both_equal(q.zip, r.zip):
        return PlaceLevel.ZIP
    if is_similar_zip(q.zip, r.zip):
        return PlaceLevel.NEAR_ZIP
    if is_similar_city(q, r):
        return PlaceLevel.CITY
    return PlaceLevel.MISSING if q.zip.length == 0 or r.zip.length == 0 else PlaceLevel.DIFFERS


@kernel
def _capped_edit_distance(a: StringView, b: StringView, likeness: float) -> int:
    """Counting edits is dear, and likeness and length tell most names apart: 3 stands for more than two, or unlike."""
    if abs(a.length - b.length) <= 2 and (likeness >= 0.5 or a.length <= 3 or b.length <= 3):
        return damerau_levenshtein(a, b, 2)
    return 3


@kernel
def compare_surnames(q: NameView, r: NameView, has_moved: bool, spellings: Hashes) -> SurnameLevel:  # noqa: FBT001
    """The surnames' level."""
    a, b = q.surname, r.surname
    if both_equal(a, b):
        return SurnameLevel.EXACT
    if has_moved:
        return SurnameLevel.SWAPPED
    if is_null_or_placeholder(a, b, SURNAME_PLACEHOLDERS):
        return SurnameLevel.MISSING
    if is_partial_surname(q, r):
        return SurnameLevel.PART
    if shares_one_of_two_surnames(q, r):
        return SurnameLevel.SHARED
    likeness = jaro_winkler(a, b)
    few = _capped_edit_distance(a, b, likeness)
    if (
        likeness >= 0.92
        or (a.length > 3 and few == 1)
        or is_truncated(a, b)
        or hash_set_contains(spellings, hash_name_pair(a, b))
    ):
        return SurnameLevel.NEAR
    return SurnameLevel.SIMILAR if likeness >= 0.8 or (a.length > 5 and few == 2) else SurnameLevel.DIFFERS


@kernel
def compare_given_names(q: NameView, r: NameView, has_moved: bool, nicknames: Hashes) -> GivenNameLevel:  # noqa: FBT001
    """The given names' level."""
    a, b = q.first, r.first
    if both_equal(a, b) or both_equal(q.given, r.given):
        return GivenNameLevel.EXACT
    if has_moved:
        return GivenNameLevel.SWAPPED
    is_nickname = a.length > 0 and b.length > 0 and hash_set_contains(nicknames, hash_name_pair(a, b))
    if not is_nickname and is_null_or_placeholder(a, b, GIVEN_PLACEHOLDERS):
        return GivenNameLevel.MISSING
    if is_initial(q, r):
        return GivenNameLevel.INITIAL
    if is_nickname or has_dropped_devotional_prefix(a, b):
        return GivenNameLevel.NICKNAME
    if uses_middle_as_first(q, r):
        return GivenNameLevel.MIDDLE
    if is_gender_variant(a, b):
        return GivenNameLevel.GENDERED
    likeness = jaro_winkler(a, b)
    if not (prefixes_equal(a, b, 3) and shares_devotional_prefix_only(a, b)):
        few = _capped_edit_distance(a, b, likeness)
        if likeness >= 0.92 or (a.length > 3 and few == 1):
            return GivenNameLevel.NEAR
        if likeness >= 0.8 or few == 1 or (a.length > 4 and few == 2):
            return GivenNameLevel.SIMILAR
    if is_different_initial(a, b):
        return GivenNameLevel.OTHER_INITIAL
    return GivenNameLevel.DISTANT if a.length > 1 and b.length > 1 and likeness >= 0.65 else GivenNameLevel.DIFFERS


@kernel
def compare_middle_names(q: NameView, r: NameView, has_moved: bool) -> MiddleNameLevel:  # noqa: FBT001
    """The middle names' level."""
    if has_moved or is_same_middle_name(q, r):
        return MiddleNameLevel.AGREES
    return MiddleNameLevel.MISSING if q.middle.length == 0 or r.middle.length == 0 else MiddleNameLevel.DIFFERS


@kernel
def compare_name_suffixes(a: int, b: int) -> NameSuffixLevel:
    """The generational suffixes' level, by their codes."""
    if a == 0 and b == 0:
        return NameSuffixLevel.NONE
    if a == b:
        return NameSuffixLevel.EXACT
    return NameSuffixLevel.MISSING if a == 0 or b == 0 else NameSuffixLevel.DIFFERS


@kernel
def compare_tins(a: int, b: int) -> TinLevel:
    """The taxpayer numbers' level, by their keyed hashes."""
    if a == 0 or b == 0:
        return TinLevel.MISSING
    return TinLevel.EXACT if a == b else TinLevel.DIFFERS


@kernel
def _prefetch_string(data: int, offsets: npt.NDArray[np.int32], sooner: int, soon: int) -> None:
    prefetch(int(offsets.ctypes.data + 4 * np.int64(soon)))
    prefetch(int(data + offsets[sooner]))


@kernel
def _prefetch_names(side: Any, p: int) -> None:
    """Begin to load the names of pairs soon to come: they lie anywhere in the lexicons, and waiting for them takes longest."""
    last = len(side.suffix_codes) - 1
    at, then = min(p + PREFETCH_DISTANCE, last), min(p + 2 * PREFETCH_DISTANCE, last)
    given, middle, surname = side.codes[0], side.codes[1], side.codes[2]
    _prefetch_string(side.data[0], side.offsets[0], given[at], given[then])
    _prefetch_string(side.data[1], side.offsets[1], given[at], given[then])
    _prefetch_string(side.data[2], side.offsets[2], middle[at], middle[then])
    _prefetch_string(side.data[3], side.offsets[3], surname[at], surname[then])
    _prefetch_string(side.data[4], side.offsets[4], surname[at], surname[then])
    _prefetch_string(side.data[5], side.offsets[5], surname[at], surname[then])


@kernel
def compute_levels(
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
        _prefetch_names(q, p)
        _prefetch_names(r, p)
        one, other = _address_view(q, p), _address_view(r, p)
        out[0, p] = compare_house_numbers(one.number, other.number)
        out[1, p] = compare_streets(one, other, room)
        out[2, p] = compare_units(one.unit, other.unit)
        out[3, p] = compare_places(one, other)
        mine, theirs = _name_view(q, p), _name_view(r, p)
        has_moved = fields_are_reversed(mine, theirs)
        out[4, p] = compare_surnames(mine, theirs, has_moved, spellings)
        out[5, p] = compare_given_names(mine, theirs, has_moved, nicknames)
        out[6, p] = compare_middle_names(mine, theirs, has_moved)
        out[7, p] = compare_name_suffixes(q.suffix_codes[p], r.suffix_codes[p])
        out[8, p] = compare_tins(q.tin_hashes[p], r.tin_hashes[p])

"""Ways in which two streets can be one: relations between the normalized addresses of a request and of a record.

The comparisons of addresses (`comity.match.comparisons`) order these relations into comparison levels.

Guarantees: every public relation is symmetric, except that only a request's street can be unknown to the place: a
record's street is always a street of its place.
Does not: weigh a relation (`model.json` does).
Basis: ADR 0015 and 0027; tests/cases/addresses/*.yaml.
Start at `is_street_typo`.
"""

from typing import Any, NamedTuple

import numpy as np

from comity.columns.hash_sets import hash_set_contains
from comity.columns.kernel import GOLDEN_RATIO_64, kernel
from comity.columns.string_distance import damerau_levenshtein
from comity.columns.strings import (
    FNV_OFFSET_BASIS,
    LINE_CAPACITY,
    Hashes,
    StringView,
    WordTable,
    append,
    append_word,
    both_differ,
    both_equal,
    byte_at,
    concat_equals,
    drop_prefix,
    equals,
    equals_word,
    first_digit_run,
    fmix64,
    fnv1a_step,
    hash_string,
    is_digit,
    prefix,
    word_prefix_length,
    word_table,
)
from comity.match.kernels.address_view import AddressView, KnownPlaces, is_box_group
from comity.match.kernels.house_number_relations import has_same_number
from comity.match.kernels.letter_slips import LONG_NAME_LETTERS, is_name_slip
from comity.match.kernels.street_affixes import append_street, has_misspelled_affix, is_word
from comity.reference.address_vocabulary import COMMON_SUFFIXES, LONG_DIRECTIONAL_WORDS

STREET_SUFFIXES, LONG_STREET_SUFFIXES = word_table(*COMMON_SUFFIXES), word_table(*COMMON_SUFFIXES.values())
DIRECTIONALS, LONG_DIRECTIONALS = word_table(*LONG_DIRECTIONAL_WORDS), word_table(*LONG_DIRECTIONAL_WORDS.values())
EMPTY_WORD_TABLE = np.zeros((0, 1), np.uint8)
MAX_LINE_EDITS = 3
"""Edits that `_is_line_typo` allows in a line of any length."""
NUMBERED_ROAD = word_table("HWY")
SHORTEST_WORD, MAX_WORD_SPLIT = 3, 60
_A, _Z = 65, 90


class LineTemplate(NamedTuple):
    """How to assemble an address line from its parts."""

    expand_direction: bool
    expand_suffix: bool
    direction_last: bool
    append_unit: bool


@kernel
def is_numbered_road(a: StringView) -> bool:
    """Return whether a street is a road known by its number or letters (HWY9W, HWYGV)."""
    return word_prefix_length(a, NUMBERED_ROAD, 0) > 0


@kernel
def has_same_street_name(left: AddressView, right: AddressView) -> bool:
    """Return whether the names agree, whatever the directions and suffixes; `N HWY 104` is `HWY 104 N`."""
    return both_equal(left.street, right.street) or (
        is_numbered_road(left.street)
        and is_numbered_road(right.street)
        and (left.direction.length == 0) != (right.direction.length == 0)
        and concat_equals(left.street, left.direction, right.street, right.direction, prefix(left.street, 0))
    )


@kernel
def numerals_differ(left: StringView, right: StringView) -> bool:
    """Return whether both street names have a number and the numbers differ: HWY12 and HWY21 are two streets."""
    return both_differ(first_digit_run(left), first_digit_run(right))


@kernel
def _is_all_digits(a: StringView) -> bool:
    for i in range(a.length):
        if not is_digit(byte_at(a, i)):
            return False
    return True


@kernel
def _first_digit(a: StringView) -> int:
    """Return the position of the first digit, or the length."""
    i = 0
    while i < a.length and not is_digit(byte_at(a, i)):
        i += 1
    return i


@kernel
def _letters(a: StringView) -> StringView:
    """Return what is before the first digit."""
    return prefix(a, _first_digit(a))


@kernel
def _is_spelling_variant(left: StringView, right: StringView) -> bool:
    """Return whether two names differ by one letter, or by two if they are long, before equal numerals."""
    n, m = _first_digit(left), _first_digit(right)
    limit = 1 if min(n, m) < LONG_NAME_LETTERS else 2
    if n <= 3 or m <= 3 or not equals(drop_prefix(left, n), drop_prefix(right, m)):
        return False
    if damerau_levenshtein(prefix(left, n), prefix(right, m), limit) > limit:
        return False
    return not (is_numbered_road(left) or is_numbered_road(right) or is_box_group(left) or is_box_group(right))


@kernel
def _append_expanded(line: StringView, a: StringView, words: WordTable, long: WordTable) -> StringView:
    """Append a word to the line, spelled out (from `long`) if it is one of the abbreviations in `words`."""
    for i in range(len(words)):
        if equals_word(a, words, i):
            return append_word(line, long, i)
    return append(line, a)


@kernel
def _assemble_line(left: AddressView, right: AddressView, address: Any, template: LineTemplate) -> StringView:
    """Assemble left's street and the parts that right lacks: right may have them, misspelled, in its street."""
    line = StringView(address, 0)
    suffix = prefix(left.street_suffix, 0 if right.street_suffix.length else left.street_suffix.length)
    direction = prefix(left.direction, 0 if right.direction.length else left.direction.length)
    directions = DIRECTIONALS if template.expand_direction else EMPTY_WORD_TABLE
    suffixes = STREET_SUFFIXES if template.expand_suffix else EMPTY_WORD_TABLE
    if not template.direction_last:
        line = _append_expanded(line, direction, directions, LONG_DIRECTIONALS)
    line = append_street(line, left.street)
    line = _append_expanded(line, suffix, suffixes, LONG_STREET_SUFFIXES)
    if template.direction_last:
        line = _append_expanded(line, direction, directions, LONG_DIRECTIONALS)
    return append(line, left.unit) if template.append_unit and right.unit.length == 0 else line


@kernel
def _is_line_typo(left: AddressView, right: AddressView, scratch: Any, template: LineTemplate) -> bool:
    """Return whether the two lines, assembled by one template, differ by few letters."""
    left_line, right_line = (
        _assemble_line(left, right, scratch, template),
        _assemble_line(right, left, scratch + LINE_CAPACITY, template),
    )
    shorter = min(left_line.length, right_line.length)
    if shorter <= 3 or (template.append_unit and not equals(first_digit_run(left_line), first_digit_run(right_line))):
        return False
    limit = min(MAX_LINE_EDITS, 1 + shorter // 6)
    return damerau_levenshtein(left_line, right_line, limit) <= limit


@kernel
def _is_uppercase(byte: int) -> bool:
    return _A <= byte <= _Z


@kernel
def _is_ordinal_typo(a: StringView, b: StringView) -> bool:
    """Return whether `a` is the number `b` followed by two letters: 20TB and 20."""
    n = a.length - 2
    if n <= 0 or not (_is_uppercase(byte_at(a, n)) and _is_uppercase(byte_at(a, n + 1))):
        return False
    return _is_all_digits(prefix(a, n)) and equals(prefix(a, n), b)


@kernel
def is_alike_but_for_affix(left: AddressView, right: AddressView, scratch: Any) -> bool:
    """Return whether a typo in the suffix, direction or ordinal may have made it part of the name.

    ONEIDA AVENE, WESF OAK ST, 20TB ST. Only with the same house number in the same place, and never against a different
    suffix, direction or numeral.
    """
    if not (has_same_number(left, right) and (both_equal(left.zip, right.zip) or both_equal(left.city, right.city))):
        return False
    if both_differ(left.direction, right.direction) or both_differ(left.street_suffix, right.street_suffix):
        return False
    if is_numbered_road(left.street) and is_numbered_road(right.street):
        return False
    if (left.unit.length == 0) != (right.unit.length == 0) and _is_line_typo(
        left, right, scratch, LineTemplate(False, False, False, True)
    ):
        return True
    if numerals_differ(left.street, right.street):
        return False
    if _is_ordinal_typo(left.street, right.street) or _is_ordinal_typo(right.street, left.street):
        return True
    is_on_one_side = (left.direction.length == 0) != (right.direction.length == 0) or (
        left.street_suffix.length == 0
    ) != (right.street_suffix.length == 0)
    return is_on_one_side and (
        _is_line_typo(left, right, scratch, LineTemplate(False, False, False, False))
        or _is_line_typo(left, right, scratch, LineTemplate(False, True, False, False))
        or _is_line_typo(left, right, scratch, LineTemplate(True, True, False, False))
        or _is_line_typo(left, right, scratch, LineTemplate(False, True, True, False))
        or _is_line_typo(left, right, scratch, LineTemplate(True, True, True, False))
    )


@kernel
def is_street_typo(left: AddressView, right: AddressView, scratch: Any, known: KnownPlaces) -> bool:
    """Return whether a slip makes two streets of one: they are spelled alike, and one of them is no street.

    Two streets of the place are two streets, and so are two names that are in use anywhere. Left is a request, right a
    record: a request's street that no record of the place has is a slip of the record's, unless both are spelled well.
    """
    is_variant = _is_spelling_variant(left.street, right.street)
    if not (is_variant or is_alike_but_for_affix(left, right, scratch)):
        return False
    if _is_same_line(left, right, scratch):
        return True
    if _is_street_of_place(left, right, known):
        return False
    is_left_known, is_right_known = _is_spelled_well(left.street, known), _is_spelled_well(right.street, known)
    if is_left_known and is_right_known:
        return False
    if is_variant:
        asked, on_record = _letters(left.street), _letters(right.street)
        meant, written = (asked, on_record) if is_left_known else (on_record, asked)
        if is_name_slip(meant, written, is_left_known or is_right_known):
            return not _differ_by_words(asked, on_record, known)
    return _is_typo_in_affix(left, right, scratch, known)


@kernel
def _differ_by_words(left: StringView, right: StringView, known: KnownPlaces) -> bool:
    """Return whether two names differ in their first or last words, each of them a word: MILL, HILL after a name."""
    shorter = min(left.length, right.length)
    for shared in range(shorter - SHORTEST_WORD + 1):
        if not equals(prefix(left, shared), prefix(right, shared)):
            break
        if _is_part(drop_prefix(left, shared), known) and _is_part(drop_prefix(right, shared), known):
            return True
    for shared in range(shorter - SHORTEST_WORD + 1):
        left_start, right_start = prefix(left, left.length - shared), prefix(right, right.length - shared)
        if not equals(drop_prefix(left, left_start.length), drop_prefix(right, right_start.length)):
            break
        if _is_part(left_start, known) and _is_part(right_start, known):
            return True
    return False


@kernel
def _is_part(a: StringView, known: KnownPlaces) -> bool:
    return hash_set_contains(known.street_words, hash_string(a))


@kernel
def _is_typo_in_affix(left: AddressView, right: AddressView, scratch: Any, known: KnownPlaces) -> bool:
    """Return whether streets that are alike but for an affix differ by a slip in it: it makes no word of it.

    Only what cannot be another suffix, direction or word is a slip: Fox Run and Fox Pen are two streets.
    """
    if not is_alike_but_for_affix(left, right, scratch):
        return False
    if (left.unit.length == 0) != (right.unit.length == 0) and _is_line_typo(
        left, right, scratch, LineTemplate(False, False, False, True)
    ):
        return not is_word(left.street if left.unit.length else right.street, known)
    return (
        _is_ordinal_typo(left.street, right.street)
        or _is_ordinal_typo(right.street, left.street)
        or has_misspelled_affix(left, right, known, scratch)
        or has_misspelled_affix(right, left, known, scratch)
    )


@kernel
def _is_same_line(left: AddressView, right: AddressView, scratch: Any) -> bool:
    """Return whether the streets have the same letters, wherever the spaces are: PARK LN, PARKLANE, PAR KLN."""
    return _lines_equal(left, right, scratch, LineTemplate(True, True, False, False)) or _lines_equal(
        left, right, scratch, LineTemplate(False, False, False, False)
    )


@kernel
def _lines_equal(left: AddressView, right: AddressView, scratch: Any, template: LineTemplate) -> bool:
    return equals(
        _assemble_line(left, right, scratch, template), _assemble_line(right, left, scratch + LINE_CAPACITY, template)
    )


@kernel
def _is_street_of_place(left: AddressView, right: AddressView, known: KnownPlaces) -> bool:
    """Return whether records have the request's street in its ZIP code or in the record's."""
    street = hash_string(left.street)
    return _contains(known.place_streets, hash_place_street(hash_string(right.zip), street)) or _contains(
        known.place_streets, hash_place_street(hash_string(left.zip), street)
    )


@kernel
def hash_place_street(zip_hash: np.uint64, street_hash: np.uint64) -> np.uint64:
    """Return the hash of a street in a ZIP code; never 0."""
    return max((zip_hash * GOLDEN_RATIO_64) ^ street_hash, np.uint64(1))


@kernel
def hash_place_streets(zip_hashes: Hashes, street_hashes: Hashes, out: Hashes) -> None:
    """Write `hash_place_street` of each row to `out`; 0 where the ZIP code or the street is missing."""
    for i in range(len(out)):
        is_known = zip_hashes[i] != 0 and street_hashes[i] != 0
        out[i] = hash_place_street(zip_hashes[i], street_hashes[i]) if is_known else np.uint64(0)


@kernel
def _contains(ordered: Hashes, value: np.uint64) -> bool:
    """Return whether a sorted array holds a value."""
    position = np.searchsorted(ordered, value)
    return bool(position < len(ordered) and ordered[position] == value)


@kernel
def _is_spelled_well(a: StringView, known: KnownPlaces) -> bool:
    """Return whether a street is a name in use, or is made of words in use (OAK HILL, EASTWOOD)."""
    whole = hash_string(a)
    if hash_set_contains(known.street_names, whole) or hash_set_contains(known.cities, whole):
        return True
    n = min(a.length, MAX_WORD_SPLIT)
    if n < a.length:
        return False
    is_split = np.uint64(1)  # bit i: the first i letters are words
    for start in range(n):
        if not is_split >> np.uint64(start) & np.uint64(1):
            continue
        value = FNV_OFFSET_BASIS
        for end in range(start + 1, n + 1):
            value = fnv1a_step(value, byte_at(a, end - 1))
            if end - start >= SHORTEST_WORD and hash_set_contains(known.street_words, fmix64(value)):
                is_split |= np.uint64(1) << np.uint64(end)
    return bool(is_split >> np.uint64(n) & np.uint64(1))

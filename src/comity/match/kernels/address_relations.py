"""How two addresses can be one address: relations between a request `q` and a record `r`, both in normal form.

reaching.py orders these into comparison levels.

Guarantees: each is symmetric in q and r, but for the slips that a street's name may have, which grow with q's.
Does not: say what a relation is worth.
Start at `is_street_near`.
"""

from typing import Any, NamedTuple

import numpy as np

from comity.columns.kernel import kernel
from comity.columns.strings import (
    LINE_CAPACITY,
    StringView,
    WordTable,
    append,
    append_word,
    both_differ,
    both_equal,
    byte_at,
    damerau_levenshtein,
    drop_prefix,
    ends_with,
    equal_or_null,
    equals,
    equals_word,
    first_digit_run,
    is_digit,
    jaro_winkler,
    prefix,
    prefixes_equal,
    word_table,
)

STREET_SUFFIXES = word_table(
    "ST", "AVE", "RD", "DR", "LN", "CT", "PL", "CIR", "BLVD", "TER", "TRL", "PKWY", "HWY", "SQ", "CV"
)
LONG_STREET_SUFFIXES = word_table(
    "STREET", "AVENUE", "ROAD", "DRIVE", "LANE", "COURT", "PLACE", "CIRCLE", "BOULEVARD", "TERRACE", "TRAIL",
    "PARKWAY", "HIGHWAY", "SQUARE", "COVE",
)  # fmt: skip
DIRECTIONALS = word_table("N", "S", "E", "W", "NE", "NW", "SE", "SW")
LONG_DIRECTIONALS = word_table("NORTH", "SOUTH", "EAST", "WEST", "NORTHEAST", "NORTHWEST", "SOUTHEAST", "SOUTHWEST")
EMPTY_WORD_TABLE = np.zeros((0, 1), np.uint8)
ORDINAL_ENDINGS = word_table("ST", "ND", "RD", "TH")
MAX_LINE_EDITS = 3
"""Letters of a line that may be wrong, however long it is."""
_A, _Z = 65, 90


class AddressView(NamedTuple):
    """One side's address in normal form."""

    number: StringView
    street: StringView
    direction: StringView
    street_suffix: StringView
    unit: StringView
    zip: StringView
    city: StringView
    state: StringView


class LineTemplate(NamedTuple):
    """A way of putting a line together."""

    expand_direction: bool
    expand_suffix: bool
    direction_last: bool
    append_unit: bool


@kernel
def is_house_number_typo(a: StringView, b: StringView) -> bool:
    """One edit apart, with the same first or last letter."""
    n, m = a.length, b.length
    if (
        n <= 2
        or m <= 2
        or abs(n - m) > 1
        or not (byte_at(a, 0) == byte_at(b, 0) or byte_at(a, n - 1) == byte_at(b, m - 1))
    ):
        return False
    return damerau_levenshtein(a, b, 1) == 1


@kernel
def numerals_differ(a: StringView, b: StringView) -> bool:
    """Streets with two numbers in their names (HWY12 and HWY21, RR2 and RR3) are two streets however alike."""
    return both_differ(first_digit_run(a), first_digit_run(b))


@kernel
def _is_all_digits(a: StringView) -> bool:
    for i in range(a.length):
        if not is_digit(byte_at(a, i)):
            return False
    return True


@kernel
def _is_spelling_variant(a: StringView, b: StringView) -> bool:
    n, m = a.length, b.length
    if n <= 3 or m <= 3 or (_is_all_digits(a) and _is_all_digits(b)) or numerals_differ(a, b):
        return False
    slips = 1 + n // 5
    if abs(n - m) < 3 and jaro_winkler(a, b) >= 0.9:
        return True
    return damerau_levenshtein(a, b, slips) <= slips


@kernel
def _append_expanded(line: StringView, a: StringView, words: WordTable, long: WordTable) -> StringView:
    """The line with a word behind it, written out where `words` has it."""
    for i in range(len(words)):
        if equals_word(a, words, i):
            return append_word(line, long, i)
    return append(line, a)


@kernel
def _append_street(line: StringView, a: StringView) -> StringView:
    """The line with a street behind it, but for the letters of its first 1ST, 2ND, 3RD or 4TH."""
    for i in range(1, a.length - 1):
        if is_digit(byte_at(a, i - 1)):
            for j in range(len(ORDINAL_ENDINGS)):
                if byte_at(a, i) == ORDINAL_ENDINGS[j, 0] and byte_at(a, i + 1) == ORDINAL_ENDINGS[j, 1]:
                    return append(append(line, prefix(a, i)), drop_prefix(a, i + 2))
    return append(line, a)


@kernel
def _assemble_line(q: AddressView, r: AddressView, at: Any, form: LineTemplate) -> StringView:
    """The street and what only this side tells apart from it: the other may have it in its street, with a slip in it."""
    line = StringView(at, 0)
    kind = prefix(q.street_suffix, 0 if r.street_suffix.length else q.street_suffix.length)
    way = prefix(q.direction, 0 if r.direction.length else q.direction.length)
    ways = DIRECTIONALS if form.expand_direction else EMPTY_WORD_TABLE
    kinds = STREET_SUFFIXES if form.expand_suffix else EMPTY_WORD_TABLE
    if not form.direction_last:
        line = _append_expanded(line, way, ways, LONG_DIRECTIONALS)
    line = _append_street(line, q.street)
    line = _append_expanded(line, kind, kinds, LONG_STREET_SUFFIXES)
    if form.direction_last:
        line = _append_expanded(line, way, ways, LONG_DIRECTIONALS)
    return append(line, q.unit) if form.append_unit and r.unit.length == 0 else line


@kernel
def _is_line_typo(q: AddressView, r: AddressView, room: Any, form: LineTemplate) -> bool:
    """One line is the other but for a few letters, in one way of putting the lines together."""
    one, other = _assemble_line(q, r, room, form), _assemble_line(r, q, room + LINE_CAPACITY, form)
    shorter = min(one.length, other.length)
    if shorter <= 3 or (form.append_unit and not equals(first_digit_run(one), first_digit_run(other))):
        return False
    slips = min(MAX_LINE_EDITS, 1 + shorter // 6)
    return damerau_levenshtein(one, other, slips) <= slips


@kernel
def _is_uppercase(byte: int) -> bool:
    return _A <= byte <= _Z


@kernel
def _is_ordinal_typo(a: StringView, b: StringView) -> bool:
    """20TB and 20: a number with two letters behind it."""
    n = a.length - 2
    if n <= 0 or not (_is_uppercase(byte_at(a, n)) and _is_uppercase(byte_at(a, n + 1))):
        return False
    return _is_all_digits(prefix(a, n)) and equals(prefix(a, n), b)


@kernel
def is_typo_in_affix(q: AddressView, r: AddressView, room: Any) -> bool:
    """A slip in the suffix, the direction or the ordinal's ending, so that it was read as part of the name.

    ONEIDA AVENE, WESF OAK ST, 20TB ST. At the same number in the same place only, and never against another suffix,
    direction or numeral.
    """
    if not (both_equal(q.number, r.number) and (both_equal(q.zip, r.zip) or both_equal(q.city, r.city))):
        return False
    if both_differ(q.direction, r.direction) or both_differ(q.street_suffix, r.street_suffix):
        return False
    if (q.unit.length == 0) != (r.unit.length == 0) and _is_line_typo(
        q, r, room, LineTemplate(False, False, False, True)
    ):
        return True
    if numerals_differ(q.street, r.street):
        return False
    if _is_ordinal_typo(q.street, r.street) or _is_ordinal_typo(r.street, q.street):
        return True
    is_on_one_side = (q.direction.length == 0) != (r.direction.length == 0) or (q.street_suffix.length == 0) != (
        r.street_suffix.length == 0
    )
    return is_on_one_side and (
        _is_line_typo(q, r, room, LineTemplate(False, False, False, False))
        or _is_line_typo(q, r, room, LineTemplate(False, True, False, False))
        or _is_line_typo(q, r, room, LineTemplate(True, True, False, False))
        or _is_line_typo(q, r, room, LineTemplate(False, True, True, False))
        or _is_line_typo(q, r, room, LineTemplate(True, True, True, False))
    )


@kernel
def is_street_typo(q: AddressView, r: AddressView, room: Any) -> bool:
    """Two streets that differ by a slip."""
    return _is_spelling_variant(q.street, r.street) or is_typo_in_affix(q, r, room)


@kernel
def _has_letter(a: StringView) -> bool:
    for i in range(a.length):
        if _is_uppercase(byte_at(a, i)):
            return True
    return False


@kernel
def is_similar_unit(a: StringView, b: StringView) -> bool:
    """One edit apart where they are long; or one with what the other leaves out before it, as in BLDG2APT4 and 4."""
    if a.length > 4 and damerau_levenshtein(a, b, 1) == 1:
        return True
    return a.length != b.length and (ends_with(a, b) or ends_with(b, a)) and (_has_letter(a) or _has_letter(b))


@kernel
def is_similar_zip(a: StringView, b: StringView) -> bool:
    """One edit apart, or of one sectional center."""
    if a.length == 0 or b.length == 0:
        return False
    return prefixes_equal(a, b, 3) or damerau_levenshtein(a, b, 1) == 1


@kernel
def is_similar_city(q: AddressView, r: AddressView) -> bool:
    """The same city, or nearly so spelled, of one state."""
    if q.city.length == 0 or r.city.length == 0 or not equal_or_null(q.state, r.state):
        return False
    return equals(q.city, r.city) or jaro_winkler(q.city, r.city) >= 0.9

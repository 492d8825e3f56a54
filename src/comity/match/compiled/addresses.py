"""How two addresses can be one address: relations between a request `q` and a record `r`, both in normal form.

reaching.py orders these into comparison levels.

Guarantees: each is symmetric in q and r, but for the slips that a street's name may have, which grow with q's.
Does not: say what a relation is worth.
Start at `is_street_near`.
"""

from typing import Any, NamedTuple

import numpy as np

from comity.match.compiled.texts import (
    LINE,
    Text,
    Words,
    add,
    add_word,
    agree,
    as_words,
    begin,
    begin_alike,
    compatible,
    compiled,
    digits,
    disagree,
    edits,
    ends_with,
    is_digit,
    is_word,
    jaro_winkler,
    letter,
    rest,
    same,
)

SUFFIXES = as_words("ST", "AVE", "RD", "DR", "LN", "CT", "PL", "CIR", "BLVD", "TER", "TRL", "PKWY", "HWY", "SQ", "CV")
LONG_SUFFIXES = as_words(
    "STREET", "AVENUE", "ROAD", "DRIVE", "LANE", "COURT", "PLACE", "CIRCLE", "BOULEVARD", "TERRACE", "TRAIL",
    "PARKWAY", "HIGHWAY", "SQUARE", "COVE",
)  # fmt: skip
DIRECTIONS = as_words("N", "S", "E", "W", "NE", "NW", "SE", "SW")
LONG_DIRECTIONS = as_words("NORTH", "SOUTH", "EAST", "WEST", "NORTHEAST", "NORTHWEST", "SOUTHEAST", "SOUTHWEST")
NO_WORDS = np.zeros((0, 1), np.uint8)
ORDINAL_ENDS = as_words("ST", "ND", "RD", "TH")
MOST_SLIPS = 3
"""Letters of a line that may be wrong, however long it is."""
_A, _Z = 65, 90


class Address(NamedTuple):
    """One side's address in normal form."""

    number: Text
    street: Text
    direction: Text
    suffix: Text
    unit: Text
    zip: Text
    city: Text
    state: Text


class Form(NamedTuple):
    """A way of putting a line together."""

    is_way_long: bool
    is_kind_long: bool
    is_behind: bool
    has_unit: bool


@compiled
def is_number_near(a: Text, b: Text) -> bool:
    """One edit apart, with the same first or last letter."""
    n, m = a.n, b.n
    if n <= 2 or m <= 2 or abs(n - m) > 1 or not (letter(a, 0) == letter(b, 0) or letter(a, n - 1) == letter(b, m - 1)):
        return False
    return edits(a, b, 1) == 1


@compiled
def is_other_numeral(a: Text, b: Text) -> bool:
    """Streets with two numbers in their names (HWY12 and HWY21, RR2 and RR3) are two streets however alike."""
    return disagree(digits(a), digits(b))


@compiled
def _is_numeral(a: Text) -> bool:
    for i in range(a.n):
        if not is_digit(letter(a, i)):
            return False
    return True


@compiled
def _is_spelled_alike(a: Text, b: Text) -> bool:
    n, m = a.n, b.n
    if n <= 3 or m <= 3 or (_is_numeral(a) and _is_numeral(b)) or is_other_numeral(a, b):
        return False
    slips = 1 + n // 5
    if abs(n - m) < 3 and jaro_winkler(a, b) >= 0.9:
        return True
    return edits(a, b, slips) <= slips


@compiled
def _add_written_out(line: Text, a: Text, words: Words, long: Words) -> Text:
    """The line with a word behind it, written out where `words` has it."""
    for i in range(len(words)):
        if is_word(a, words, i):
            return add_word(line, long, i)
    return add(line, a)


@compiled
def _add_street(line: Text, a: Text) -> Text:
    """The line with a street behind it, but for the letters of its first 1ST, 2ND, 3RD or 4TH."""
    for i in range(1, a.n - 1):
        if is_digit(letter(a, i - 1)):
            for j in range(len(ORDINAL_ENDS)):
                if letter(a, i) == ORDINAL_ENDS[j, 0] and letter(a, i + 1) == ORDINAL_ENDS[j, 1]:
                    return add(add(line, begin(a, i)), rest(a, i + 2))
    return add(line, a)


@compiled
def _line(q: Address, r: Address, at: Any, form: Form) -> Text:
    """The street and what only this side tells apart from it: the other may have it in its street, with a slip in it."""
    line = Text(at, 0)
    kind = begin(q.suffix, 0 if r.suffix.n else q.suffix.n)
    way = begin(q.direction, 0 if r.direction.n else q.direction.n)
    ways = DIRECTIONS if form.is_way_long else NO_WORDS
    kinds = SUFFIXES if form.is_kind_long else NO_WORDS
    if not form.is_behind:
        line = _add_written_out(line, way, ways, LONG_DIRECTIONS)
    line = _add_street(line, q.street)
    line = _add_written_out(line, kind, kinds, LONG_SUFFIXES)
    if form.is_behind:
        line = _add_written_out(line, way, ways, LONG_DIRECTIONS)
    return add(line, q.unit) if form.has_unit and r.unit.n == 0 else line


@compiled
def _has_few_slips(q: Address, r: Address, room: Any, form: Form) -> bool:
    """One line is the other but for a few letters, in one way of putting the lines together."""
    one, other = _line(q, r, room, form), _line(r, q, room + LINE, form)
    shorter = min(one.n, other.n)
    if shorter <= 3 or (form.has_unit and not same(digits(one), digits(other))):
        return False
    slips = min(MOST_SLIPS, 1 + shorter // 6)
    return edits(one, other, slips) <= slips


@compiled
def _is_capital(byte: int) -> bool:
    return _A <= byte <= _Z


@compiled
def _is_ordinal(a: Text, b: Text) -> bool:
    """20TB and 20: a number with two letters behind it."""
    n = a.n - 2
    if n <= 0 or not (_is_capital(letter(a, n)) and _is_capital(letter(a, n + 1))):
        return False
    return _is_numeral(begin(a, n)) and same(begin(a, n), b)


@compiled
def is_slip_in_street_word(q: Address, r: Address, room: Any) -> bool:
    """A slip in the suffix, the direction or the ordinal's ending, so that it was read as part of the name.

    ONEIDA AVENE, WESF OAK ST, 20TB ST. At the same number in the same place only, and never against another suffix,
    direction or numeral.
    """
    if not (agree(q.number, r.number) and (agree(q.zip, r.zip) or agree(q.city, r.city))):
        return False
    if disagree(q.direction, r.direction) or disagree(q.suffix, r.suffix):
        return False
    if (q.unit.n == 0) != (r.unit.n == 0) and _has_few_slips(q, r, room, Form(False, False, False, True)):
        return True
    if is_other_numeral(q.street, r.street):
        return False
    if _is_ordinal(q.street, r.street) or _is_ordinal(r.street, q.street):
        return True
    is_on_one_side = (q.direction.n == 0) != (r.direction.n == 0) or (q.suffix.n == 0) != (r.suffix.n == 0)
    return is_on_one_side and (
        _has_few_slips(q, r, room, Form(False, False, False, False))
        or _has_few_slips(q, r, room, Form(False, True, False, False))
        or _has_few_slips(q, r, room, Form(True, True, False, False))
        or _has_few_slips(q, r, room, Form(False, True, True, False))
        or _has_few_slips(q, r, room, Form(True, True, True, False))
    )


@compiled
def is_street_near(q: Address, r: Address, room: Any) -> bool:
    """Two streets that differ by a slip."""
    return _is_spelled_alike(q.street, r.street) or is_slip_in_street_word(q, r, room)


@compiled
def _has_letter(a: Text) -> bool:
    for i in range(a.n):
        if _is_capital(letter(a, i)):
            return True
    return False


@compiled
def is_unit_near(a: Text, b: Text) -> bool:
    """One edit apart where they are long; or one with what the other leaves out before it, as in BLDG2APT4 and 4."""
    if a.n > 4 and edits(a, b, 1) == 1:
        return True
    return a.n != b.n and (ends_with(a, b) or ends_with(b, a)) and (_has_letter(a) or _has_letter(b))


@compiled
def is_zip_near(a: Text, b: Text) -> bool:
    """One edit apart, or of one sectional center."""
    if a.n == 0 or b.n == 0:
        return False
    return begin_alike(a, b, 3) or edits(a, b, 1) == 1


@compiled
def is_city_alike(q: Address, r: Address) -> bool:
    """The same city, or nearly so spelled, of one state."""
    if q.city.n == 0 or r.city.n == 0 or not compatible(q.state, r.state):
        return False
    return same(q.city, r.city) or jaro_winkler(q.city, r.city) >= 0.9

"""Ways in which two addresses can be one: relations between the normalized addresses of a request and of a record.

The comparisons of addresses (`comity.match.comparisons`) order these relations into comparison levels.

Guarantees: every public relation is symmetric, except that the edits allowed in a street name grow with the length of
the left one.
Does not: weigh a relation (`model.json` does).
Basis: ADR 0015; tests/cases/addresses/*.yaml.
Start at `is_street_typo`.
"""

from typing import Any, NamedTuple

import numpy as np

from comity.columns.kernel import kernel
from comity.columns.string_distance import damerau_levenshtein, jaro_winkler
from comity.columns.strings import (
    LINE_CAPACITY,
    StringView,
    WordTable,
    append,
    append_word,
    both_differ,
    both_equal,
    byte_at,
    drop_prefix,
    ends_with,
    equal_or_null,
    equals,
    equals_word,
    first_digit_run,
    is_digit,
    prefix,
    prefixes_equal,
    word_table,
)
from comity.reference.address_vocabulary import COMMON_SUFFIXES, LONG_DIRECTIONAL_WORDS

STREET_SUFFIXES, LONG_STREET_SUFFIXES = word_table(*COMMON_SUFFIXES), word_table(*COMMON_SUFFIXES.values())
DIRECTIONALS, LONG_DIRECTIONALS = word_table(*LONG_DIRECTIONAL_WORDS), word_table(*LONG_DIRECTIONAL_WORDS.values())
EMPTY_WORD_TABLE = np.zeros((0, 1), np.uint8)
ORDINAL_ENDINGS = word_table("ST", "ND", "RD", "TH")
MAX_LINE_EDITS = 3
"""Edits that `_is_line_typo` allows in a line of any length."""
_A, _Z = 65, 90


class AddressView(NamedTuple):
    """The normalized address of one side of a pair."""

    number: StringView
    street: StringView
    direction: StringView
    street_suffix: StringView
    unit: StringView
    zip: StringView
    city: StringView
    state: StringView


class LineTemplate(NamedTuple):
    """How to assemble an address line from its parts."""

    expand_direction: bool
    expand_suffix: bool
    direction_last: bool
    append_unit: bool


@kernel
def is_house_number_typo(left: StringView, right: StringView) -> bool:
    """Return whether two house numbers are one edit apart and share their first or last character."""
    n, m = left.length, right.length
    if (
        n <= 2
        or m <= 2
        or abs(n - m) > 1
        or not (byte_at(left, 0) == byte_at(right, 0) or byte_at(left, n - 1) == byte_at(right, m - 1))
    ):
        return False
    return damerau_levenshtein(left, right, 1) == 1


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
def _is_spelling_variant(left: StringView, right: StringView) -> bool:
    n, m = left.length, right.length
    if n <= 3 or m <= 3 or (_is_all_digits(left) and _is_all_digits(right)) or numerals_differ(left, right):
        return False
    limit = 1 + n // 5
    if abs(n - m) < 3 and jaro_winkler(left, right) >= 0.9:
        return True
    return damerau_levenshtein(left, right, limit) <= limit


@kernel
def _append_expanded(line: StringView, a: StringView, words: WordTable, long: WordTable) -> StringView:
    """Append a word to the line, spelled out (from `long`) if it is one of the abbreviations in `words`."""
    for i in range(len(words)):
        if equals_word(a, words, i):
            return append_word(line, long, i)
    return append(line, a)


@kernel
def _append_street(line: StringView, a: StringView) -> StringView:
    """Append a street to the line without the letters of its first ordinal (1ST, 2ND, 3RD, 4TH)."""
    for i in range(1, a.length - 1):
        if is_digit(byte_at(a, i - 1)):
            for j in range(len(ORDINAL_ENDINGS)):
                if byte_at(a, i) == ORDINAL_ENDINGS[j, 0] and byte_at(a, i + 1) == ORDINAL_ENDINGS[j, 1]:
                    return append(append(line, prefix(a, i)), drop_prefix(a, i + 2))
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
    line = _append_street(line, left.street)
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
def is_typo_in_affix(left: AddressView, right: AddressView, scratch: Any) -> bool:
    """Return whether a typo in the suffix, direction or ordinal made the normalizer read it as part of the name.

    ONEIDA AVENE, WESF OAK ST, 20TB ST. Only with the same house number in the same place, and never against a different
    suffix, direction or numeral.
    """
    if not (
        both_equal(left.number, right.number) and (both_equal(left.zip, right.zip) or both_equal(left.city, right.city))
    ):
        return False
    if both_differ(left.direction, right.direction) or both_differ(left.street_suffix, right.street_suffix):
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
def is_street_typo(left: AddressView, right: AddressView, scratch: Any) -> bool:
    """Return whether two street names differ by a typo."""
    return _is_spelling_variant(left.street, right.street) or is_typo_in_affix(left, right, scratch)


@kernel
def _has_letter(a: StringView) -> bool:
    for i in range(a.length):
        if _is_uppercase(byte_at(a, i)):
            return True
    return False


@kernel
def is_similar_unit(left: StringView, right: StringView) -> bool:
    """Return whether two long units are one edit apart, or one ends with the other, as BLDG2APT4 does with 4."""
    if left.length > 4 and damerau_levenshtein(left, right, 1) == 1:
        return True
    return (
        left.length != right.length
        and (ends_with(left, right) or ends_with(right, left))
        and (_has_letter(left) or _has_letter(right))
    )


@kernel
def is_similar_zip(left: StringView, right: StringView) -> bool:
    """Return whether two ZIP codes are one edit apart or share their first three digits (the sectional center)."""
    if left.length == 0 or right.length == 0:
        return False
    return prefixes_equal(left, right, 3) or damerau_levenshtein(left, right, 1) == 1


@kernel
def is_similar_city(left: AddressView, right: AddressView) -> bool:
    """Return whether the city is the same or spelled similarly, and the states do not differ."""
    if left.city.length == 0 or right.city.length == 0 or not equal_or_null(left.state, right.state):
        return False
    return equals(left.city, right.city) or jaro_winkler(left.city, right.city) >= 0.9

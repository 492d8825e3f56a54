"""Slips in the suffix or the direction of a street, which make a part of its name of them.

A misspelled suffix or direction is no word, and is nearer to one suffix or direction than to all others: Fox Run and
Fox Pen are two streets, and nobody knows whether NSE is NE or SE. After a number nothing else can be meant (233rd Abe).

Guarantees: nothing here is by language or origin.
Does not: know streets (`street_relations.py` says which of two are spelled well).
Basis: ADR 0039; USPS Publication 28, appendix C1; tests/cases/address_kinds/suffixes.yaml.
Start at `has_misspelled_affix`.
"""

from typing import Any

import numpy as np

from comity.columns.hash_sets import hash_set_contains
from comity.columns.kernel import kernel
from comity.columns.string_distance import damerau_levenshtein
from comity.columns.strings import (
    LINE_CAPACITY,
    StringView,
    WordTable,
    append,
    append_word,
    byte_at,
    drop_prefix,
    equals,
    equals_word,
    hash_string,
    is_digit,
    prefix,
    word_prefix_length,
    word_table,
)
from comity.match.kernels.address_view import AddressView, KnownPlaces
from comity.match.kernels.letter_slips import SHORTEST_UNKNOWN, is_name_slip
from comity.reference.address_vocabulary import LONG_DIRECTIONAL_WORDS, STREET_SUFFIXES, written_out

ORDINAL_ENDINGS = word_table("ST", "ND", "RD", "TH")
SHORTEST_AFFIX, LONG_AFFIX = 3, 5
"""Letters that a misspelled suffix or direction has at least, and from which on it may have two slips."""
_NOTHING = -1


def _affix_forms(written: dict[str, str]) -> tuple[WordTable, Any]:
    """Return the standard forms and, after them, those written out; and for each the number of its standard form."""
    standards = sorted(written)
    return word_table(*standards, *(written[form] for form in standards)), np.tile(np.arange(len(standards)), 2)


_SUFFIXES = {standard: standard for standard in STREET_SUFFIXES.values()} | written_out("suffix")
SUFFIX_FORMS, SUFFIX_NUMBERS = _affix_forms(_SUFFIXES)
DIRECTION_FORMS, DIRECTION_NUMBERS = _affix_forms(LONG_DIRECTIONAL_WORDS)


@kernel
def append_street(line: StringView, a: StringView) -> StringView:
    """Append a street to the line without the letters of its first ordinal (1ST, 2ND, 3RD, 4TH)."""
    for i in range(1, a.length - 1):
        if is_digit(byte_at(a, i - 1)):
            for j in range(len(ORDINAL_ENDINGS)):
                if byte_at(a, i) == ORDINAL_ENDINGS[j, 0] and byte_at(a, i + 1) == ORDINAL_ENDINGS[j, 1]:
                    return append(append(line, prefix(a, i)), drop_prefix(a, i + 2))
    return append(line, a)


@kernel
def is_word(a: StringView, known: KnownPlaces) -> bool:
    """Return whether a text is a word of which names of streets are made, or a name in use."""
    value = hash_string(a)
    return hash_set_contains(known.street_words, value) or hash_set_contains(known.street_names, value)


@kernel
def _nearest_form(a: StringView, forms: WordTable, numbers: Any, scratch: Any) -> int:
    """Return the number of the suffix or direction that a text is a slip of; `_NOTHING` if of none, or of either."""
    if a.length < SHORTEST_AFFIX:
        return _NOTHING
    nearest, fewest = _NOTHING, 3 if a.length >= LONG_AFFIX else 2
    for row in range(len(forms)):
        form = append_word(StringView(scratch, 0), forms, row)
        edits = damerau_levenshtein(a, form, fewest)
        if edits < fewest:
            nearest, fewest = numbers[row], edits
        elif edits == fewest and nearest != numbers[row]:
            nearest = _NOTHING
    return nearest


@kernel
def _is_form_of(a: StringView, standard: StringView, forms: WordTable, numbers: Any, scratch: Any) -> bool:
    """Return whether a text is a slip of the suffix or direction whose standard form this is."""
    number = _nearest_form(a, forms, numbers, scratch)
    return number != _NOTHING and equals_word(standard, forms, number)


@kernel
def _drop_written_suffix(a: StringView, standard: StringView) -> StringView:
    """Return what follows a suffix, written out or not, in a text; nothing if the text does not begin with it."""
    for row in range(len(SUFFIX_FORMS) - 1, -1, -1):  # those written out are last, and the longer
        form_length = word_prefix_length(a, SUFFIX_FORMS, row)
        if form_length > 0 and equals_word(standard, SUFFIX_FORMS, SUFFIX_NUMBERS[row]):
            return drop_prefix(a, form_length)
    return prefix(a, 0)


@kernel
def has_misspelled_affix(whole: AddressView, other: AddressView, known: KnownPlaces, scratch: Any) -> bool:
    """Return whether `other` has, misspelled in its street, the suffix or direction that `whole` has and it lacks.

    The rest of the street is the name of `whole`, or a slip of it. `scratch` has room for three lines.
    """
    name = append_street(StringView(scratch, 0), whole.street)
    street = append_street(StringView(scratch + LINE_CAPACITY, 0), other.street)
    words = scratch + 2 * LINE_CAPACITY
    lacks_suffix = whole.street_suffix.length > 0 and other.street_suffix.length == 0
    lacks_direction = whole.direction.length > 0 and other.direction.length == 0
    for length in range(max(name.length - 1, 1), min(name.length + 2, street.length)):
        tail = drop_prefix(street, length)
        may_be_affix = is_digit(byte_at(name, name.length - 1)) or not is_word(tail, known)
        if may_be_affix and _is_same_or_slip(name, prefix(street, length)):
            if lacks_suffix and _is_misspelled_suffix(whole, tail, lacks_direction, words):
                return True
            if lacks_direction and not lacks_suffix and _is_misspelled_direction(whole, tail, words):
                return True
        head, rest = prefix(street, street.length - length), drop_prefix(street, street.length - length)
        may_be_affix = lacks_direction and not is_word(head, known)
        if may_be_affix and _is_same_or_slip(name, rest) and _is_misspelled_direction(whole, head, words):
            return True
    return False


@kernel
def _is_same_or_slip(name: StringView, written: StringView) -> bool:
    return equals(name, written) or (
        name.length >= SHORTEST_UNKNOWN
        and damerau_levenshtein(name, written, 1) == 1
        and is_name_slip(name, written, False)
    )


@kernel
def _is_misspelled_suffix(whole: AddressView, tail: StringView, lacks_direction: bool, scratch: Any) -> bool:
    """Return whether the end of a street is a misspelled suffix, or the suffix and a misspelled direction."""
    if _is_form_of(tail, whole.street_suffix, SUFFIX_FORMS, SUFFIX_NUMBERS, scratch):
        return True
    rest = _drop_written_suffix(tail, whole.street_suffix)
    return lacks_direction and rest.length > 0 and _is_misspelled_direction(whole, rest, scratch)


@kernel
def _is_misspelled_direction(whole: AddressView, text: StringView, scratch: Any) -> bool:
    return _is_form_of(text, whole.direction, DIRECTION_FORMS, DIRECTION_NUMBERS, scratch)

"""Slips in a name, letter by letter: what makes no other name of it.

A letter more, less or exchanged is as often another name as a slip: Encino and Encinos, Alto and Alta. So a slip is one
of the keys or of a reader, as in `slips.py`, and stays away from the end of a name, where plural, gender and diminutive
are.

Guarantees: nothing here is by language or origin; where nothing is known of two names, least is forgiven.
Does not: know names or streets.
Basis: ADR 0039; tests/cases/address_kinds/streets.yaml.
Start at `is_name_slip`.
"""

from typing import Any

import numpy as np

from comity.columns.kernel import kernel
from comity.columns.strings import StringView, byte_at
from comity.match.slips import confused_letters

SHORTEST_UNKNOWN = 6
"""Letters of two names that nothing knows, of which one can be a slip of the other."""
LONG_NAME_LETTERS = 8
"""Names of as many letters may have two slips, or another vowel."""
_A, _S = 65, 83
_LETTERS = 26


def _confusion_matrix() -> Any:
    """Return a table of letters by letters: whether the one is a slip of the keys or of a reader for the other."""
    matrix = np.zeros((_LETTERS, _LETTERS), np.bool_)
    for left, right in confused_letters():
        matrix[ord(left) - _A, ord(right) - _A] = True
    return matrix


CONFUSIONS = _confusion_matrix()


@kernel
def is_vowel(byte: int) -> bool:
    """Return whether a byte is A, E, I, O, U or Y."""
    return byte == 65 or byte == 69 or byte == 73 or byte == 79 or byte == 85 or byte == 89


@kernel
def _are_confused(a: int, b: int) -> bool:
    i, j = a - _A, b - _A
    return 0 <= i < _LETTERS and 0 <= j < _LETTERS and CONFUSIONS[i, j]


@kernel
def is_name_slip(meant: StringView, written: StringView, is_one_known: bool) -> bool:
    """Return whether `written` is `meant` with a slip that makes no other name; the two differ, and have no numerals.

    If one of the two is known to be spelled well, it is `meant`: in a long name a vowel within may be another, and two
    slips are forgiven (the caller counts them).
    """
    start, end, shorter = 0, 0, min(meant.length, written.length)
    if abs(meant.length - written.length) > 1 or (not is_one_known and shorter < SHORTEST_UNKNOWN):
        return False
    while start < shorter and byte_at(meant, start) == byte_at(written, start):
        start += 1
    while end < shorter - start and (
        byte_at(meant, meant.length - 1 - end) == byte_at(written, written.length - 1 - end)
    ):
        end += 1
    right, wrong = meant.length - start - end, written.length - start - end
    if right == wrong == 2 and _are_exchanged(meant, written, start):
        return is_one_known or (end > 0 and start > 0)
    if right > 1 or wrong > 1:
        return is_one_known and end > 0
    if right == wrong:
        may_be_vowel = is_one_known and shorter >= LONG_NAME_LETTERS
        return _is_letter_slip(byte_at(meant, start), byte_at(written, start), end == 0, may_be_vowel)
    return _is_extra_letter(meant, written, start, end == 0, is_one_known)


@kernel
def _are_exchanged(left: StringView, right: StringView, at: int) -> bool:
    return byte_at(left, at) == byte_at(right, at + 1) and byte_at(left, at + 1) == byte_at(right, at)


@kernel
def _is_letter_slip(right: int, wrong: int, is_last: bool, may_be_vowel: bool) -> bool:
    """Return whether a letter was written for another by a slip; the last one is grammar if it is a vowel or S."""
    if is_vowel(right) and is_vowel(wrong):
        return may_be_vowel and not is_last
    if is_last and (is_vowel(right) or is_vowel(wrong) or right == _S or wrong == _S):
        return False
    return _are_confused(right, wrong)


@kernel
def _is_extra_letter(meant: StringView, written: StringView, at: int, is_last: bool, is_one_known: bool) -> bool:
    """Return whether a letter left out or hit too much, at a position of the longer name, is a slip."""
    longer = meant if meant.length > written.length else written
    letter = byte_at(longer, at)
    if at > 0 and byte_at(longer, at - 1) == letter:
        return True
    is_left_out = longer.length == meant.length
    if is_last or (letter == _S and not (is_one_known and is_left_out)):  # a plural, also of a word within the name
        return False
    if is_left_out:
        return True
    return (at > 0 and _are_confused(byte_at(longer, at - 1), letter)) or _are_confused(byte_at(longer, at + 1), letter)

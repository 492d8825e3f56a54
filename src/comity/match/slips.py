"""Say whether one text can be a slip of another: of a finger on the keys, or of a machine that read the letters.

A slip leaves out a letter, exchanges two neighbors, hits a key beside the right one or hits one twice, or takes a
letter for one that looks like it. Names of relatives differ by other letters more often than not.

A slip that is also a way to spell (a long vowel written once or twice, S and Z, another ending) says little: so do
names differ that are written in many ways, and those of relatives (`is_other_spelling`).

Guarantees: at most one slip is forgiven, wherever it is.
Does not: know names (`same_names.py`).
Basis: the American keyboard; letters that are confused in print; romanizations. ADR 0030 and 0039.
Start at `is_slip`.
"""

from functools import cache

_KEY_ROWS = ("QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")
_ROW_OFFSETS = (0.0, 0.25, 0.75)
"""How far to the right each row begins, in keys."""
_NEIGHBOR_DISTANCE = 1.3
_LOOK_ALIKES = ("IJLT", "OQDCG", "UVY", "EFP", "BPR", "MNHW", "SZ", "KX")
"""Letters that are taken for one another in print or handwriting."""
_LOOK_ALIKE_PAIRS = frozenset({("M", "RN"), ("W", "VV"), ("D", "CL"), ("K", "LC"), ("H", "LI")})
"""A letter, and the two for which it is taken."""
_VOWELS = "AEIOUY"
_ONE_SOUND = tuple(map(frozenset, (_VOWELS, "SZ", "XZ", "CKQ", "BVW")))
"""Letters by which languages and romanizations write one sound."""
_ENDINGS = frozenset(_VOWELS + "HS")
"""Letters that make another form of a name where they are added to its end."""
_SHORT_NAME = 5
"""Letters of a name in which a vowel more makes another spelling: Qutb, Qutub."""
_SHORTEST_EXCHANGED = 6
"""Letters of a name in which two exchanged ones hardly make another name."""


@cache
def confused_letters() -> frozenset[tuple[str, str]]:
    """Return the pairs of letters of which one can be written or read for the other, in both orders."""
    keys = [
        (letter, row, column + _ROW_OFFSETS[row])
        for row, letters in enumerate(_KEY_ROWS)
        for column, letter in enumerate(letters)
    ]
    neighbors = {
        (a, b)
        for a, row, column in keys
        for b, other_row, other_column in keys
        if a != b and abs(row - other_row) <= 1 and abs(column - other_column) < _NEIGHBOR_DISTANCE
    }
    return frozenset(neighbors | {(a, b) for group in _LOOK_ALIKES for a in group for b in group if a != b})


def differing_parts(left: str, right: str) -> tuple[str, str, str]:
    """Return what is left of two texts without the beginning and the end that they share; and that beginning.

    >>> differing_parts("DAVID", "DZVID"), differing_parts("ANA", "ANNA")
    (('A', 'Z', 'D'), ('', 'N', 'AN'))
    """
    start, limit = 0, min(len(left), len(right))
    while start < limit and left[start] == right[start]:
        start += 1
    end = 0
    while end < limit - start and left[-1 - end] == right[-1 - end]:
        end += 1
    return left[start : len(left) - end], right[start : len(right) - end], left[:start]


def are_letters_exchanged(left: str, right: str) -> bool:
    """Return whether two neighboring letters were exchanged.

    >>> are_letters_exchanged("DAVID", "DAVDI"), are_letters_exchanged("DAVID", "DZVID")
    (True, False)
    """
    differing, others, _ = differing_parts(left, right)
    return len(differing) == 2 and differing == others[::-1]


def are_inner_letters_exchanged(left: str, right: str) -> bool:
    """Return whether two neighboring letters within a name that is not short were exchanged.

    At an end, and in a short name, that makes other names: Halak and Halka.

    >>> are_inner_letters_exchanged("ELIZABETH", "ELIZABTEH"), are_inner_letters_exchanged("LUCZAK", "LUCZKA")
    (True, False)
    """
    start = len(differing_parts(left, right)[2])
    is_inside = start > 0 and start + 2 < len(left)
    return is_inside and len(left) >= _SHORTEST_EXCHANGED and are_letters_exchanged(left, right)


def is_other_spelling(left: str, right: str) -> bool:
    """Return whether two texts that differ by a letter differ as two spellings or two forms of a name do.

    >>> is_other_spelling("QASIM", "QAASIM"), is_other_spelling("AASIM", "AAZIM"), is_other_spelling("DAVID", "DZVID")
    (True, True, False)
    """
    part, other_part, before = differing_parts(left, right)
    if len(part) == len(other_part) == 1:
        return any({part, other_part} <= letters for letters in _ONE_SOUND)
    letter, longer = part + other_part, max(left, right, key=len)
    if len(letter) != 1 or letter * 3 in longer:
        return False
    is_last = len(before) + 1 == len(longer)
    is_vowel = letter in _VOWELS
    return (is_last and letter in _ENDINGS) or (is_vowel and (before.endswith(letter) or len(longer) <= _SHORT_NAME))


def is_slip(meant: str, written: str) -> bool:
    """Return whether `written` is `meant` with one slip.

    >>> is_slip("DAVID", "DZVID"), is_slip("CAMPOS", "CARNPOS"), is_slip("LATOYA", "LATONYA")
    (True, True, False)
    """
    right, wrong, before = differing_parts(meant, written)
    if len(wrong) == 0:
        return len(right) == 1
    if len(right) == 0:
        neighbors = meant[max(len(before) - 1, 0) : len(before) + 1]
        return len(wrong) == 1 and any(wrong == letter or (letter, wrong) in confused_letters() for letter in neighbors)
    return (
        (right, wrong) in confused_letters()
        or (right, wrong) in _LOOK_ALIKE_PAIRS
        or (wrong, right) in _LOOK_ALIKE_PAIRS
        or are_letters_exchanged(meant, written)
    )

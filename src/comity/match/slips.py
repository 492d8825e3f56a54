"""Say whether one text can be a slip of another: of a finger on the keys, or of a machine that read the letters.

A slip leaves out a letter, exchanges two neighbors, hits a key beside the right one or hits one twice, or takes a
letter for one that looks like it. Names of relatives differ by other letters more often than not.

Guarantees: at most one slip is forgiven, wherever it is.
Does not: know names (`same_names.py`).
Basis: the American keyboard; letters that are confused in print. ADR 0030.
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


@cache
def _confused_letters() -> frozenset[tuple[str, str]]:
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
        return len(wrong) == 1 and any(
            wrong == letter or (letter, wrong) in _confused_letters() for letter in neighbors
        )
    return (
        (right, wrong) in _confused_letters()
        or (right, wrong) in _LOOK_ALIKE_PAIRS
        or (wrong, right) in _LOOK_ALIKE_PAIRS
        or are_letters_exchanged(meant, written)
    )

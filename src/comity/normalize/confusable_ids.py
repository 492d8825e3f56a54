"""Compare ids and names as an eye does: two that look alike are one, since somebody will take the one for the other.

`O2` and `o2`, `X1` and `Xl`, `a-1` and `a_1 `, a Latin and a Cyrillic `A` look alike. What is named by an id here is an
order, an agreement, an agency or a batch, and a mistaken one opens what another should close.

Does not: know what is legible in a font. The pairs are those of Unicode's letters that are read as Latin ones, letters
that differ by case, O and 0, I, L and 1, and marks between words.
Basis: Unicode Technical Standard 39 (confusable strings), of which this is a part; ADR 0041.
Start at `find_look_alike`.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from comity.normalize.ascii_text import to_upper_ascii

_SHAPES = str.maketrans(
    (
        "\u0410\u0412\u0421\u0415\u041d\u0406\u0408\u041a\u041c\u041e\u0420\u0405\u0422\u0425\u0423"
        "\u0430\u0441\u0435\u0456\u0458\u043e\u0440\u0455\u0445\u0443\u0432\u043a\u043c\u0442\u043d"
        "\u04bb\u0501\u051b\u051d"
        "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03b1"
        "\u03bd\u03bf\u03c1\u03b9\u03ba\u03c5\u03c7\u03c4"
    ),
    ("ABCEHIJKMOPSTXYaceijopsxybkmthhdqwABEZHIKMNOPTYXavopikuxt"),
)
"""Cyrillic and Greek letters that have the shape of a Latin one. Any other letter is read by its sound."""
_ALIKE = str.maketrans("OIL|", "0111")
_MARKS = re.compile(r"[^0-9A-Z]+")


@lru_cache(maxsize=1 << 16)  # a new batch's id is compared with all of its requester's
def fold_id(text: str) -> str:
    r"""Return what two ids that look alike have in common.

    >>> fold_id("O2") == fold_id("o2 ") == fold_id("\u041e2") == fold_id("02")
    True
    >>> fold_id("a-1") == fold_id("A_l."), fold_id("a-1") == fold_id("a1")
    (True, False)
    """
    return _MARKS.sub("-", (to_upper_ascii(text.translate(_SHAPES)) or "").translate(_ALIKE)).strip("-")


def fold_person_name(name: str) -> tuple[str, ...]:
    r"""Return what two names of a person that look alike have in common: Latin letters, in words, in any order.

    >>> fold_person_name("Doe, Jo") == fold_person_name("J\u043e  DOE")
    True
    """
    return tuple(sorted(_MARKS.sub(" ", to_upper_ascii(name) or "").split()))


def find_look_alike(text: str, ids: Iterable[str]) -> str | None:
    """Return the first of some ids that looks like a text and is another; None when there is none."""
    folded = fold_id(text)
    return next((one for one in ids if one != text and fold_id(one) == folded), None)

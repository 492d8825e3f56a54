"""Convert text to upper case printable ASCII.

Guarantees: no control, format (bidirectional, zero-width) or accented character survives; letters of other scripts are
transliterated by `anyascii`; no result is longer than `MAX_TEXT_LENGTH`, which bounds the cost of every pattern.
Does not: split names or addresses.
Start at `to_upper_ascii`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from unicodedata import normalize

from comity.columns.transliteration import MAX_TEXT_LENGTH, TransliterationTable

_VULGAR_FRACTION = re.compile("([\u00bc-\u00be\u2150-\u215e])")


_TRANSLITERATION = TransliterationTable(dropped_categories={"Cc", "Cf"})
"""Control and format characters are dropped; the gates keep what `anyascii` writes for them (`columns.fold`)."""


def to_upper_ascii(text: str | None) -> str | None:
    r"""Convert text to upper case printable ASCII without surrounding spaces; None if nothing is left.

    >>> to_upper_ascii(" Józef 4½ "), to_upper_ascii("\u202e"), to_upper_ascii(None)
    ('JOZEF 4 1/2', None, None)
    """
    if text is None:
        return None
    text = text[:MAX_TEXT_LENGTH]
    if not (text.isascii() and text.isprintable()):
        marked = _VULGAR_FRACTION.sub(r" \1", text.replace("\u00b4", "'"))
        text = normalize("NFKC", marked).translate(_TRANSLITERATION)[:MAX_TEXT_LENGTH]
    return text.upper().strip(" ") or None


def trie_pattern(words: Iterable[str]) -> str:
    """Return a pattern that matches the longest of the words, written as a trie so that each letter is tried once.

    >>> trie_pattern(["AV", "AVE", "ST"])
    '(?:AV(?:E)?|ST)'
    """
    endings: dict[str, list[str]] = defaultdict(list)
    for word in words:
        endings[word[:1]].append(word[1:])
    branches = [re.escape(letter) + trie_pattern(tails) for letter, tails in endings.items() if letter]
    if not branches:
        return ""
    if "" in endings:
        return f"(?:{'|'.join(branches)})?"
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"

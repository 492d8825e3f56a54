"""Plain text: whatever was written becomes upper case printable ASCII, or None.

Guarantees: no control, format (bidirectional, zero width) or accented character survives; text that is already
plain is only made upper case. Letters of other scripts are transliterated by `anyascii`, each looked up once. No text
is longer than `LONGEST`, which bounds what a pattern can cost.
Does not: split names or addresses.
Start at `plain`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from unicodedata import category, normalize

from anyascii import anyascii

MAX_TEXT_LENGTH = 250
"""No mailing address line is longer; what comes after is not read (comity/columns/fold.py says the same)."""

_VULGAR_FRACTION = re.compile("([\u00bc-\u00be\u2150-\u215e])")


class _PrintableTransliteration(dict[int, str]):
    """For `str.translate`: what stands for a character in ASCII, nothing for one that is not seen."""

    def __missing__(self, code: int) -> str:
        """Look it up and keep it; there are as many as the languages have letters."""
        letter = chr(code)
        return self.setdefault(code, "" if category(letter) in {"Cc", "Cf"} else anyascii(letter))


_TRANSLITERATION = _PrintableTransliteration()


def to_upper_ascii(text: str | None) -> str | None:
    r"""Upper case printable ASCII without spaces around it, or None where nothing is left.

    >>> plain(" Józef 4½ "), plain("\u202e"), plain(None)
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
    """A pattern for any of the words, the longest first, that tries each letter once and not each word.

    >>> any_of(["AV", "AVE", "ST"])
    '(?:AV(?:E)?|ST)'
    """
    tails: dict[str, list[str]] = defaultdict(list)
    for word in words:
        tails[word[:1]].append(word[1:])
    parts = [re.escape(letter) + trie_pattern(rest) for letter, rest in tails.items() if letter]
    if not parts:
        return ""
    if "" in tails:
        return f"(?:{'|'.join(parts)})?"
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"

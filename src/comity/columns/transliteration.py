"""Write characters of any alphabet in ASCII, one character at a time.

Guarantees: nothing raises; each character is looked up once per process.
Does not: decide which characters count as written: a caller names the Unicode categories that it drops.
Start at `TransliterationTable`.
"""

from collections.abc import Collection
from unicodedata import category

from anyascii import anyascii

MAX_TEXT_LENGTH = 250
"""Characters of a field that are read. No mailing address line is longer; the limit bounds what a pattern can cost."""


class TransliterationTable(dict[int, str]):
    """A table for `str.translate`: the ASCII text for a character, computed on first use and kept.

    >>> "Józef".translate(TransliterationTable())
    'Jozef'
    """

    def __init__(self, dropped_categories: Collection[str] = ()) -> None:
        """Drop characters of these Unicode categories (such as "Cf", format) instead of transliterating them."""
        super().__init__()
        self._dropped_categories = frozenset(dropped_categories)

    def __missing__(self, code: int) -> str:
        """Compute and keep a character's ASCII text; the table grows to the letters that occur, at most."""
        character = chr(code)
        return self.setdefault(code, "" if category(character) in self._dropped_categories else anyascii(character))

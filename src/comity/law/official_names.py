"""Compare the names of offices and agencies as people write them.

`U.S. Immigration & Customs Enforcement` is Immigration and Customs Enforcement; `Director (Acting), ICE` is the Acting
Director of ICE. Word order, brackets, small words and the country's name do not matter, and an acting officer holds the
office. Every other word does: a deputy director is not the director.

Does not: know abbreviations; `also` in the files of agencies and agreements lists them.
Start at `official_words`.
"""

import re
import unicodedata
from functools import lru_cache

_DOTTED_LETTERS = re.compile(r"\b(?:\w\.)+")
_SMALL_WORDS = frozenset({"THE", "OF", "AND", "FOR", "US", "USA", "ACTING"})
_ABBREVIATIONS = {"DEPT": "DEPARTMENT", "DIR": "DIRECTOR", "SEC": "SECRETARY"}


@lru_cache(maxsize=4096)  # each rule about history asks it of every earlier batch
def official_words(text: str) -> tuple[str, ...]:
    """Return the words that make up the name of an office or agency, sorted; nothing for a name without any.

    >>> official_words("Director (Acting), U.S. Immigration & Customs Enforcement")
    ('CUSTOMS', 'DIRECTOR', 'ENFORCEMENT', 'IMMIGRATION')
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).upper()
    plain = _DOTTED_LETTERS.sub(lambda match: match[0].replace(".", "") + " ", plain.replace("UNITED STATES", " "))
    words = (_ABBREVIATIONS.get(word, word) for word in re.findall(r"\w+", plain.replace("_", " ")))
    return tuple(sorted(word for word in words if word not in _SMALL_WORDS))


def is_same_official_name(text: str, *others: str) -> bool:
    """Return whether a name is one of the others; a name without words is none."""
    words = official_words(text)
    return bool(words) and any(words == official_words(other) for other in others)

"""Who issued a paper, from what a person typed: a code, the name of a state or territory, a municipality.

Guarantees: Puerto Rico is found in whatever way it is written, since papers that it issued before 1 July 2010 are void;
what is not known here gives no code, so that no rule for other issuers applies by mistake.
Basis: USPS Publication 28, appendix B; ICAO Doc 9303 part 3, section 5; Puerto Rico Law 191-2009.
Start at `read_issuer`.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import yaml

from comity.documents.barcode.aamva import is_jurisdiction_code
from comity.documents.mrz.state_codes import is_known_code
from comity.reference.states import STATE_NAMES

PUERTO_RICO, UNITED_STATES = "PR", "USA"
MUNICIPALITY_WORDS = frozenset({"MUNICIPIO", "MUNICIPALITY"})
_ZIP = re.compile(r"\d{4,5}")


def read_issuer(text: str) -> str | None:
    """Return the code of who issued a paper, or None when what was typed names nobody known here.

    Of several names the last one counts, as in an address; Puerto Rico counts wherever it stands.

    >>> [read_issuer(text) for text in ("pr", "State of Puerto Rico", "Mayagüez", "San Juan, Texas", "somewhere")]
    ['PR', 'PR', 'PR', 'TX', None]
    """
    words = _fold(text)
    name = " ".join(words)
    if name in _names():
        return _names()[name]
    if len(words) == 1 and _is_code(name):
        return name
    found = _find_names(words, _names())
    municipalities = _find_names(words, dict.fromkeys(_lists()["puerto_rico"], PUERTO_RICO))
    codes = [code for _, _, code in found]
    if PUERTO_RICO in (*words, *codes) or (municipalities and MUNICIPALITY_WORDS & set(words)):
        return PUERTO_RICO
    if words and words[-1] in STATE_NAMES:
        return words[-1]
    if found:
        return max(found)[2]
    return PUERTO_RICO if municipalities else None


def _fold(text: str) -> list[str]:
    """Return the words of a text in capitals, without accents, marks, a ZIP code and the nation at its end."""
    letters = unicodedata.normalize("NFKD", text.upper().replace(".", " "))
    plain = "".join(mark for mark in letters if not unicodedata.combining(mark))
    if any(mark.isalpha() and not mark.isascii() for mark in plain):  # another script, of which letters may look alike
        return []
    words = re.findall(r"[A-Z0-9]+", plain)
    changed = True
    while changed:
        changed = False
        for nation in (name.split() for name in (*_lists()["aliases"][UNITED_STATES], UNITED_STATES)):
            if len(words) > len(nation) and words[-len(nation) :] == nation:
                words, changed = words[: -len(nation)], True
        while len(words) > 1 and _ZIP.fullmatch(words[-1]):
            words, changed = words[:-1], True
    return words


def _find_names(words: Sequence[str], names: Mapping[str, str]) -> list[tuple[int, int, str]]:
    """Return every name among the words: where it ends, how many words it has, and its code."""
    longest = max(len(name.split()) for name in names)
    return [
        (end, size, names[name])
        for end in range(1, len(words) + 1)
        for size in range(1, min(longest, end) + 1)
        if (name := " ".join(words[end - size : end])) in names
    ]


def _is_code(word: str) -> bool:
    return word in STATE_NAMES or is_known_code(word) or is_jurisdiction_code(word)


@cache
def _names() -> Mapping[str, str]:
    """Return every name of a state, a territory or the nation, folded, with its code; no codes."""
    names = {" ".join(re.findall(r"[A-Z]+", name.upper())): code for code, name in STATE_NAMES.items()}
    aliases: Mapping[str, Collection[str]] = _lists()["aliases"]
    return names | {alias: code for code, listed in aliases.items() for alias in listed}


@cache
def _lists() -> Mapping[str, Any]:
    text = resources.files("comity.documents").joinpath("issuer_names.yaml").read_text(encoding="utf-8")
    lists: Mapping[str, Any] = yaml.safe_load(text)
    return lists

"""The words of United States addresses: one table, from which gates, normalizer and comparison kernels take theirs.

`address_words.csv` has one row per word and kind: the `word`, its `kind`, the `standard` form it stands for (empty if
there is none), `flags` that name the lists it belongs to, and its `source` (see SOURCES.md). A word that one reader of
addresses accepts and another does not has one flag and lacks the other, so that the difference is data and can be
seen. ADR 0020 lists these differences.

Guarantees: every word is upper case ASCII; within a kind a word has one standard form.
Does not: parse (`comity.normalize` and `comity.gates.text` do); hold the patterns in which words are combined,
such as numbered roads and boxes. Kernels are compiled with these words; `app/kernel_cache.py` compiles them again when
the table changes.
Basis: USPS Publication 28, appendix B (directionals), C1 (street suffixes) and C2 (secondary unit designators) with the
commonest misspellings, section 285 (private mailboxes) and section 29 (Puerto Rico).
Start at `STREET_SUFFIXES`.
"""

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class AddressWord(NamedTuple):
    """One row of the table."""

    word: str
    kind: str
    standard: str
    flags: frozenset[str]


@cache
def load_address_words() -> tuple[AddressWord, ...]:
    """Load the table, in order."""
    text = (files("comity.reference") / "address_words.csv").read_text(encoding="ascii")
    return tuple(
        AddressWord(row["word"], row["kind"], row["standard"], frozenset(row["flags"].split()))
        for row in csv.DictReader(text.splitlines())
    )


def select_words(kind: str, flag: str | None = None) -> tuple[str, ...]:
    """Return the words of a kind, or those of them with a flag, in the order of the table.

    >>> select_words("unit", "floor")
    ('FLOOR', 'FLR', 'FL')
    """
    return tuple(row.word for row in load_address_words() if row.kind == kind and (flag is None or flag in row.flags))


def standard_forms(kind: str, flag: str | None = None) -> dict[str, str]:
    """Return the words of a kind (with a flag) that have a standard form, each with that form.

    >>> standard_forms("directional", "full")["NORTHEAST"]
    'NE'
    """
    return {
        row.word: row.standard
        for row in load_address_words()
        if row.kind == kind and row.standard and (flag is None or flag in row.flags)
    }


def written_out(kind: str, flag: str = "full") -> dict[str, str]:
    """Return the standard forms of a kind, each with the word for it that is written out in full and has `flag`.

    >>> written_out("suffix", "common")["AVE"]
    'AVENUE'
    """
    return {standard: word for word, standard in standard_forms(kind, flag).items()}


def _compound_numbers(kind: str) -> dict[str, str]:
    """Return numbers in words with their digits: the table's own, and a ten before a one (`TWENTY ONE`)."""
    numbers = standard_forms(kind)
    tens = {word: int(value) for word, value in standard_forms("cardinal").items() if word.endswith("TY")}
    ones = {word: int(value) for word, value in numbers.items() if int(value) < 10}
    return numbers | {f"{ten} {one}": str(tens[ten] + ones[one]) for ten in tens for one in ones}


STREET_SUFFIXES: dict[str, str] = standard_forms("suffix")
"""Street suffixes as written -> the standard abbreviation (Publication 28, C1)."""

ROAD_SUFFIXES: dict[str, str] = standard_forms("suffix", "road")
"""The suffixes that name a road and nothing else.

The others (GROVE, LAKE, ISLAND...) are as often the end of a name whose suffix was left out, Stony Island for Stony
Island Avenue, so they stay with the name.
"""

_WRITTEN_OUT = written_out("suffix")
NON_ROAD_SUFFIXES: dict[str, str] = {
    word: _WRITTEN_OUT[standard] for word, standard in STREET_SUFFIXES.items() if word not in ROAD_SUFFIXES
}
"""Those others -> written out."""

COMMON_SUFFIXES: dict[str, str] = written_out("suffix", "common")
"""The commonest suffixes, standard -> written out, with which the kernels rebuild a line."""

DIRECTIONALS: dict[str, str] = standard_forms("directional")
"""Directionals as written -> the standard abbreviation (Publication 28, B)."""

LONG_DIRECTIONAL_WORDS: dict[str, str] = written_out("directional")
"""Directionals, standard -> written out."""

UNIT_DESIGNATORS_WITH_VALUE: tuple[str, ...] = select_words("unit", "value")
"""Designators that are followed by the unit's own number or letter."""

UNIT_DESIGNATORS_ALONE: tuple[str, ...] = select_words("unit", "alone")
"""Designators that can stand alone at the end of the line."""

FLOOR_WORDS: tuple[str, ...] = select_words("unit", "floor")
"""Words for a floor: they follow its number or its name (`5TH FLOOR`, `GROUND FLOOR`)."""

FLOOR_NAMES: tuple[str, ...] = (*select_words("ordinal", "floor"), *select_words("floor_name"))
"""Names that a floor has instead of a number."""

URBANIZATION_WORDS: tuple[str, ...] = select_words("development", "leading")
"""Words before the name of a Puerto Rican urbanization or neighborhood at the start of a line (Publication 28, 29)."""

FIRST_DEVELOPMENT_WORDS: tuple[str, ...] = select_words("development", "first")
"""Words with which the name of one begins, and a line; elsewhere they are words of a street's name."""

TRAILING_URBANIZATION_WORDS: tuple[str, ...] = select_words("development", "trailing")
"""Those of them that are recognized at the end of a line too; BO, BARRIO and EXT have other meanings there."""

CONDOMINIUM_WORDS: tuple[str, ...] = select_words("development", "building")
"""Words before the name of a Puerto Rican building."""

SPANISH_STREET_WORDS: tuple[str, ...] = select_words("street_type", "spanish")
"""Spanish words for a street, which stand before its name; the house number often follows the name."""

PRETYPES: dict[str, str] = standard_forms("street_type", "pretype")
"""Types of street that stand before the name (`AVENUE B`, `CALLE SOL`) -> the standard suffix."""

ORDINAL_WORDS: dict[str, str] = _compound_numbers("ordinal")
"""Numbered streets in words -> digits, as the number alone is the normal form (`5TH` and `FIFTH` are both `5`)."""

CARDINAL_WORDS: dict[str, str] = _compound_numbers("cardinal")
"""House numbers in words -> digits."""

STREET_NAME_ABBREVIATIONS: dict[str, str] = standard_forms("name_word")
"""Words inside a street's name that people abbreviate -> written out, so that LK VIEW equals LAKEVIEW."""

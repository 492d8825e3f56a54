"""Parse the text of a street, word by word, into its name, suffix and directionals.

Guarantees: each step looks at a few words only, so the cost is proportional to the length of the text.
Does not: know which streets exist.
Basis: USPS Publication 28 (`comity.reference.address_vocabulary`).
Start at `parse_street`. Street texts are those of `boxes_and_units.py`.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from comity.normalize.ascii_text import trie_pattern
from comity.normalize.line_splitter import FINAL_SUFFIXES, NO_NUMBER_SENTINEL
from comity.normalize.place_directions import is_distance
from comity.reference.address_vocabulary import (
    CARDINAL_WORDS,
    DIRECTIONALS,
    FIRST_DEVELOPMENT_WORDS,
    NON_ROAD_SUFFIXES,
    ORDINAL_WORDS,
    PRETYPES,
    ROAD_SUFFIXES,
    SPANISH_STREET_WORDS,
    STREET_NAME_ABBREVIATIONS,
    STREET_SUFFIXES,
    TRAILING_URBANIZATION_WORDS,
    URBANIZATION_WORDS,
    select_words,
    standard_forms,
)
from comity.reference.states import STATES_AND_DC

# Lines that begin with something else than the number

_LEADING_NUMBER = re.compile("((?:KM)?[A-Z]{0,2}-?[0-9][0-9A-Z-]*) (.+)")
_LEADING_ORDINAL = re.compile(r"[0-9]*(?:1ST|2ND|3RD|[0-9]TH)\b", re.ASCII)
_HYPHENATED_TENS = re.compile("([A-Z]+TY)-")
"""TWENTY-ONE is TWENTY ONE."""
_SPELLED_HOUSE_NUMBER = re.compile(rf"({trie_pattern(CARDINAL_WORDS)}) ([A-Z0-9].*)")
_SPELLED_STREET_NAME = re.compile("(?:[A-Z]+S|MILE|NOTCH)(?: [A-Z]+)?")
"""FIVE POINTS RD, TEN MILE RD: the number belongs to the street's name."""
_INNER_ROAD = "(?:STATE |COUNTY |US )?(?:HWY|HIGHWAY|RTE|ROUTE|RT|RD|ROAD)|FM|CR|SR|US|FARM TO MARKET(?: RD| ROAD)?"
_INNER_NUMBER = re.compile(
    rf"(?:[A-Z&/-]+ )+?((?:[NSEW][0-9]+[NSEW]? ?[NSEW])?[0-9]+[A-Z]?(?:-[0-9A-Z]+)?)(?: ([0-9]/[0-9]))?"
    rf" ((?:[A-Z0-9]+ )+?{trie_pattern(STREET_SUFFIXES)}\b.*|"
    rf"(?:{trie_pattern(DIRECTIONALS)} )?(?:(?:{_INNER_ROAD}) [0-9]+[A-Z]?(?: {trie_pattern(DIRECTIONALS)})?|"
    rf"[0-9]{{2,5}} {trie_pattern(DIRECTIONALS)}))",
    re.ASCII,
)
"""The name of a person or a building before the number; the street has a suffix, or is a numbered road or a grid."""
_ENDS_IN_ROAD = re.compile(r"\b(?:HWY|HIGHWAY|RTE|ROUTE|RT|RD|ROAD|FM|CR|SR|US|INTERSTATE) $", re.ASCII)
"""The number after such a word is the road's."""
_BUILDING_WORD = trie_pattern(select_words("building_word"))
_BUILDING_NAME = re.compile(rf"((?:[A-Z]+ )+{_BUILDING_WORD}) [0-9]")
_TRAILING_BUILDING = re.compile(
    rf"((?:[A-Z0-9]+ )+{trie_pattern(FINAL_SUFFIXES)}(?: {trie_pattern(DIRECTIONALS)})?)"
    rf" ((?:[A-Z]+ ){{1,3}}{_BUILDING_WORD})"
)
"""The name of a building after the street: COLLEGE ST ADAMS HALL."""
_TRAILING_PART = re.compile(
    rf"((?:[A-Z0-9]+ )+{trie_pattern(FINAL_SUFFIXES)}(?: {trie_pattern(DIRECTIONALS)})?)"
    rf" ((?!{trie_pattern([*STREET_SUFFIXES, *DIRECTIONALS])} )[A-Z]{{3,}} (?:[0-9]+[A-Z]?|[A-Z][0-9]*))",
    re.ASCII,
)
"""A part of a place that no list names, after the street: HARBOR BLVD PHASE 2, HARBOR BLVD ENTRANCE B."""
_URBANIZATION_WORDS = frozenset((*URBANIZATION_WORDS, *FIRST_DEVELOPMENT_WORDS))
_TRAILING_URBANIZATION = re.compile(
    rf"(.*?) ?\b({'|'.join(TRAILING_URBANIZATION_WORDS)}) ([A-Z].*)|"
    rf"((?:.* )?(?:{'|'.join(SPANISH_STREET_WORDS)}) .*?) (?:({'|'.join(URBANIZATION_WORDS)}) ([A-Z]{{3}}.*)|"
    rf"({'|'.join(FIRST_DEVELOPMENT_WORDS)}) ([A-Z]{{2}}.*))",
    re.ASCII,
)
"""After a Spanish street EXT, BO and JARDINES, too, begin the name of an urbanization."""
_DEVELOPMENTS = standard_forms("development")

# Words

_WORD = re.compile("[A-Z0-9]+")
_HOUSE_LETTERS = frozenset("ABCFGHIJKMPQRTVXYZ")
"""Letters that, alone before the name, belong to the house number: no directions, nor the D', L', O' of a name."""
_AFTER_HOUSE_LETTER = re.compile("[A-Z]{2,}|[0-9]+(ST|ND|RD|TH)|[NSEW]")
_LETTERED_STREET_SUFFIXES = frozenset(
    word for word, suffix in STREET_SUFFIXES.items() if suffix in {"AVE", "ST", "RD", "LN", "DR", "RTE"}
)
"""In AVENUE N the letter is the street's name, not a directional."""
_SHORT_SUFFIXES = frozenset(word for word in STREET_SUFFIXES if len(word) < 3)
_NORTH_SOUTH, _EAST_WEST = frozenset({"N", "S", "NORTH", "SOUTH"}), frozenset({"E", "W", "EAST", "WEST"})
_NUMBERED_NAME_WORDS = frozenset(
    {"ROAD", "RD", "LOOP", "SPUR", "LOT", "PIER", "SECTION", "DISTRICT", "AREA", "TRACT", "MILE", "INTERSTATE"}
    | {"STREET", "CALLE", "AVENUE", "AVE", "AVENIDA"}
)
"""Words that a number after them belongs to: LOOP 1604 is not unit 1604 of Loop."""
_UNIT_AFTER_SUFFIX = re.compile("[0-9]+[A-Z]?|[A-Z]{1,2}|[A-Z][0-9]+")
_NUMERAL = re.compile("[0-9]+[A-Z]?")
_NUMBERED_STREET = re.compile("0*([0-9]+) ?(?:ST|ND|RD|TH)?")
_MLK = re.compile(
    "(?:(?:DR|DOCTOR|REV|REVEREND) )?(?:M ?L ?K(?:ING)?|M L KING|MARTIN L(?:UTHER)? KING)(?: (?:JR|JUNIOR))?"
)
_INNER_WORD_EXPANSIONS = {word: name.replace(" ", "") for word, name in STREET_NAME_ABBREVIATIONS.items()}
_FINAL_WORD_EXPANSIONS = {
    word: name.replace(" ", "") for word, name in (NON_ROAD_SUFFIXES | STREET_NAME_ABBREVIATIONS).items()
}

# Numbered roads

_ROAD = "(?:RD|ROAD|RTE|ROUTE|RT|HWY|HIGHWAY)"
_ROAD_TYPES: tuple[tuple[str, str], ...] = (
    (
        "CR",
        (
            rf"(?:[A-Z]+ )?COUNTY {_ROAD}|COUNTRY ROAD|C ?R|CO (?:RD|RTE|RT|HWY|ROAD)|CNTY (?:RD|RTE|HWY)"
            "|CTY (?:RD|HWY)|C ?T ?H|C H|CH|COUNTY|F"
        ),
    ),
    (
        "FM",
        "FM(?: RD| ROAD)?|F M|FARM (?:TO )?MARKET(?: RD| ROAD)?|R ?M|RANCH (?:TO MARKET )?(?:RD|ROAD)|RR",
    ),
    (
        "US",
        "US(?: HWY| HIGHWAY| ROUTE| RTE| RT)?|U S(?: HWY| HIGHWAY| ROUTE| RTE| RT)?|USHWY|FEDERAL (?:HWY|HIGHWAY)",
    ),
    ("I", "INTERSTATE(?: HWY| HIGHWAY)?|I ?H|I"),
    (
        "SR",
        rf"(?:STATE|ST) {_ROAD}|S ?R|S ?H|STH|SRT|@ (?:RD|ROAD|RTE|ROUTE|RT|HWY|HIGHWAY|ST RD)|%|PR|M",
    ),
    ("TR", "(?:TWP|TOWNSHIP) (?:RD|ROAD|HWY|HIGHWAY)|T ?R"),
    ("", "HIGHWAY|HWY|ROUTE|RTE|RT|ROAD|RD|CARR|CARRETERA"),
)
"""Types of numbered road and how they are written; @ is a state's name or code, % a code. The last can be any type."""
_STATE_WORDS = "|".join([*STATES_AND_DC, *(name.upper() for name in STATES_AND_DC.values())])


def _expand_states(forms: str) -> str:
    return forms.replace("@", f"(?:{_STATE_WORDS})").replace("%", "|".join(STATES_AND_DC))


_ROAD_TYPE_PATTERNS = tuple((road_type, re.compile(_expand_states(forms))) for road_type, forms in _ROAD_TYPES)
_ROAD_QUALIFIERS = "OLD|BUSINESS|BUS|BYPASS|BYP|ALTERNATE|ALT|SPUR|LOOP|TRUCK"
_HIGHWAY = re.compile(
    rf"(?:({_ROAD_QUALIFIERS}) )?({_expand_states('|'.join(forms for _, forms in _ROAD_TYPES))}) ([0-9]+(?: ?[A-Z])?)"
    rf"(?: HWY| HIGHWAY)?(?: ({_ROAD_QUALIFIERS}))?|(BUSINESS|BUS)(?: LOOP)? ([0-9]+)"
)
_LETTERED_ROAD = re.compile(
    "(COUNTY (?:RD|ROAD|TRUNK|HWY|HIGHWAY)|CTH|CO (?:RD|HWY)|CTY (?:RD|HWY|TRUNK)|C ?R|HWY|HIGHWAY|RTE|ROUTE)"
    " ([A-Z]{1,2})"
)


class ParsedStreet(NamedTuple):
    """A street, with what else is in its text: a number, a house letter, an urbanization, a building, a bare unit."""

    number: str | None = None
    house_letter: str | None = None
    urbanization: str | None = None
    building: str | None = None
    undesignated_unit: str | None = None
    street: str | None = None
    direction: str = ""
    suffix: str | None = None


class _DirectionalSplit(NamedTuple):
    """The words of a street without its postdirectional; the predirectional is still among them."""

    house_letter: str | None
    predirectional: str | None
    postdirectional: str | None
    words: list[str]


EMPTY_STREET = ParsedStreet()


@lru_cache(1 << 16)
def parse_street(street_text: str | None) -> ParsedStreet:
    """Parse the text of a street without its house number, or a whole line after `NO_NUMBER_SENTINEL`.

    >>> parse_street("N MT VERNON AVE")[5:], parse_street("FIFTH AVE")[5:]
    (('MOUNTVERNON', 'N', 'AVE'), ('5', '', 'AVE'))
    """
    if street_text is None:
        return EMPTY_STREET
    number, fraction, building = None, None, None
    if street_text.startswith(NO_NUMBER_SENTINEL):
        number, fraction, street_text, building = _split_inner_number(street_text[1:])
    if building is None and (
        with_building := _TRAILING_BUILDING.fullmatch(street_text) or _TRAILING_PART.fullmatch(street_text)
    ):
        street_text, building = with_building[1], with_building[2].replace(" ", "")
    words, urbanization = _WORD.findall(street_text), None
    if not _URBANIZATION_WORDS.isdisjoint(words):
        with_urbanization = _TRAILING_URBANIZATION.fullmatch(street_text)
        if with_urbanization:
            words = _WORD.findall(with_urbanization[1] or with_urbanization[4] or "")
            urbanization = _name_urbanization(with_urbanization)
    if len(words) > 1 and words[0] == "THE" and words[1] != "OLD":  # The Bowery, The Crescent; not The Old Road
        words = words[1:]
    house_letter, predirectional, postdirectional, words = _strip_directionals(words)
    words_after_predirectional = words[1:] if predirectional else words
    road = _numbered_road(words_after_predirectional, postdirectional or "")
    undesignated_unit = None
    if road is None and _ends_in_unit(words, words_after_predirectional):
        undesignated_unit = words[-1]
        words = words[:-1]
    name, suffix, predirectional, postdirectional = _split_suffix(words, predirectional, postdirectional)
    street = _expand_street_name(name)
    if road is not None:
        (suffix, street), postdirectional = road, None
    return ParsedStreet(
        number,
        fraction or house_letter,
        urbanization,
        building,
        undesignated_unit,
        street,
        (predirectional or "") + (postdirectional or ""),
        suffix,
    )


def _split_inner_number(line: str) -> tuple[str | None, str | None, str, str | None]:
    """Return the number of a line that does not begin with one, its fraction, what follows them, and a building.

    What is before the number is a building if its last word says so (Adams Hall); else it is a person or a firm.
    """
    line = _HYPHENATED_TENS.sub(r"\1 ", line, count=1) if _HYPHENATED_TENS.match(line) else line
    if not _LEADING_ORDINAL.match(line):
        leading = _LEADING_NUMBER.fullmatch(line)
        if leading:
            return leading[1], None, leading[2], None
    spelled = _SPELLED_HOUSE_NUMBER.fullmatch(line)
    if spelled and not line.startswith("ONE ") and _SPELLED_STREET_NAME.fullmatch(spelled[2]):
        spelled = None
    inner = _INNER_NUMBER.fullmatch(line)
    if inner and not is_distance(inner[3]) and not _ENDS_IN_ROAD.search(line[: inner.start(1)]):
        building = _BUILDING_NAME.match(line)
        return inner[1], inner[2], inner[3], building[1].replace(" ", "") if building else None
    return (CARDINAL_WORDS.get(spelled[1]), None, spelled[2], None) if spelled else (None, None, line, None)


def _name_urbanization(line: re.Match[str]) -> str:
    """Return the name of an urbanization with the kind it is, as URB LAS FLORES and EXT LAS FLORES are two."""
    words = _WORD.findall(" ".join(part for part in line.group(2, 3, 5, 6, 7, 8) if part))
    return "".join(_DEVELOPMENTS.get(word, word) for word in words if _DEVELOPMENTS.get(word) != "URB")


def _strip_directionals(words: list[str]) -> _DirectionalSplit:
    """Split off a house letter and the postdirectional.

    A postdirectional follows a name, the number of a grid (`400 E`) or a lone BLVD; in AVENUE N there is none.
    """
    count, house_letter = len(words), None
    if (
        count > 1
        and words[0] in _HOUSE_LETTERS
        and _is_house_letter(words[1], count, ends_in_suffix=count > 2 and words[-1] in ROAD_SUFFIXES)
    ):
        house_letter = words[0]
        words = words[1:]
        count -= 1
    if count < 2:
        return _DirectionalSplit(house_letter, None, None, words)
    predirectional = DIRECTIONALS.get(words[0])
    if count > 2 and words[-1] in _EAST_WEST and words[-2] in _NORTH_SOUTH:
        return _DirectionalSplit(house_letter, predirectional, words[-2][0] + words[-1][0], words[:-2])
    may_have_postdirectional = count > 2 or words[0] not in _LETTERED_STREET_SUFFIXES
    postdirectional = DIRECTIONALS.get(words[-1]) if may_have_postdirectional else None
    return _DirectionalSplit(house_letter, predirectional, postdirectional, words[:-1] if postdirectional else words)


def _is_house_letter(second_word: str, count: int, *, ends_in_suffix: bool) -> bool:
    """Return whether a letter before `second_word`, in a street of `count` words, belongs to the house number.

    A suffix after the letter is the street's name if another suffix ends the street (328 A LAKE ST).
    """
    directional = DIRECTIONALS.get(second_word)
    if second_word in ROAD_SUFFIXES or (second_word in STREET_SUFFIXES and not ends_in_suffix):
        return False
    if directional and not (count > 2 and len(directional) <= 2):
        return False
    return _AFTER_HOUSE_LETTER.fullmatch(second_word) is not None and second_word not in {"AND", "DE"}


def _numbered_road(words: list[str], postdirectional: str) -> tuple[str | None, str] | None:
    """Return the type and the number of a numbered road (`CR`, `HWY12`), or None for a street with a name.

    A direction after the number belongs to it: Route 9 W is 9W, and neither is Route 9.
    """
    if len(words) < 2:
        return None
    if any(word[0] in "0123456789" for word in words[1:]):
        road = _HIGHWAY.fullmatch(" ".join(words))
        if road:
            qualifier, form, numeral, trailing_qualifier, business, business_number = road.groups("")
            road_type = (
                next((name for name, pattern in _ROAD_TYPE_PATTERNS if pattern.fullmatch(form)), None)
                if numeral
                else None
            )
            number = (numeral + business_number).lstrip("0").replace(" ", "") + postdirectional
            return road_type or None, f"HWY{number}{(qualifier + trailing_qualifier + business)[:3]}"
    if len(words[-1]) <= 2 and words[0][0] in "CHR":
        lettered = _LETTERED_ROAD.fullmatch(" ".join(words))
        if lettered:
            return "CR" if lettered[1].startswith("C") else None, f"HWY{lettered[2]}{postdirectional}"
    return None


def _ends_in_unit(words: list[str], words_after_predirectional: list[str]) -> bool:
    """Return whether the last word is a unit: a number or letter after a suffix, or a number after a name."""
    if len(words_after_predirectional) < 2:
        return False
    before, last = words[-2:]
    if (
        len(words_after_predirectional) > 2
        and before in ROAD_SUFFIXES
        and last not in _SHORT_SUFFIXES
        and _UNIT_AFTER_SUFFIX.fullmatch(last)
    ):
        return True
    return before.isalpha() and before not in _NUMBERED_NAME_WORDS and _NUMERAL.fullmatch(last) is not None


def _split_suffix(
    words: list[str], predirectional: str | None, postdirectional: str | None
) -> tuple[list[str], str | None, str | None, str | None]:
    """Return the name, the suffix and both directionals; one may be between name and suffix (`AVALON SOUTH BLVD`)."""
    suffix = ROAD_SUFFIXES.get(words[-1]) if len(words) > 1 else None
    if suffix:
        words = words[:-1]
    split_predirectional = None
    if len(words) > 2 and words[0] in _NORTH_SOUTH and words[1] in _EAST_WEST:
        split_predirectional, words = words[0][0] + words[1][0], words[2:]
    elif predirectional and len(words) > 1:
        split_predirectional, words = predirectional, words[1:]
    if len(words) > 1:
        if not suffix:
            suffix = PRETYPES.get(words[0])
            words = words[1:] if suffix else words
        elif not postdirectional:
            postdirectional = DIRECTIONALS.get(words[-1])
            words = words[:-1] if postdirectional else words
    return words, suffix, split_predirectional, postdirectional


def _expand_street_name(words: list[str]) -> str | None:
    """Return a street's name without spaces: its number, or its words with abbreviations written out.

    A number in words at its beginning is written in digits (`EIGHT MILE`).
    """
    if not words:
        return None
    if len(words) > 1 and " ".join(words) not in ORDINAL_WORDS:
        words = [CARDINAL_WORDS.get(words[0], words[0]), *words[1:]]
    name = " ".join(words)
    if name[0] in "0123456789":
        numbered = _NUMBERED_STREET.fullmatch(name)
        if numbered:
            return numbered[1].lstrip("0") or None
    if name in ORDINAL_WORDS:
        return ORDINAL_WORDS[name]
    if name[0] in "DMR" and _MLK.fullmatch(name):
        return "MLK"
    inner_words = [_INNER_WORD_EXPANSIONS.get(word, word) for word in words[:-1]]
    return "".join(inner_words) + _FINAL_WORD_EXPANSIONS.get(words[-1], words[-1])

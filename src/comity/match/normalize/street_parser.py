"""The head of a street line, word by word: its name, its suffix and its directions.

Guarantees: each step looks at a few words only, so that no head costs more than its length.
Does not: know which streets exist.
Basis: USPS Publication 28 (`comity.reference.address_vocabulary`).
Start at `read_head`. Heads are those of rests.py.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from comity.match.normalize.ascii_text import trie_pattern
from comity.match.normalize.line_splitter import NO_NUMBER_SENTINEL
from comity.reference.address_vocabulary import (
    CARDINAL_WORDS,
    DIRECTIONALS,
    NON_ROAD_SUFFIXES,
    ORDINAL_WORDS,
    PRETYPES,
    ROAD_SUFFIXES,
    STREET_NAME_ABBREVIATIONS,
    STREET_SUFFIXES,
)
from comity.reference.states import STATES_AND_DC

# Lines that begin with something else than the number
LEADING_NUMBER = "((?:KM)?[A-Z]{0,2}-?[0-9][0-9A-Z-]*) (.+)"
LEADING_ORDINAL = r"[0-9]*(?:1ST|2ND|3RD|[0-9]TH)\b"
HYPHENATED_TENS = "([A-Z]+TY)-"
"""TWENTY-ONE is TWENTY ONE."""
SPELLED_HOUSE_NUMBER = rf"({trie_pattern(CARDINAL_WORDS)}) ([A-Z0-9].*)"
SPELLED_STREET_NAME = "(?:[A-Z]+S|MILE|NOTCH)(?: [A-Z]+)?"
"""FIVE POINTS RD, TEN MILE RD: the number is the street's."""
INNER_NUMBER = rf"(?:[A-Z&/-]+ )+?([0-9]+[A-Z]?(?:-[0-9A-Z]+)?) ((?:[A-Z0-9]+ )+?{trie_pattern(STREET_SUFFIXES)}\b.*)"
"""A name of a person or a building before the number: the street must end in a suffix."""
URBANIZATION_DESIGNATORS = "URB|URBANIZACION|REPTO|REPARTO|BDA|BARRIADA|PARC|PARCELAS|SECTOR"
TRAILING_URBANIZATION = rf"(.*?) ?\b(?:{URBANIZATION_DESIGNATORS}) ([A-Z].*)"

# Words
HOUSE_LETTERS = frozenset("ABCFGHIJKMPQRTVXYZ")
"""A letter alone before the name that belongs to the house number; no direction, and not the D', L', O' of a name."""
AFTER_HOUSE_LETTER = "[A-Z]{2,}|[0-9]+(ST|ND|RD|TH)|[NSEW]"
LETTERED_STREET_SUFFIXES = frozenset(
    word for word, canonical in STREET_SUFFIXES.items() if canonical in {"AVE", "ST", "RD", "LN", "DR", "RTE"}
)
"""AVENUE N is no direction."""
SHORT_SUFFIXES = frozenset(word for word in STREET_SUFFIXES if len(word) < 3)
FINAL_WORD_EXPANSIONS = NON_ROAD_SUFFIXES | STREET_NAME_ABBREVIATIONS
NORTH_SOUTH, EAST_WEST = frozenset({"N", "S", "NORTH", "SOUTH"}), frozenset({"E", "W", "EAST", "WEST"})

ROAD_KINDS: tuple[tuple[str, str], ...] = (
    ("CR", "(?:[A-Z]+ )?COUNTY (?:RD|ROAD|RTE|ROUTE|RT|HWY|HIGHWAY)|COUNTRY ROAD|C ?R|CO (?:RD|RTE|RT|HWY|ROAD)|CNTY (?:RD|RTE|HWY)|CTY (?:RD|HWY)|C ?T ?H|C H|CH|COUNTY"),
    ("FM", "FM(?: RD| ROAD)?|F M|FARM (?:TO )?MARKET(?: RD| ROAD)?|R ?M|RANCH (?:TO MARKET )?(?:RD|ROAD)|RR"),
    ("US", "US(?: HWY| HIGHWAY| ROUTE| RTE| RT)?|U S(?: HWY| HIGHWAY| ROUTE| RTE| RT)?|USHWY|FEDERAL (?:HWY|HIGHWAY)"),
    ("I", "INTERSTATE(?: HWY| HIGHWAY)?|I ?H|I"),
    ("SR", "(?:STATE|ST) (?:RD|ROAD|RTE|ROUTE|RT|HWY|HIGHWAY)|S ?R|S ?H|STH|SRT|@ (?:RD|ROAD|RTE|ROUTE|RT|HWY|HIGHWAY|ST RD)|%|PR|M"),
    ("TR", "(?:TWP|TOWNSHIP) (?:RD|ROAD|HWY|HIGHWAY)|T ?R"),
    ("", "HIGHWAY|HWY|ROUTE|RTE|RT|ROAD|RD|CARR|CARRETERA"),
)  # fmt: skip
"""Kinds of numbered road and how they are written; @ is the name or code of a state, % a code. The last may be any of them."""
_STATE_WORDS = "|".join([*STATES_AND_DC, *(name.upper() for name in STATES_AND_DC.values())])


def _expand_states(forms: str) -> str:
    return forms.replace("@", f"(?:{_STATE_WORDS})").replace("%", "|".join(STATES_AND_DC))


_ROAD_QUALIFIERS = "OLD|BUSINESS|BUS|BYPASS|BYP|ALTERNATE|ALT|SPUR|LOOP|TRUCK"
HIGHWAY = (
    rf"(?:({_ROAD_QUALIFIERS}) )?({_expand_states('|'.join(forms for _, forms in ROAD_KINDS))}) ([0-9]+[A-Z]?)(?: HWY| HIGHWAY)?(?: ({_ROAD_QUALIFIERS}))?|"
    r"(BUSINESS|BUS)(?: LOOP)? ([0-9]+)"
)
LETTERED_ROAD = "(COUNTY (?:RD|ROAD|TRUNK|HWY|HIGHWAY)|CTH|CO (?:RD|HWY)|CTY (?:RD|HWY|TRUNK)|C ?R|HWY|HIGHWAY|RTE|ROUTE) ([A-Z]{1,2})"
NUMBERED_NAME_WORDS = frozenset(
    [
        "ROAD",
        "RD",
        "LOOP",
        "SPUR",
        "LOT",
        "PIER",
        "SECTION",
        "DISTRICT",
        "AREA",
        "TRACT",
        "MILE",
        "STREET",
        "CALLE",
        "AVENUE",
        "AVE",
        "AVENIDA",
        "INTERSTATE",
    ]
)
"""Words that a number behind them belongs to: LOOP 1604 is not unit 1604 of Loop."""
UNIT_AFTER_SUFFIX = "[0-9]+[A-Z]?|[A-Z]{1,2}|[A-Z][0-9]+"
MLK = "(?:(?:DR|DOCTOR|REV|REVEREND) )?(?:M ?L ?K(?:ING)?|M L KING|MARTIN L(?:UTHER)? KING)(?: (?:JR|JUNIOR))?"

_WORD = re.compile("[A-Z0-9]+")
_URBANIZATION_DESIGNATORS = frozenset(URBANIZATION_DESIGNATORS.split("|"))
_TRAILING_URBANIZATION = re.compile(TRAILING_URBANIZATION, re.ASCII)
_LEADING_NUMBER, _SPELLED_HOUSE_NUMBER, _SPELLED_STREET_NAME = map(
    re.compile, (LEADING_NUMBER, SPELLED_HOUSE_NUMBER, SPELLED_STREET_NAME)
)
_LEADING_ORDINAL = re.compile(LEADING_ORDINAL, re.ASCII)
_HYPHENATED_TENS = re.compile(HYPHENATED_TENS)
_INNER_NUMBER = re.compile(INNER_NUMBER, re.ASCII)
_AFTER_HOUSE_LETTER = re.compile(AFTER_HOUSE_LETTER)
_ROAD_KINDS = tuple((kind, re.compile(_expand_states(forms))) for kind, forms in ROAD_KINDS)
_HIGHWAY, _LETTERED_ROAD, _MLK = map(re.compile, (HIGHWAY, LETTERED_ROAD, MLK))
_UNIT_AFTER_SUFFIX = re.compile(UNIT_AFTER_SUFFIX)
_NUMERAL = re.compile("[0-9]+[A-Z]?")
_NUMBERED_STREET = re.compile("0*([0-9]+) ?(?:ST|ND|RD|TH)?")
_INNER_WORD_EXPANSIONS = {word: canonical.replace(" ", "") for word, canonical in STREET_NAME_ABBREVIATIONS.items()}
_FINAL_WORD_EXPANSIONS = {word: canonical.replace(" ", "") for word, canonical in FINAL_WORD_EXPANSIONS.items()}


class ParsedStreet(NamedTuple):
    """A street; a number or house letter that stood in its line, its urbanization, a unit that stood bare at its end."""

    number: str | None = None
    house_letter: str | None = None
    urbanization: str | None = None
    undesignated_unit: str | None = None
    street: str | None = None
    direction: str = ""
    suffix: str | None = None


class _DirectionalSplit(NamedTuple):
    """The words of a street with the direction at its end apart; the one at its start is still among them."""

    house_letter: str | None
    predirectional: str | None
    postdirectional: str | None
    words: list[str]


EMPTY_STREET = ParsedStreet()


@lru_cache(1 << 16)
def parse_street(head: str | None) -> ParsedStreet:
    """The head of a street line, without its number, or behind `NUMBERLESS` the whole of it.

    >>> read_head("N MT VERNON AVE")[4:], read_head("FIFTH AVE")[4:]
    (('MOUNTVERNON', 'N', 'AVE'), ('5', '', 'AVE'))
    """
    if head is None:
        return EMPTY_STREET
    number, body = _split_inner_number(head[1:]) if head.startswith(NO_NUMBER_SENTINEL) else (None, head)
    words, area = _WORD.findall(body), None
    if not _URBANIZATION_DESIGNATORS.isdisjoint(words):
        found = _TRAILING_URBANIZATION.fullmatch(body)
        if found:
            words, area = _WORD.findall(found[1]), found[2]
    letter, pre, post, body_words = _strip_directionals(words)
    named = body_words[1:] if pre else body_words
    road = _numbered_road(named)
    bare_unit = None
    if road is None and _ends_in_unit(body_words, named):
        bare_unit = body_words[-1]
        body_words = body_words[:-1]
    name, suffix, predirection, postdirection = _split_suffix(body_words, pre, post)
    street = _expand_street_name(name)
    if road is not None:
        suffix, street = road[0] or None, road[1]
    return ParsedStreet(number, letter, area, bare_unit, street, (predirection or "") + (postdirection or ""), suffix)


def _split_inner_number(line: str) -> tuple[str | None, str]:
    """The number of a line that it does not begin with, or that is written in words, and what follows it."""
    line = _HYPHENATED_TENS.sub(r"\1 ", line, count=1) if _HYPHENATED_TENS.match(line) else line
    if not _LEADING_ORDINAL.match(line):
        first = _LEADING_NUMBER.fullmatch(line)
        if first:
            return first[1], first[2]
    spelled = _SPELLED_HOUSE_NUMBER.fullmatch(line)
    if spelled and not line.startswith("ONE ") and _SPELLED_STREET_NAME.fullmatch(spelled[2]):
        spelled = None
    inside = _INNER_NUMBER.fullmatch(line)
    if inside:
        return inside[1], inside[2]
    return (CARDINAL_WORDS.get(spelled[1]), spelled[2]) if spelled else (None, line)


def _strip_directionals(words: list[str]) -> _DirectionalSplit:
    """Without the direction at the end and without a house letter.

    The direction at the end stands behind a name, the number of a grid (`400 E`) or a lone BLVD; AVENUE N is no direction.
    """
    count, letter = len(words), None
    if count > 1 and words[0] in HOUSE_LETTERS and _is_house_letter(words[1], count):
        letter = words[0]
        words = words[1:]
        count -= 1
    if count < 2:
        return _DirectionalSplit(letter, None, None, words)
    pre = DIRECTIONALS.get(words[0])
    if count > 2 and words[-1] in EAST_WEST and words[-2] in NORTH_SOUTH:
        return _DirectionalSplit(letter, pre, words[-2][0] + words[-1][0], words[:-2])
    post = DIRECTIONALS.get(words[-1]) if count > 2 or words[0] not in LETTERED_STREET_SUFFIXES else None
    return _DirectionalSplit(letter, pre, post, words[:-1] if post else words)


def _is_house_letter(second: str, count: int) -> bool:
    """Whether a letter before this word, of so many with the letter, belongs to the house number."""
    direction = DIRECTIONALS.get(second)
    if second in STREET_SUFFIXES or (direction and not (count > 2 and len(direction) <= 2)):
        return False
    return _AFTER_HOUSE_LETTER.fullmatch(second) is not None and second not in {"AND", "DE"}


def _numbered_road(named: list[str]) -> tuple[str | None, str] | None:
    """The kind and the number of a numbered road, or None: it is a street."""
    if len(named) < 2:
        return None
    if any(word[0] in "0123456789" for word in named[1:]):
        road = _HIGHWAY.fullmatch(" ".join(named))
        if road:
            turn, form, numeral, turned, lone, alone = road.groups("")
            kind = next((kind for kind, forms in _ROAD_KINDS if forms.fullmatch(form)), None) if numeral else None
            return kind, f"HWY{(numeral + alone).lstrip('0')}{(turn + turned + lone)[:3]}"
    if len(named[-1]) <= 2 and named[0][0] in "CHR":
        lettered = _LETTERED_ROAD.fullmatch(" ".join(named))
        if lettered:
            return "CR" if lettered[1].startswith("C") else None, f"HWY{lettered[2]}"
    return None


def _ends_in_unit(body: list[str], named: list[str]) -> bool:
    """Whether the last word is a unit: a number or letter behind a suffix, a number behind a name."""
    if len(named) < 2:
        return False
    before, last = body[-2:]
    if len(named) > 2 and before in ROAD_SUFFIXES and last not in SHORT_SUFFIXES and _UNIT_AFTER_SUFFIX.fullmatch(last):
        return True
    return before.isalpha() and before not in NUMBERED_NAME_WORDS and _NUMERAL.fullmatch(last) is not None


def _split_suffix(
    words: list[str], pre: str | None, post: str | None
) -> tuple[list[str], str | None, str | None, str | None]:
    """The name, the suffix and the directions; a direction may stand between the two (`AVALON PARK SOUTH BLVD`)."""
    suffix = ROAD_SUFFIXES.get(words[-1]) if len(words) > 1 else None
    if suffix:
        words = words[:-1]
    predirection = None
    if len(words) > 2 and words[0] in NORTH_SOUTH and words[1] in EAST_WEST:
        predirection, words = words[0][0] + words[1][0], words[2:]
    elif pre and len(words) > 1:
        predirection, words = pre, words[1:]
    if len(words) > 1:
        if not suffix:
            suffix = PRETYPES.get(words[0])
            words = words[1:] if suffix else words
        elif not post:
            post = DIRECTIONALS.get(words[-1])
            words = words[:-1] if post else words
    return words, suffix, predirection, post


def _expand_street_name(name: list[str]) -> str | None:
    """A street's name, closed up: its number, or its words with what is abbreviated written out."""
    if not name:
        return None
    joined = " ".join(name)
    if joined[0] in "0123456789":
        numbered = _NUMBERED_STREET.fullmatch(joined)
        if numbered:
            return numbered[1].lstrip("0") or None
    if joined in ORDINAL_WORDS:
        return ORDINAL_WORDS[joined]
    if joined[0] in "DMR" and _MLK.fullmatch(joined):
        return "MLK"
    return "".join([_INNER_WORD_EXPANSIONS.get(word, word) for word in name[:-1]]) + _FINAL_WORD_EXPANSIONS.get(
        name[-1], name[-1]
    )

"""The head of a street line, word by word: its name, its suffix and its directions.

Guarantees: each step looks at a few words only, so that no head costs more than its length.
Does not: know which streets exist.
Basis: USPS Publication 28 (`comity.reference.streets`).
Start at `read_head`. Heads are those of rests.py.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from comity.match.normal.lines import NUMBERLESS
from comity.match.normal.text import any_of
from comity.reference.states import FIFTY_AND_DC
from comity.reference.streets import CARDINALS, DIRECTIONS, LANDSCAPE, NAME_WORDS, ORDINALS, PRETYPES, ROADS, SUFFIXES

# Lines that begin with something else than the number
NUMBER_FIRST = "((?:KM)?[A-Z]{0,2}-?[0-9][0-9A-Z-]*) (.+)"
ORDINAL_FIRST = r"[0-9]*(?:1ST|2ND|3RD|[0-9]TH)\b"
HYPHENED = "([A-Z]+TY)-"
"""TWENTY-ONE is TWENTY ONE."""
SPELLED_HOUSE = rf"({any_of(CARDINALS)}) ([A-Z0-9].*)"
SPELLED_NAME = "(?:[A-Z]+S|MILE|NOTCH)(?: [A-Z]+)?"
"""FIVE POINTS RD, TEN MILE RD: the number is the street's."""
NUMBER_INSIDE = rf"(?:[A-Z&/-]+ )+?([0-9]+[A-Z]?(?:-[0-9A-Z]+)?) ((?:[A-Z0-9]+ )+?{any_of(SUFFIXES)}\b.*)"
"""A name of a person or a building before the number: the street must end in a suffix."""
AREAS = "URB|URBANIZACION|REPTO|REPARTO|BDA|BARRIADA|PARC|PARCELAS|SECTOR"
AREA_BEHIND = rf"(.*?) ?\b(?:{AREAS}) ([A-Z].*)"

# Words
HOUSE_LETTERS = frozenset("ABCFGHIJKMPQRTVXYZ")
"""A letter alone before the name that belongs to the house number; no direction, and not the D', L', O' of a name."""
BEHIND_A_LETTER = "[A-Z]{2,}|[0-9]+(ST|ND|RD|TH)|[NSEW]"
BEFORE_A_LETTER = frozenset(
    word for word, canonical in SUFFIXES.items() if canonical in {"AVE", "ST", "RD", "LN", "DR", "RTE"}
)
"""AVENUE N is no direction."""
SHORT_SUFFIXES = frozenset(word for word in SUFFIXES if len(word) < 3)
LAST_WORDS = LANDSCAPE | NAME_WORDS
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
_STATE_WORDS = "|".join([*FIFTY_AND_DC, *(name.upper() for name in FIFTY_AND_DC.values())])


def _with_states(forms: str) -> str:
    return forms.replace("@", f"(?:{_STATE_WORDS})").replace("%", "|".join(FIFTY_AND_DC))


_TURNS = "OLD|BUSINESS|BUS|BYPASS|BYP|ALTERNATE|ALT|SPUR|LOOP|TRUCK"
HIGHWAY = (
    rf"(?:({_TURNS}) )?({_with_states('|'.join(forms for _, forms in ROAD_KINDS))}) ([0-9]+[A-Z]?)(?: HWY| HIGHWAY)?(?: ({_TURNS}))?|"
    r"(BUSINESS|BUS)(?: LOOP)? ([0-9]+)"
)
LETTERED_ROAD = "(COUNTY (?:RD|ROAD|TRUNK|HWY|HIGHWAY)|CTH|CO (?:RD|HWY)|CTY (?:RD|HWY|TRUNK)|C ?R|HWY|HIGHWAY|RTE|ROUTE) ([A-Z]{1,2})"
BARE_NAMES = frozenset(
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
UNIT_BEHIND_SUFFIX = "[0-9]+[A-Z]?|[A-Z]{1,2}|[A-Z][0-9]+"
KING = "(?:(?:DR|DOCTOR|REV|REVEREND) )?(?:M ?L ?K(?:ING)?|M L KING|MARTIN L(?:UTHER)? KING)(?: (?:JR|JUNIOR))?"

_WORD = re.compile("[A-Z0-9]+")
_AREAS = frozenset(AREAS.split("|"))
_AREA_BEHIND = re.compile(AREA_BEHIND, re.ASCII)
_NUMBER_FIRST, _SPELLED_HOUSE, _SPELLED_NAME = map(re.compile, (NUMBER_FIRST, SPELLED_HOUSE, SPELLED_NAME))
_ORDINAL_FIRST = re.compile(ORDINAL_FIRST, re.ASCII)
_HYPHENED = re.compile(HYPHENED)
_NUMBER_INSIDE = re.compile(NUMBER_INSIDE, re.ASCII)
_BEHIND_A_LETTER = re.compile(BEHIND_A_LETTER)
_ROAD_KINDS = tuple((kind, re.compile(_with_states(forms))) for kind, forms in ROAD_KINDS)
_HIGHWAY, _LETTERED_ROAD, _KING = map(re.compile, (HIGHWAY, LETTERED_ROAD, KING))
_UNIT_BEHIND_SUFFIX = re.compile(UNIT_BEHIND_SUFFIX)
_NUMERAL = re.compile("[0-9]+[A-Z]?")
_NUMBERED = re.compile("0*([0-9]+) ?(?:ST|ND|RD|TH)?")
_INNER = {word: canonical.replace(" ", "") for word, canonical in NAME_WORDS.items()}
_LAST = {word: canonical.replace(" ", "") for word, canonical in LAST_WORDS.items()}


class Head(NamedTuple):
    """A street; a number or house letter that stood in its line, its urbanization, a unit that stood bare at its end."""

    number: str | None = None
    letter: str | None = None
    area: str | None = None
    bare_unit: str | None = None
    street: str | None = None
    direction: str = ""
    suffix: str | None = None


class _Directed(NamedTuple):
    """The words of a street with the direction at its end apart; the one at its start is still among them."""

    letter: str | None
    pre: str | None
    post: str | None
    body: list[str]


NO_HEAD = Head()


@lru_cache(1 << 16)
def read_head(head: str | None) -> Head:
    """The head of a street line, without its number, or behind `NUMBERLESS` the whole of it.

    >>> read_head("N MT VERNON AVE")[4:], read_head("FIFTH AVE")[4:]
    (('MOUNTVERNON', 'N', 'AVE'), ('5', '', 'AVE'))
    """
    if head is None:
        return NO_HEAD
    number, body = _number_inside(head[1:]) if head.startswith(NUMBERLESS) else (None, head)
    words, area = _WORD.findall(body), None
    if not _AREAS.isdisjoint(words):
        found = _AREA_BEHIND.fullmatch(body)
        if found:
            words, area = _WORD.findall(found[1]), found[2]
    letter, pre, post, body_words = _directed(words)
    named = body_words[1:] if pre else body_words
    road = _road(named)
    bare_unit = None
    if road is None and _is_unit(body_words, named):
        bare_unit = body_words[-1]
        body_words = body_words[:-1]
    name, suffix, predirection, postdirection = _street_words(body_words, pre, post)
    street = _written_out(name)
    if road is not None:
        suffix, street = road[0] or None, road[1]
    return Head(number, letter, area, bare_unit, street, (predirection or "") + (postdirection or ""), suffix)


def _number_inside(line: str) -> tuple[str | None, str]:
    """The number of a line that it does not begin with, or that is written in words, and what follows it."""
    line = _HYPHENED.sub(r"\1 ", line, count=1) if _HYPHENED.match(line) else line
    if not _ORDINAL_FIRST.match(line):
        first = _NUMBER_FIRST.fullmatch(line)
        if first:
            return first[1], first[2]
    spelled = _SPELLED_HOUSE.fullmatch(line)
    if spelled and not line.startswith("ONE ") and _SPELLED_NAME.fullmatch(spelled[2]):
        spelled = None
    inside = _NUMBER_INSIDE.fullmatch(line)
    if inside:
        return inside[1], inside[2]
    return (CARDINALS.get(spelled[1]), spelled[2]) if spelled else (None, line)


def _directed(words: list[str]) -> _Directed:
    """Without the direction at the end and without a house letter.

    The direction at the end stands behind a name, the number of a grid (`400 E`) or a lone BLVD; AVENUE N is no direction.
    """
    count, letter = len(words), None
    if count > 1 and words[0] in HOUSE_LETTERS and _is_house_letter(words[1], count):
        letter = words[0]
        words = words[1:]
        count -= 1
    if count < 2:
        return _Directed(letter, None, None, words)
    pre = DIRECTIONS.get(words[0])
    if count > 2 and words[-1] in EAST_WEST and words[-2] in NORTH_SOUTH:
        return _Directed(letter, pre, words[-2][0] + words[-1][0], words[:-2])
    post = DIRECTIONS.get(words[-1]) if count > 2 or words[0] not in BEFORE_A_LETTER else None
    return _Directed(letter, pre, post, words[:-1] if post else words)


def _is_house_letter(second: str, count: int) -> bool:
    """Whether a letter before this word, of so many with the letter, belongs to the house number."""
    direction = DIRECTIONS.get(second)
    if second in SUFFIXES or (direction and not (count > 2 and len(direction) <= 2)):
        return False
    return _BEHIND_A_LETTER.fullmatch(second) is not None and second not in {"AND", "DE"}


def _road(named: list[str]) -> tuple[str | None, str] | None:
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


def _is_unit(body: list[str], named: list[str]) -> bool:
    """Whether the last word is a unit: a number or letter behind a suffix, a number behind a name."""
    if len(named) < 2:
        return False
    before, last = body[-2:]
    if len(named) > 2 and before in ROADS and last not in SHORT_SUFFIXES and _UNIT_BEHIND_SUFFIX.fullmatch(last):
        return True
    return before.isalpha() and before not in BARE_NAMES and _NUMERAL.fullmatch(last) is not None


def _street_words(
    words: list[str], pre: str | None, post: str | None
) -> tuple[list[str], str | None, str | None, str | None]:
    """The name, the suffix and the directions; a direction may stand between the two (`AVALON PARK SOUTH BLVD`)."""
    suffix = ROADS.get(words[-1]) if len(words) > 1 else None
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
            post = DIRECTIONS.get(words[-1])
            words = words[:-1] if post else words
    return words, suffix, predirection, post


def _written_out(name: list[str]) -> str | None:
    """A street's name, closed up: its number, or its words with what is abbreviated written out."""
    if not name:
        return None
    joined = " ".join(name)
    if joined[0] in "0123456789":
        numbered = _NUMBERED.fullmatch(joined)
        if numbered:
            return numbered[1].lstrip("0") or None
    if joined in ORDINALS:
        return ORDINALS[joined]
    if joined[0] in "DMR" and _KING.fullmatch(joined):
        return "MLK"
    return "".join([_INNER.get(word, word) for word in name[:-1]]) + _LAST.get(name[-1], name[-1])

"""What follows a house number, or a line without one: is it a box, a route, a military address, or a street with a unit?

Guarantees: a line of 250 characters costs milliseconds at most, whatever it holds: no pattern here or in streets.py has
an exponential case, and the one that had (units behind units) is followed step by step (`_lettered`).
Does not: read the street's name (streets.py does).
Start at `read_rest`. Lines are those of lines.py.
"""

import re
from typing import NamedTuple

from comity.match.normalize.ascii_text import trie_pattern
from comity.match.normalize.line_splitter import (
    CONDOMINIUM_WORDS,
    FINAL_SUFFIXES,
    NO_NUMBER_SENTINEL,
    URBANIZATION_WORDS,
)
from comity.reference.address_vocabulary import (
    DIRECTIONALS,
    ORDINAL_WORDS,
    UNIT_DESIGNATORS_ALONE,
    UNIT_DESIGNATORS_WITH_VALUE,
)

# A whole line without its number
_PO_BOX_WORDS = "(?:P ?O ?|POST OFFICE )?(?:BOX|BX|DRAWER|DRWR|LOCK ?BOX|CALLER|BIN|APARTADO(?: POSTAL)?)|APDO(?: POSTAL)?|.* P ?O ?BOX"
PO_BOX = (
    rf"(?:.* P ?O ?BOX|{_PO_BOX_WORDS}|P ?O ?B(?:OX)?|P ?O(?: BO)?|POST OFFICE)(?: (?:NO|NUMBER))? ?#? ?((?:[A-Z]{{1,2}}[ -]?)?[0-9][0-9A-Z-]*)(?: |$)|"
    rf"(?:{_PO_BOX_WORDS}) ?#? ?([A-Z]{{1,2}})(?: |$)"
)
HIGHWAY_CONTRACT_WORDS = (
    "H ?C(?: ?(?:ROUTE|RTE|RT|R))?|(?:HIGHWAY|HWY) CONTRACT(?: (?:ROUTE|RTE|RT))?|STAR R(?:OUTE|TE|T)|S ?R"
)
RURAL_ROUTE_WORDS = rf"R ?R|RURAL(?: R(?:OUTE|TE|T))?|R ?F ?D|R ?D|RT|RTE|ROUTE|{HIGHWAY_CONTRACT_WORDS}"
ROUTE_THEN_BOX = (
    rf"({RURAL_ROUTE_WORDS})(?: (?:NO|NUMBER))? ?#? ?([0-9]+[A-Z]{{0,2}})? (?:BOX|BX) ?#? ?([A-Z]?[0-9][0-9A-Z-]*)"
)
BOX_THEN_ROUTE = rf"(?:BOX|BX) ?#? ?([A-Z]?[0-9][0-9A-Z-]*) ({RURAL_ROUTE_WORDS}) ?#? ?([0-9]+[A-Z]?)"
MILITARY_ADDRESS = "(PSC|CMR|UNIT|OPS) ?#? ?([0-9]+)(?: BOX ?#? ?([0-9][0-9A-Z-]*))?"
ROAD_NUMBER_WORD = r"\b(HWY|HIGHWAY|ROUTE|RTE|RT|RD|ROAD) (?:# ?|NO |NUMBER )([0-9]+|[A-Z]{1,2}\b)"
_VALUED_UNITS = trie_pattern(UNIT_DESIGNATORS_WITH_VALUE)
UNIT_NUMBER_WORD = rf"\b({_VALUED_UNITS}) (?:NO|NBR|NR|NUM|NUMBER) ?#? ?([A-Z]?-?[0-9][0-9A-Z-]*)$"
"""APT NUMBER 5 is APT 5."""
TRAILING_BOX = r"\b (?:P ?O ?B(?:OX)?|P ?O|R ?R ?#? ?[0-9]+ BOX) ?#? ?[0-9A-Z-]+$"
"""A box after a street: the street is the address."""
_FLOOR_NAMES = ("FIRST", "SECOND", "THIRD", "FOURTH", "FIFTH", "TOP", "GROUND", "MAIN")
TRAILING_UNIT = (
    rf"(?:(?:#|\b{_VALUED_UNITS}) ?#? ?[A-Z]{{0,2}}-?[0-9][A-Z0-9/-]*(?: .*)?|"
    r"\b[0-9]+(?:ST|ND|RD|TH) (?:FLOOR|FLR|FL)(?: .*)?|\b[0-9]+ (?:FLOOR|FLR)|"
    rf"\b{trie_pattern(_FLOOR_NAMES)} (?:FLOOR|FLR|FL)(?: .*)?|"
    rf"\b{trie_pattern(UNIT_DESIGNATORS_ALONE)}(?: LEVEL)?(?: .*[0-9].*)?)$"
)
"""The end of a line that names a unit: the longest such end. `_lettered` knows those that end in letters."""
UNIT_STARTS = rf"#|\b(?:{trie_pattern([*UNIT_DESIGNATORS_WITH_VALUE, *UNIT_DESIGNATORS_ALONE])}|(?:{trie_pattern(_FLOOR_NAMES)}|[0-9]+(?:ST|ND|RD|TH)?)(?= FL))"
_LETTERED_DESIGNATORS = (
    "(?:#|APT|APARTMENT|UNIT|STE|SUITE|RM|ROOM|BLDG|BUILDING|BLG|BLD|LOT|FLOOR|FLR|PMB|PH|CONDO|TOWER)"
)
_DESIGNATOR_GAPS = ("#?", "(?: #?|#? )", " #? ")
"""What stands between a designator and its value, by the number of spaces in it."""
LETTERED_UNITS = tuple(
    rf"{_LETTERED_DESIGNATORS}{gap}[A-Z]{{1,2}}{more}(?= |$)"
    for gap in _DESIGNATOR_GAPS
    for more in ("(?:-[0-9A-Z]+)?", " [0-9A-Z]+")
)
NEXT_UNITS = tuple(rf" (?:#|{_VALUED_UNITS}){gap}[A-Z0-9-]+(?= |$)" for gap in _DESIGNATOR_GAPS)
_FINAL_SUFFIXES = trie_pattern(FINAL_SUFFIXES)
_DIRECTIONALS = trie_pattern(DIRECTIONALS)
_ALPHANUMERIC_VALUE = "[A-Z]{1,2}-?[0-9][A-Z0-9]*(?:-[A-Z0-9]+)?|[0-9]+-[A-Z0-9]+"
UNDESIGNATED_UNITS: tuple[tuple[str, str], ...] = (
    (rf"{_ALPHANUMERIC_VALUE}|[0-9]+[A-Z]?|[A-DF-MO-RT-VX-Z]", rf"\b{_FINAL_SUFFIXES} (?:{_DIRECTIONALS}|[NS] [EW])$"),
    (rf"{_ALPHANUMERIC_VALUE}|[0-9]+[A-Z]", rf"\b{_FINAL_SUFFIXES}$|[A-Z] {_DIRECTIONALS}$"),
    (_ALPHANUMERIC_VALUE, rf" (?:RD|ROAD)(?: {_DIRECTIONALS})?$"),
)
"""A unit without its designator, and what stands before it: told by the letter or hyphen it holds or by the direction
before it (801 CANAL ST C1S)."""
UNIT_WORDS = rf"\b{_VALUED_UNITS}\b|[^A-Z0-9]+"
UNIT_THEN_BUILDING = r"((?:#|APT|APARTMENT|UNIT|STE|SUITE|RM|ROOM)\b.*?) ((?:BLDG|BUILDING|FL|FLOOR|FLR)\b.*)"

# Lines that begin with something else than the number
SPANISH_STREET_WORDS = "CALLE|CLL|AVENIDA|AVDA|CALLEJON|CARR|CARRETERA|PASEO|CAMINO|BULEVAR"
TRAILING_HOUSE_NUMBER = "[A-Z]{0,2}-?[0-9]+[A-Z]?(?:-[0-9A-Z]+)?"
_ENDS_IN_HOUSE_NUMBER = "^(?=.*[0-9][A-Z]?(?:-[0-9A-Z]+)?$)"
"""Told first whether the line's end can be a house: else every word would be tried as the street before it."""
NUMBER_LAST_PATTERNS: tuple[tuple[str, str], ...] = (
    (r"^(?:CARR|CARRETERA)(?: PR)? ([0-9]+) KM ([0-9]+)(?: (?:HM )?([0-9]))?\b.*$", r"KM\2\3 HWY \1"),
    (r"^KM ([0-9]+)(?: (?:HM )?([0-9]))? (?:CARR|CARRETERA)(?: PR)? ([0-9]+)\b.*$", r"KM\1\2 HWY \3"),
    (
        rf"^(?:{URBANIZATION_WORDS}) (.+?) (?:# ?)?({TRAILING_HOUSE_NUMBER}) ((?:{SPANISH_STREET_WORDS}|AVE|C|BLVD) .*)$",
        r"\2 \3 URB \1",
    ),
    (
        rf"^(?:{URBANIZATION_WORDS}) (.+?) ((?:CARR|CARRETERA) [0-9]+) KM ([0-9]+)(?: (?:HM )?([0-9]))?\b.*$",
        r"KM\3\4 \2 URB \1",
    ),
    (
        rf"{_ENDS_IN_HOUSE_NUMBER}(?:{URBANIZATION_WORDS}) (.+?) ((?:{SPANISH_STREET_WORDS}) .+?) ?(?:# ?|NUM |NO )?({TRAILING_HOUSE_NUMBER})$",
        r"\3 \2 URB \1",
    ),
    (rf"^(?:{URBANIZATION_WORDS}) (.+?) (?:# ?)?({TRAILING_HOUSE_NUMBER})$", r"\2 URB \1"),
    (rf"^(?:{CONDOMINIUM_WORDS}) (.+?) (?:APT|APTO|APARTAMENTO|UNIT|#) ?#? ?([0-9A-Z-]+)$", r"\2 COND \1"),
    (rf"^((?:{SPANISH_STREET_WORDS}) .+?) ?(?:# ?|NUM |NUMERO |NO )({TRAILING_HOUSE_NUMBER})(| .*)$", r"\2 \1\3"),
    (rf"^((?:{SPANISH_STREET_WORDS}) .+?) ({TRAILING_HOUSE_NUMBER})$", r"\2 \1"),
    (r"^(?:#|NO|NUM|NUMBER) ?([0-9]+[A-Z]?) ([A-Z].*)$", r"\1 \2"),
    (r"^([0-9]+(?:ST|ND|RD|TH) (?:FLOOR|FLR|FL)) ([0-9].*)$", r"\2 \1"),
)
"""How a line whose number stands elsewhere is written with its number first."""

_NUMBER_LAST_PATTERNS = tuple((re.compile(pattern, re.ASCII), form) for pattern, form in NUMBER_LAST_PATTERNS)
_NUMBER_LAST_HINT = re.compile(
    f"{trie_pattern(['KM', *URBANIZATION_WORDS.split('|'), *CONDOMINIUM_WORDS.split('|'), *SPANISH_STREET_WORDS.split('|')])} |"
    "(?:#|NO|NUM|NUMBER) ?[0-9]|[0-9]+[A-Z]+ F"
)
_PO_BOX, _ROUTE_THEN_BOX, _BOX_THEN_ROUTE, _MILITARY_ADDRESS = map(
    re.compile, (PO_BOX, ROUTE_THEN_BOX, BOX_THEN_ROUTE, MILITARY_ADDRESS)
)
_HIGHWAY_CONTRACT = re.compile("H|ST|S ?R")
_NUMBERED_ROAD_WORDS = frozenset({"HWY", "HIGHWAY", "ROUTE", "RTE", "RT", "RD", "ROAD"})
_CLEANUP_HINT = re.compile(r"#|\bN(?:O|BR|R|UM)\b|NUMBER| P ?O| RR? ", re.ASCII)
_TRAILING_BOX = re.compile(TRAILING_BOX, re.ASCII)
_ROAD_NUMBER_WORD = re.compile(ROAD_NUMBER_WORD, re.ASCII)
_UNIT_NUMBER_WORD = re.compile(UNIT_NUMBER_WORD, re.ASCII)
_UNIT_STARTS = re.compile(UNIT_STARTS, re.ASCII)
_TRAILING_UNIT = re.compile(TRAILING_UNIT, re.ASCII)
_LETTERED_UNITS = tuple(map(re.compile, LETTERED_UNITS))
_NEXT_UNITS = tuple(map(re.compile, NEXT_UNITS))
_UNDESIGNATED_UNITS = tuple((re.compile(value), re.compile(before, re.ASCII)) for value, before in UNDESIGNATED_UNITS)
_NAMED_FLOOR = re.compile(f"({trie_pattern(_FLOOR_NAMES)}) (?:FLOOR|FLR|FL)")
_UNIT_VALUE = re.compile("[0-9]|(?:^| )[A-Z]{1,2}(?:-[A-Z]{1,2})?$")
_UNIT_THEN_BUILDING = re.compile(UNIT_THEN_BUILDING, re.ASCII)
_ORDINAL_ENDING = re.compile(r"([0-9])(?:ST|ND|RD|TH)\b", re.ASCII)
_UNIT_WORDS = re.compile(UNIT_WORDS, re.ASCII)
_UNIT_PADDING = re.compile("^0+|[^A-Z0-9]")


class LineRemainder(NamedTuple):
    """A box and whose it is; or the head of a street line, and the end of it that names a unit."""

    box_group: str | None = None
    box_number: str | None = None
    street_text: str | None = None
    unit_text: str | None = None


def parse_remainder(rest: str) -> LineRemainder:
    """What follows a house number, or a whole line behind `NUMBERLESS`.

    >>> read_rest("~PO BOX 7"), read_rest("MAIN ST APT 4")
    (Rest(street='POBOX', box='7', head=None, tail=None), Rest(street=None, box=None, head='MAIN ST', tail='APT 4'))
    """
    if rest.startswith(NO_NUMBER_SENTINEL):
        line = rest[1:]
        boxed = _parse_box(line)
        if boxed:
            return boxed
        if _NUMBER_LAST_HINT.match(line):
            for pattern, form in _NUMBER_LAST_PATTERNS:
                line = pattern.sub(form, line, count=1)
        rest = NO_NUMBER_SENTINEL + line
    if _CLEANUP_HINT.search(rest):
        rest = _TRAILING_BOX.sub("", rest, count=1)
        rest = _ROAD_NUMBER_WORD.sub(r"\1 \2", rest, count=1)
        rest = _UNIT_NUMBER_WORD.sub(r"\1 \2", rest, count=1)
    at = _unit_start(rest)
    if at is not None:
        return LineRemainder(None, None, rest[:at].rstrip(" ") or None, rest[at:])
    before, _, last = rest.rpartition(" ")
    if before and any(value.fullmatch(last) and behind.search(before) for value, behind in _UNDESIGNATED_UNITS):
        return LineRemainder(None, None, before, last)
    return LineRemainder(None, None, rest or None, None)


def unit_boundary_flags(head: str) -> tuple[bool, bool]:
    """Whether a head stays whole before a designator and its value (`APT 4`); before a number sign (`# 4`).

    It does where nothing in it begins a unit, and nothing is mended; behind ROAD a number sign is the road's.
    """
    whole = not (_UNIT_STARTS.search(head) or _CLEANUP_HINT.search(head + " "))
    return whole, whole and head.rpartition(" ")[2] not in _NUMBERED_ROAD_WORDS


def _parse_box(line: str) -> LineRemainder | None:
    """A route, a box or a military address."""
    if "B" in line:
        route = _ROUTE_THEN_BOX.match(line)
        if route:
            return LineRemainder(_route_id(route[1], route[2] or ""), route[3])
        behind = _BOX_THEN_ROUTE.fullmatch(line)
        if behind:
            return LineRemainder(_route_id(behind[2], behind[3]), behind[1])
    boxed = _PO_BOX.match(line)
    if boxed:
        return LineRemainder("POBOX", boxed[1] or boxed[2])
    military = _MILITARY_ADDRESS.fullmatch(line)
    if military:
        kind, unit, box = military.groups()
        return LineRemainder(kind + unit.lstrip("0"), box) if box else LineRemainder(kind, unit)
    return None


def _route_id(kind: str, route: str) -> str:
    """The route that a box is on."""
    return ("HC" if _HIGHWAY_CONTRACT.match(kind) else "RR") + route.lstrip("0")


def _unit_start(line: str) -> int | None:
    """Where the longest end that names a unit begins."""
    dead: set[int] = set()
    for start in _UNIT_STARTS.finditer(line):
        at = start.start()
        if _TRAILING_UNIT.match(line, at) or _is_lettered_unit(line, at, dead):
            return at
    return None


def _is_lettered_unit(line: str, at: int, dead: set[int]) -> bool:
    """Whether a unit that is one or two letters, with units behind it, stands from here to the end: `APT B FLOOR 2`.

    Where a word is a designator and its value at once (NUM BER), both readings are followed; `dead` are the places from
    which none leads to the end.
    """
    ends = [found.end() for unit in _LETTERED_UNITS if (found := unit.match(line, at))]
    while ends:
        end = ends.pop()
        if end == len(line):
            return True
        if end not in dead:
            dead.add(end)
            ends += [found.end() for unit in _NEXT_UNITS if (found := unit.match(line, end))]
    return False


def parse_unit(tail: str | None) -> str | None:
    """The unit that the end of a line names: letters and digits, without the words for a unit.

    >>> read_unit("APT 04-B"), read_unit("SECOND FLOOR"), read_unit("REAR")
    ('4B', '2', 'REAR')
    """
    if not tail:
        return None
    floor = _NAMED_FLOOR.fullmatch(tail)
    if floor:
        unit = ORDINAL_WORDS.get(floor[1], floor[1])
    elif _UNIT_VALUE.search(tail):
        moved = _UNIT_THEN_BUILDING.fullmatch(tail)
        unit = _ORDINAL_ENDING.sub(r"\1", f"{moved[2]} {moved[1]}" if moved else tail)
        unit = _UNIT_WORDS.sub("", unit)
    else:
        unit = tail.removesuffix(" LEVEL")
    return _UNIT_PADDING.sub("", unit) or None

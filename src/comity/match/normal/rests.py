"""What follows a house number, or a line without one: is it a box, a route, a military address, or a street with a unit?

Guarantees: a line of 250 characters costs milliseconds at most, whatever it holds: no pattern here or in streets.py has
an exponential case, and the one that had (units behind units) is followed step by step (`_lettered`).
Does not: read the street's name (streets.py does).
Start at `read_rest`. Lines are those of lines.py.
"""

import re
from typing import NamedTuple

from comity.match.normal.lines import CONDOMINIUM, NUMBERLESS, ROAD_ENDS, URBANIZATION
from comity.match.normal.text import any_of
from comity.reference.streets import DIRECTIONS, ORDINALS, UNITS_ALONE, UNITS_WITH_VALUE

# A whole line without its number
_BOXES = "(?:P ?O ?|POST OFFICE )?(?:BOX|BX|DRAWER|DRWR|LOCK ?BOX|CALLER|BIN|APARTADO(?: POSTAL)?)|APDO(?: POSTAL)?|.* P ?O ?BOX"
BOX = (
    rf"(?:.* P ?O ?BOX|{_BOXES}|P ?O ?B(?:OX)?|P ?O(?: BO)?|POST OFFICE)(?: (?:NO|NUMBER))? ?#? ?((?:[A-Z]{{1,2}}[ -]?)?[0-9][0-9A-Z-]*)(?: |$)|"
    rf"(?:{_BOXES}) ?#? ?([A-Z]{{1,2}})(?: |$)"
)
CONTRACT = "H ?C(?: ?(?:ROUTE|RTE|RT|R))?|(?:HIGHWAY|HWY) CONTRACT(?: (?:ROUTE|RTE|RT))?|STAR R(?:OUTE|TE|T)|S ?R"
ROUTE_WORDS = rf"R ?R|RURAL(?: R(?:OUTE|TE|T))?|R ?F ?D|R ?D|RT|RTE|ROUTE|{CONTRACT}"
ROUTE = rf"({ROUTE_WORDS})(?: (?:NO|NUMBER))? ?#? ?([0-9]+[A-Z]{{0,2}})? (?:BOX|BX) ?#? ?([A-Z]?[0-9][0-9A-Z-]*)"
ROUTE_BEHIND = rf"(?:BOX|BX) ?#? ?([A-Z]?[0-9][0-9A-Z-]*) ({ROUTE_WORDS}) ?#? ?([0-9]+[A-Z]?)"
MILITARY = "(PSC|CMR|UNIT|OPS) ?#? ?([0-9]+)(?: BOX ?#? ?([0-9][0-9A-Z-]*))?"
ROAD_NUMBER = r"\b(HWY|HIGHWAY|ROUTE|RTE|RT|RD|ROAD) (?:# ?|NO |NUMBER )([0-9]+|[A-Z]{1,2}\b)"
_VALUED = any_of(UNITS_WITH_VALUE)
UNIT_NUMBER = rf"\b({_VALUED}) (?:NO|NBR|NR|NUM|NUMBER) ?#? ?([A-Z]?-?[0-9][0-9A-Z-]*)$"
"""APT NUMBER 5 is APT 5."""
BOX_BEHIND = r"\b (?:P ?O ?B(?:OX)?|P ?O|R ?R ?#? ?[0-9]+ BOX) ?#? ?[0-9A-Z-]+$"
"""A box after a street: the street is the address."""
_FLOORS = ("FIRST", "SECOND", "THIRD", "FOURTH", "FIFTH", "TOP", "GROUND", "MAIN")
UNIT = (
    rf"(?:(?:#|\b{_VALUED}) ?#? ?[A-Z]{{0,2}}-?[0-9][A-Z0-9/-]*(?: .*)?|"
    r"\b[0-9]+(?:ST|ND|RD|TH) (?:FLOOR|FLR|FL)(?: .*)?|\b[0-9]+ (?:FLOOR|FLR)|"
    rf"\b{any_of(_FLOORS)} (?:FLOOR|FLR|FL)(?: .*)?|"
    rf"\b{any_of(UNITS_ALONE)}(?: LEVEL)?(?: .*[0-9].*)?)$"
)
"""The end of a line that names a unit: the longest such end. `_lettered` knows those that end in letters."""
UNIT_STARTS = (
    rf"#|\b(?:{any_of([*UNITS_WITH_VALUE, *UNITS_ALONE])}|(?:{any_of(_FLOORS)}|[0-9]+(?:ST|ND|RD|TH)?)(?= FL))"
)
_LETTERED = "(?:#|APT|APARTMENT|UNIT|STE|SUITE|RM|ROOM|BLDG|BUILDING|BLG|BLD|LOT|FLOOR|FLR|PMB|PH|CONDO|TOWER)"
_GAPS = ("#?", "(?: #?|#? )", " #? ")
"""What stands between a designator and its value, by the number of spaces in it."""
LETTERED_UNITS = tuple(
    rf"{_LETTERED}{gap}[A-Z]{{1,2}}{more}(?= |$)" for gap in _GAPS for more in ("(?:-[0-9A-Z]+)?", " [0-9A-Z]+")
)
NEXT_UNITS = tuple(rf" (?:#|{_VALUED}){gap}[A-Z0-9-]+(?= |$)" for gap in _GAPS)
_ROAD_ENDS = any_of(ROAD_ENDS)
_WAYS = any_of(DIRECTIONS)
_MIXED = "[A-Z]{1,2}-?[0-9][A-Z0-9]*(?:-[A-Z0-9]+)?|[0-9]+-[A-Z0-9]+"
UNIT_UNNAMED: tuple[tuple[str, str], ...] = (
    (rf"{_MIXED}|[0-9]+[A-Z]?|[A-DF-MO-RT-VX-Z]", rf"\b{_ROAD_ENDS} (?:{_WAYS}|[NS] [EW])$"),
    (rf"{_MIXED}|[0-9]+[A-Z]", rf"\b{_ROAD_ENDS}$|[A-Z] {_WAYS}$"),
    (_MIXED, rf" (?:RD|ROAD)(?: {_WAYS})?$"),
)
"""A unit without its designator, and what stands before it: told by the letter or hyphen it holds or by the direction
before it (801 CANAL ST C1S)."""
UNIT_WORDS = rf"\b{_VALUED}\b|[^A-Z0-9]+"
BUILDING_BEHIND = r"((?:#|APT|APARTMENT|UNIT|STE|SUITE|RM|ROOM)\b.*?) ((?:BLDG|BUILDING|FL|FLOOR|FLR)\b.*)"

# Lines that begin with something else than the number
SPANISH = "CALLE|CLL|AVENIDA|AVDA|CALLEJON|CARR|CARRETERA|PASEO|CAMINO|BULEVAR"
HOUSE = "[A-Z]{0,2}-?[0-9]+[A-Z]?(?:-[0-9A-Z]+)?"
_TO_HOUSE = "^(?=.*[0-9][A-Z]?(?:-[0-9A-Z]+)?$)"
"""Told first whether the line's end can be a house: else every word would be tried as the street before it."""
REWRITTEN: tuple[tuple[str, str], ...] = (
    (r"^(?:CARR|CARRETERA)(?: PR)? ([0-9]+) KM ([0-9]+)(?: (?:HM )?([0-9]))?\b.*$", r"KM\2\3 HWY \1"),
    (r"^KM ([0-9]+)(?: (?:HM )?([0-9]))? (?:CARR|CARRETERA)(?: PR)? ([0-9]+)\b.*$", r"KM\1\2 HWY \3"),
    (rf"^(?:{URBANIZATION}) (.+?) (?:# ?)?({HOUSE}) ((?:{SPANISH}|AVE|C|BLVD) .*)$", r"\2 \3 URB \1"),
    (
        rf"^(?:{URBANIZATION}) (.+?) ((?:CARR|CARRETERA) [0-9]+) KM ([0-9]+)(?: (?:HM )?([0-9]))?\b.*$",
        r"KM\3\4 \2 URB \1",
    ),
    (rf"{_TO_HOUSE}(?:{URBANIZATION}) (.+?) ((?:{SPANISH}) .+?) ?(?:# ?|NUM |NO )?({HOUSE})$", r"\3 \2 URB \1"),
    (rf"^(?:{URBANIZATION}) (.+?) (?:# ?)?({HOUSE})$", r"\2 URB \1"),
    (rf"^(?:{CONDOMINIUM}) (.+?) (?:APT|APTO|APARTAMENTO|UNIT|#) ?#? ?([0-9A-Z-]+)$", r"\2 COND \1"),
    (rf"^((?:{SPANISH}) .+?) ?(?:# ?|NUM |NUMERO |NO )({HOUSE})(| .*)$", r"\2 \1\3"),
    (rf"^((?:{SPANISH}) .+?) ({HOUSE})$", r"\2 \1"),
    (r"^(?:#|NO|NUM|NUMBER) ?([0-9]+[A-Z]?) ([A-Z].*)$", r"\1 \2"),
    (r"^([0-9]+(?:ST|ND|RD|TH) (?:FLOOR|FLR|FL)) ([0-9].*)$", r"\2 \1"),
)
"""How a line whose number stands elsewhere is written with its number first."""

_REWRITTEN = tuple((re.compile(pattern, re.ASCII), form) for pattern, form in REWRITTEN)
_MAY_BE_REWRITTEN = re.compile(
    f"{any_of(['KM', *URBANIZATION.split('|'), *CONDOMINIUM.split('|'), *SPANISH.split('|')])} |"
    "(?:#|NO|NUM|NUMBER) ?[0-9]|[0-9]+[A-Z]+ F"
)
_BOX, _ROUTE, _ROUTE_BEHIND, _MILITARY = map(re.compile, (BOX, ROUTE, ROUTE_BEHIND, MILITARY))
_OF_CONTRACT = re.compile("H|ST|S ?R")
_NUMBERED_ROADS = frozenset({"HWY", "HIGHWAY", "ROUTE", "RTE", "RT", "RD", "ROAD"})
_MAY_BE_MENDED = re.compile(r"#|\bN(?:O|BR|R|UM)\b|NUMBER| P ?O| RR? ", re.ASCII)
_BOX_BEHIND = re.compile(BOX_BEHIND, re.ASCII)
_ROAD_NUMBER = re.compile(ROAD_NUMBER, re.ASCII)
_UNIT_NUMBER = re.compile(UNIT_NUMBER, re.ASCII)
_UNIT_STARTS = re.compile(UNIT_STARTS, re.ASCII)
_UNIT = re.compile(UNIT, re.ASCII)
_LETTERED_UNITS = tuple(map(re.compile, LETTERED_UNITS))
_NEXT_UNITS = tuple(map(re.compile, NEXT_UNITS))
_UNIT_UNNAMED = tuple((re.compile(value), re.compile(before, re.ASCII)) for value, before in UNIT_UNNAMED)
_FLOOR = re.compile(f"({any_of(_FLOORS)}) (?:FLOOR|FLR|FL)")
_HAS_VALUE = re.compile("[0-9]|(?:^| )[A-Z]{1,2}(?:-[A-Z]{1,2})?$")
_BUILDING_BEHIND = re.compile(BUILDING_BEHIND, re.ASCII)
_ORDINAL_END = re.compile(r"([0-9])(?:ST|ND|RD|TH)\b", re.ASCII)
_UNIT_WORDS = re.compile(UNIT_WORDS, re.ASCII)
_NOT_UNIT = re.compile("^0+|[^A-Z0-9]")


class Rest(NamedTuple):
    """A box and whose it is; or the head of a street line, and the end of it that names a unit."""

    street: str | None = None
    box: str | None = None
    head: str | None = None
    tail: str | None = None


def read_rest(rest: str) -> Rest:
    """What follows a house number, or a whole line behind `NUMBERLESS`.

    >>> read_rest("~PO BOX 7"), read_rest("MAIN ST APT 4")
    (Rest(street='POBOX', box='7', head=None, tail=None), Rest(street=None, box=None, head='MAIN ST', tail='APT 4'))
    """
    if rest.startswith(NUMBERLESS):
        line = rest[1:]
        boxed = _read_box(line)
        if boxed:
            return boxed
        if _MAY_BE_REWRITTEN.match(line):
            for pattern, form in _REWRITTEN:
                line = pattern.sub(form, line, count=1)
        rest = NUMBERLESS + line
    if _MAY_BE_MENDED.search(rest):
        rest = _BOX_BEHIND.sub("", rest, count=1)
        rest = _ROAD_NUMBER.sub(r"\1 \2", rest, count=1)
        rest = _UNIT_NUMBER.sub(r"\1 \2", rest, count=1)
    at = _unit_start(rest)
    if at is not None:
        return Rest(None, None, rest[:at].rstrip(" ") or None, rest[at:])
    before, _, last = rest.rpartition(" ")
    if before and any(value.fullmatch(last) and behind.search(before) for value, behind in _UNIT_UNNAMED):
        return Rest(None, None, before, last)
    return Rest(None, None, rest or None, None)


def ends_before_unit(head: str) -> tuple[bool, bool]:
    """Whether a head stays whole before a designator and its value (`APT 4`); before a number sign (`# 4`).

    It does where nothing in it begins a unit, and nothing is mended; behind ROAD a number sign is the road's.
    """
    whole = not (_UNIT_STARTS.search(head) or _MAY_BE_MENDED.search(head + " "))
    return whole, whole and head.rpartition(" ")[2] not in _NUMBERED_ROADS


def _read_box(line: str) -> Rest | None:
    """A route, a box or a military address."""
    if "B" in line:
        route = _ROUTE.match(line)
        if route:
            return Rest(_whose(route[1], route[2] or ""), route[3])
        behind = _ROUTE_BEHIND.fullmatch(line)
        if behind:
            return Rest(_whose(behind[2], behind[3]), behind[1])
    boxed = _BOX.match(line)
    if boxed:
        return Rest("POBOX", boxed[1] or boxed[2])
    military = _MILITARY.fullmatch(line)
    if military:
        kind, unit, box = military.groups()
        return Rest(kind + unit.lstrip("0"), box) if box else Rest(kind, unit)
    return None


def _whose(kind: str, route: str) -> str:
    """The route that a box is on."""
    return ("HC" if _OF_CONTRACT.match(kind) else "RR") + route.lstrip("0")


def _unit_start(line: str) -> int | None:
    """Where the longest end that names a unit begins."""
    dead: set[int] = set()
    for start in _UNIT_STARTS.finditer(line):
        at = start.start()
        if _UNIT.match(line, at) or _lettered(line, at, dead):
            return at
    return None


def _lettered(line: str, at: int, dead: set[int]) -> bool:
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


def read_unit(tail: str | None) -> str | None:
    """The unit that the end of a line names: letters and digits, without the words for a unit.

    >>> read_unit("APT 04-B"), read_unit("SECOND FLOOR"), read_unit("REAR")
    ('4B', '2', 'REAR')
    """
    if not tail:
        return None
    floor = _FLOOR.fullmatch(tail)
    if floor:
        unit = ORDINALS.get(floor[1], floor[1])
    elif _HAS_VALUE.search(tail):
        moved = _BUILDING_BEHIND.fullmatch(tail)
        unit = _ORDINAL_END.sub(r"\1", f"{moved[2]} {moved[1]}" if moved else tail)
        unit = _UNIT_WORDS.sub("", unit)
    else:
        unit = tail.removesuffix(" LEVEL")
    return _NOT_UNIT.sub("", unit) or None

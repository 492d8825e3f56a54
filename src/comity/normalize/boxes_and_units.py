"""Parse what follows a house number, or a line without one: a box, a route, a military address, or street and unit.

The parser is a list of steps, applied in order. Each step takes the line and returns the line, perhaps rewritten, for
the next step, or a `LineRemainder`, which ends the list. A line without a leading number goes through
`NUMBERLESS_STEPS` first.

Guarantees: a line of 250 characters costs milliseconds at most, whatever it holds. No pattern here or in
`street_parser.py` has an exponential case; the one that had (units after units) is followed step by step
(`_is_lettered_unit`).
Does not: parse the street's name (`street_parser.py` does).
Start at `parse_remainder`. Lines are those of `line_splitter.py`.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from comity.normalize.ascii_text import trie_pattern
from comity.normalize.line_splitter import FINAL_SUFFIXES, NO_NUMBER_SENTINEL
from comity.normalize.place_directions import tells_the_way
from comity.reference.address_vocabulary import (
    CARDINAL_WORDS,
    CONDOMINIUM_WORDS,
    DIRECTIONALS,
    FIRST_DEVELOPMENT_WORDS,
    FLOOR_NAMES,
    FLOOR_WORDS,
    SPANISH_STREET_WORDS,
    UNIT_DESIGNATORS_ALONE,
    UNIT_DESIGNATORS_WITH_VALUE,
    URBANIZATION_WORDS,
    select_words,
)


class LineRemainder(NamedTuple):
    """A box and the group it belongs to (POBOX, RR2); or the text of a street, and the unit at its end."""

    box_group: str | None = None
    box_number: str | None = None
    street_text: str | None = None
    unit_text: str | None = None


Step = Callable[[str], "str | LineRemainder"]

# Boxes, routes and military addresses

BOX_GROUP_NAMES = ("POBOX", "RR", "HC", "PSC", "CMR", "UNIT", "OPS")
"""What the street of a box is, alone or before a number."""
_PO_BOX_WORDS = (
    "(?:P ?O ?|POST OFFICE )?(?:BOX|BX|DRAWER|DRWR|LOCK ?BOX|LBX|CALLER|BIN|APARTADO(?: POSTAL)?)|"
    "APDO(?: POSTAL)?|.* LOCK ?BOX"
)
_PO_BOX = re.compile(
    rf"(?:.* P ?O ?BOX|{_PO_BOX_WORDS}|P ?O ?B(?:OX)?|P ?O(?: BO)?|POST OFFICE)(?: (?:NO|NUMBER))?"
    rf" ?#? ?((?:[A-Z]{{1,2}}[ -]?)?[0-9][0-9A-Z-]*)(?: |$)|(?:{_PO_BOX_WORDS}) ?#? ?([A-Z]{{1,2}})(?: |$)"
)
_BOX_WORDS = "(?:BOX|BX|BUZON|BZN|BUZ)"
_ROUTE_WORDS = (
    r"R ?R|RURAL(?: R(?:OUTE|TE|T))?|R ?F ?D|R ?D|RT|RTE|ROUTE|H ?C(?: ?(?:ROUTE|RTE|RT|R))?|"
    r"(?:HIGHWAY|HWY) CONTRACT(?: (?:ROUTE|RTE|RT))?|STAR R(?:OUTE|TE|T)|S ?R"
)
_ROUTE_THEN_BOX = re.compile(
    rf"({_ROUTE_WORDS})(?: (?:NO|NUMBER))? ?[#-]? ?([0-9]+[A-Z]{{0,2}})? {_BOX_WORDS} ?#? ?([A-Z]?[0-9][0-9A-Z-]*)"
)
_ROUTE_AFTER_NAME = re.compile(rf"(?:[A-Z&-]+ ){{1,6}}?{_ROUTE_THEN_BOX.pattern}")
_BOX_THEN_ROUTE = re.compile(rf"{_BOX_WORDS} ?#? ?([A-Z]?[0-9][0-9A-Z-]*) ({_ROUTE_WORDS}) ?[#-]? ?([0-9]+[A-Z]?)")
_HIGHWAY_CONTRACT = re.compile("H|ST|S ?R")
_MILITARY_ADDRESS = re.compile(
    "(PSC|CMR|UNIT|OPS|UMR|OMC) ?#? ?([0-9]+)(?: (?:BOX|UNIT|PSC|CMR) ?#? ?([0-9][0-9A-Z-]*))?"
)
_SHIP = re.compile("(USS|USNS|USCGC) ([A-Z].*)")
_NUMBERED_ROAD_BOX = re.compile(
    rf"(?:FM|CR|HWY|HIGHWAY|COUNTY (?:RD|ROAD)|STATE (?:RD|ROAD|HWY)) ?([0-9]+[A-Z]?)"
    rf" {_BOX_WORDS} ?#? ?([0-9][0-9A-Z-]*)"
)
"""A box on a numbered road, as rural routes were written: FM 170 BOX 77."""


def parse_rural_route(line: str) -> str | LineRemainder:
    """Recognize a rural or highway contract route with a box: `RR 2 BOX 15`, `BOX 15 RR 2`."""
    if "B" not in line:
        return line
    route_first = _ROUTE_THEN_BOX.match(line) or _ROUTE_AFTER_NAME.match(line)
    if route_first:
        unit = _unit_after_box(line[route_first.end() :])
        return LineRemainder(_route_id(route_first[1], route_first[2] or ""), route_first[3], None, unit)
    on_road = _NUMBERED_ROAD_BOX.fullmatch(line)
    if on_road:
        return LineRemainder(f"HWY{on_road[1].lstrip('0')}", on_road[2])
    box_first = _BOX_THEN_ROUTE.fullmatch(line)
    return LineRemainder(_route_id(box_first[2], box_first[3]), box_first[1]) if box_first else line


def _unit_after_box(rest: str) -> str | None:
    """Return the unit (`LOT 5`) in what follows a box; a neighborhood that follows is no part of the address."""
    result = split_designated_unit(rest.strip(" "))
    return result.unit_text if isinstance(result, LineRemainder) else None


def _route_id(route_word: str, number: str) -> str:
    """Return the group of a route's boxes: RR2 or HC1."""
    return ("HC" if _HIGHWAY_CONTRACT.match(route_word) else "RR") + number.lstrip("0")


def parse_po_box(line: str) -> str | LineRemainder:
    """Recognize a post office box: `PO BOX 7`, `BOX A`, `APARTADO 12`."""
    box = _PO_BOX.match(line)
    return LineRemainder("POBOX", box[1] or box[2]) if box else line


def parse_military_address(line: str) -> str | LineRemainder:
    """Recognize military mail: `PSC 1234 BOX 567`, `CMR 45`, `USS NIMITZ CVN 68`."""
    ship = _SHIP.fullmatch(line)
    if ship:
        return LineRemainder(ship[1], re.sub("[^A-Z0-9]", "", ship[2]))
    military = _MILITARY_ADDRESS.fullmatch(line)
    if not military:
        return line
    group, number, box = military.groups()
    return LineRemainder(group + number.lstrip("0"), box) if box else LineRemainder(group, number)


def leave_directions(line: str) -> str | LineRemainder:
    """Place nothing of a line that tells the way to a place."""
    return LineRemainder() if tells_the_way(line) else line


# Lines whose number is not first

_URBANIZATION = "|".join((*URBANIZATION_WORDS, *FIRST_DEVELOPMENT_WORDS))
_SPANISH_STREET = "|".join(SPANISH_STREET_WORDS)
_TRAILING_NUMBER = "[A-Z]{0,2}-?[0-9]+[A-Z]?(?:-[0-9A-Z]+)?"
_SUFFIX_THEN_NUMBER = rf".* {trie_pattern(FINAL_SUFFIXES)} {_TRAILING_NUMBER}$"
_ENDS_IN_NUMBER = "^(?=.*[0-9][A-Z]?(?:-[0-9A-Z]+)?$)"
"""Checks first whether the line's end can be a house number; else every word would be tried as the street before it."""
_FLOOR = trie_pattern(FLOOR_WORDS)
_ROAD = "(?:CARR|CARRETERA|PR|RUTA)(?:[ -]PR| ESTATAL)?(?: ?# ?| (?:NUMERO|NUM|NO) |[ -])([0-9]+[A-Z]?)"
"""The number of a road, also behind a sign, which before another word marks a unit."""
_KILOMETER = "KM ?([0-9]+)(?: (?:HM )?([0-9]{1,3}))?"
"""The decimal point is a space by now: KM 12 0 is not KM 120."""
_LAST_UNIT = " (?:APT|APTO|UNIT|STE|#) ?#? ?[0-9A-Z-]+"
_CONDOMINIUM = "|".join(CONDOMINIUM_WORDS)
_CONDOMINIUM_PART = "(?:EDIF|EDIFICIO|BLDG|TORRE) ?#? ?([A-Z]?[0-9]+[A-Z]?|[A-Z])"
_APARTMENT_VALUE = "(?:APT|APTO|APARTAMENTO|UNIT|#) ?#? ?([0-9A-Z-]+)"
_APARTMENT = "(?:APT|APTO|APARTAMENTO|UNIT|#) ?#? ?[0-9A-Z-]+"
_UNIT_BEFORE_STREET = "(?:APT|APTO|APARTAMENTO|INTERIOR|INT|UNIT|#) ?#? ?[0-9][0-9A-Z-]*"
_NUMBER_LAST_PATTERNS = tuple(
    (re.compile(pattern, re.ASCII), number_first)
    for pattern, number_first in (
        (rf"^({_UNIT_BEFORE_STREET}) ((?:{_SPANISH_STREET}) .+)$", r"\2 \1"),
        (rf"^{_ROAD} {_KILOMETER}\b.*?({_LAST_UNIT})?$", r"KM\2-\3 HWY \1\4"),
        (rf"^{_KILOMETER} {_ROAD}\b.*?({_LAST_UNIT})?$", r"KM\1-\2 HWY \3\4"),
        (
            rf"^({_URBANIZATION}) (.+?) (?:# ?)?({_TRAILING_NUMBER}) ((?:{_SPANISH_STREET}|AVE|C|BLVD) .*)$",
            r"\3 \4 URB \1 \2",
        ),
        (rf"^({_URBANIZATION}) (.+?) {_ROAD} {_KILOMETER}\b.*$", r"KM\4-\5 HWY \3 URB \1 \2"),
        (
            (
                rf"{_ENDS_IN_NUMBER}({_URBANIZATION}) (.+?) ((?:{_SPANISH_STREET}) .+?)"
                rf" ?(?:# ?|NUM |NO )?({_TRAILING_NUMBER})$"
            ),
            r"\4 \3 URB \1 \2",
        ),
        (rf"^(?!{_SUFFIX_THEN_NUMBER})({_URBANIZATION}) (.+?) (?:# ?)?({_TRAILING_NUMBER})$", r"\3 URB \1 \2"),
        (rf"^{_CONDOMINIUM_PART} ({_APARTMENT}) ((?:{_CONDOMINIUM}) .+)$", r"\3 EDIF \1 \2"),
        (rf"^({_APARTMENT}) {_CONDOMINIUM_PART} ((?:{_CONDOMINIUM}) .+)$", r"\3 EDIF \2 \1"),
        (rf"^({_APARTMENT}) ((?:{_CONDOMINIUM}) .+)$", r"\2 \1"),
        (rf"^((?:{_CONDOMINIUM}) .+?) ({_APARTMENT}) {_CONDOMINIUM_PART}$", r"\1 EDIF \3 \2"),
        (rf"^(?:{_CONDOMINIUM}) (.+?) {_CONDOMINIUM_PART} {_APARTMENT_VALUE}$", r"\3 COND \1 BLDG \2"),
        (rf"^(?:{_CONDOMINIUM}) (.+?) {_APARTMENT_VALUE}$", r"\2 COND \1"),
        (rf"^(?:{_CONDOMINIUM}) (.+?) (?:EDIF|EDIFICIO|BLDG) ?#? ?([A-Z]?[0-9][0-9A-Z]*)$", r"\2 COND \1"),
        (rf"^((?:{_SPANISH_STREET}) .+?) ?(?:# ?|NUM |NUMERO |NO )({_TRAILING_NUMBER})(| .*)$", r"\2 \1\3"),
        (rf"^((?:{_SPANISH_STREET}) .+?) ({_TRAILING_NUMBER}) ({_UNIT_BEFORE_STREET})$", r"\2 \1 \3"),
        (rf"^((?:{_SPANISH_STREET}) .+?) ({_TRAILING_NUMBER})$", r"\2 \1"),
        (r"^(?:#|NO|NUM|NUMBER) ?([0-9]+[A-Z]?) ([A-Z].*)$", r"\1 \2"),
        (rf"^([0-9]+(?:ST|ND|RD|TH) {_FLOOR}) ([0-9].*)$", r"\2 \1"),
    )
)
"""Patterns of lines whose number is elsewhere, and the line with its number first."""
_NUMBER_LAST_HINT = re.compile(
    f"KM[0-9]|(?:{trie_pattern(['KM', 'PR', 'RUTA', *CONDOMINIUM_WORDS, *SPANISH_STREET_WORDS])}|{_URBANIZATION})[ #-]|"
    "(?:#|NO|NUM|NUMBER) ?[0-9]|[0-9]+[A-Z]+ F|(?:APT|APTO|APARTAMENTO|INTERIOR|INT|UNIT) "
)


def move_number_first(line: str) -> str:
    """Rewrite a line whose house number is elsewhere (`CALLE SOL 12`, `CARR 111 KM 3`) with its number first."""
    if _NUMBER_LAST_HINT.match(line):
        for pattern, number_first in _NUMBER_LAST_PATTERNS:
            line = pattern.sub(number_first, line, count=1)
    return line


# Persons in whose care mail is sent

_CARE_OF_WORDS = "C/O|C / O|CAREOF|(?:IN )?CARE OF|ATTN|ATTENTION"
_VALUED_UNITS = trie_pattern(UNIT_DESIGNATORS_WITH_VALUE)
_CARE_OF_LAST = re.compile(
    rf"(?<=[A-Z0-9]) (?:{_CARE_OF_WORDS}) (?:(?! (?:#|{_VALUED_UNITS}) ?#? ?[0-9A-Z]+\b).)*", re.ASCII
)
"""The person after the street; a unit that follows is the address's own."""
_DIGIT = re.compile("[0-9]")
_CARE_OF_FIRST = re.compile(
    rf"^(?:{_CARE_OF_WORDS}) (?:[A-Z&/-]+ )+?"
    rf"(?=[A-Z]?[0-9]|(?:{_SPANISH_STREET}|{_PO_BOX_WORDS}|{_ROUTE_WORDS}|PSC|CMR|{trie_pattern(CARDINAL_WORDS)}) )"
)


def drop_addressee(line: str) -> str:
    """Drop a person before the address; or after it, if no digit follows, which could be the address's own."""
    line = _CARE_OF_FIRST.sub("", line, count=1)
    care_of = _CARE_OF_LAST.search(line)
    return line[: care_of.start()] if care_of and not _DIGIT.search(line, care_of.start()) else line


# Lines with more than one number before the street

_NUMBER_BEFORE_SUFFIX = re.compile(
    r"(.*[0-9].*) ([0-9]+[A-Z]?(?:-[0-9]+)?)"
    rf" ((?:{trie_pattern(DIRECTIONALS)} )?(?:[A-Z]+|[0-9]+(?:ST|ND|RD|TH)) (?:[A-Z0-9]+ ){{0,3}}?"
    rf"{trie_pattern(FINAL_SUFFIXES)}\b.*|(?:{trie_pattern(DIRECTIONALS)} )?(?:[A-Z]+ ){{1,3}}(?:RD|ROAD)\b.*)",
    re.ASCII,
)
_NUMBERED_UNIT = rf"(?:#|{_VALUED_UNITS}) ?#? ?[A-Z]?[0-9][A-Z0-9-]*"
_UNIT_AT_END = re.compile(
    rf"(?:^|.* )({_NUMBERED_UNIT}(?: {_NUMBERED_UNIT})?|[0-9]+(?:ST|ND|RD|TH)? {_FLOOR})|"
    rf"([0-9]+(?:ST|ND|RD|TH) {_FLOOR}) .*"
)


def move_last_number_first(line: str) -> str:
    """Rewrite a line with other numbers before the house number, of a floor, a suite or an account, with it first."""
    numbers = _NUMBER_BEFORE_SUFFIX.fullmatch(line)
    unit = _UNIT_AT_END.fullmatch(numbers[1]) if numbers else None
    if numbers is None or (line[0].isdigit() and unit is None):
        return line
    return f"{numbers[2]} {numbers[3]}{' ' + (unit[1] or unit[2]) if unit else ''}"


# Units before the street

_UNIT_THEN_STREET = re.compile(
    rf"((?:#|{trie_pattern(select_words('unit', 'before_number'))}) ?#? ?"
    r"(?:[A-Z]{0,2}-?[0-9][0-9A-Z-]*|[A-Z]{1,2}))"
    rf" ((?:[A-Z0-9-]+ )+{trie_pattern(FINAL_SUFFIXES)}(?: .*)?)"
)


def move_unit_last(line: str) -> str:
    """Rewrite a line whose unit is between the house number and the street (`UNIT 100 EMMETT ST`)."""
    unit_first = _UNIT_THEN_STREET.fullmatch(line)
    return f"{unit_first[2]} {unit_first[1]}" if unit_first else line


# Words that add nothing

_CLEANUP_HINT = re.compile(rf"#|\bN(?:O|BR|R|UM)\b|NUMBER| P ?O| RR? | (?:{_CARE_OF_WORDS}) ", re.ASCII)
_TRAILING_BOX = re.compile(r"\b (?:P ?O ?B(?:OX)?|P ?O|R ?R ?#? ?[0-9]+ BOX) ?#? ?[0-9A-Z-]+$", re.ASCII)
_NUMBERED_ROAD_WORDS = ("HWY", "HIGHWAY", "ROUTE", "RTE", "RT", "RD", "ROAD")
_ROAD_NUMBER_WORD = re.compile(
    rf"\b({'|'.join(_NUMBERED_ROAD_WORDS)}) (?:# ?|NO |NUMBER )([0-9]+|[A-Z]{{1,2}}\b)", re.ASCII
)
_UNIT_NUMBER_WORD = re.compile(
    rf"\b({_VALUED_UNITS}) (?:NO|NBR|NR|NUM|NUMBER) ?#? ?([A-Z]?-?[0-9][0-9A-Z-]*)$", re.ASCII
)


def drop_redundant_words(line: str) -> str:
    """Drop a box and a person after a street, and the word NUMBER after a road or a unit (`HWY NO 7`, `APT NO 5`)."""
    if _CLEANUP_HINT.search(line):
        if not line.startswith(NO_NUMBER_SENTINEL):
            line = _CARE_OF_LAST.sub("", line, count=1)
        line = _TRAILING_BOX.sub("", line, count=1)
        line = _ROAD_NUMBER_WORD.sub(r"\1 \2", line, count=1)
        line = _UNIT_NUMBER_WORD.sub(r"\1 \2", line, count=1)
    return line


# Units

_FLOOR_NAME = trie_pattern(FLOOR_NAMES)
_UNIT_STARTS = re.compile(
    rf"#|\b(?:{trie_pattern([*UNIT_DESIGNATORS_WITH_VALUE, *UNIT_DESIGNATORS_ALONE])}|"
    rf"(?:{_FLOOR_NAME}|[0-9]+(?:ST|ND|RD|TH)?)(?= FL))",
    re.ASCII,
)
_MAY_START_UNIT = re.compile(
    rf"#|\b(?:{trie_pattern(UNIT_DESIGNATORS_WITH_VALUE)}(?![A-Z]{{3}})|{trie_pattern(UNIT_DESIGNATORS_ALONE)}(?![A-Z])|"
    rf"(?:{_FLOOR_NAME}|[0-9]+(?:ST|ND|RD|TH)?)(?= FL))",
    re.ASCII,
)
"""Where `_UNIT_STARTS` matches and a unit can be: three letters after SP are no value, so SPRING is a name."""
_TRAILING_UNIT = re.compile(
    rf"(?:(?:#|\b{_VALUED_UNITS}) ?#? ?[A-Z]{{0,2}}-?[0-9][A-Z0-9/-]*(?: .*)?|"
    rf"\b[0-9]+(?:ST|ND|RD|TH) {_FLOOR}(?: .*)?|\b[0-9]+ (?:FLOOR|FLR)|"
    rf"\b{_FLOOR_NAME} {_FLOOR}(?: .*)?|\b{_VALUED_UNITS} {trie_pattern(CARDINAL_WORDS)}|"
    rf"(?:\b{_VALUED_UNITS} )?\b{trie_pattern(UNIT_DESIGNATORS_ALONE)}(?: (?:LEVEL|HOUSE|{_VALUED_UNITS}))?"
    r"(?: .*[0-9].*)?)$",
    re.ASCII,
)
"""The end of a line that names a unit with a digit or by a word; `_is_lettered_unit` handles units of letters."""
_DESIGNATOR_GAPS = ("#?", "(?: #?|#? )", " #? ")
"""What is between a designator and its value, by the number of spaces in it."""
_NO_DESIGNATOR = {gap: rf"(?!{_VALUED_UNITS}\b)" if gap == "#?" else "" for gap in _DESIGNATOR_GAPS}
"""BLDG is not BLD with the letter G."""
_LETTERED_UNITS = tuple(
    re.compile(
        rf"{_NO_DESIGNATOR[gap]}(?:#|{trie_pattern(select_words('unit', 'lettered'))}){gap}[A-Z]{{1,2}}{more}(?= |$)",
        re.ASCII,
    )
    for gap in _DESIGNATOR_GAPS
    for more in ("(?:-[0-9A-Z]+)?", " [0-9A-Z]+")
)
_NEXT_UNITS = tuple(re.compile(rf" (?:#|{_VALUED_UNITS}){gap}[A-Z0-9-]+(?= |$)") for gap in _DESIGNATOR_GAPS)
_FINAL_SUFFIX, _DIRECTIONAL = trie_pattern(FINAL_SUFFIXES), trie_pattern(DIRECTIONALS)
_ALPHANUMERIC_VALUE = "[A-Z]{1,2}-?[0-9][A-Z0-9]*(?:-[A-Z0-9]+)?|[0-9]+-[A-Z0-9]+"
_NO_NUMBERED_ROAD = "(?<!CO)(?<!COUNTY)(?<!CNTY)(?<!STATE)(?<!TWP)(?<!TOWNSHIP)"
_UNDESIGNATED_UNITS = tuple(
    (re.compile(value), re.compile(before, re.ASCII))
    for value, before in (
        (
            rf"{_ALPHANUMERIC_VALUE}|[0-9]+[A-Z]?|[A-DF-MO-RT-VX-Z]",
            rf"\b{_FINAL_SUFFIX} (?:{_DIRECTIONAL}|[NS] [EW])$",
        ),
        (rf"{_ALPHANUMERIC_VALUE}|[0-9]+[A-Z]", rf"\b{_FINAL_SUFFIX}$|[A-Z] {_DIRECTIONAL}$"),
        (_ALPHANUMERIC_VALUE, rf"{_NO_NUMBERED_ROAD} (?:RD|ROAD)(?: {_DIRECTIONAL})?$"),
    )
)
"""A unit without a designator, and what is before it; the letter or hyphen in the unit, or the direction before it,
gives it away (801 CANAL ST C1S)."""


def split_designated_unit(line: str) -> str | LineRemainder:
    """Split off the longest end that a designator marks as a unit: `APT 4`, `# 4`, `SECOND FLOOR`, `REAR`."""
    dead_ends: set[int] = set()
    for start in _UNIT_STARTS.finditer(line):
        position = start.start()
        if position == len(NO_NUMBER_SENTINEL) and start[0] in UNIT_DESIGNATORS_ALONE:
            continue  # Upper Sandusky, Front Royal: a name
        if position == 0 and start[0] == "RM":
            continue  # a ranch to market road of Texas
        if _TRAILING_UNIT.match(line, position) or _is_lettered_unit(line, position, dead_ends):
            return LineRemainder(None, None, line[:position].rstrip(" ") or None, line[position:])
    return line


def _is_lettered_unit(line: str, position: int, dead_ends: set[int]) -> bool:
    """Return whether the rest of the line is a unit of one or two letters, with units after it: `APT B FLOOR 2`.

    Where a word can be a designator or its value (NUM BER), both readings are followed; `dead_ends` are positions from
    which none reaches the end of the line.
    """
    ends = [match.end() for unit in _LETTERED_UNITS if (match := unit.match(line, position))]
    while ends:
        end = ends.pop()
        if end == len(line):
            return True
        if end not in dead_ends:
            dead_ends.add(end)
            ends += [match.end() for unit in _NEXT_UNITS if (match := unit.match(line, end))]
    return False


def split_undesignated_unit(line: str) -> str | LineRemainder:
    """Split off a last word that can only be a unit: `801 CANAL ST C1S`."""
    before, _, last = line.rpartition(" ")
    if before and any(value.fullmatch(last) and context.search(before) for value, context in _UNDESIGNATED_UNITS):
        return LineRemainder(None, None, before, last)
    return line


def keep_street(line: str) -> LineRemainder:
    """Take the whole line as a street without a unit."""
    return LineRemainder(None, None, line or None, None)


NUMBERLESS_STEPS: tuple[Step, ...] = (
    leave_directions,
    drop_addressee,
    parse_rural_route,
    parse_po_box,
    parse_military_address,
    move_number_first,
    move_last_number_first,
)
"""The first steps for a line without a leading number."""
STEPS: tuple[Step, ...] = (
    move_unit_last,
    drop_redundant_words,
    split_designated_unit,
    split_undesignated_unit,
    keep_street,
)
"""The steps for every line that is not a box."""


def parse_remainder(remainder: str) -> LineRemainder:
    """Parse what follows a house number, or a whole line after `NO_NUMBER_SENTINEL`.

    >>> parse_remainder("~PO BOX 7")[:2], parse_remainder("MAIN ST APT 4")[2:]
    (('POBOX', '7'), ('MAIN ST', 'APT 4'))
    """
    if remainder.startswith(NO_NUMBER_SENTINEL):
        line = _apply_steps(NUMBERLESS_STEPS, remainder[1:])
        if isinstance(line, LineRemainder):
            return line
        remainder = NO_NUMBER_SENTINEL + line
    result = _apply_steps(STEPS, remainder)
    assert isinstance(result, LineRemainder)
    return result


def _apply_steps(steps: tuple[Step, ...], line: str) -> str | LineRemainder:
    for step in steps:
        result = step(line)
        if isinstance(result, LineRemainder):
            return result
        line = result
    return line


def unit_boundary_flags(street_text: str) -> tuple[bool, bool]:
    """Return whether a street stays whole before a designator and its value (`APT 4`), and before a number sign.

    It does if nothing in it begins a unit and no word is dropped; after ROAD a number sign marks the road's number.
    """
    is_whole = not (_MAY_START_UNIT.search(street_text) or _CLEANUP_HINT.search(street_text + " "))
    return is_whole, is_whole and street_text.rpartition(" ")[2] not in _NUMBERED_ROAD_WORDS

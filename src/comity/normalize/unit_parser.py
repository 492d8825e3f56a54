"""Parse the text of a unit, word by word, into its parts: building, floor, unit and side.

The parts are kept apart, because `FL 1 APT 2` and `APT 12` are two units, and so are `204-1` and `20-41`. Each part has
one spelling, whatever the order of the parts in the text.

Guarantees: the cost is proportional to the length of the text; a hyphen stays only where letters meet letters or digits
meet digits, as `4-B` is `4B` and `204-1` is not `2041`.
Does not: say where the unit begins in a line (`boxes_and_units.py` does).
Basis: USPS Publication 28, section 213 and appendix C2 (`comity.reference.address_vocabulary`).
Start at `parse_unit`.
"""

import re
from typing import NamedTuple

from comity.reference.address_vocabulary import (
    CARDINAL_WORDS,
    FLOOR_NAMES,
    FLOOR_WORDS,
    LONG_DIRECTIONAL_WORDS,
    ORDINAL_WORDS,
    UNIT_DESIGNATORS_ALONE,
    UNIT_DESIGNATORS_WITH_VALUE,
    select_words,
    standard_forms,
)

_WORD = re.compile("#|[A-Z0-9]+(?:[/-][A-Z0-9]+)*")
_ORDINAL = re.compile("([0-9]+)(?:ST|ND|RD|TH)")
_PART_WORD, _VALUE = re.compile("[A-Z]{3,}"), re.compile("[0-9]+[A-Z]?|[A-Z][0-9]*")
_SEPARATED = re.compile("[A-Z]+|[0-9]+(?:/[0-9]+)?")
_SIDES = {word: word for word in UNIT_DESIGNATORS_ALONE} | standard_forms("unit", "alone")
_PENTHOUSES = frozenset({"PH", "PENTHOUSE"})
_NUMBER_WORDS = frozenset({"#", *select_words("unit", "number")})
_FLOORS = frozenset(FLOOR_WORDS)
_BUILDINGS = frozenset({*select_words("unit", "building"), *select_words("development", "building")})
_BUILDING_NAMES = _BUILDINGS | frozenset(select_words("building_word"))
_DIRECTIONS = frozenset(LONG_DIRECTIONAL_WORDS.values())
_DESIGNATORS = frozenset(UNIT_DESIGNATORS_WITH_VALUE)
_FLOOR_NAMES = frozenset(FLOOR_NAMES)
_LISTED_WORDS = _NUMBER_WORDS | _FLOORS | _BUILDINGS | _DESIGNATORS | _FLOOR_NAMES | _SIDES.keys() | {"LEVEL", "HOUSE"}


class ParsedUnit(NamedTuple):
    """The parts of a unit; an urbanization is one, as it distinguishes equal addresses of one ZIP code."""

    unit: str | None = None
    building: str | None = None
    floor: str | None = None
    side: str | None = None
    urbanization: str | None = None


NO_UNIT = ParsedUnit()


def parse_unit(unit_text: str | None) -> ParsedUnit:
    """Parse the text of a unit with its designators, or of a unit without any.

    >>> parse_unit("APT 04-B BLDG 1")[:2], parse_unit("SECOND FLOOR REAR")[2:4]
    (('4B', '1'), ('2', 'REAR'))
    >>> parse_unit("UNIT 204-1").unit, parse_unit("UNIT 20-41").unit
    ('204-1', '20-41')
    """
    if not unit_text:
        return NO_UNIT
    reader = _PartReader()
    words = _WORD.findall(unit_text)
    i = 0
    while i < len(words):
        word, next_word = words[i], words[i + 1] if i + 1 < len(words) else ""
        if _is_building_by_direction(words[i : i + 3]) or reader.is_unlisted_part(word, next_word):
            reader.name_building(word + next_word)
            i += 1
        else:
            reader.read(word, next_word)
        i += 1
    return reader.parts()


def _is_building_by_direction(words: list[str]) -> bool:
    """Return whether words begin with a direction and a building (`NORTH TOWER`) that has no number (`TOWER 2`)."""
    return (
        len(words) > 1
        and words[0] in _DIRECTIONS
        and words[1] in _BUILDING_NAMES
        and not (len(words) > 2 and words[2][0].isdigit())
    )


class _PartReader:
    """Assign the words of a unit to its parts, one after the other."""

    def __init__(self) -> None:
        self._values: dict[str, list[list[str]]] = {"unit": [], "building": [], "floor": [], "side": []}
        self._part: str | None = None
        """The part whose designator was read last."""
        self._awaits_value = False

    def read(self, word: str, next_word: str) -> None:
        """Read one word; the next one tells what a number before FLOOR or a name before HALL is."""
        if word in _NUMBER_WORDS:
            if not self._awaits_value:
                self._expect("unit")
        elif word in _FLOORS or word in _BUILDINGS:
            part = "floor" if word in _FLOORS else "building"
            if self._part != part or self._values[part]:
                self._expect(part)
        elif word in _SIDES and word not in _PENTHOUSES:
            self._values["side"].append([_SIDES[word]])
            self._awaits_value = False
        elif word in _DESIGNATORS and not (word in _PENTHOUSES or (self._awaits_value and not next_word)):
            self._expect("unit")
        elif word not in {"LEVEL", "HOUSE"}:
            self._add("PH" if word in _PENTHOUSES else word, next_word)

    def is_unlisted_part(self, word: str, next_word: str) -> bool:
        """Return whether a word after a unit is a part of the building that no list has, with its value: PHASE 2."""
        return (
            bool(self._values["unit"])
            and not self._awaits_value
            and word not in _LISTED_WORDS
            and _PART_WORD.fullmatch(word) is not None
            and _VALUE.fullmatch(next_word) is not None
        )

    def name_building(self, name: str) -> None:
        """Take the name of a building as its value."""
        self._values["building"].append([name])
        self._part, self._awaits_value = None, False

    def _expect(self, part: str) -> None:
        self._part, self._awaits_value = part, True

    def _add(self, word: str, next_word: str) -> None:
        ordinal = _ORDINAL.fullmatch(word)
        if next_word in _FLOORS and (ordinal or word in _FLOOR_NAMES or (word.isdigit() and not self._awaits_value)):
            self._values["floor"].append([ordinal[1] if ordinal else ORDINAL_WORDS.get(word, word)])
            self._part, self._awaits_value = "floor", False
            return
        if self._part in {"floor", "building"} and not self._awaits_value:
            self._part = None  # what follows a floor or a building is the unit in it
        part = self._part or "unit"
        word = ordinal[1] if ordinal else (CARDINAL_WORDS.get(word, word) if self._awaits_value else word)
        if self._awaits_value or not self._values[part] or self._part is None:
            self._values[part].append([])
        self._values[part][-1].append(word)
        self._part, self._awaits_value = part, False

    def parts(self) -> ParsedUnit:
        """Return the parts; values of one kind are in alphabetical order."""
        joined = {
            part: "+".join(sorted(filter(None, map(_standard_value, values)))) or None
            for part, values in self._values.items()
        }
        return ParsedUnit(**joined)


def _standard_value(words: list[str]) -> str:
    """Join the words of a value; a hyphen remains between letters and letters, and between digits and digits."""
    value = ""
    for run in _SEPARATED.findall(" ".join(words)):
        text = run.lstrip("0") if run.isdigit() and not value else run
        value += ("-" if value and value[-1].isdigit() == text[:1].isdigit() else "") + text
    return value

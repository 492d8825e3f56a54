"""Parse an address as people write it into number, street, direction, suffix, unit and place.

A post office box, a rural route and a military box have the same shape: the box is the `number`, and the `street` names
the box's group (`POBOX`, `RR2`, `PSC1234`). A numbered road is `HWY7` with the type of road (US, SR, CR, FM...) as its
suffix; a numbered street is its number. An urbanization of Puerto Rico, which distinguishes equal street names within a
ZIP code, is a part of the unit. The house number is split off first (`line_splitter.py`), then what follows it is
parsed (`boxes_and_units.py`, `street_parser.py`, `unit_parser.py`), which has few distinct values.

Guarantees: `number`, `street` and the parts of a unit are None or have one spelling each. What cannot be placed
becomes the street, so that the same line gives the same address.
Does not: look an address up, or correct it, except for digits that were misread as letters (`1O17`).
Basis: USPS Publication 28 (`comity.reference.address_vocabulary`); `bench/parser.py` measures the parser on labelled
addresses.
Start at `parse_address`. All text is upper case ASCII (`ascii_text.py`).
"""

import re
from typing import NamedTuple

from comity.normalize.boxes_and_units import LineRemainder, parse_remainder
from comity.normalize.line_splitter import AddressLine, split_address_line
from comity.normalize.place_parser import ParsedPlace, city_of_zip, parse_place, parse_zip
from comity.normalize.street_parser import EMPTY_STREET, ParsedStreet, parse_street
from comity.normalize.unit_parser import NO_UNIT, ParsedUnit, parse_unit

_MISREAD_INSIDE = re.compile("[0-9]+(?:[OILZ]+[0-9]+)+")
_LOOKALIKES_TO_DIGITS = str.maketrans("OILZ", "0112")
_LETTERED = re.compile("([0-9]+)-?([A-Z])")
_KILOMETER = re.compile("KM([0-9]+)-([0-9]*)")
_NOT_IN_NUMBER = re.compile("[^A-Z0-9-]|^-+|-+$")
_HYPHEN_AT_LETTER = re.compile("(?<=[A-Z])-+|-+(?=[A-Z])")
_NO_NUMBER_LAST = frozenset({None, "HWY", "RTE"})
"""Suffixes after which a number is that of the road; after a name without a suffix it is no house number either."""
_NON_ALPHANUMERIC = re.compile("[^A-Z0-9]")


class HouseNumber(NamedTuple):
    """A house number, and the letter or fraction after its digits.

    The number holds a hyphen between digits, as 12-34 is not 123-4, and the point of a kilometer (KM12.0).
    """

    number: str | None = None
    letter: str | None = None


class ParsedAddress(NamedTuple):
    """The parts of an address."""

    number: str | None
    house_letter: str | None
    street: str | None
    direction: str
    street_suffix: str | None
    unit: str | None
    building: str | None
    floor: str | None
    side: str | None
    urbanization: str | None
    city: str | None
    state: str | None
    zip: str | None


class ParsedRemainder(NamedTuple):
    """What follows a house number: the remainder's split, its unit, and its street.

    `unplaced` is all of it, letters and digits only, if it has neither a street nor a box.
    """

    remainder: LineRemainder
    unit: ParsedUnit
    parsed_street: ParsedStreet
    unplaced: str | None = None


EMPTY_REMAINDER = ParsedRemainder(LineRemainder(), NO_UNIT, EMPTY_STREET)


def parse_after_number(remainder: str | None) -> ParsedRemainder:
    """Parse all that follows the house number of a line.

    >>> parse_after_number("N MAIN ST APT 4").unit.unit
    '4'
    """
    if remainder is None:
        return EMPTY_REMAINDER
    split = parse_remainder(remainder)
    street = parse_street(split.street_text)
    is_placed = split.box_group is not None or street.street is not None or street.urbanization is not None
    unplaced = None if is_placed else _NON_ALPHANUMERIC.sub("", remainder) or None
    return ParsedRemainder(split, parse_unit(split.unit_text), street, unplaced)


def parse_address(
    street: str | None, street2: str | None, city: str | None, state: str | None, postcode: str | None
) -> ParsedAddress:
    """Parse an address from its five fields.

    >>> address = parse_address("123B N MAIN ST BLDG 2 APT 4", None, "ST PAUL", "MINNESOTA", "55101-1234")
    >>> address[:7]
    ('123', 'B', 'MAIN', 'N', 'ST', '4', '2')
    """
    line = split_address_line(street, street2, city, state, postcode)
    return assemble_address(line, parse_after_number(line.remainder), parse_place(line.city, line.state))


def assemble_address(line: AddressLine, parsed: ParsedRemainder, place: ParsedPlace) -> ParsedAddress:
    """Put the parsed parts of an address together."""
    remainder, _, street, _ = parsed
    has_number = line.number is not None or street.number is not None
    is_box = remainder.box_group is not None
    number = remainder.box_number
    if number is None and not is_box:
        number = line.number if line.number is not None else street.number
    if number is None and not is_box and not has_number and street.suffix not in _NO_NUMBER_LAST:
        number = street.undesignated_unit
    house_number = parse_house_number(number, is_box=is_box)
    if house_number.number is not None and house_number.letter is None:
        house_number = HouseNumber(house_number.number, line.fraction or street.house_letter)
    unit = complete_unit(parsed, street.undesignated_unit if has_number else None)
    if line.building is not None:
        unit = unit._replace(building=coalesce(unit.building, line.building))
    zip_code = parse_zip(line.zip, place.state)
    city = place.city if place.city is not None else city_of_zip(zip_code)
    name, direction, suffix = street_columns(parsed)
    return ParsedAddress(*house_number, name, direction, suffix, *unit, city, place.state, zip_code)


def complete_unit(parsed: ParsedRemainder, undesignated_unit: str | None) -> ParsedUnit:
    """Return the unit with what the street's text holds of it: a bare unit, a building, an urbanization."""
    unit, street = parsed.unit, parsed.parsed_street
    if undesignated_unit is not None and unit == NO_UNIT:
        unit = parse_unit(undesignated_unit)
    if street.building is not None and unit.building is None:
        unit = unit._replace(building=street.building)
    if street.urbanization is not None and street.street is not None:
        unit = unit._replace(urbanization=street.urbanization)
    return unit


def street_columns(parsed: ParsedRemainder) -> tuple[str | None, str, str | None]:
    """Return the street, its direction and its suffix, as the lexicon of streets holds them."""
    street = parsed.parsed_street
    return (
        coalesce(parsed.remainder.box_group, street.street, street.urbanization, parsed.unplaced),
        street.direction,
        street.suffix,
    )


def coalesce(*texts: str | None) -> str | None:
    """Return the first text that is not None, even if it is empty."""
    for text in texts:
        if text is not None:
            return text
    return None


def parse_house_number(text: str | None, *, is_box: bool = False) -> HouseNumber:
    """Return a house number without leading zeros, and the letter after its digits; the letter of a box stays with it.

    A letter between digits that no grid number has was misread. A letter at either end is sound (14L, A17), and so are
    the letters of a grid (1S17).

    >>> parse_house_number("0123").number, parse_house_number("1O17").number, tuple(parse_house_number("12-B"))
    ('123', '1017', ('12', 'B'))
    """
    if text is None:
        return HouseNumber()
    number = text.lstrip("0")
    if number.isdigit():
        return HouseNumber(number)
    kilometer = _KILOMETER.fullmatch(number)
    if kilometer:
        return HouseNumber(f"KM{kilometer[1].lstrip('0') or '0'}.{kilometer[2].rstrip('0') or '0'}")
    number = _HYPHEN_AT_LETTER.sub("", _NOT_IN_NUMBER.sub("", number))
    if _MISREAD_INSIDE.fullmatch(number):
        return HouseNumber(number.translate(_LOOKALIKES_TO_DIGITS))
    lettered = None if is_box else _LETTERED.fullmatch(number)
    return HouseNumber(*lettered.groups()) if lettered else HouseNumber(number or None)

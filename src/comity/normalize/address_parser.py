"""Parse an address as people write it into number, street, direction, suffix, unit and place.

A post office box, a rural route and a military box have the same shape: the box is the `number`, and the `street` names
the box's group (`POBOX`, `RR2`, `PSC1234`). A numbered road is `HWY7` with the type of road (US, SR, CR, FM...) as its
suffix; a numbered street is its number. An urbanization of Puerto Rico, which distinguishes equal street names within a
ZIP code, becomes the unit. The house number is split off first (`line_splitter.py`), then what follows it is parsed
(`boxes_and_units.py`, `street_parser.py`), which has few distinct values.

Guarantees: `number`, `street` and `unit` hold letters and digits only, or are None.
Does not: look an address up, or correct it, except for digits that were misread as letters (`1S17`).
Basis: USPS Publication 28 (`comity.reference.address_vocabulary`); `bench/parser.py` measures the parser on labelled
addresses.
Start at `parse_address`. All text is upper case ASCII (`ascii_text.py`).
"""

import re
from typing import NamedTuple

from comity.normalize.boxes_and_units import LineRemainder, parse_remainder, parse_unit
from comity.normalize.line_splitter import AddressLine, split_address_line
from comity.normalize.place_parser import ParsedPlace, parse_place, parse_zip
from comity.normalize.street_parser import EMPTY_STREET, ParsedStreet, parse_street

_DIGITS_AND_LOOKALIKES = re.compile("[0-9OILZS]*")
_MISREAD_AT_EDGE = re.compile("[0-9]+[OIL]|[OILZ][0-9]+")
_MISREAD_INSIDE = re.compile("[0-9][OILZS]+[0-9]")
_LOOKALIKES_TO_DIGITS = str.maketrans("OILZS", "01125")
_NON_ALPHANUMERIC = re.compile("[^A-Z0-9]")


class ParsedAddress(NamedTuple):
    """The parts of an address."""

    number: str | None
    street: str | None
    direction: str
    street_suffix: str | None
    unit: str | None
    city: str | None
    state: str | None
    zip: str | None


class ParsedRemainder(NamedTuple):
    """What follows a house number: the remainder's split, its unit, and its street."""

    remainder: LineRemainder
    unit: str | None
    parsed_street: ParsedStreet


EMPTY_REMAINDER = ParsedRemainder(LineRemainder(), None, EMPTY_STREET)


def parse_after_number(remainder: str | None) -> ParsedRemainder:
    """Parse all that follows the house number of a line.

    >>> parse_after_number("N MAIN ST APT 4").unit
    '4'
    """
    if remainder is None:
        return EMPTY_REMAINDER
    split = parse_remainder(remainder)
    return ParsedRemainder(split, parse_unit(split.unit_text), parse_street(split.street_text))


def parse_address(
    street: str | None, street2: str | None, city: str | None, state: str | None, postcode: str | None
) -> ParsedAddress:
    """Parse an address from its five fields.

    >>> parse_address("123 N MAIN ST APT 4", None, "ST PAUL", "MINNESOTA", "55101-1234")[:5]
    ('123', 'MAIN', 'N', 'ST', '4')
    """
    line = split_address_line(street, street2, city, state, postcode)
    return assemble_address(line, parse_after_number(line.remainder), parse_place(line.city, line.state))


def assemble_address(line: AddressLine, parsed: ParsedRemainder, place: ParsedPlace) -> ParsedAddress:
    """Put the parsed parts of an address together."""
    remainder, _, street = parsed
    has_number = line.number is not None or street.number is not None
    number = remainder.box_number
    if number is None and remainder.box_group is None:
        number = line.number if line.number is not None else street.number
    if street.house_letter is not None and number is not None and number.isdigit():
        number += street.house_letter
    elif remainder.box_number is None and not has_number:
        number = street.undesignated_unit
    undesignated_unit = street.undesignated_unit if has_number else None
    unit = coalesce(parsed.unit, undesignated_unit, line.fraction, line.building, urbanization_unit(street))
    return ParsedAddress(
        parse_house_number(number), *street_columns(parsed), unit, *place, parse_zip(line.zip, place.state)
    )


def street_columns(parsed: ParsedRemainder) -> tuple[str | None, str, str | None]:
    """Return the street, its direction and its suffix, as the lexicon of streets holds them."""
    return (
        coalesce(parsed.remainder.box_group, parsed.parsed_street.street, parsed.parsed_street.urbanization),
        parsed.parsed_street.direction,
        parsed.parsed_street.suffix,
    )


def coalesce(*texts: str | None) -> str | None:
    """Return the first text that is not None, even if it is empty."""
    for text in texts:
        if text is not None:
            return text
    return None


def urbanization_unit(street: ParsedStreet) -> str | None:
    """Return the urbanization in the form of a unit, if there is a street for it to distinguish."""
    if street.street is None or street.urbanization is None:
        return None
    return "URB" + street.urbanization.replace(" ", "")


def parse_house_number(text: str | None) -> str | None:
    """Return a house number without leading zeros and punctuation, with letters that were misread digits corrected.

    >>> parse_house_number("0123"), parse_house_number("1S17"), parse_house_number("12-B")
    ('123', '1517', '12B')
    """
    if text is None:
        return None
    number = text.lstrip("0")
    if number.isdigit():
        return number
    number = _NON_ALPHANUMERIC.sub("", number)
    if _MISREAD_AT_EDGE.fullmatch(number) or (
        _DIGITS_AND_LOOKALIKES.fullmatch(number) and _MISREAD_INSIDE.search(number)
    ):
        return number.translate(_LOOKALIKES_TO_DIGITS)
    return number or None

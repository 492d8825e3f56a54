"""Addresses as people write them, taken apart: number, street, direction, suffix, unit, and the place.

A post office box, a rural route and a military box fit the same shape: the box is the `number`, and the `street` says
whose box it is (`POBOX`, `RR2`, `PSC1234`). A numbered road is `HWY7` with the kind of road (US, SR, CR, FM...) as its
suffix; a numbered street is its number. An urbanization of Puerto Rico, which tells equal streets of one ZIP code apart,
stands as the unit. The number is cut off every line first (lines.py); what is left has few distinct values, and only
those are read (rests.py, streets.py), first whole, then word by word.

Guarantees: `number`, `street` and `unit` hold letters and digits only, or are None.
Does not: look an address up, or mend it, but for digits that were read as letters (`1S17`).
Basis: USPS Publication 28 (`comity.reference.address_vocabulary`); `bench/parser.py` measures it on addresses labelled by hand.
Start at `read_address`. All text is `plain` (text.py).
"""

import re
from typing import NamedTuple

from comity.match.normalize.boxes_and_units import LineRemainder, parse_remainder, parse_unit
from comity.match.normalize.line_splitter import AddressLine, split_address_line
from comity.match.normalize.place_parser import ParsedPlace, parse_place, parse_zip
from comity.match.normalize.street_parser import EMPTY_STREET, ParsedStreet, parse_street

_DIGITS_AND_LOOKALIKES = re.compile("[0-9OILZS]*")
_MISREAD_AT_EDGE = re.compile("[0-9]+[OIL]|[OILZ][0-9]+")
_MISREAD_INSIDE = re.compile("[0-9][OILZS]+[0-9]")
_LOOKALIKES_TO_DIGITS = str.maketrans("OILZS", "01125")
_NON_ALPHANUMERIC = re.compile("[^A-Z0-9]")


class ParsedAddress(NamedTuple):
    """An address, taken apart."""

    number: str | None
    street: str | None
    direction: str
    street_suffix: str | None
    unit: str | None
    city: str | None
    state: str | None
    zip: str | None


class ParsedRemainder(NamedTuple):
    """What follows a house number, read to the end."""

    remainder: LineRemainder
    unit: str | None
    parsed_street: ParsedStreet


EMPTY_REMAINDER = ParsedRemainder(LineRemainder(), None, EMPTY_STREET)


def parse_after_number(rest: str | None) -> ParsedRemainder:
    """All of what follows the house number of a line.

    >>> read_after_number("N MAIN ST APT 4").unit
    '4'
    """
    if rest is None:
        return EMPTY_REMAINDER
    parts = parse_remainder(rest)
    return ParsedRemainder(parts, parse_unit(parts.unit_text), parse_street(parts.street_text))


def parse_address(
    street: str | None, street2: str | None, city: str | None, state: str | None, postcode: str | None
) -> ParsedAddress:
    """An address as its fields say it.

    >>> read_address("123 N MAIN ST APT 4", None, "ST PAUL", "MINNESOTA", "55101-1234")[:5]
    ('123', 'MAIN', 'N', 'ST', '4')
    """
    line = split_address_line(street, street2, city, state, postcode)
    return assemble_address(line, parse_after_number(line.remainder), parse_place(line.city, line.state))


def assemble_address(line: AddressLine, read: ParsedRemainder, place: ParsedPlace) -> ParsedAddress:
    """The address whose parts were read."""
    rest, _, head = read
    has_number = line.number is not None or head.number is not None
    written = rest.box_number
    if written is None and rest.box_group is None:
        written = line.number if line.number is not None else head.number
    if head.house_letter is not None and written is not None and written.isdigit():
        written += head.house_letter
    elif rest.box_number is None and not has_number:
        written = head.undesignated_unit
    bare = head.undesignated_unit if has_number else None
    unit = coalesce(read.unit, bare, line.fraction, line.building, urbanization_unit(head))
    return ParsedAddress(
        parse_house_number(written), *street_columns(read), unit, *place, parse_zip(line.zip, place.state)
    )


def street_columns(read: ParsedRemainder) -> tuple[str | None, str, str | None]:
    """The street with its direction and suffix."""
    return (
        coalesce(read.remainder.box_group, read.parsed_street.street, read.parsed_street.urbanization),
        read.parsed_street.direction,
        read.parsed_street.suffix,
    )


def coalesce(*texts: str | None) -> str | None:
    """The first that is there, should it be empty."""
    for text in texts:
        if text is not None:
            return text
    return None


def urbanization_unit(head: ParsedStreet) -> str | None:
    """The urbanization as a unit of its own kind, where there is a street that it tells apart."""
    return (
        "URB" + head.urbanization.replace(" ", "")
        if head.street is not None and head.urbanization is not None
        else None
    )


def parse_house_number(whole: str | None) -> str | None:
    """A house number. What is read as a digit in it is one: 1S17, Z288, 401O.

    >>> read_number("0123"), read_number("1S17"), read_number("12-B")
    ('123', '1517', '12B')
    """
    if whole is None:
        return None
    bare = whole.lstrip("0")
    if bare.isdigit():
        return bare
    letters = _NON_ALPHANUMERIC.sub("", bare)
    if _MISREAD_AT_EDGE.fullmatch(letters) or (
        _DIGITS_AND_LOOKALIKES.fullmatch(letters) and _MISREAD_INSIDE.search(letters)
    ):
        return letters.translate(_LOOKALIKES_TO_DIGITS)
    return letters or None

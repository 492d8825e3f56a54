"""Addresses as people write them, taken apart: number, street, direction, suffix, unit, and the place.

A post office box, a rural route and a military box fit the same shape: the box is the `number`, and the `street` says
whose box it is (`POBOX`, `RR2`, `PSC1234`). A numbered road is `HWY7` with the kind of road (US, SR, CR, FM...) as its
suffix; a numbered street is its number. An urbanization of Puerto Rico, which tells equal streets of one ZIP code apart,
stands as the unit. The number is cut off every line first (lines.py); what is left has few distinct values, and only
those are read (rests.py, streets.py), first whole, then word by word.

Guarantees: `number`, `street` and `unit` hold letters and digits only, or are None.
Does not: look an address up, or mend it, but for digits that were read as letters (`1S17`).
Basis: USPS Publication 28 (`comity.reference.streets`); `bench/parser.py` measures it on addresses labelled by hand.
Start at `read_address`. All text is `plain` (text.py).
"""

import re
from typing import NamedTuple

from comity.match.normal.lines import Line, cut_line
from comity.match.normal.places import Place, read_place, read_zip
from comity.match.normal.rests import Rest, read_rest, read_unit
from comity.match.normal.streets import NO_HEAD, Head, read_head

_DIGITS_AND_LOOKALIKES = re.compile("[0-9OILZS]*")
_MISREAD = re.compile("[0-9]+[OIL]|[OILZ][0-9]+")
_MISREAD_INSIDE = re.compile("[0-9][OILZS]+[0-9]")
_AS_DIGITS = str.maketrans("OILZS", "01125")
_MARKS = re.compile("[^A-Z0-9]")


class Address(NamedTuple):
    """An address, taken apart."""

    number: str | None
    street: str | None
    direction: str
    street_suffix: str | None
    unit: str | None
    city: str | None
    state: str | None
    zip: str | None


class Read(NamedTuple):
    """What follows a house number, read to the end."""

    rest: Rest
    unit: str | None
    head: Head


NOTHING = Read(Rest(), None, NO_HEAD)


def read_after_number(rest: str | None) -> Read:
    """All of what follows the house number of a line.

    >>> read_after_number("N MAIN ST APT 4").unit
    '4'
    """
    if rest is None:
        return NOTHING
    parts = read_rest(rest)
    return Read(parts, read_unit(parts.tail), read_head(parts.head))


def read_address(
    street: str | None, street2: str | None, city: str | None, state: str | None, postcode: str | None
) -> Address:
    """An address as its fields say it.

    >>> read_address("123 N MAIN ST APT 4", None, "ST PAUL", "MINNESOTA", "55101-1234")[:5]
    ('123', 'MAIN', 'N', 'ST', '4')
    """
    line = cut_line(street, street2, city, state, postcode)
    return put_together(line, read_after_number(line.rest), read_place(line.city, line.state))


def put_together(line: Line, read: Read, place: Place) -> Address:
    """The address whose parts were read."""
    rest, _, head = read
    has_number = line.number is not None or head.number is not None
    written = rest.box
    if written is None and rest.street is None:
        written = line.number if line.number is not None else head.number
    if head.letter is not None and written is not None and written.isdigit():
        written += head.letter
    elif rest.box is None and not has_number:
        written = head.bare_unit
    bare = head.bare_unit if has_number else None
    unit = first_of(read.unit, bare, line.fraction, line.building, urbanization(head))
    return Address(read_number(written), *street_of(read), unit, *place, read_zip(line.zip, place.state))


def street_of(read: Read) -> tuple[str | None, str, str | None]:
    """The street with its direction and suffix."""
    return first_of(read.rest.street, read.head.street, read.head.area), read.head.direction, read.head.suffix


def first_of(*texts: str | None) -> str | None:
    """The first that is there, should it be empty."""
    for text in texts:
        if text is not None:
            return text
    return None


def urbanization(head: Head) -> str | None:
    """The urbanization as a unit of its own kind, where there is a street that it tells apart."""
    return "URB" + head.area.replace(" ", "") if head.street is not None and head.area is not None else None


def read_number(whole: str | None) -> str | None:
    """A house number. What is read as a digit in it is one: 1S17, Z288, 401O.

    >>> read_number("0123"), read_number("1S17"), read_number("12-B")
    ('123', '1517', '12B')
    """
    if whole is None:
        return None
    bare = whole.lstrip("0")
    if bare.isdigit():
        return bare
    letters = _MARKS.sub("", bare)
    if _MISREAD.fullmatch(letters) or (_DIGITS_AND_LOOKALIKES.fullmatch(letters) and _MISREAD_INSIDE.search(letters)):
        return letters.translate(_AS_DIGITS)
    return letters or None

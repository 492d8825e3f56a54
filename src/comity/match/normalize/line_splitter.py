"""The line of an address: the two street fields become one line, and the house number is cut off it.

Guarantees: what is left of a line (`rest`) does not depend on the house number, so that it has few distinct values.
Does not: read what is left (rests.py does).
Start at `cut_line`. All text is `plain` (text.py).
"""

import re
from typing import NamedTuple

from comity.match.normalize.ascii_text import trie_pattern
from comity.reference.address_vocabulary import (
    CARDINAL_WORDS,
    ROAD_SUFFIXES,
    UNIT_DESIGNATORS_ALONE,
    UNIT_DESIGNATORS_WITH_VALUE,
)

NO_NUMBER_SENTINEL = "~"
"""Stands before the rest of a line that no number was cut off: such lines are few, and read with more effort."""

HOUSE_NUMBER = "([NSEW][0-9]+[NSEW]? ?[NSEW][0-9]+|[A-Z]?[0-9][0-9A-Z-]*)(?: |$)"
ORDINAL = "[0-9]*(?:1ST|2ND|3RD|[0-9]TH)"
FRACTION = "([0-9]+)(?:[ -]([0-9])/([0-9]))( .*)?"
DOTTED_INITIALS = r"\b([A-Z])[.]([A-Z])[.]"
"""H.C., R.R., N.E., U.S.: one word (P.S.C. too, in two steps of one pass)."""
LEADING_UNIT = r"#|(?:APT|APARTMENT|UNIT|STE|SUITE|RM|ROOM|FL|FLOOR|PMB|C/O|ATTN|CARE OF)\b"
UNIT_BEFORE_NUMBER = (
    r"([0-9]+(?:ST|ND|RD|TH)? (?:FLOOR|FLR|FL)|(?:#|(?:APT|APARTMENT|UNIT|STE|SUITE|RM|ROOM|PMB|BLDG|LOT|DEPT|FLAT|FLOOR)) ?#? ?[A-Z0-9-]+)"
    r" ([0-9][0-9A-Z-]* .*)"
)
FINAL_SUFFIXES = sorted(word for word, kind in ROAD_SUFFIXES.items() if kind not in {"RD", "HWY", "RTE"})
"""Suffixes at which a street's name ends for certain; what stands behind ROAD or HWY is often its number."""
CITY_AFTER_STREET = (
    rf"([0-9][0-9A-Z-]* (?:[A-Z0-9]+ )+?{trie_pattern([*FINAL_SUFFIXES, 'RD', 'ROAD'])}(?: (?:N|S|E|W|NE|NW|SE|SW))?"
    r"(?: (?:#|APT|UNIT|STE) ?#? ?[0-9A-Z-]+)?) ([A-Z ]+)"
)
"""A city behind the street, when no other field names one: what follows the first suffix that follows a name."""
TRAILING_PLACE = "(.*[A-Z0-9]) ([A-Z]{2}) ([0-9]{5})(?:-?[0-9]{4})?"
URBANIZATION_WORDS = "URB|URBANIZACION|REPTO|REPARTO|BDA|BARRIADA|PARC|PARCELAS|SECTOR|BO|BARRIO|EXT"
CONDOMINIUM_WORDS = "COND|CONDOMINIO|EDIF|EDIFICIO|RES|RESIDENCIAL"
NOT_BUILDING_NAME = (
    rf"^(?:{trie_pattern([*URBANIZATION_WORDS.split('|'), *CONDOMINIUM_WORDS.split('|'), 'C/O', 'CARE OF', 'ATTN', *UNIT_DESIGNATORS_WITH_VALUE])})\b|"
    rf"\b{trie_pattern([*UNIT_DESIGNATORS_ALONE, *CARDINAL_WORDS])}\b"
)
"""A second line with one of these words belongs to the first."""

_ALREADY_CLEAN = re.compile("[0-9][0-9A-Z]*(?: [A-Z0-9]+)+")
_LINE_SEPARATORS = re.compile("[^A-Z0-9#/&-]+|(^| )-( |$)")
_NUMBER_SIGN = re.compile(" ?# ?")
_DOTTED_INITIALS = re.compile(DOTTED_INITIALS, re.ASCII)
_UNIT_BEFORE_NUMBER = re.compile(UNIT_BEFORE_NUMBER)
_LEADING_UNIT = re.compile(LEADING_UNIT, re.ASCII)
_CARE_OF = re.compile(r"(C/O|CARE OF|ATTN)\b", re.ASCII)
_THREE_LETTERS = re.compile("[A-Z]{3}")
_NOT_BUILDING_NAME = re.compile(NOT_BUILDING_NAME, re.ASCII)
_TRAILING_PLACE = re.compile(TRAILING_PLACE)
_CITY_AFTER_STREET = re.compile(CITY_AFTER_STREET)
_NON_ALPHANUMERIC = re.compile("[^A-Z0-9]+")
_HOUSE_NUMBER = re.compile(HOUSE_NUMBER)
_ORDINAL = re.compile(ORDINAL)
_FRACTION = re.compile(FRACTION)
_CHARACTER_FIXES = str.maketrans({"|": "1", "'": None})


class AddressLine(NamedTuple):
    """A line without its number; the place that its fields, or its end, name."""

    number: str | None
    fraction: str | None
    building: str | None
    remainder: str | None
    city: str | None
    state: str | None
    zip: str | None


def split_address_line(
    street: str | None, street2: str | None, city: str | None, state: str | None, postcode: str | None
) -> AddressLine:
    """One line of two fields, with its number and with a place at its end cut off.

    >>> cut_line("APT 4, 123 MAIN ST", None, "ROME", "NY", None)
    Line(number='123', fraction=None, building=None, rest='MAIN ST APT 4', city='ROME', state='NY', zip=None)
    """
    line, building = join_lines(street, street2)
    if line is None:
        return AddressLine(None, None, building, None, city, state, postcode)
    if has_trailing_place(line):
        line, city, state, postcode = _split_trailing_place(line, city, state, postcode)
    number, fraction, rest = split_house_number(line)
    return AddressLine(number, fraction, building, rest, city, state, postcode)


def join_lines(street: str | None, street2: str | None) -> tuple[str | None, str | None]:  # noqa: PLR0911
    """One line, in words; a unit or an addressee written first goes behind the street. With it, the building.

    A second line of mere words names a building or an estate; it is kept apart, to stand where a unit would.
    """
    line_1 = clean_line(street) if street is not None else None
    if street2 is None:
        return line_1 or None, None
    line_2 = clean_line(street2)
    if line_1 is None:
        return line_2 or None, None
    if line_2.replace(" ", "").isalpha() and _THREE_LETTERS.search(line_2) and not _NOT_BUILDING_NAME.search(line_2):
        return line_1 or None, line_2.replace(" ", "")
    if _CARE_OF.match(line_1):
        return line_2 or None, None
    if _CARE_OF.match(line_2):
        return line_1 or None, None
    if _LEADING_UNIT.match(line_1) and line_2[:1].isdigit():
        return f"{line_2} {line_1}", None
    return f"{line_1} {line_2}", None


def has_trailing_place(line: str) -> bool:
    """Whether a line ends in what looks like a state and a ZIP code."""
    return line[-1].isdigit() and _TRAILING_PLACE.fullmatch(line) is not None


def clean_line(text: str) -> str:
    """A line in words; a line that has nothing to tidy, as most, is told by one look."""
    if _ALREADY_CLEAN.fullmatch(text):
        return text
    text = text.translate(_CHARACTER_FIXES)
    if "." in text:
        text = _DOTTED_INITIALS.sub(r"\1\2", text)
    words = _LINE_SEPARATORS.sub(" ", text)
    if "#" in words:
        words = _NUMBER_SIGN.sub(" # ", words)
    words = words.strip(" ")
    moved = _UNIT_BEFORE_NUMBER.fullmatch(words)
    return f"{moved[2]} {moved[1]}" if moved else words


def _split_trailing_place(
    line: str, city: str | None, state: str | None, postcode: str | None
) -> tuple[str, str | None, str | None, str | None]:
    """A city, state and ZIP code at the end of the line are the row's own, where its fields name no other."""
    if postcode is not None and not (line.endswith(postcode[:5]) or postcode[:5] + "-" in line):
        return line, city, state, postcode
    end = _TRAILING_PLACE.fullmatch(line)
    if not end:
        return line, city, state, postcode
    line, state, postcode = end[1], state or end[2], postcode or end[3]
    if city is None:
        behind = _CITY_AFTER_STREET.fullmatch(line)
        return (behind[1], behind[2], state, postcode) if behind else (line, None, state, postcode)
    words = " " + _NON_ALPHANUMERIC.sub(" ", city)
    return line.removesuffix(words), city, state, postcode


def split_house_number(line: str) -> tuple[str | None, str | None, str | None]:
    """The number, a fraction behind it, and what follows, marked where there was no number."""
    split = _FRACTION.fullmatch(line) if "/" in line else None
    if split:
        return split[1], split[2] + split[3], (split[4] or "").strip(" ") or None
    word, _, rest = line.partition(" ")
    if word.isdigit():
        return word, None, rest or None
    cut = None if _ORDINAL.fullmatch(word) else _HOUSE_NUMBER.match(line)
    if cut:
        return cut[1], None, line[cut.end(1) + 1 :] or None
    return None, None, NO_NUMBER_SENTINEL + line

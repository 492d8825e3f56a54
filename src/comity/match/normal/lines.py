"""The line of an address: the two street fields become one line, and the house number is cut off it.

Guarantees: what is left of a line (`rest`) does not depend on the house number, so that it has few distinct values.
Does not: read what is left (rests.py does).
Start at `cut_line`. All text is `plain` (text.py).
"""

import re
from typing import NamedTuple

from comity.match.normal.text import any_of
from comity.reference.streets import CARDINALS, ROADS, UNITS_ALONE, UNITS_WITH_VALUE

NUMBERLESS = "~"
"""Stands before the rest of a line that no number was cut off: such lines are few, and read with more effort."""

NUMBER = "([NSEW][0-9]+[NSEW]? ?[NSEW][0-9]+|[A-Z]?[0-9][0-9A-Z-]*)(?: |$)"
ORDINAL = "[0-9]*(?:1ST|2ND|3RD|[0-9]TH)"
FRACTION = "([0-9]+)(?:[ -]([0-9])/([0-9]))( .*)?"
DOTTED = r"\b([A-Z])[.]([A-Z])[.]"
"""H.C., R.R., N.E., U.S.: one word (P.S.C. too, in two steps of one pass)."""
UNIT_FIRST = r"#|(?:APT|APARTMENT|UNIT|STE|SUITE|RM|ROOM|FL|FLOOR|PMB|C/O|ATTN|CARE OF)\b"
UNIT_BEFORE = (
    r"([0-9]+(?:ST|ND|RD|TH)? (?:FLOOR|FLR|FL)|(?:#|(?:APT|APARTMENT|UNIT|STE|SUITE|RM|ROOM|PMB|BLDG|LOT|DEPT|FLAT|FLOOR)) ?#? ?[A-Z0-9-]+)"
    r" ([0-9][0-9A-Z-]* .*)"
)
ROAD_ENDS = sorted(word for word, kind in ROADS.items() if kind not in {"RD", "HWY", "RTE"})
"""Suffixes at which a street's name ends for certain; what stands behind ROAD or HWY is often its number."""
CITY_AFTER = (
    rf"([0-9][0-9A-Z-]* (?:[A-Z0-9]+ )+?{any_of([*ROAD_ENDS, 'RD', 'ROAD'])}(?: (?:N|S|E|W|NE|NW|SE|SW))?"
    r"(?: (?:#|APT|UNIT|STE) ?#? ?[0-9A-Z-]+)?) ([A-Z ]+)"
)
"""A city behind the street, when no other field names one: what follows the first suffix that follows a name."""
PLACE_AFTER = "(.*[A-Z0-9]) ([A-Z]{2}) ([0-9]{5})(?:-?[0-9]{4})?"
URBANIZATION = "URB|URBANIZACION|REPTO|REPARTO|BDA|BARRIADA|PARC|PARCELAS|SECTOR|BO|BARRIO|EXT"
CONDOMINIUM = "COND|CONDOMINIO|EDIF|EDIFICIO|RES|RESIDENCIAL"
NOT_A_BUILDING = (
    rf"^(?:{any_of([*URBANIZATION.split('|'), *CONDOMINIUM.split('|'), 'C/O', 'CARE OF', 'ATTN', *UNITS_WITH_VALUE])})\b|"
    rf"\b{any_of([*UNITS_ALONE, *CARDINALS])}\b"
)
"""A second line with one of these words belongs to the first."""

_TIDY = re.compile("[0-9][0-9A-Z]*(?: [A-Z0-9]+)+")
_NOT_LINE = re.compile("[^A-Z0-9#/&-]+|(^| )-( |$)")
_NUMBER_SIGN = re.compile(" ?# ?")
_DOTTED = re.compile(DOTTED, re.ASCII)
_UNIT_BEFORE = re.compile(UNIT_BEFORE)
_UNIT_FIRST = re.compile(UNIT_FIRST, re.ASCII)
_CARE_OF = re.compile(r"(C/O|CARE OF|ATTN)\b", re.ASCII)
_THREE_LETTERS = re.compile("[A-Z]{3}")
_NOT_A_BUILDING = re.compile(NOT_A_BUILDING, re.ASCII)
_PLACE_AFTER = re.compile(PLACE_AFTER)
_CITY_AFTER = re.compile(CITY_AFTER)
_NOT_WORD = re.compile("[^A-Z0-9]+")
_NUMBER = re.compile(NUMBER)
_ORDINAL = re.compile(ORDINAL)
_FRACTION = re.compile(FRACTION)
_BAR = str.maketrans({"|": "1", "'": None})


class Line(NamedTuple):
    """A line without its number; the place that its fields, or its end, name."""

    number: str | None
    fraction: str | None
    building: str | None
    rest: str | None
    city: str | None
    state: str | None
    zip: str | None


def cut_line(
    street: str | None, street2: str | None, city: str | None, state: str | None, postcode: str | None
) -> Line:
    """One line of two fields, with its number and with a place at its end cut off.

    >>> cut_line("APT 4, 123 MAIN ST", None, "ROME", "NY", None)
    Line(number='123', fraction=None, building=None, rest='MAIN ST APT 4', city='ROME', state='NY', zip=None)
    """
    line, building = join_lines(street, street2)
    if line is None:
        return Line(None, None, building, None, city, state, postcode)
    if may_name_place(line):
        line, city, state, postcode = _place_behind(line, city, state, postcode)
    number, fraction, rest = cut_number(line)
    return Line(number, fraction, building, rest, city, state, postcode)


def join_lines(street: str | None, street2: str | None) -> tuple[str | None, str | None]:  # noqa: PLR0911
    """One line, in words; a unit or an addressee written first goes behind the street. With it, the building.

    A second line of mere words names a building or an estate; it is kept apart, to stand where a unit would.
    """
    line_1 = tidy(street) if street is not None else None
    if street2 is None:
        return line_1 or None, None
    line_2 = tidy(street2)
    if line_1 is None:
        return line_2 or None, None
    if line_2.replace(" ", "").isalpha() and _THREE_LETTERS.search(line_2) and not _NOT_A_BUILDING.search(line_2):
        return line_1 or None, line_2.replace(" ", "")
    if _CARE_OF.match(line_1):
        return line_2 or None, None
    if _CARE_OF.match(line_2):
        return line_1 or None, None
    if _UNIT_FIRST.match(line_1) and line_2[:1].isdigit():
        return f"{line_2} {line_1}", None
    return f"{line_1} {line_2}", None


def may_name_place(line: str) -> bool:
    """Whether a line ends in what looks like a state and a ZIP code."""
    return line[-1].isdigit() and _PLACE_AFTER.fullmatch(line) is not None


def tidy(text: str) -> str:
    """A line in words; a line that has nothing to tidy, as most, is told by one look."""
    if _TIDY.fullmatch(text):
        return text
    text = text.translate(_BAR)
    if "." in text:
        text = _DOTTED.sub(r"\1\2", text)
    words = _NOT_LINE.sub(" ", text)
    if "#" in words:
        words = _NUMBER_SIGN.sub(" # ", words)
    words = words.strip(" ")
    moved = _UNIT_BEFORE.fullmatch(words)
    return f"{moved[2]} {moved[1]}" if moved else words


def _place_behind(
    line: str, city: str | None, state: str | None, postcode: str | None
) -> tuple[str, str | None, str | None, str | None]:
    """A city, state and ZIP code at the end of the line are the row's own, where its fields name no other."""
    if postcode is not None and not (line.endswith(postcode[:5]) or postcode[:5] + "-" in line):
        return line, city, state, postcode
    end = _PLACE_AFTER.fullmatch(line)
    if not end:
        return line, city, state, postcode
    line, state, postcode = end[1], state or end[2], postcode or end[3]
    if city is None:
        behind = _CITY_AFTER.fullmatch(line)
        return (behind[1], behind[2], state, postcode) if behind else (line, None, state, postcode)
    words = " " + _NOT_WORD.sub(" ", city)
    return line.removesuffix(words), city, state, postcode


def cut_number(line: str) -> tuple[str | None, str | None, str | None]:
    """The number, a fraction behind it, and what follows, marked where there was no number."""
    split = _FRACTION.fullmatch(line) if "/" in line else None
    if split:
        return split[1], split[2] + split[3], (split[4] or "").strip(" ") or None
    word, _, rest = line.partition(" ")
    if word.isdigit():
        return word, None, rest or None
    cut = None if _ORDINAL.fullmatch(word) else _NUMBER.match(line)
    if cut:
        return cut[1], None, line[cut.end(1) + 1 :] or None
    return None, None, NUMBERLESS + line

"""Join the two street fields into one line, and split off the house number and a trailing city, state and ZIP code.

Guarantees: the remainder does not depend on the house number, so it has few distinct values.
Does not: parse the remainder (`boxes_and_units.py` does).
Start at `split_address_line`. All text is upper case ASCII (`ascii_text.py`).
"""

import re
from typing import NamedTuple

from comity.normalize.ascii_text import trie_pattern
from comity.normalize.place_directions import ONE_WORD_RELATIONS, is_distance
from comity.reference.address_vocabulary import (
    CARDINAL_WORDS,
    CONDOMINIUM_WORDS,
    DIRECTIONALS,
    FLOOR_WORDS,
    ROAD_SUFFIXES,
    STREET_SUFFIXES,
    UNIT_DESIGNATORS_ALONE,
    UNIT_DESIGNATORS_WITH_VALUE,
    URBANIZATION_WORDS,
    select_words,
)

NO_NUMBER_SENTINEL = "~"
"""Precedes the remainder of a line without a leading number; such lines are few and are parsed with more effort."""
FINAL_SUFFIXES = tuple(sorted(word for word, suffix in ROAD_SUFFIXES.items() if suffix not in {"RD", "HWY", "RTE"}))
"""Suffixes that always end a street's name; what follows ROAD or HWY is often its number."""

_ALREADY_CLEAN = re.compile("[0-9][0-9A-Z]*(?: [A-Z0-9]+)+")
_CHARACTER_FIXES = str.maketrans({"|": "1", "'": None})
_DOTTED_INITIALS = re.compile(r"\b([A-Z])[.]([A-Z])[.]", re.ASCII)
"""H.C., R.R., N.E., U.S. become one word (P.S.C. too, in two steps of one pass)."""
_LINE_SEPARATORS = re.compile("[^A-Z0-9#/&-]+|(^| )-( |$)")
_NUMBER_SIGN = re.compile(" ?# ?")
_UNIT_FIRST = (
    rf"(?:#|{trie_pattern(select_words('unit', 'before_number'))}) ?#? ?(?!(?:{ONE_WORD_RELATIONS}) )[A-Z0-9-]+"
)
_UNIT_BEFORE_NUMBER = re.compile(
    rf"([0-9]+(?:ST|ND|RD|TH)? {trie_pattern(FLOOR_WORDS)}|{trie_pattern(UNIT_DESIGNATORS_ALONE)}|"
    rf"{_UNIT_FIRST}(?: {_UNIT_FIRST})?) ((?:[NSEW][0-9]+[NSEW]? ?[NSEW]|[A-Z])?[0-9][0-9A-Z-]* .*)"
)
_LEADING_UNIT = re.compile(rf"#|(?:{trie_pattern(select_words('unit', 'leading'))}|C/O|ATTN|CARE OF)\b", re.ASCII)
_CARE_OF = re.compile(r"(C/O|CARE OF|ATTN)\b", re.ASCII)
_THREE_LETTERS = re.compile("[A-Z]{3}")
_CONTINUING_WORDS = (*URBANIZATION_WORDS, *CONDOMINIUM_WORDS, "C/O", "CARE OF", "ATTN", *UNIT_DESIGNATORS_WITH_VALUE)
_BUILDING_THEN_UNIT = re.compile(
    rf"((?:[A-Z]+ )*[A-Z]{{3,}}) ((?:#|{trie_pattern(select_words('unit', 'plain'))}) ?#? ?[A-Z0-9-]+)"
)
"""The name of a building and the unit in it, in the second line."""
_NOT_BUILDING_NAME = re.compile(
    rf"^{trie_pattern(_CONTINUING_WORDS)}\b|"
    rf"\b{trie_pattern([*UNIT_DESIGNATORS_ALONE, *CARDINAL_WORDS])}\b",
    re.ASCII,
)
"""A second line with one of these words continues the first; one without is the name of a building."""
_TRAILING_PLACE = re.compile("(.*[A-Z0-9]) ([A-Z]{2}) ([0-9]{5})(?:-?[0-9]{4})?")
_CITY_AFTER_STREET = re.compile(
    rf"([0-9][0-9A-Z-]* (?:[A-Z0-9]+ )+?{trie_pattern([*FINAL_SUFFIXES, 'RD', 'ROAD'])}"
    r"(?: (?:N|S|E|W|NE|NW|SE|SW))?(?: (?:#|APT|UNIT|STE) ?#? ?[0-9A-Z-]+)?) ([A-Z ]+)"
)
"""A city after the street, for rows whose city field is empty: what follows the first suffix that follows a name."""
_NON_ALPHANUMERIC = re.compile("[^A-Z0-9]+")
_FRACTION = re.compile("([0-9]+)(?:[ -]([0-9])/([0-9]))( .*)?")
_ORDINAL = re.compile("[0-9]*(?:1ST|2ND|3RD|[0-9]TH)")
_HOUSE_NUMBER = re.compile("([NSEW][0-9]+[NSEW]? ?[NSEW][0-9]+|[A-Z]?[0-9][0-9A-Z-]*)(?: |$)")
_GLUED_NUMBER = re.compile("^([0-9]{1,6})((?:[A-Z]{3,}|[NS][EW])(?: .*|$))")
"""A number with the street's first word or direction after it, without a space: 7107MADISON BLVD, 3003NE PINE ST."""
_SPACED_GRID_NUMBER = re.compile(
    rf"^([0-9]{{1,2}}) ([NSEW]) ([0-9]{{3,4}}) (?!{trie_pattern([*DIRECTIONALS, *STREET_SUFFIXES])}\b)([A-Z]{{2,}}.*)",
    re.ASCII,
)
"""39 W 582 MAIN ST is 39W582; in 450 W 400 S and 29 N 2900 EAST RD a direction follows: those are streets of a grid."""


class AddressLine(NamedTuple):
    """A line split into its house number and remainder, with the place from the row's fields or the line's end."""

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
    """Join the two street fields and split off the house number and a place at the end.

    >>> split_address_line("APT 4, 123 MAIN ST", None, "ROME", "NY", None)[:4]
    ('123', None, None, 'MAIN ST APT 4')
    """
    line, building = join_lines(street, street2)
    if line is None:
        return AddressLine(None, None, building, None, city, state, postcode)
    if has_trailing_place(line):
        line, city, state, postcode = _split_trailing_place(line, city, state, postcode)
    number, fraction, remainder = split_house_number(line)
    return AddressLine(number, fraction, building, remainder, city, state, postcode)


def join_lines(street: str | None, street2: str | None) -> tuple[str | None, str | None]:  # noqa: PLR0911
    """Return both fields as one clean line, a unit written first moved to the end, and the name of a building.

    A second field of plain words names a building or an estate. It is returned separately, to be used like a unit.
    """
    line_1 = clean_line(street) if street is not None else None
    if street2 is None:
        return line_1 or None, None
    line_2 = clean_line(street2)
    if line_1 is None:
        return line_2 or None, None
    if _is_building_name(line_2):
        return line_1 or None, line_2.replace(" ", "")
    in_building = _BUILDING_THEN_UNIT.fullmatch(line_2)
    if in_building and line_1[:1].isdigit() and _is_building_name(in_building[1]):
        return f"{line_1} {in_building[2]}", in_building[1].replace(" ", "")
    if _CARE_OF.match(line_1):
        return line_2 or None, None
    if _CARE_OF.match(line_2):
        return line_1 or None, None
    if _LEADING_UNIT.match(line_1) and line_2[:1].isdigit():
        return f"{line_2} {line_1}", None
    return f"{line_1} {line_2}", None


def _is_building_name(text: str) -> bool:
    """Return whether plain words name a building or an estate."""
    if not text.replace(" ", "").isalpha() or not _THREE_LETTERS.search(text):
        return False
    return _NOT_BUILDING_NAME.search(text) is None


def has_trailing_place(line: str) -> bool:
    """Return whether a line ends in what looks like a state and a ZIP code."""
    return line[-1].isdigit() and _TRAILING_PLACE.fullmatch(line) is not None


def clean_line(text: str) -> str:
    """Return a line as words with single spaces, a unit before the house number moved to the end."""
    if _ALREADY_CLEAN.fullmatch(text):  # most lines
        return text
    text = text.translate(_CHARACTER_FIXES)
    if "." in text:
        text = _DOTTED_INITIALS.sub(r"\1\2", text)
    line = _LINE_SEPARATORS.sub(" ", text)
    if "#" in line:
        line = _NUMBER_SIGN.sub(" # ", line)
    line = line.strip(" ")
    unit_first = _UNIT_BEFORE_NUMBER.fullmatch(line)
    return f"{unit_first[2]} {unit_first[1]}" if unit_first else line


def _split_trailing_place(
    line: str, city: str | None, state: str | None, postcode: str | None
) -> tuple[str, str | None, str | None, str | None]:
    """Split a city, state and ZIP code off the line's end, for fields that are empty or agree with them."""
    if postcode is not None and not (line.endswith(postcode[:5]) or postcode[:5] + "-" in line):
        return line, city, state, postcode
    place = _TRAILING_PLACE.fullmatch(line)
    if not place:
        return line, city, state, postcode
    line, state, postcode = place[1], state or place[2], postcode or place[3]
    if city is None:
        with_city = _CITY_AFTER_STREET.fullmatch(line)
        return (with_city[1], with_city[2], state, postcode) if with_city else (line, None, state, postcode)
    return line.removesuffix(" " + _NON_ALPHANUMERIC.sub(" ", city)), city, state, postcode


def continues_house_number(remainder: str) -> bool:
    """Return whether what follows digits can belong to them, as in 39 W 582 MAIN ST and 2 MILES NORTH OF ELM ST."""
    return _SPACED_GRID_NUMBER.fullmatch(f"1 {remainder}") is not None or is_distance(remainder)


def is_glued_number(number: str) -> bool:
    """Return whether the first word of a line is its number and the street's first word, without a space.

    >>> is_glued_number("7107MADISON"), is_glued_number("39W582"), is_glued_number("12B")
    (True, False, False)
    """
    return _GLUED_NUMBER.fullmatch(number) is not None


def split_house_number(line: str) -> tuple[str | None, str | None, str | None]:
    """Return the house number, a fraction after it, and the remainder, with the sentinel if there was no number."""
    with_fraction = _FRACTION.fullmatch(line) if "/" in line else None
    if with_fraction and not is_distance((with_fraction[4] or "").strip(" ")):
        return with_fraction[1], f"{with_fraction[2]}/{with_fraction[3]}", (with_fraction[4] or "").strip(" ") or None
    line = _GLUED_NUMBER.sub(r"\1 \2", _SPACED_GRID_NUMBER.sub(r"\1\2\3 \4", line))
    first_word, _, remainder = line.partition(" ")
    if is_distance(remainder):
        return None, None, NO_NUMBER_SENTINEL + line
    if first_word.isdigit():
        return first_word, None, remainder or None
    number = None if _ORDINAL.fullmatch(first_word) else _HOUSE_NUMBER.match(line)
    if number:
        return number[1], None, line[number.end(1) + 1 :] or None
    return None, None, NO_NUMBER_SENTINEL + line

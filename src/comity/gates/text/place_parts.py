"""Parse city, state and ZIP code, and take them off a street line that carries them.

Guarantees: a ZIP code is five digits with or without four more; four or eight digits are one that lost its leading
zero in a spreadsheet. A state is a two-letter code or a full name.
Does not: correct anything that is written.
Basis: `reference.states`, `reference.zip_codes`; failure modes A07 to A09.
Start at `strip_place`.
"""

import re
from functools import cache
from typing import NamedTuple

from comity.gates.text.street_words import STREET_SUFFIX
from comity.reference import states, zip_codes

_STATE_CODES_BY_NAME = {name.upper(): code for code, name in states.STATE_NAMES.items()} | {
    "DISTRICT OF COLUMBIA": "DC", "D C": "DC", "WASHINGTON DC": "DC", "CALIF": "CA", "TEX": "TX", "FLA": "FL",
    "ILL": "IL", "MASS": "MA", "PENN": "PA", "PENNA": "PA", "ARIZ": "AZ", "COLO": "CO", "CONN": "CT", "N Y": "NY",
    "N J": "NJ", "N C": "NC", "S C": "SC", "N M": "NM", "N D": "ND", "S D": "SD", "W V": "WV", "R I": "RI",
}  # fmt: skip

CROSS_STATE_ZIPS = {
    "02861": "MA RI", "42223": "KY TN", "59221": "MT ND", "63673": "MO IL", "71749": "AR LA", "73949": "OK TX",
    "81137": "CO NM", "84536": "UT AZ", "86044": "AZ UT", "86515": "AZ NM", "88063": "NM TX", "89439": "NV CA",
    "97635": "OR CA",
}  # fmt: skip
"""ZIP codes whose delivery area crosses a state line [GK], with the states: an address in either is valid."""

_STATE_NAMES_AND_CODES = {*states.STATE_NAMES, *_STATE_CODES_BY_NAME}
STATE_PATTERN = "(?:" + "|".join(sorted(_STATE_NAMES_AND_CODES, key=lambda name: (-len(name), name))) + ")"
_TRAILING_STATE = re.compile(f"(?:^| )({STATE_PATTERN})$")
_TRAILING_ZIP = re.compile(r"(?:^| )([0-9]{5})(?: ?[0-9]{4})?$")
TRAILING_USA_PATTERN = r" (?:USA|US|U S A|UNITED STATES|EEUU|EE UU)$"
_TRAILING_USA = re.compile(TRAILING_USA_PATTERN)
# Dashes of every width, and marks left over at the end of a field.
_ZIP_PUNCTUATION = re.compile("[-\u2010-\u2015\u2212 .,;'\"]+")
_STREET_SUFFIX = re.compile(f" (?:{STREET_SUFFIX})(?: |$)")
_HOUSE_NUMBER = re.compile(r"^[0-9]+[A-Z]?\b")


class StrippedLine(NamedTuple):
    """A street line without the place that it carried, and that place (empty where it carried none)."""

    street_line: str
    city: str
    state: str
    zip5: str


def parse_zip5(text: str) -> str | None:
    """Return the five digits of a ZIP code; '' if nothing is written; None if the text is no ZIP code.

    >>> [parse_zip5(text) for text in ("62701-1234", "2134", "", "6270", "94103\u20141612.", "627")]
    ['62701', '02134', '', '06270', '94103', None]
    """
    digits = _ZIP_PUNCTUATION.sub("", text)
    if not digits:
        return ""
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in {4, 5, 8, 9}:
        return None
    return digits.zfill(5 if len(digits) < 6 else 9)[:5]


def parse_state(folded: str) -> str | None:
    """Return the two-letter code of a folded state; '' if nothing is written; None if there is no such state."""
    if not folded:
        return ""
    return folded if folded in states.STATE_NAMES else _STATE_CODES_BY_NAME.get(folded)


def is_zip_in_state(zip5: str, state: str) -> bool:
    """Return whether a five-digit ZIP code can lie in a state."""
    return state in zip_codes.find_zip_states(zip5) or state in CROSS_STATE_ZIPS.get(zip5, "").split()


@cache
def _zip_row_numbers() -> dict[str, int]:
    """Return each ZIP code's row in the table."""
    return {str(code): row for row, code in enumerate(zip_codes.load_zip_table()["zip"].to_pylist())}


def _fold_city(name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", " ", name.upper().replace(".", "").replace("'", "")).strip()


@cache
def cities_of_zip(zip5: str) -> tuple[str, ...]:
    """Return the folded names that the postal service accepts for a ZIP code, longest first."""
    row = _zip_row_numbers().get(zip5)
    if row is None:
        return ()
    table = zip_codes.load_zip_table()
    names = (table["city"][row].as_py(), *(table["city_aliases"][row].as_py() or ()))
    return tuple(sorted({_fold_city(str(name)) for name in names}, key=len, reverse=True))


def strip_place(line: str, city: str, zip5: str) -> StrippedLine:
    """Take a city, state and ZIP code off the end of a folded street line.

    The row's own (folded) city and ZIP code fields guide the search. If the line carries a state or a ZIP code but the
    city cannot be told from the street, and no street word is there, every word after the house number counts as the
    city: "123 Springfield IL" names no street.

    >>> strip_place("123 SPRINGFIELD IL 62701", "", "")
    StrippedLine(street_line='123', city='SPRINGFIELD', state='IL', zip5='62701')
    >>> strip_place("12 OAK CT", "HARTFORD", "06103").street_line
    '12 OAK CT'
    """
    if city and city not in line and not line[-1:].isdigit():
        return StrippedLine(line, "", "", "")  # the most common case: "12 OAK CT" with the city in its own field
    remainder, line_zip5, line_state = _TRAILING_USA.sub("", line), "", ""
    tail = _TRAILING_ZIP.search(remainder)
    if tail and (tail[1] == zip5 or _ends_in_place(remainder[: tail.start()], city)):
        line_zip5, remainder = tail[1], remainder[: tail.start()].rstrip()
    tail = _TRAILING_STATE.search(remainder)
    names = (city,) if city else cities_of_zip(line_zip5 or zip5)
    if tail and (line_zip5 or any(_ends_with(remainder[: tail.start()], name) for name in names)):
        code = parse_state(tail[1]) or ""
        # "12 OAK CT 06103": without a city before it, CT can be the street's suffix; a ZIP code of that state decides.
        if not line_zip5 or is_zip_in_state(line_zip5, code):
            line_state, remainder = code, remainder[: tail.start()].rstrip()
    for name in names:
        if _ends_with(remainder, name):
            bare = remainder[: len(remainder) - len(name)].rstrip()
            if line_zip5 or line_state or not bare or _HOUSE_NUMBER.fullmatch(bare):
                return StrippedLine(bare, name, line_state, line_zip5)
    if (line_zip5 or line_state) and not _STREET_SUFFIX.search(remainder):
        number = _HOUSE_NUMBER.match(remainder)
        digits = number[0] if number else ""
        return StrippedLine(digits, remainder[len(digits) :].strip(), line_state, line_zip5)
    return StrippedLine(remainder, "", line_state, line_zip5)


def _ends_with(line: str, name: str) -> bool:
    return bool(name) and (line == name or line.endswith(f" {name}"))


def _ends_in_place(line: str, city: str) -> bool:
    return bool(_TRAILING_STATE.search(line)) or _ends_with(line, city)

"""Normalize city, state and ZIP code, each to one spelling.

Guarantees: a city is letters and digits without spaces; a state is its two-letter code if its name is known; a ZIP code
is at most five characters; each may be None.
Does not: know which places exist (`comity.reference.zip_codes` does).
Start at `parse_place`. All text is upper case ASCII (`ascii_text.py`).
"""

import re
from functools import cache
from typing import NamedTuple

from comity.normalize.ascii_text import to_upper_ascii
from comity.reference.cities import CITY_ABBREVIATIONS, CITY_ALIASES
from comity.reference.states import STATE_NAMES
from comity.reference.zip_codes import find_zip_states, load_zip_table

STATE_CODES = {name.upper().replace(" ", ""): code for code, name in STATE_NAMES.items()}
"""The name of a state without spaces -> its code."""
LEADING_ZERO_STATES = frozenset({"CT", "MA", "ME", "NH", "NJ", "RI", "VT", "PR", "VI", "AE"})
"""States whose ZIP codes begin with a zero."""
SOMETIMES_LEADING_ZERO_STATE = "NY"
"""The one state of which some ZIP codes do: Holtsville's and Fishers Island's."""

_NON_ALPHANUMERIC = re.compile("[^A-Z0-9]+")
_NON_LETTER = re.compile("[^A-Z]+")
_CITY_OF_PREFIX = re.compile("^(?:CITY|TOWN|VILLAGE|BOROUGH) OF ")
_TOWNSHIP_ENDING = re.compile("(.) (?:TOWNSHIP|BOROUGH)$")
_SHORT_ZIP = re.compile("([0-9]{3,4})(?:-?[0-9]{4})?")


class ParsedPlace(NamedTuple):
    """A city and a state."""

    city: str | None = None
    state: str | None = None


def parse_place(city: str | None, state: str | None) -> ParsedPlace:
    """Normalize a city and a state.

    >>> parse_place("ST PAUL", "MINNESOTA")
    ParsedPlace(city='SAINTPAUL', state='MN')
    """
    return ParsedPlace(parse_city(city), parse_state(state))


def parse_city(city: str | None) -> str | None:
    """Return a city's name without spaces, abbreviations written out and TOWN OF, TOWNSHIP and the like dropped.

    >>> parse_city("TOWN OF N. HEMPSTEAD")
    'NORTHHEMPSTEAD'
    """
    if city is None:
        return None
    words = city if city.isalpha() else _CITY_OF_PREFIX.sub("", _NON_ALPHANUMERIC.sub(" ", city).strip(" "), count=1)
    name = " ".join([CITY_ABBREVIATIONS.get(word, word) for word in words.split(" ")])
    if " " in name:
        name = _TOWNSHIP_ENDING.sub(r"\1", name, count=1)
    return CITY_ALIASES.get(name, name).replace(" ", "") or None


def city_of_zip(zip_code: str | None) -> str | None:
    """Return the city that the postal service prefers for a ZIP code, normalized, for an address that names none.

    >>> city_of_zip("62701"), city_of_zip("00000")
    ('SPRINGFIELD', None)
    """
    city = _cities_by_zip().get(zip_code) if zip_code is not None else None
    return None if city is None else parse_city(to_upper_ascii(city))


@cache
def _cities_by_zip() -> dict[str, str]:
    table = load_zip_table()
    return dict(zip(table["zip"].to_pylist(), table["city"].to_pylist(), strict=True))


def parse_state(state: str | None) -> str | None:
    """Return a state's code; the letters of a text that names no state.

    >>> parse_state("N. Y."), parse_state("NEW YORK")
    ('NY', 'NY')
    """
    if state is None:
        return None
    letters = state if state.isalpha() else _NON_LETTER.sub("", state)
    return STATE_CODES.get(letters, letters) or None


def parse_zip(text: str | None, state: str | None) -> str | None:
    """Return the five digits of a ZIP code; restore leading zeros that were lost, if the state has such codes.

    Without a state they are restored, too.

    >>> parse_zip("55101-1234", "MN"), parse_zip("2139", "MA"), parse_zip("901", "PR"), parse_zip("1234", "IL")
    ('55101', '02139', '00901', '1234')
    """
    if text is None:
        return None
    if len(text) == 5 and text.isdigit():
        return text
    short = _SHORT_ZIP.fullmatch(text)
    if short:
        code = short[1].rjust(5, "0")
        if state is None or state in LEADING_ZERO_STATES or state in find_zip_states(code):
            return code
    return _NON_ALPHANUMERIC.sub("", text)[:5] or None

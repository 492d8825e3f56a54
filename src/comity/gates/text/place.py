"""City, state and ZIP code: what is written, what it stands for, and taking it out of a street line that carries it.

Guarantees: a ZIP code is five digits with or without four more; four or eight digits are one that lost its leading
zero in a spreadsheet. A state is a two-letter code or a full name.
Does not: correct anything that is written.
Basis: `reference.states`, `reference.zips`; law.md 2.3, A07 to A09 and the measurement of parsers below them.
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
"""ZIP codes whose delivery area crosses a state line [GK]: an address on the far side is no defect."""

STATE_PATTERN = "(?:" + "|".join(sorted({*states.STATE_NAMES, *_STATE_CODES_BY_NAME}, key=len, reverse=True)) + ")"
_TRAILING_STATE = re.compile(f"(?:^| )({STATE_PATTERN})$")
_TRAILING_ZIP = re.compile(r"(?:^| )([0-9]{5})(?: ?[0-9]{4})?$")
TRAILING_USA_PATTERN = r" (?:USA|US|U S A|UNITED STATES|EEUU|EE UU)$"
_TRAILING_USA = re.compile(TRAILING_USA_PATTERN)
_ZIP_PUNCTUATION = re.compile(
    "[-\u2010-\u2015\u2212 .,;'\"]+"
)  # dashes of every width, and what is left at the end of a field
_STREET_SUFFIX = re.compile(f" (?:{STREET_SUFFIX})(?: |$)")
_HOUSE_NUMBER = re.compile(r"^[0-9]+[A-Z]?\b")


class StrippedLine(NamedTuple):
    """A street line without the place that it carried, and that place (empty where it carried none)."""

    street_line: str
    city: str
    state: str
    zip5: str


def parse_zip5(text: str) -> str | None:
    """The five digits of a ZIP code; '' when nothing is written; None when it is no ZIP code.

    >>> zip5_of("62701-1234"), zip5_of("2134"), zip5_of(""), zip5_of("6270"), zip5_of("94103\u20141612.")
    ('62701', '02134', '', '06270', '94103')
    """
    digits = _ZIP_PUNCTUATION.sub("", text)
    if not digits:
        return ""
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in {4, 5, 8, 9}:
        return None
    return digits.zfill(5 if len(digits) < 6 else 9)[:5]


def parse_state(folded: str) -> str | None:
    """The two-letter code of a folded state; '' when nothing is written; None when there is no such state."""
    if not folded:
        return ""
    return folded if folded in states.STATE_NAMES else _STATE_CODES_BY_NAME.get(folded)


def is_zip_in_state(zip5: str, state: str) -> bool:
    """Whether a five-digit ZIP code can lie in a state."""
    return state in zip_codes.find_zip_states(zip5) or state in CROSS_STATE_ZIPS.get(zip5, "").split()


@cache
def _zip_row_numbers() -> dict[str, int]:
    """ZIP code -> its row in the table."""
    return {str(code): row for row, code in enumerate(zip_codes.load_zip_table()["zip"].to_pylist())}


def _fold_city(name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", " ", name.upper().replace(".", "").replace("'", "")).strip()


@cache
def cities_of_zip(zip5: str) -> tuple[str, ...]:
    """The folded names that the postal service accepts for a ZIP code, longest first."""
    row = _zip_row_numbers().get(zip5)
    if row is None:
        return ()
    table = zip_codes.load_zip_table()
    names = (table["city"][row].as_py(), *(table["city_aliases"][row].as_py() or ()))
    return tuple(sorted({_fold_city(str(name)) for name in names}, key=len, reverse=True))


def strip_place(line: str, city: str, zip5: str) -> StrippedLine:
    """Take a city, state and ZIP code off the end of a folded street line, guided by the row's own (folded) fields.

    Where the line carries a state or a ZIP code but no city can be told from the street, and no street word is there,
    every word behind the house number is taken to be the city: "123 Springfield IL" names no street.

    >>> strip_place("123 SPRINGFIELD IL 62701", "", "")
    Line(core='123', city='SPRINGFIELD', state='IL', zip5='62701')
    >>> strip_place("12 OAK CT", "HARTFORD", "06103").core
    '12 OAK CT'
    """
    if city and city not in line and not line[-1:].isdigit():
        return StrippedLine(line, "", "", "")  # by far the commonest case: "12 OAK CT" with the city in its own field
    rest, found_zip, found_state = _TRAILING_USA.sub("", line), "", ""
    tail = _TRAILING_ZIP.search(rest)
    if tail and (tail[1] == zip5 or _ends_in_place(rest[: tail.start()], city)):
        found_zip, rest = tail[1], rest[: tail.start()].rstrip()
    tail = _TRAILING_STATE.search(rest)
    names = (city,) if city else cities_of_zip(found_zip or zip5)
    if tail and (found_zip or any(_ends_with(rest[: tail.start()], name) for name in names)):
        code = parse_state(tail[1]) or ""
        # "12 OAK CT 06103": without a city before it, CT can be the street's suffix; a ZIP code of that state decides.
        if not found_zip or is_zip_in_state(found_zip, code):
            found_state, rest = code, rest[: tail.start()].rstrip()
    for name in names:
        if _ends_with(rest, name):
            bare = rest[: len(rest) - len(name)].rstrip()
            if found_zip or found_state or not bare or _HOUSE_NUMBER.fullmatch(bare):
                return StrippedLine(bare, name, found_state, found_zip)
    if (found_zip or found_state) and not _STREET_SUFFIX.search(rest):
        number = _HOUSE_NUMBER.match(rest)
        digits = number[0] if number else ""
        return StrippedLine(digits, rest[len(digits) :].strip(), found_state, found_zip)
    return StrippedLine(rest, "", found_state, found_zip)


def _ends_with(line: str, name: str) -> bool:
    return bool(name) and (line == name or line.endswith(f" {name}"))


def _ends_in_place(line: str, city: str) -> bool:
    return bool(_TRAILING_STATE.search(line)) or _ends_with(line, city)

"""Find the rows at addresses where nobody lives: an agency's offices, and places where people are held.

A row is at such an address if it has, as matching normalizes it, the house number and the street, no other direction or
suffix, and the ZIP code or the city, or neither. Units do not matter.

Start at `rows_at_addresses`.
"""

from collections.abc import Sequence
from functools import cache
from typing import Protocol

import numpy as np

from comity.columns.buffers import Bools
from comity.gates.request_columns import RequestColumns
from comity.normalize.normalized_row import NormalizedRow, normalize_row


class KnownAddress(Protocol):
    """An address as the law's files and the reference data have it."""

    @property
    def street(self) -> str:
        """Return the street line."""

    @property
    def city(self) -> str:
        """Return the city."""

    @property
    def state(self) -> str:
        """Return the state's two letters."""

    @property
    def zip(self) -> str:
        """Return the five digits of the ZIP code."""


def rows_at_addresses(rows: RequestColumns, addresses: Sequence[KnownAddress]) -> Bools:
    """Mark the rows at one of the addresses."""
    is_there = np.zeros(rows.num_rows, dtype=np.bool_)
    known = [_normalize(a.street, a.city, a.state, a.zip) for a in addresses]
    numbers, streets = {a.number for a in known}, {a.street for a in known}
    normalized = rows.normalized
    has_number = np.array([number in numbers for number, _ in normalized.values["number"]])
    has_street = np.array([street in streets for street, *_ in normalized.values["street"]])
    candidates = np.flatnonzero(has_number[normalized.codes["number"]] & has_street[normalized.codes["street"]])
    columns = [
        [normalized.values[name][code] for code in normalized.codes[name][candidates].tolist()]
        for name in ("number", "street", "place")
    ]
    for row, (number, _), street, place in zip(candidates.tolist(), *columns, strict=True):
        is_there[row] = any(number == a.number and _is_on(street, a) and _is_in(place, a) for a in known)
    return is_there


@cache
def _normalize(street: str, city: str, state: str, zip5: str) -> NormalizedRow:
    return normalize_row(None, None, None, None, street, None, city, state, zip5)


def _is_on(street: tuple[str | None, ...], known: NormalizedRow) -> bool:
    name, direction, suffix = street
    return name == known.street and direction in {None, known.direction} and suffix in {None, known.street_suffix}


def _is_in(place: tuple[str | None, ...], known: NormalizedRow) -> bool:
    zip5, city, state = place
    if zip5 == known.zip or (city == known.city and state in {None, known.state}):
        return True
    return zip5 is None and city is None

"""Addresses of places where people are held for the United States.

Guarantees: some well-known ones; the list is not complete, and a jail that is not on it is found by its name alone.
Basis: `detention_facilities.csv` (see SOURCES.md).
Start at `load_detention_facilities`.
"""

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Facility(NamedTuple):
    """A place where people are held, and its address."""

    name: str
    street: str
    city: str
    state: str
    zip: str


@cache
def load_detention_facilities() -> tuple[Facility, ...]:
    """Return the facilities on file."""
    text = (files("comity.reference") / "detention_facilities.csv").read_text(encoding="ascii")
    return tuple(Facility(**row) for row in csv.DictReader(text.splitlines()))

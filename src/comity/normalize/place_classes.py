"""Coarse classes of addresses: addresses that may be one building share a class, however they are written.

A class is a house number (or box), the first letter of the street, and the first three digits of the ZIP code. A
request whose ZIP code is not one of its city's belongs to the classes of the city as well; so does an address without a
ZIP code. Units do not count.

Does not: say that two addresses that share a class are one.
Basis: `reference.zip_codes`; ADR 0026.
Start at `place_classes`.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from comity.normalize.ascii_text import to_upper_ascii
from comity.normalize.place_parser import parse_city
from comity.reference.zip_codes import load_zip_table


@cache
def _prefixes_by_city() -> Mapping[tuple[str, str], frozenset[str]]:
    """Return the first three digits of the ZIP codes of each city, by its normalized name and its state."""
    prefixes: dict[tuple[str, str], set[str]] = defaultdict(set)
    columns = (load_zip_table()[name].to_pylist() for name in ("zip", "state", "city", "city_aliases"))
    for code, state, city, aliases in zip(*columns, strict=True):
        for name in (city, *(aliases or ())):
            prefixes[parse_city(to_upper_ascii(name)) or "", state].add(code[:3])
    return {key: frozenset(found) for key, found in prefixes.items()}


def place_classes(zip5: str | None, city: str | None, state: str | None) -> frozenset[str]:
    """Return the classes of a place: the first three digits of its ZIP code, and those of its city if they differ.

    >>> sorted(place_classes("62701", "SPRINGFIELD", "IL")), sorted(place_classes("26701", "SPRINGFIELD", "IL"))
    (['627'], ['267', '627'])
    """
    of_city = _prefixes_by_city().get((city or "", state or ""), frozenset())
    if not zip5:
        return of_city or frozenset({f"{city or ''} {state or ''}"})
    return frozenset({zip5[:3]}) if zip5[:3] in of_city else of_city | {zip5[:3]}


def street_class(street: str | None) -> str:
    """Return the class of a normalized street: its first letter, whatever is misspelled after it."""
    return street[:1] if street else ""


def number_class(number: str | None) -> str:
    """Return the class of a normalized house number: without its hyphens, as 12-34 and 1234 are one house."""
    return (number or "").replace("-", "")

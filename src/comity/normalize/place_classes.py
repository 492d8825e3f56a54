"""Coarse classes of addresses: addresses that may be one building share a class, however they are written.

A class is a house number (or box), the first letter of the street, and the first three digits of the ZIP code. A
request whose ZIP code is not one of its city's belongs to the classes of the city as well; so does an address without a
ZIP code. Units do not count.

A row that gives the town of one place and the ZIP code of another reaches both, so it is counted at both (`towns_of`).

Does not: say that two addresses that share a class are one.
Basis: `reference.zip_codes`; ADR 0026 and 0042.
Start at `place_classes`.
"""

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache

from comity.normalize.ascii_text import to_upper_ascii
from comity.normalize.boxes_and_units import BOX_GROUP_NAMES
from comity.normalize.place_parser import parse_city
from comity.reference.zip_codes import load_zip_table

_BOX_GROUP = re.compile(f"(?:{'|'.join(BOX_GROUP_NAMES)})(?:[0-9].*)?")
_Town = tuple[str, str]
"""The normalized name of a city, and its state."""


@cache
def _towns_by_zip() -> Mapping[str, tuple[_Town, ...]]:
    """Return the towns that a ZIP code is written with, the usual one first."""
    columns = (load_zip_table()[name].to_pylist() for name in ("zip", "state", "city", "city_aliases"))
    parsed: dict[str, str] = {}
    known: dict[_Town, _Town] = {}  # one object per town: there are several times as many names as towns

    def find_town(name: str, state: str) -> _Town:
        if name not in parsed:
            parsed[name] = parse_city(to_upper_ascii(name)) or ""
        town = (parsed[name], state)
        return known.setdefault(town, town)

    return {
        code: tuple(find_town(name, state) for name in (city, *(aliases or ())))
        for code, state, city, aliases in zip(*columns, strict=True)
    }


def load_towns() -> None:
    """Read the tables of towns, which takes a while once: threads that need them at once would each read them."""
    _prefixes_by_city()


@cache
def _prefixes_by_city() -> Mapping[_Town, tuple[str, ...]]:
    """Return the first three digits of the ZIP codes of each town, those of most of its ZIP codes first."""
    counts = Counter((town, code[:3]) for code, towns in _towns_by_zip().items() for town in towns)
    prefixes: dict[_Town, tuple[str, ...]] = {}
    for (town, prefix), _ in sorted(counts.items(), key=lambda item: (-item[1], item[0][1])):
        prefixes[town] = (*prefixes.get(town, ()), prefix)
    return prefixes


def place_classes(zip5: str | None, city: str | None, state: str | None) -> frozenset[str]:
    """Return the classes of a place: the first three digits of its ZIP code, and those of its city if they differ.

    >>> sorted(place_classes("62701", "SPRINGFIELD", "IL")), sorted(place_classes("26701", "SPRINGFIELD", "IL"))
    (['627'], ['267', '627'])
    """
    of_city = frozenset(_prefixes_by_city().get((city or "", state or ""), ()))
    if not zip5:
        return of_city or frozenset({f"{city or ''} {state or ''}"})
    return frozenset({zip5[:3]}) if zip5[:3] in of_city else of_city | {zip5[:3]}


def record_place_class(zip5: str | None, city: str | None, state: str | None) -> str:
    """Return the one class of a record's place: two requests about it that are counted in it are counted together.

    A record without a ZIP code belongs to the class of most of its city's ZIP codes alone: in each of several it could
    be asked about again.

    >>> record_place_class("62701", "SPRINGFIELD", "IL"), record_place_class(None, "CHICAGO", "IL")
    ('627', '606')
    """
    of_city = _prefixes_by_city().get((city or "", state or ""), ())
    return zip5[:3] if zip5 else of_city[0] if of_city else f"{city or ''} {state or ''}"


def is_box(street: str | None) -> bool:
    """Return whether a normalized street is the group of a box.

    >>> is_box("POBOX"), is_box("RR2"), is_box("UNITED")
    (True, True, False)
    """
    return street is not None and _BOX_GROUP.fullmatch(street) is not None


def towns_of(zip5: str | None, city: str | None, state: str | None, *, of_box: bool = False) -> tuple[str, str | None]:
    """Return the town that a place's ZIP code is in, and the town that it names, if that is another; None if not.

    Matching takes a place for a record's if the ZIP codes are equal, or else if the towns are one. So a row with the
    town of one place and the ZIP code of another asks about two. A name that a ZIP code is not written with counts as
    another town, whatever it is a slip of. A ZIP code that is on no list is in the town that it begins like. Without
    one of the two, the other alone is asked about. A box belongs to its post office, so its town is its ZIP code.

    >>> towns_of("62701", "SPRINGFIELD", "IL"), towns_of("62701", "CHICAGO", "IL")
    (('SPRINGFIELD IL', None), ('SPRINGFIELD IL', 'CHICAGO IL'))
    """
    named = f"{city or ''} {state or ''}"
    if not zip5:
        return named, None
    town, towns = (city or "", state or ""), _towns_by_zip().get(zip5, ())
    is_in_town = town in towns if towns else zip5[:3] in _prefixes_by_city().get(town, ())
    usual = towns[0] if towns else town
    of_zip = zip5 if of_box or not (towns or is_in_town) else " ".join(usual)
    return of_zip, None if not city or is_in_town else named


def street_class(street: str | None) -> str:
    """Return the class of a normalized street: its first letter, whatever is misspelled after it."""
    return street[:1] if street else ""


def number_class(number: str | None) -> str:
    """Return the class of a normalized house number: without its hyphens, as 12-34 and 1234 are one house."""
    return (number or "").replace("-", "")

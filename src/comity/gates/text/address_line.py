"""Classify addresses by what the parser read in them: a street with its number, a box, a route, military mail, or none.

Requests are refused by the reading by which they are matched (ADR 0036).

Guarantees: every address gets exactly one kind, from its parsed parts alone; whole columns at a time.
Does not: parse (`comity.normalize` does); say whether the place exists (A09) or whether the words are a placeholder
(A02 to A05).
Basis: USPS Publication 28, chapter 2; 26 USC 6103(b)(6) speaks of a *mailing* address, so boxes are addresses [INF].
Start at `classify_addresses`.
"""

import re
from collections.abc import Sequence
from enum import IntEnum

import numpy as np

from comity.columns.buffers import Int8s, Int64s
from comity.normalize.encode import EncodedTable, LexiconValue
from comity.reference.address_vocabulary import DIRECTIONALS, STREET_NAME_ABBREVIATIONS, select_words
from comity.reference.states import MILITARY_STATES


class LineKind(IntEnum):
    """The kind of a street line. Those up to MILITARY are addresses."""

    STREET = 0
    PO_BOX = 1
    RURAL_ROUTE = 2
    MILITARY = 3
    NO_STREET = 4  # a house number and no street
    NO_NUMBER = 5  # words and no house number
    DIGITS_ONLY = 6
    PLACE_ONLY = 7  # only a city, state or ZIP code
    BLANK = 8
    TOO_LONG = 9


_ROUTE = re.compile("(?:RR|HC)[0-9]*[A-Z]{0,2}")
_MILITARY_UNIT = re.compile("(?:PSC|CMR|UNIT|OPS|UMR|OMC)[0-9]+")
_OVERSEAS = frozenset({"PSC", "CMR", "UNIT", "OPS", "UMR", "OMC", "USS", "USNS", "USCGC"})
"""What is military mail only in a state of military mail: a unit without a box, and a ship."""
_STANDALONE_WORDS = frozenset((*DIRECTIONALS, *(select_words("suffix", "gate_alone"))))
_NO_STREET_NAMES = _STANDALONE_WORDS | {STREET_NAME_ABBREVIATIONS.get(word, word) for word in _STANDALONE_WORDS}
"""What names no street when it is alone after a number: a direction, or the commonest suffixes."""


def classify_addresses(table: EncodedTable) -> Int8s:
    """Return the `LineKind` of every row's address, up to NO_NUMBER."""
    streets, places = table.values["street"], table.values["place"]
    street_codes, place_codes = table.codes["street"], table.codes["place"]
    kinds = np.fromiter(map(_kind_of_street, streets), np.int8, len(streets))[street_codes]
    has_number = np.array([number is not None for number, *_ in table.values["number"]])[table.codes["number"]]
    is_overseas_unit = np.array([name in _OVERSEAS for name, *_ in streets])[street_codes]
    is_military = np.array([state in MILITARY_STATES for *_, state in places])[place_codes]
    kinds[is_overseas_unit & ~is_military] = LineKind.NO_STREET
    # "123 College Park" in College Park looks like a street and names none.
    named, cities = _number_names(streets, places)
    kinds[named[street_codes] == cities[place_codes]] = LineKind.NO_STREET
    kinds[~has_number] = LineKind.NO_NUMBER
    return kinds


def _kind_of_street(value: LexiconValue) -> LineKind:
    """Return the kind of an address that has this street, direction and suffix, and a number."""
    name, direction, suffix = value
    if name is None:
        return LineKind.NO_STREET
    if suffix is None and name == "POBOX":
        return LineKind.PO_BOX
    if suffix is None and _ROUTE.fullmatch(name):
        return LineKind.RURAL_ROUTE
    if suffix is None and (name in _OVERSEAS or _MILITARY_UNIT.fullmatch(name)):
        return LineKind.MILITARY
    names_nothing = (len(name) < 2 and not name.isdigit()) or name in _NO_STREET_NAMES
    return LineKind.NO_STREET if names_nothing and not direction and not suffix else LineKind.STREET


def _number_names(streets: Sequence[LexiconValue], places: Sequence[LexiconValue]) -> tuple[Int64s, Int64s]:
    """Return a number for each street that is a name alone, and for each place's city: equal ones for equal names."""
    numbers: dict[str, int] = {}
    named = [
        numbers.setdefault(name, len(numbers)) if name is not None and not direction and suffix is None else -1
        for name, direction, suffix in streets
    ]
    cities = [-2 if city is None else numbers.get(city.replace(" ", ""), -2) for _, city, _ in places]
    return np.array(named, dtype=np.int64), np.array(cities, dtype=np.int64)

"""The normalized address of one side of a pair, as the relations of addresses read it, and what they know of places.

Does not: compare.
Start at `AddressView`.
"""

from typing import NamedTuple

from comity.columns.kernel import kernel
from comity.columns.strings import (
    Hashes,
    StringView,
    byte_at,
    drop_prefix,
    is_digit,
    word_prefix_length,
    word_table,
)
from comity.normalize.boxes_and_units import BOX_GROUP_NAMES

BOX_GROUPS = word_table(*BOX_GROUP_NAMES)
"""What the street of a box is, alone or before a number (`boxes_and_units.py`)."""


class AddressView(NamedTuple):
    """The normalized address of one side of a pair."""

    number: StringView
    house_letter: StringView
    street: StringView
    direction: StringView
    street_suffix: StringView
    unit: StringView
    zip: StringView
    city: StringView
    state: StringView


class UnitView(NamedTuple):
    """The parts of the unit of one side of a pair; `is_empty` if it has none, and its house no letter."""

    is_empty: bool
    house_letter: StringView
    unit: StringView
    building: StringView
    floor: StringView
    side: StringView
    urbanization: StringView


class KnownPlaces(NamedTuple):
    """What tells a slip from another name.

    Attributes:
        street_names: a hash set of names that streets are called by.
        street_words: a hash set of words that names of streets are made of.
        cities: a hash set of cities, normalized.
        place_streets: `hash_place_street` of the streets of each ZIP code that records have, sorted.
    """

    street_names: Hashes
    street_words: Hashes
    cities: Hashes
    place_streets: Hashes


@kernel
def is_box_group(a: StringView) -> bool:
    """Return whether a street is the group of a box: of a post office, a route or military mail."""
    for row in range(len(BOX_GROUPS)):
        length = word_prefix_length(a, BOX_GROUPS, row)
        if length > 0 and (length == a.length or is_digit(byte_at(drop_prefix(a, length), 0))):
            return True
    return False

"""Comparisons: how well each part of a request and of a record agree, as ordered comparison levels.

The first level of a comparison whose condition holds is the pair's; compiled/reaching.py has the conditions.

Guarantees: every pair reaches exactly one level of each comparison; a missing value is a level of its own.
Does not: say what a level is worth (`match/model.json` does).
Basis: Fellegi and Sunter 1969; house number and street are one joint comparison, so that a shared address is counted once.
Start at `COMPARISONS`.
"""

from enum import IntEnum
from functools import cache

import numpy as np
import numpy.typing as npt


class HouseNumberLevel(IntEnum):
    """The house number, or the number of a box."""

    EXACT = 1
    MISSING = 2
    NEAR = 3
    DIFFERS = 4


class StreetLevel(IntEnum):
    """The street; `SIMILAR` has the same name with another suffix or direction."""

    EXACT = 1
    SIMILAR = 2
    MISSING = 3
    NEAR = 4
    DIFFERS = 5


class UnitLevel(IntEnum):
    """The apartment; `NONE` is missing on both sides."""

    NONE = 1
    EXACT = 2
    MISSING = 3
    NEAR = 4
    DIFFERS = 5


class PlaceLevel(IntEnum):
    """The ZIP code, else the city."""

    ZIP = 1
    NEAR_ZIP = 2
    CITY = 3
    MISSING = 4
    DIFFERS = 5


class SurnameLevel(IntEnum):
    """The surname; `SHARED` is one of two surnames, as parents and children bear."""

    EXACT = 1
    MISSING = 2
    SWAPPED = 3
    PART = 4
    SHARED = 5
    NEAR = 6
    SIMILAR = 7
    DIFFERS = 8


class GivenNameLevel(IntEnum):
    """The given name."""

    EXACT = 1
    MISSING = 2
    SWAPPED = 3
    INITIAL = 4
    NICKNAME = 5
    MIDDLE = 6
    GENDERED = 7
    NEAR = 8
    SIMILAR = 9
    OTHER_INITIAL = 10
    DISTANT = 11
    DIFFERS = 12


class MiddleNameLevel(IntEnum):
    """The middle name or its initial."""

    AGREES = 1
    MISSING = 2
    DIFFERS = 3


class NameSuffixLevel(IntEnum):
    """The generational suffix; `NONE` is missing on both sides."""

    NONE = 1
    EXACT = 2
    MISSING = 3
    DIFFERS = 4


class TinLevel(IntEnum):
    """The taxpayer number."""

    MISSING = 1
    EXACT = 2
    DIFFERS = 3


COMPARISONS: dict[str, type[IntEnum]] = {
    "number": HouseNumberLevel, "street": StreetLevel, "unit": UnitLevel, "place": PlaceLevel, "surname": SurnameLevel, "given": GivenNameLevel,
    "middle": MiddleNameLevel, "suffix": NameSuffixLevel, "tin": TinLevel,
}  # fmt: skip
JOINT_COMPARISONS: dict[str, tuple[str, str]] = {"address": ("number", "street"), "person": ("given", "middle")}
"""Comparisons weighed together: their level is `first/second`, in the column `NAME_level`."""

NAME_FREQUENCY_COLUMNS = ("first_frequency", "surname_frequency", "middle_frequency")
"""How frequent a name (a middle name's initial) is, as log2 of its share: of the request's name and of the record's."""
TF_ADJUSTMENTS = ("person_rarity", "surname_rarity", "address_rarity")
TF_PARTIAL_GIVEN_LEVELS = ("nickname", "near", "similar", "distant", "differs")
TF_PARTIAL_SURNAME_LEVELS = ("part", "near", "similar")
BASELINE_NAME_BITS, BASELINE_INITIAL_BITS = 14.0, 4.0
"""Bits of a name, and of an initial, that are neither rare nor common: what the levels' own weights are for."""
MIN_ZIP_POPULATION_BITS = 12.0
"""Bits: a stranger hides among the people of a ZIP code, and no ZIP code is taken to have fewer than 4,096."""


@cache
def level_names(comparison: str) -> tuple[str, ...]:
    """The levels of a comparison, simple or joint, in the order of their numbers (from 1)."""
    if comparison in JOINT_COMPARISONS:
        one, other = (level_names(c) for c in JOINT_COMPARISONS[comparison])
        return tuple(f"{a}/{b}" for a in one for b in other)
    return tuple(level.name.lower() for level in COMPARISONS[comparison])


@cache
def level_code(comparison: str, level: str) -> int:
    """The number that stands for a level in the column of its comparison."""
    return level_names(comparison).index(level) + 1


@cache
def level_mask(comparison: str, *levels: str) -> npt.NDArray[np.bool_]:
    """For each number of a level, from 0, whether it is one of these levels'."""
    made = np.zeros(len(level_names(comparison)) + 1, dtype=bool)
    made[[level_code(comparison, level) for level in levels]] = True
    return made

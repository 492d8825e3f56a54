"""Candidate pairs as columns of numbers: what agrees in each, and how rare what agrees is.

Levels come from the text of both sides (compiled/reaching.py); all that is counted comes from the index.

Guarantees: a pair's numbers depend on the pair and the index alone.
Does not: weigh (scoring.py does).
Basis: ADR 0007.
Start at `levels_of`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from comity.match.asking import Asked
from comity.match.compiled.reaching import ROOM, Side, reach_levels
from comity.match.index.layout import CODED
from comity.match.index.opening import Index, Records, names_that_are_one
from comity.match.index.segment import SegmentReader
from comity.match.levels import (
    COMPARISONS,
    FEWEST_NEIGHBORS,
    JOINT,
    NAME_FREQUENCIES,
    PARTLY_GIVEN,
    PARTLY_SURNAME,
    TYPICAL_INITIAL,
    TYPICAL_NAME,
    Given,
    among,
)

Levels = Mapping[str, npt.NDArray[Any]]
"""An array per column, an entry per pair: `row`, `record`, `person_key`, `address_known`; the number of the level reached,
by comparison, and for joint ones as NAME_level; `given_is_exact`; the rarities of levels.py, and a record's numbers (`Met`)."""


def levels_of(index: Index, asked: Asked, positions: npt.NDArray[np.int64], records: Records) -> Levels:
    """The levels and rarities of candidate pairs: the request at each of the `positions` in `asked` beside a record."""
    made: dict[str, npt.NDArray[Any]] = {}
    for segment, at, numbers in index.parted(records):
        found = _levels(segment, asked, positions[at], numbers)
        if isinstance(at, slice):
            made = found
            break
        for name, values in found.items():
            made.setdefault(name, np.empty(len(records), values.dtype))[at] = values
    made |= {"row": asked.rows[positions], "record": records}
    return made


def _levels(
    segment: SegmentReader, asked: Asked, positions: npt.NDArray[np.int64], numbers: npt.NDArray[np.uint32]
) -> dict[str, npt.NDArray[Any]]:
    met = segment.met(numbers)
    reached = np.empty((len(COMPARISONS), len(positions)), np.int8)
    q = Side(
        asked.written.data,
        asked.written.offsets,
        tuple(asked.codes[x][positions] for x in CODED),
        asked.suffix[positions],
        asked.tin[positions],
    )
    r = Side(segment.written.data, segment.written.offsets, tuple(met.codes[x] for x in CODED), met.suffix, met.tin)
    room = np.empty(ROOM, np.uint8)  # held here: compiled code frees an array after its last use, addresses or not
    reach_levels(q, r, *names_that_are_one(), room.ctypes.data, reached)
    made: dict[str, npt.NDArray[Any]] = dict(zip(COMPARISONS, reached, strict=True))
    for name, (one, other) in JOINT.items():
        made[f"{name}_level"] = (made[one] - 1) * len(COMPARISONS[other]) + made[other]
    theirs = {name: asked.frequencies[name][positions] for name in NAME_FREQUENCIES}
    return (
        made
        | met.numbers
        | _rarities(made, met.numbers, theirs)
        | {
            "person_key": met.person_key,
            "address_known": (met.codes["number"] != 0) & (met.codes["street"] != 0),
            "given_is_exact": made["given"] == Given.EXACT,
        }
    )


def _rarities(levels: Levels, known: Levels, asked: Levels) -> dict[str, npt.NDArray[Any]]:
    """How rare in bits what agrees is (`RARITIES`)."""
    initial = np.where(
        _reaches(levels, "middle", "agrees"), -known["middle_frequency"] - np.float32(TYPICAL_INITIAL), 0
    )
    crowd = np.where(_reaches(levels, "number", "exact"), known["residents"], known["street_residents"])
    return {
        "person_rarity": _name_rarity(levels, "given", PARTLY_GIVEN, known["first_frequency"], asked["first_frequency"])
        + initial,
        "surname_rarity": _name_rarity(
            levels, "surname", PARTLY_SURNAME, known["surname_frequency"], asked["surname_frequency"]
        ),
        "address_rarity": np.where(
            _reaches(levels, "street", "exact", "similar"), known["neighbors"] - crowd - np.float32(FEWEST_NEIGHBORS), 0
        ),
    }


def _reaches(levels: Levels, comparison: str, *names: str) -> npt.NDArray[np.bool_]:
    return among(comparison, *names)[levels[comparison]]


def _name_rarity(
    levels: Levels, comparison: str, partly: tuple[str, ...], frequency: npt.NDArray[Any], asked: npt.NDArray[Any]
) -> npt.NDArray[Any]:
    """Bits of rarity of a name.

    Of the name itself where it is exact; else of the rarer of the two, beside a typical name's: a typing error makes a
    word that nobody bears, but a sibling has a name.
    """
    partial = np.maximum(-frequency, -asked) - np.float32(TYPICAL_NAME)
    return np.where(
        _reaches(levels, comparison, "exact"),
        -frequency,
        np.where(_reaches(levels, comparison, *partly), partial, np.float32(0)),
    )

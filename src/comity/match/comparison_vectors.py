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

from comity.match.comparisons import (
    BASELINE_INITIAL_BITS,
    BASELINE_NAME_BITS,
    COMPARISONS,
    JOINT_COMPARISONS,
    MIN_ZIP_POPULATION_BITS,
    NAME_FREQUENCY_COLUMNS,
    TF_PARTIAL_GIVEN_LEVELS,
    TF_PARTIAL_SURNAME_LEVELS,
    GivenNameLevel,
    level_mask,
)
from comity.match.encode_requests import EncodedRequests
from comity.match.index.format import DICTIONARY_COLUMNS
from comity.match.index.reader import Index, RecordIds64, equivalent_names
from comity.match.index.segment import SegmentReader
from comity.match.kernels.comparison_levels import SCRATCH_BYTES, PairSide, compute_levels

ComparisonVectors = Mapping[str, npt.NDArray[Any]]
"""An array per column, an entry per pair: `row`, `record`, `person_key`, `address_known`; the number of the level reached,
by comparison, and for joint ones as NAME_level; `given_is_exact`; the rarities of levels.py, and a record's numbers (`Met`)."""


def compare_pairs(
    index: Index, asked: EncodedRequests, positions: npt.NDArray[np.int64], records: RecordIds64
) -> ComparisonVectors:
    """The levels and rarities of candidate pairs: the request at each of the `positions` in `asked` beside a record."""
    made: dict[str, npt.NDArray[Any]] = {}
    for segment, at, numbers in index.group_by_segment(records):
        found = _compare_segment_pairs(segment, asked, positions[at], numbers)
        if isinstance(at, slice):
            made = found
            break
        for name, values in found.items():
            made.setdefault(name, np.empty(len(records), values.dtype))[at] = values
    made |= {"row": asked.row_numbers[positions], "record": records}
    return made


def _compare_segment_pairs(
    segment: SegmentReader, asked: EncodedRequests, positions: npt.NDArray[np.int64], numbers: npt.NDArray[np.uint32]
) -> dict[str, npt.NDArray[Any]]:
    met = segment.read_records(numbers)
    reached = np.empty((len(COMPARISONS), len(positions)), np.int8)
    q = PairSide(
        asked.text_buffers.data,
        asked.text_buffers.offsets,
        tuple(asked.codes[x][positions] for x in DICTIONARY_COLUMNS),
        asked.suffix_codes[positions],
        asked.tin_hashes[positions],
    )
    r = PairSide(
        segment.text_buffers.data,
        segment.text_buffers.offsets,
        tuple(met.codes[x] for x in DICTIONARY_COLUMNS),
        met.suffix,
        met.tin,
    )
    room = np.empty(
        SCRATCH_BYTES, np.uint8
    )  # held here: compiled code frees an array after its last use, addresses or not
    compute_levels(q, r, *equivalent_names(), room.ctypes.data, reached)
    made: dict[str, npt.NDArray[Any]] = dict(zip(COMPARISONS, reached, strict=True))
    for name, (one, other) in JOINT_COMPARISONS.items():
        made[f"{name}_level"] = (made[one] - 1) * len(COMPARISONS[other]) + made[other]
    theirs = {name: asked.name_frequencies[name][positions] for name in NAME_FREQUENCY_COLUMNS}
    return (
        made
        | met.log2_frequencies
        | _tf_adjustments(made, met.log2_frequencies, theirs)
        | {
            "person_key": met.person_key,
            "address_known": (met.codes["number"] != 0) & (met.codes["street"] != 0),
            "given_is_exact": made["given"] == GivenNameLevel.EXACT,
        }
    )


def _tf_adjustments(
    levels: ComparisonVectors, known: ComparisonVectors, asked: ComparisonVectors
) -> dict[str, npt.NDArray[Any]]:
    """How rare in bits what agrees is (`RARITIES`)."""
    initial = np.where(
        _reaches_level(levels, "middle", "agrees"), -known["middle_frequency"] - np.float32(BASELINE_INITIAL_BITS), 0
    )
    crowd = np.where(_reaches_level(levels, "number", "exact"), known["residents"], known["street_residents"])
    return {
        "person_rarity": _name_tf_adjustment(
            levels, "given", TF_PARTIAL_GIVEN_LEVELS, known["first_frequency"], asked["first_frequency"]
        )
        + initial,
        "surname_rarity": _name_tf_adjustment(
            levels, "surname", TF_PARTIAL_SURNAME_LEVELS, known["surname_frequency"], asked["surname_frequency"]
        ),
        "address_rarity": np.where(
            _reaches_level(levels, "street", "exact", "similar"),
            known["neighbors"] - crowd - np.float32(MIN_ZIP_POPULATION_BITS),
            0,
        ),
    }


def _reaches_level(levels: ComparisonVectors, comparison: str, *names: str) -> npt.NDArray[np.bool_]:
    return level_mask(comparison, *names)[levels[comparison]]


def _name_tf_adjustment(
    levels: ComparisonVectors,
    comparison: str,
    partly: tuple[str, ...],
    frequency: npt.NDArray[Any],
    asked: npt.NDArray[Any],
) -> npt.NDArray[Any]:
    """Bits of rarity of a name.

    Of the name itself where it is exact; else of the rarer of the two, beside a typical name's: a typing error makes a
    word that nobody bears, but a sibling has a name.
    """
    partial = np.maximum(-frequency, -asked) - np.float32(BASELINE_NAME_BITS)
    return np.where(
        _reaches_level(levels, comparison, "exact"),
        -frequency,
        np.where(_reaches_level(levels, comparison, *partly), partial, np.float32(0)),
    )

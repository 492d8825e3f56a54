"""Compute comparison vectors: for each candidate pair, its level in every comparison and its frequency adjustments.

Levels come from the text of both sides (`comparisons/`), frequencies and counts from the index.

Guarantees: the values of a pair depend on that pair and the index alone.
Does not: weigh (`scoring.py` does).
Basis: ADR 0007.
Start at `compare_candidates`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.match.candidate_pairs import CandidatePairs, find_candidate_pairs
from comity.match.comparisons import (
    COMPARISONS,
    GIVEN_NAME,
    HOUSE_NUMBER,
    JOINT_COMPARISONS,
    MIDDLE_NAME,
    STREET,
    SURNAME,
    Comparison,
    TermFrequency,
)
from comity.match.comparisons.pair_levels import compute_levels
from comity.match.comparisons.pair_views import PairSide
from comity.match.encode_requests import EncodedRequests, encode_requests
from comity.match.index.reader import Index, RecordIds64, equivalent_names, known_street_names
from comity.match.index.segment import RecordColumns, SegmentReader
from comity.match.kernels.address_view import KnownPlaces
from comity.match.near_numbers import relate_numbers
from comity.match.shared_keys import mark_shared_pairs
from comity.normalize.schema import BASELINE_INITIAL_BITS, DICTIONARY_COLUMNS, MIN_ZIP_POPULATION_BITS

ComparisonVectors = Mapping[str, npt.NDArray[Any]]
"""An array per column, an entry per pair.

`row`, `request_index`, `record`, `person_key` and `address_known`; the code of the level in each comparison, and in
joint ones as `<name>_level`; `given_is_exact`; the `TF_ADJUSTMENTS`; the frequencies and counts of the record
(`RecordColumns`).
"""

NAME_FREQUENCY_COLUMNS = ("first_frequency", "surname_frequency", "middle_frequency")
"""Log2 of the share of people with a name (for a middle name, its initial); of the request's and of the record's."""
TF_ADJUSTMENTS = ("person_rarity", "surname_rarity", "address_rarity")
"""Term-frequency adjustments, in bits."""
BASELINE_NAME_BITS = 14.0
"""Minus log2 of the frequency of a name that is neither rare nor common: the levels' own weights are for such names."""


def compare_pairs(
    index: Index, requests: EncodedRequests, request_index: npt.NDArray[np.int64], record_ids64: RecordIds64
) -> ComparisonVectors:
    """Compare pairs of the requests at `request_index` in `requests` and the records `record_ids64`."""
    return _compare_pairs(index, requests, request_index, record_ids64, None)


def compare_candidates(index: Index, pairs: CandidatePairs, batch: slice = slice(None)) -> ComparisonVectors:
    """Compare the candidate pairs in a slice, all by default; those that share no blocking key are left out."""
    request_index, record_ids64 = pairs.request_index[batch], pairs.record_ids64[batch]
    return _compare_pairs(index, pairs.encoded_requests, request_index, record_ids64, pairs.rules_followed)


def _compare_pairs(
    index: Index,
    requests: EncodedRequests,
    request_index: npt.NDArray[np.int64],
    record_ids64: RecordIds64,
    rules_followed: tuple[npt.NDArray[np.uint32], ...] | None,
) -> ComparisonVectors:
    """Compare pairs; where rules are given that were followed, leave out the pairs that share no key of these."""
    vectors: dict[str, npt.NDArray[Any]] = {}
    known = KnownPlaces(*known_street_names(), index.place_streets)
    for segment, positions, records in index.group_by_segment(record_ids64):
        requested, columns = request_index[positions], segment.read_records(records)
        segment_vectors = _compare_segment_pairs(index.tin_key, segment, requests, requested, (records, columns), known)
        if rules_followed is not None:
            followed = rules_followed[index.segments.index(segment)]
            segment_vectors["is_met"] = mark_shared_pairs(segment, requests, requested, columns, followed)
        if isinstance(positions, slice):
            vectors = segment_vectors
            break
        for name, values in segment_vectors.items():
            vectors.setdefault(name, np.empty(len(record_ids64), values.dtype))[positions] = values
    person_key = vectors.get("person_key", np.zeros(len(record_ids64), np.uint64))
    vectors |= {
        "row": requests.row_numbers[request_index],
        "request_index": request_index,
        "record": record_ids64,
        # A record without a taxpayer number is the only one of its person: its segment and number are its person's.
        "person_key": np.where(person_key != 0, person_key, ~record_ids64),
    }
    is_met = vectors.pop("is_met", None)
    if is_met is None or is_met.all():
        return vectors
    return {name: values[is_met] for name, values in vectors.items()}


def compute_comparison_vectors(index: Index, requests: pa.Table) -> ComparisonVectors:
    """Compare all candidate pairs of a table of requests at once: sorted by the requests' address, then by record."""
    pairs = find_candidate_pairs(index, encode_requests(index, requests))
    return compare_candidates(index, pairs)


def _compare_segment_pairs(  # noqa: PLR0913, PLR0917  what two sides are compared with
    tin_key: bytes,
    segment: SegmentReader,
    requests: EncodedRequests,
    request_index: npt.NDArray[np.int64],
    numbers_and_columns: tuple[npt.NDArray[np.uint32], RecordColumns],
    known: KnownPlaces,
) -> dict[str, npt.NDArray[Any]]:
    records, columns = numbers_and_columns
    codes = np.empty((len(COMPARISONS), len(request_index)), np.int8)
    request_side = PairSide(
        requests.text_buffers.data,
        requests.text_buffers.offsets,
        tuple(requests.codes[name][request_index] for name in DICTIONARY_COLUMNS),
        requests.suffix_codes[request_index],
        requests.tin_hashes[request_index],
    )
    record_side = PairSide(
        segment.text_buffers.data,
        segment.text_buffers.offsets,
        tuple(columns.codes[name] for name in DICTIONARY_COLUMNS),
        columns.suffix,
        columns.tin,
    )
    house_of_request = requests.key_part_hashes["number"][request_index]
    is_same_house = (house_of_request != 0) & (
        house_of_request == segment.key_parts["number"][1][columns.codes["number"]]
    )
    numbers = (requests.tins, requests.tin_hashes)
    relations = relate_numbers(tin_key, segment, numbers, request_index, (records, columns.tin), is_same_house)
    compute_levels(request_side, record_side, *equivalent_names(), known, relations, codes)
    vectors: dict[str, npt.NDArray[Any]] = dict(zip(COMPARISONS, codes, strict=True))
    for name, (first, second) in JOINT_COMPARISONS.items():
        vectors[f"{name}_level"] = (vectors[first] - 1) * len(COMPARISONS[second].levels) + vectors[second]
    request_frequencies = {name: requests.name_frequencies[name][request_index] for name in NAME_FREQUENCY_COLUMNS}
    return (
        vectors
        | columns.log2_frequencies
        | _tf_adjustments(vectors, columns.log2_frequencies, request_frequencies)
        | {
            "person_key": columns.person_key,
            "address_known": (columns.codes["number"] != 0) & (columns.codes["street"] != 0),
            "given_is_exact": GIVEN_NAME.mask(lambda level: level.is_exact)[vectors["given"]],
        }
    )


def _tf_adjustments(
    codes: ComparisonVectors, record_columns: ComparisonVectors, request_frequencies: ComparisonVectors
) -> dict[str, npt.NDArray[Any]]:
    """Return how much rarer, in bits, the agreeing values are than typical ones (`TF_ADJUSTMENTS`)."""
    initial = np.where(
        _adjusts(MIDDLE_NAME, TermFrequency.FULL)[codes["middle"]],
        -record_columns["middle_frequency"] - np.float32(BASELINE_INITIAL_BITS),
        0,
    )
    address_residents = np.where(
        HOUSE_NUMBER.mask(lambda level: level.is_exact)[codes["number"]],
        record_columns["residents"],
        record_columns["street_residents"],
    )
    return {
        "person_rarity": initial
        + _name_tf_adjustment(
            GIVEN_NAME, codes["given"], record_columns["first_frequency"], request_frequencies["first_frequency"]
        ),
        "surname_rarity": _name_tf_adjustment(
            SURNAME, codes["surname"], record_columns["surname_frequency"], request_frequencies["surname_frequency"]
        ),
        "address_rarity": np.where(
            _adjusts(STREET, TermFrequency.FULL)[codes["street"]],
            record_columns["neighbors"] - address_residents - np.float32(MIN_ZIP_POPULATION_BITS),
            0,
        ),
    }


def _adjusts(comparison: Comparison, term_frequency: TermFrequency) -> npt.NDArray[np.bool_]:
    return comparison.mask(lambda level: level.term_frequency is term_frequency)


def _name_tf_adjustment(
    comparison: Comparison,
    codes: npt.NDArray[np.int8],
    record_frequency: npt.NDArray[Any],
    request_frequency: npt.NDArray[Any],
) -> npt.NDArray[Any]:
    """Return the adjustment for a name in bits, as `TermFrequency` describes it."""
    rarer = np.maximum(-record_frequency, -request_frequency) - np.float32(BASELINE_NAME_BITS)
    return np.where(
        _adjusts(comparison, TermFrequency.FULL)[codes],
        -record_frequency,
        np.where(_adjusts(comparison, TermFrequency.PARTIAL)[codes], rarer, np.float32(0)),
    )

"""Training data: the candidate pairs of labeled requests as columns, and the levels of random pairs.

Guarantees: pairs, levels and bits are those that `match_requests` weighs; a label joins a request only after all of its
levels are known.
Does not: fit (`fit.py` does).
Start at `build_labeled_pairs`, then `concat_training_pairs`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.match.candidate_pairs import find_candidate_pairs
from comity.match.comparison_vectors import TF_ADJUSTMENTS, ComparisonVectors, compare_candidates, compare_pairs
from comity.match.comparisons import JOINT_COMPARISONS, level_labels
from comity.match.encode_requests import encode_requests
from comity.match.index.lexicons import hash_texts
from comity.match.index.reader import Index, RecordIds64
from comity.match.training.priors import FITTED_COMPARISONS, Floats, WeightVectors

Ints = npt.NDArray[np.int64]

LABELS_SCHEMA = pa.schema([("row", pa.int32()), ("confirmed", pa.bool_()), ("household", pa.string())])
"""The labels of requests by `row`; requests of one `household` are kept in one fold."""
BIT_COLUMNS = (*TF_ADJUSTMENTS, "first_frequency", "residents", "household")
"""What a pair has beside its levels, in bits."""
FOLD_COUNT = 4
RANDOM_PAIRS_PER_REQUEST = 10
"""Random records paired with each request to count how often levels are reached by chance."""
_SEED = 10


@dataclass(frozen=True, slots=True)
class LabeledPairs:
    """The labeled requests of one index that have candidate pairs, sorted by row, and their pairs in the same order.

    Attributes:
        row_numbers: the `row` of each request.
        confirmed: the label of each request.
        fold: the fold of each request, from 0.
        neighbors: log2 of the largest number of records in the ZIP code of a candidate, per request.
        request_index: each pair's request, from 0.
        levels: the codes of the levels of each pair, from 0, by fitted comparison.
        bits: `BIT_COLUMNS` of each pair.
        random_pair_level_counts: how many random pairs reach each level, by fitted comparison.
    """

    row_numbers: Ints
    confirmed: npt.NDArray[np.bool_]
    fold: Ints
    neighbors: Floats
    request_index: Ints
    levels: dict[str, Ints]
    bits: dict[str, Floats]
    random_pair_level_counts: dict[str, Ints]


@dataclass(frozen=True, slots=True)
class TrainingPairs:
    """The pairs of one or more indexes as columns; attributes as in `LabeledPairs`.

    `u_probabilities` has the share of each level among random pairs, by fitted comparison.
    """

    request_index: Ints
    levels: dict[str, Ints]
    bits: dict[str, Floats]
    neighbors: Floats
    confirmed: npt.NDArray[np.bool_]
    fold: Ints
    u_probabilities: WeightVectors

    def subset(self, is_included: npt.NDArray[np.bool_]) -> "TrainingPairs":
        """Return the pairs of some of the requests, which are numbered from 0 again."""
        is_kept = is_included[self.request_index]
        new_index = np.cumsum(is_included) - 1
        return TrainingPairs(
            request_index=new_index[self.request_index[is_kept]],
            levels={name: codes[is_kept] for name, codes in self.levels.items()},
            bits={name: values[is_kept] for name, values in self.bits.items()},
            neighbors=self.neighbors[is_included],
            confirmed=self.confirmed[is_included],
            fold=self.fold[is_included],
            u_probabilities=self.u_probabilities,
        )


def build_labeled_pairs(index: Index, requests: pa.Table, labels: pa.Table) -> LabeledPairs:
    """Compare requests with an index, as `match_requests` does, and keep those that have a label (`LABELS_SCHEMA`)."""
    pairs = find_candidate_pairs(index, encode_requests(index, requests))
    encoded = pairs.encoded_requests
    vectors = _sort_by_row(compare_candidates(index, pairs))
    random_index = np.repeat(np.arange(len(encoded.row_numbers)), RANDOM_PAIRS_PER_REQUEST)
    random_vectors = compare_pairs(index, encoded, random_index, _sample_records(index, len(random_index)))
    labels = labels.sort_by("row").combine_chunks()
    folds = hash_texts(labels.column("household").chunk(0)) % np.uint64(FOLD_COUNT)
    is_labeled = np.isin(vectors["row"], labels["row"].to_numpy())
    rows, starts, request_index = np.unique(vectors["row"][is_labeled], return_index=True, return_inverse=True)
    label_index = np.searchsorted(labels["row"].to_numpy(), rows)
    neighbors = vectors["neighbors"][is_labeled]
    return LabeledPairs(
        row_numbers=rows.astype(np.int64),
        confirmed=labels["confirmed"].to_numpy()[label_index].astype(bool),
        fold=folds[label_index].astype(np.int64),
        neighbors=np.maximum.reduceat(neighbors, starts).astype(float) if len(starts) else np.zeros(0),
        request_index=request_index.astype(np.int64),
        levels={name: codes[is_labeled] for name, codes in _fitted_level_codes(vectors).items()},
        bits={name: vectors[name][is_labeled].astype(float) for name in BIT_COLUMNS},
        random_pair_level_counts={
            name: np.bincount(codes, minlength=len(level_labels(name)))
            for name, codes in _fitted_level_codes(random_vectors).items()
        },
    )


def concat_training_pairs(sources: Sequence[LabeledPairs]) -> TrainingPairs:
    """Concatenate the pairs of several indexes; requests are numbered through."""
    offsets = np.cumsum([0, *(len(source.row_numbers) for source in sources)])
    u_probabilities: WeightVectors = {}
    for name in FITTED_COMPARISONS:
        counts = np.sum([source.random_pair_level_counts[name] for source in sources], axis=0) + 0.5
        u_probabilities[name] = counts / counts.sum()
    return TrainingPairs(
        request_index=np.concatenate(
            [source.request_index + offset for source, offset in zip(sources, offsets, strict=False)]
        ),
        levels={name: np.concatenate([source.levels[name] for source in sources]) for name in FITTED_COMPARISONS},
        bits={name: np.concatenate([source.bits[name] for source in sources]) for name in BIT_COLUMNS},
        neighbors=np.concatenate([source.neighbors for source in sources]),
        confirmed=np.concatenate([source.confirmed for source in sources]),
        fold=np.concatenate([source.fold for source in sources]),
        u_probabilities=u_probabilities,
    )


def _fitted_level_codes(vectors: ComparisonVectors) -> dict[str, Ints]:
    """Return the codes of the fitted comparisons' levels, from 0."""
    return {
        name: vectors[f"{name}_level" if name in JOINT_COMPARISONS else name].astype(np.int64) - 1
        for name in FITTED_COMPARISONS
    }


def _sort_by_row(vectors: ComparisonVectors) -> ComparisonVectors:
    """Sort pairs, which come sorted by the requests' address, by the requests' row."""
    order = np.argsort(vectors["row"], kind="stable")
    return {name: values[order] for name, values in vectors.items()}


def _sample_records(index: Index, count: int) -> RecordIds64:
    """Draw records from all segments, with replacement; the same ones for the same index."""
    ends = np.cumsum([segment.rows for segment in index.index_commit.segments])
    drawn = np.random.default_rng(_SEED).integers(0, ends[-1], count)
    segment = np.searchsorted(ends, drawn, side="right")
    number = drawn - np.r_[0, ends][segment]
    record_ids64: RecordIds64 = (segment.astype(np.uint64) << np.uint64(32)) | number.astype(np.uint64)
    return record_ids64

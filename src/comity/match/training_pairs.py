"""The candidate pairs of requests, as the columns that training reads.

Guarantees: pairs, levels and bits are those that `compare` weighs; labels are joined when every level is known.
Does not: fit anything (training.py does).
Start at `pairs_of`, then `joined`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.match.comparison_vectors import ComparisonVectors, compare_pairs
from comity.match.comparisons import JOINT_COMPARISONS, level_names
from comity.match.index.lexicons import hash_texts
from comity.match.index.reader import Index, RecordIds64
from comity.match.matcher import encode_and_block
from comity.match.training import BIT_COLUMNS, FITTED_COMPARISONS, Floats, Ints, TrainingPairs, WeightVectors

LABELS_SCHEMA = pa.schema([("row", pa.int32()), ("confirmed", pa.bool_()), ("household", pa.string())])
"""What is known of each request that training shall read, by row; `household` keeps together what must not be split into folds."""
FOLD_COUNT = 4
RANDOM_PAIRS_PER_REQUEST = 10
"""Random records beside each request, to count how often levels are reached by chance."""


@dataclass(frozen=True, slots=True)
class LabeledPairs:
    """The labelled requests of one index that have candidates, by row, and their pairs, in the same order.

    `chance` counts each level among random pairs.
    """

    row_numbers: Ints
    confirmed: npt.NDArray[np.bool_]
    fold: Ints
    neighbors: Floats
    request_index: Ints
    levels: dict[str, Ints]
    bits: dict[str, Floats]
    random_pair_level_counts: dict[str, Ints]


def _fitted_level_codes(levels: ComparisonVectors) -> dict[str, Ints]:
    """The levels that are learned, numbered from 0."""
    return {c: levels[f"{c}_level" if c in JOINT_COMPARISONS else c].astype(np.int64) - 1 for c in FITTED_COMPARISONS}


def _sort_by_row(levels: ComparisonVectors) -> ComparisonVectors:
    """The pairs in order of their requests' rows; requests are compared in the order of addresses."""
    order = np.argsort(levels["row"], kind="stable")
    return {name: values[order] for name, values in levels.items()}


def _sample_records(index: Index, count: int) -> RecordIds64:
    """Records drawn from all segments alike; the same for the same index."""
    ends = np.cumsum([segment.rows for segment in index.index_commit.segments])
    drawn = np.random.default_rng(10).integers(0, ends[-1], count)
    segment = np.searchsorted(ends, drawn, side="right")
    within = drawn - np.r_[0, ends][segment]
    records: RecordIds64 = (segment.astype(np.uint64) << np.uint64(32)) | within.astype(np.uint64)
    return records


def build_labeled_pairs(index: Index, requests: pa.Table, labels: pa.Table) -> LabeledPairs:
    """Compare the requests with the index, as `compare` does; `labels` (schema `LABELS`) says which of them to keep."""
    meeting = encode_and_block(index, requests)
    found = _sort_by_row(compare_pairs(index, meeting.encoded_requests, meeting.request_index, meeting.record_ids64))
    positions = np.repeat(np.arange(len(meeting.encoded_requests.row_numbers)), RANDOM_PAIRS_PER_REQUEST)
    by_chance = compare_pairs(index, meeting.encoded_requests, positions, _sample_records(index, len(positions)))
    known = labels.sort_by("row").combine_chunks()
    folds = hash_texts(known.column("household").chunk(0)) % np.uint64(FOLD_COUNT)
    keep = np.isin(found["row"], known["row"].to_numpy())
    rows, starts, request = np.unique(found["row"][keep], return_index=True, return_inverse=True)
    at = np.searchsorted(known["row"].to_numpy(), rows)
    return LabeledPairs(
        row_numbers=rows.astype(np.int64),
        confirmed=known["confirmed"].to_numpy()[at].astype(bool),
        fold=folds[at].astype(np.int64),
        neighbors=np.maximum.reduceat(found["neighbors"][keep], starts).astype(float) if len(starts) else np.zeros(0),
        request_index=request.astype(np.int64),
        levels={c: values[keep] for c, values in _fitted_level_codes(found).items()},
        bits={c: found[c][keep].astype(float) for c in BIT_COLUMNS},
        random_pair_level_counts={
            c: np.bincount(v, minlength=len(level_names(c))) for c, v in _fitted_level_codes(by_chance).items()
        },
    )


def concat_training_pairs(runs: Sequence[LabeledPairs]) -> TrainingPairs:
    """The pairs of several indexes as one; requests are numbered anew."""
    offsets = np.cumsum([0, *(len(run.row_numbers) for run in runs)])
    background: WeightVectors = {}
    for c in FITTED_COMPARISONS:
        counts = np.sum([run.random_pair_level_counts[c] for run in runs], axis=0) + 0.5
        background[c] = counts / counts.sum()
    return TrainingPairs(
        request_index=np.concatenate([run.request_index + offset for run, offset in zip(runs, offsets, strict=False)]),
        levels={c: np.concatenate([run.levels[c] for run in runs]) for c in FITTED_COMPARISONS},
        bits={c: np.concatenate([run.bits[c] for run in runs]) for c in BIT_COLUMNS},
        neighbors=np.concatenate([run.neighbors for run in runs]),
        confirmed=np.concatenate([run.confirmed for run in runs]),
        fold=np.concatenate([run.fold for run in runs]),
        u_probabilities=background,
    )

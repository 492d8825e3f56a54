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

from comity.match.compare import meet
from comity.match.index.lexicons import text_hashes
from comity.match.index.opening import Index, Records
from comity.match.levels import JOINT, level_names
from comity.match.pairs import Levels, levels_of
from comity.match.training import BITS, LEARNED, Floats, Ints, Pairs, Weights

LABELS = pa.schema([("row", pa.int32()), ("confirmed", pa.bool_()), ("household", pa.string())])
"""What is known of each request that training shall read, by row; `household` keeps together what must not be split into folds."""
FOLDS = 4
RANDOM_PAIRS = 10
"""Random records beside each request, to count how often levels are reached by chance."""


@dataclass(frozen=True, slots=True)
class RunPairs:
    """The labelled requests of one index that have candidates, by row, and their pairs, in the same order.

    `chance` counts each level among random pairs.
    """

    rows: Ints
    confirmed: npt.NDArray[np.bool_]
    fold: Ints
    neighbors: Floats
    request: Ints
    levels: dict[str, Ints]
    bits: dict[str, Floats]
    chance: dict[str, Ints]


def _as_learned(levels: Levels) -> dict[str, Ints]:
    """The levels that are learned, numbered from 0."""
    return {c: levels[f"{c}_level" if c in JOINT else c].astype(np.int64) - 1 for c in LEARNED}


def _by_row(levels: Levels) -> Levels:
    """The pairs in order of their requests' rows; requests are compared in the order of addresses."""
    order = np.argsort(levels["row"], kind="stable")
    return {name: values[order] for name, values in levels.items()}


def _random_records(index: Index, count: int) -> Records:
    """Records drawn from all segments alike; the same for the same index."""
    ends = np.cumsum([segment.rows for segment in index.state.segments])
    drawn = np.random.default_rng(10).integers(0, ends[-1], count)
    segment = np.searchsorted(ends, drawn, side="right")
    within = drawn - np.r_[0, ends][segment]
    records: Records = (segment.astype(np.uint64) << np.uint64(32)) | within.astype(np.uint64)
    return records


def pairs_of(index: Index, requests: pa.Table, labels: pa.Table) -> RunPairs:
    """Compare the requests with the index, as `compare` does; `labels` (schema `LABELS`) says which of them to keep."""
    meeting = meet(index, requests)
    found = _by_row(levels_of(index, meeting.asked, meeting.positions, meeting.records))
    positions = np.repeat(np.arange(len(meeting.asked.rows)), RANDOM_PAIRS)
    by_chance = levels_of(index, meeting.asked, positions, _random_records(index, len(positions)))
    known = labels.sort_by("row").combine_chunks()
    folds = text_hashes(known.column("household").chunk(0)) % np.uint64(FOLDS)
    keep = np.isin(found["row"], known["row"].to_numpy())
    rows, starts, request = np.unique(found["row"][keep], return_index=True, return_inverse=True)
    at = np.searchsorted(known["row"].to_numpy(), rows)
    return RunPairs(
        rows=rows.astype(np.int64),
        confirmed=known["confirmed"].to_numpy()[at].astype(bool),
        fold=folds[at].astype(np.int64),
        neighbors=np.maximum.reduceat(found["neighbors"][keep], starts).astype(float) if len(starts) else np.zeros(0),
        request=request.astype(np.int64),
        levels={c: values[keep] for c, values in _as_learned(found).items()},
        bits={c: found[c][keep].astype(float) for c in BITS},
        chance={c: np.bincount(v, minlength=len(level_names(c))) for c, v in _as_learned(by_chance).items()},
    )


def joined(runs: Sequence[RunPairs]) -> Pairs:
    """The pairs of several indexes as one; requests are numbered anew."""
    offsets = np.cumsum([0, *(len(run.rows) for run in runs)])
    background: Weights = {}
    for c in LEARNED:
        counts = np.sum([run.chance[c] for run in runs], axis=0) + 0.5
        background[c] = counts / counts.sum()
    return Pairs(
        request=np.concatenate([run.request + offset for run, offset in zip(runs, offsets, strict=False)]),
        levels={c: np.concatenate([run.levels[c] for run in runs]) for c in LEARNED},
        bits={c: np.concatenate([run.bits[c] for run in runs]) for c in BITS},
        neighbors=np.concatenate([run.neighbors for run in runs]),
        confirmed=np.concatenate([run.confirmed for run in runs]),
        fold=np.concatenate([run.fold for run in runs]),
        background=background,
    )

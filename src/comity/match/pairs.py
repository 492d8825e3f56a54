"""The candidate pairs of requests, as the columns that training reads.

Guarantees: pairs, levels and bits are those that `compare` weighs: they come from the very tables it makes; labels are joined
when every level is known.
Does not: fit anything (training.py does).
Start at `pairs_of`, then `joined`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.match.duckdb.compare import make_levels
from comity.match.duckdb.connection import DuckDB
from comity.match.duckdb.index import Index
from comity.match.duckdb.levels import JOINT, compared_pairs, joint_levels, level_names
from comity.match.training import BITS, LEARNED, Pairs, Weights
from comity.reference.nicknames import nickname_pairs, surname_pairs

LABELS = pa.schema([("row", pa.int32()), ("confirmed", pa.bool_()), ("household", pa.string())])
"""What is known of each request that training shall read; `household` keeps together what must not be split into folds."""
FOLDS = 4
RANDOM_PAIRS = 10
"""Random records beside each request, to count how often levels are reached by chance."""
AS_LEARNED = ", ".join(f"{c}_level AS {c}" if c in JOINT else c for c in LEARNED)


@dataclass(frozen=True, slots=True)
class RunPairs:
    """The pairs of one index.

    `pairs` are in the order of their rows, `asked` are the requests that have any, `chance` counts each level among random pairs.
    """

    pairs: pa.Table
    asked: pa.Table
    chance: dict[str, npt.NDArray[np.int64]]


def _random_levels(db: DuckDB, rows: int) -> dict[str, Any]:
    """How often each level is reached by requests beside random records."""
    for name, pairs in (("nicknames", nickname_pairs()), ("surname_spellings", surname_pairs())):
        db.register(name, pa.table({"one": [a for a, _ in pairs], "other": [b for _, b in pairs]}))
    db.execute(
        f"CREATE TEMP TABLE random_pairs AS SELECT row, (hash(row, i) % {rows})::UINTEGER AS record_no "
        f"FROM raw_requests, range({RANDOM_PAIRS}) t (i)"
    )
    compared = compared_pairs("random_pairs", "asked", "records", "nicknames", "surname_spellings")
    db.execute(f"CREATE TEMP TABLE random_levels AS {compared}")
    table = db.sql(f"SELECT {AS_LEARNED} FROM ({joint_levels('random_levels')})").to_arrow_table()
    return {c: np.bincount(table[c].to_numpy() - 1, minlength=len(level_names(c))) for c in LEARNED}


def pairs_of(index: Index, requests: pa.Table, labels: pa.Table) -> RunPairs:
    """Compare the requests with the index, as `compare` does; `labels` (schema `LABELS`) says which of them to keep."""
    db = index.db.cursor()
    try:
        make_levels(db, index, requests)
        db.register("labels", labels)
        pairs = db.sql(
            f"SELECT row, {AS_LEARNED}, {', '.join(BITS)} FROM joint_levels SEMI JOIN labels USING (row) ORDER BY row, record_id"
        ).to_arrow_table()
        asked = db.sql(
            f"""SELECT row, confirmed, (hash(household) % {FOLDS})::INTEGER AS fold, neighbors
                FROM labels JOIN (SELECT row, max(neighbors) AS neighbors FROM joint_levels GROUP BY row) USING (row) ORDER BY row"""
        ).to_arrow_table()
        return RunPairs(pairs, asked, _random_levels(db, index.info.rows))
    finally:
        db.close()


def joined(runs: Sequence[RunPairs]) -> Pairs:
    """The pairs of several indexes as one; requests are numbered anew."""
    offsets = np.cumsum([0, *(len(run.asked) for run in runs)])
    background: Weights = {}
    for c in LEARNED:
        counts = sum(run.chance[c] for run in runs) + 0.5
        background[c] = counts / counts.sum()
    pairs, asked = pa.concat_tables([run.pairs for run in runs]), pa.concat_tables([run.asked for run in runs])
    numbers = [
        np.searchsorted(run.asked["row"].to_numpy(), run.pairs["row"].to_numpy()) + offset
        for run, offset in zip(runs, offsets, strict=False)
    ]
    return Pairs(
        request=np.concatenate(numbers),
        levels={c: pairs[c].to_numpy().astype(np.int64) - 1 for c in LEARNED},
        bits={c: pairs[c].to_numpy().astype(float) for c in BITS},
        neighbors=asked["neighbors"].to_numpy().astype(float),
        confirmed=asked["confirmed"].to_numpy(zero_copy_only=False).astype(bool),
        fold=asked["fold"].to_numpy().astype(np.int64),
        background=background,
    )

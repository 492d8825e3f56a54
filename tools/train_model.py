"""Train `src/comity/match/model.json` on labelled runs of the evaluation protocol, reading their `fit` split only.

    .venv/bin/python tools/train_model.py RUN... [--unlabelled]

RUN is a folder with records.parquet, requests.parquet and truth.parquet. The weights start from stated m and counted u
(`comity.match.training`), are moved by the fit labels, and are calibrated on weights cross-fitted over households: the
weight of a request comes from a model that never saw its household. No row of the test split is read.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from comity.match.duckdb.block import HOT, RULES
from comity.match.duckdb.build import build_index
from comity.match.duckdb.index import Index

from comity.match.duckdb.compare import make_levels
from comity.match.duckdb.connection import DuckDB
from comity.match.duckdb.levels import JOINT, compared_pairs, joint_levels, level_names
from comity.match.model import FORMAT, RIVALS, parse_model
from comity.match.training import BITS, LEARNED, Objective, Pairs, Weights, calibrate, learn, starting_weights, train
from comity.reference.nicknames import nickname_pairs, surname_pairs

OUT = Path(__file__).parents[1] / "src/comity/match/model.json"
FOLDS = 4
IDENTITY = [(-40.0, -40.0), (40.0, 40.0)]
AS_LEARNED = ", ".join(f"{c}_level AS {c}" if c in JOINT else c for c in LEARNED)
RANDOM_PAIRS = 10  # per request
STATED: dict[str, dict[str, dict[str, float]]] = {
    "suffix": {
        "this": {"none": 0.0, "exact": 3.0, "missing": -0.5, "differs": -9.0},
        "family": {"none": 0.0, "exact": -2.0, "missing": 0.0, "differs": 1.0},
    },
    "tin": {
        "this": {"missing": 0.0, "exact": 16.0, "differs": -5.0},
        "family": {"missing": 0.0, "exact": 9.0, "differs": 0.0},
    },
}
"""Bits that these runs cannot teach (their requests have no suffix and no taxpayer number): stated by judgment. A number
is shared or borrowed within a household in about one record of a hundred, so it tells 7 bits against the family."""


def random_levels(db: DuckDB, rows: int) -> dict[str, Any]:
    """How often each level is reached by requests beside random records."""
    for name, pairs in (("nicknames", nickname_pairs()), ("surname_spellings", surname_pairs())):
        db.register(name, pa.table({"one": [a for a, _ in pairs], "other": [b for _, b in pairs]}))
    db.execute(
        f"CREATE TEMP TABLE random_pairs AS SELECT row, (hash(row, i) % {rows})::UINTEGER AS record_no "
        f"FROM raw_requests, range({RANDOM_PAIRS}) t (i)"
    )
    db.execute(
        f"CREATE TEMP TABLE random_levels AS {compared_pairs('random_pairs', 'asked', 'records', 'nicknames', 'surname_spellings')}"
    )
    table = db.sql(f"SELECT {AS_LEARNED} FROM ({joint_levels('random_levels')})").to_arrow_table()
    return {c: np.bincount(table[c].to_numpy() - 1, minlength=len(level_names(c))) for c in LEARNED}


def load_run(run: Path, split: str) -> tuple[pa.Table, pa.Table, dict[str, Any]]:
    """Compare the run's requests with its records: pairs, requests that have any, random levels."""
    requests = pq.read_table(run / "requests.parquet")
    requests = requests.append_column("row", pa.array(np.arange(1, len(requests) + 1), pa.int32()))
    with tempfile.TemporaryDirectory() as folder:
        build_index([run / "records.parquet"], Path(folder) / "index")
        with Index.open(Path(folder) / "index") as index:
            db = index.db.cursor()
            make_levels(db, index, requests)
            db.register("truth", pq.read_table(run / "truth.parquet"))
            wanted = (
                "(SELECT row, confirmed, (hash(household) % 1000)::INTEGER AS household "
                f"FROM truth JOIN raw_requests USING (request_id) WHERE split = '{split}')"
            )
            pairs = db.sql(
                f"SELECT row, {AS_LEARNED}, {', '.join(BITS)} FROM joint_levels "
                f"SEMI JOIN {wanted} USING (row) ORDER BY row, record_id"
            ).to_arrow_table()
            asked = db.sql(
                f"SELECT * FROM {wanted} JOIN (SELECT row, max(neighbors) AS neighbors FROM joint_levels GROUP BY row) "
                "USING (row) ORDER BY row"
            ).to_arrow_table()
            return pairs, asked, random_levels(db, index.info.rows)


def load(runs: list[Path], split: str = "fit") -> Pairs:
    """The candidate pairs of all the runs."""
    loaded = [load_run(run, split) for run in runs]
    offsets = np.cumsum([0, *(len(asked) for _, asked, _ in loaded)])
    background: Weights = {}
    for c in LEARNED:
        counts = sum(levels[c] for _, _, levels in loaded) + 0.5
        background[c] = counts / counts.sum()
    pairs = pa.concat_tables([pairs for pairs, _, _ in loaded])
    asked = pa.concat_tables([asked for _, asked, _ in loaded])
    return Pairs(
        request=np.concatenate(
            [
                np.searchsorted(a["row"].to_numpy(), p["row"].to_numpy()) + o
                for (p, a, _), o in zip(loaded, offsets, strict=False)
            ]
        ),
        levels={c: pairs[c].to_numpy().astype(np.int64) - 1 for c in LEARNED},
        bits={c: pairs[c].to_numpy().astype(float) for c in BITS},
        neighbors=asked["neighbors"].to_numpy().astype(float),
        confirmed=asked["confirmed"].to_numpy().astype(bool),
        fold=asked["household"].to_numpy() % FOLDS,
        background=background,
    )


def as_json(weights: Weights, knots: list[tuple[float, float]], about: dict[str, Any]) -> str:
    """The model file."""

    def named(comparison: str, values: Any) -> dict[str, float]:
        return {level: round(float(v), 4) for level, v in zip(level_names(comparison), values, strict=True)}

    stated = {side: {c: STATED[c][side] for c in STATED} for side in ("this", "family")}
    return json.dumps(
        {
            "format": FORMAT,
            "about": about,
            "this": {c: named(c, weights[c]) for c in LEARNED} | stated["this"],
            "family": {c: named(c, weights[f"family_{c}"]) for c in ("surname", "person")} | stated["family"],
            "rivals": {name: round(float(v), 4) for name, v in zip(RIVALS, weights["rivals"], strict=True)},
            "calibration": [[round(x, 4), round(y, 4)] for x, y in knots],
        },
        indent=1,
    )


def labelled(pairs: Pairs, start: Weights) -> tuple[Weights, list[tuple[float, float]]]:
    """Weights from all the labels, and knots from weights that never saw the request's household."""
    raw = np.zeros(len(pairs.confirmed))
    for fold in range(FOLDS):
        held = pairs.fold == fold
        raw[held] = Objective(pairs.of(held)).raw_weights(train(pairs.of(~held), start))
        print(f"fold {fold + 1} of {FOLDS}")
    return train(pairs, start), calibrate(raw, pairs.confirmed)


def main() -> None:
    """Train, calibrate, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument(
        "--unlabelled", action="store_true", help="use no label at all: expectation-maximization, not calibrated"
    )
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    pairs = load(args.runs)
    start = starting_weights(pairs.background)
    print(f"{len(pairs.confirmed)} requests, {len(pairs.request)} pairs")
    weights, knots = (learn(pairs, start), IDENTITY) if args.unlabelled else labelled(pairs, start)
    about = {
        "what": "Weights in bits for comity.match; written by tools/train_model.py, never by hand.",
        "data": "pseudopeople 1.3.1 sample population (simulated people), shared/eval protocol, fit split only",
        "runs": sorted(run.name for run in args.runs),
        "requests": len(pairs.confirmed),
        "labels": "none: expectation-maximization, not calibrated" if args.unlabelled else "weights and calibration",
        "stated": "suffix, tin and namesake_unsuffixed are stated by judgment: the requests hold neither suffix nor number",
        "blocking": {"rules": [rule.name for rule in RULES], "hot": HOT},
    }
    text = as_json(weights, knots, about) + "\n"
    parse_model(text)
    args.out.write_text(text, encoding="utf-8")
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()

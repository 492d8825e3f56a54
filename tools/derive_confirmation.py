"""Derive from labelled runs from which probability on the shipped model's confirmations keep to a tolerated error.

    .venv/bin/python tools/derive_confirmation.py RUN...

RUN is a run of the evaluation protocol whose fit split no weight was fitted on. Their `fit` rows that the default policy
would confirm at some probability are pooled, each person of a household counted once, since one person stands in several
runs, and `confirm_from` in `src/comity/match/model.json` is written anew.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from comity.decide import MatchPolicy, determine
from comity.errors import PolicyError
from comity.evaluate.thresholds import ToleratedError, confirm_probability
from comity.match import Index, build_index, compare
from comity.match.model import parse_model

OUT = Path(__file__).parents[1] / "src/comity/match/model.json"
TOLERATED, OF = (1, 2, 5, 10, 20), 1000
"""Wrong in 1,000."""
LEAST = 0.5


def labelled(run: Path) -> list[tuple[str, float, bool]]:
    """Person, probability and truth of the run's fit rows that the policy would confirm from `LEAST` on."""
    truth = (
        pq.read_table(run / "truth.parquet")
        .filter(pc.field("split") == "fit")
        .select(["request_id", "confirmed", "household"])
    )
    truth = truth.cast(pa.schema({"request_id": pa.string(), "confirmed": pa.bool_(), "household": pa.string()}))
    requests = pq.read_table(run / "requests.parquet")
    requests = requests.append_column("row", pa.array(np.arange(1, len(requests) + 1), pa.int32()))
    with tempfile.TemporaryDirectory() as folder:
        build_index([run / "records.parquet"], Path(folder) / "index")
        with Index.open(Path(folder) / "index") as index:
            found = determine(compare(index, requests), MatchPolicy(confirm_probability=LEAST))
    called = pc.utf8_upper(pc.utf8_slice_codeunits(pc.fill_null(requests["first_name"].cast(pa.string()), ""), 0, 3))
    found = found.append_column("called", called)
    matched = found.filter(pc.equal(found["outcome"], "match")).join(truth, "request_id", join_type="inner")
    return [
        (f"{row['household']}|{row['called']}", row["match_probability"], row["confirmed"])
        for row in matched.to_pylist()
    ]


def main() -> None:
    """Derive, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    args = parser.parse_args()
    pooled = [label for run in args.runs for label in labelled(run)]
    # which of a person's labels is taken must not depend on what the label says
    order = np.random.default_rng(6103).permutation(len(pooled))
    once = {person: (p, truth) for person, p, truth in (pooled[i] for i in order)}
    score, truth = np.array([p for p, _ in once.values()]), np.array([t for _, t in once.values()], dtype=bool)
    print(f"{len(pooled):,} labels of {len(once):,} persons")
    model = json.loads(OUT.read_text(encoding="utf-8"))
    if set(model["about"]["runs"]) & {run.name for run in args.runs}:
        raise SystemExit("the model's weights were fitted on some of these runs")
    model["confirm_from"] = []
    for wrong in TOLERATED:
        try:
            threshold = confirm_probability(score, truth, ToleratedError(wrong, OF))
        except PolicyError as e:
            print(f"{wrong} in {OF:,}: {e}")
            continue
        print(f"{wrong} in {OF:,}: {threshold}")
        # rounded up, so that the stated probability is never below the one that was shown
        model["confirm_from"].append([wrong / OF, float(np.ceil(threshold.confirm_probability * 1e4) / 1e4)])
    model["about"]["confirm_from"] = f"labels of the fit split of {', '.join(sorted(run.name for run in args.runs))}"
    text = json.dumps(model, indent=1) + "\n"
    parse_model(text)
    OUT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""Show from which probability on a model's confirmations may be tolerated in a population, and write it into the model.

    .venv/bin/python tools/prove_thresholds.py POPULATION RUN... [--model src/comity/match/model.json]

POPULATION is the id of a population profile. The policy is that of the shipped agreement. RUN is a folder of `comity
simulate` whose labels no weight was fitted on; its complete requests are used, since the gates refuse the others. The
labels of all runs are pooled, and each counts by how many requests of the population it stands for
(`comity.evaluate.weighted_thresholds`). The profile's entry of `confirm_from` is replaced, also one for the shares that
it had before; what labels do not show is left out.
Start at `main`.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from comity.evaluate.cross_validation import TOLERATED_OUT_OF, TOLERATED_WRONG, make_proof
from comity.evaluate.labelled_data import align_truth, boolean_column, read_requests
from comity.evaluate.proven_tolerance import (
    LabelledEvidence,
    WeighedLabels,
    concat_weighed_labels,
    prove_tolerance,
    weigh_labels,
)
from comity.evaluate.thresholds import ToleratedError
from comity.law import load_law, load_populations
from comity.match import Index, Model, build_index, match_requests, read_model
from comity.match.match_model import dump_model
from comity.model.shares import Shares
from comity.pipeline import read_match_policy

MODEL = Path(__file__).parents[1] / "src/comity/match/model.json"
POLICY = read_match_policy(load_law().get_agreement("irs-ice-2025"))


def weigh_run(run: Path, model: Model, shares: Shares) -> WeighedLabels:
    """Return the labels of a run's complete requests, matched and weighed."""
    requests = read_requests(next((run / "batch").glob("requests.*")))
    truth = align_truth(pq.read_table(run / "truth.parquet"), requests)
    is_complete = boolean_column(truth, "complete")
    requests = requests.filter(pa.array(is_complete))
    with tempfile.TemporaryDirectory() as folder:
        build_index([run / "records"], Path(folder) / "index")
        with Index.open(Path(folder) / "index") as index:
            evidence = match_requests(index, requests, model=model, shares=shares)
            confirmed = boolean_column(truth, "confirmed")[is_complete]
            return weigh_labels(LabelledEvidence(index, requests, evidence, confirmed), model, shares, POLICY)


def main() -> None:
    """Measure, and write the model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("population")
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--model", type=Path, default=MODEL)
    args = parser.parse_args()
    model, shares = read_model(args.model), load_populations()[args.population].least_favorable
    labels = concat_weighed_labels([weigh_run(run, model, shares) for run in args.runs])
    thresholds = []
    for wrong in TOLERATED_WRONG:
        shown = prove_tolerance(labels, ToleratedError(wrong, TOLERATED_OUT_OF))
        print(shown.to_text(), flush=True)
        if shown.threshold is not None:
            probability = float(np.ceil(shown.threshold.confirm_probability * 1e4) / 1e4)
            thresholds.append([wrong / TOLERATED_OUT_OF, probability])
    print(f"the labels' own shares: {shown.labels}")
    names = ", ".join(sorted(run.name for run in args.runs))
    how = f"on {len(labels.confirmed)} labels of {names}, which no weight was fitted on, weighted to the profile; 95 %"
    data = json.loads(args.model.read_text(encoding="utf-8"))
    others = [proof for proof in data.get("confirm_from", []) if proof["population"] != args.population]
    data["confirm_from"] = [*others, make_proof(shares, thresholds, how, sorted(POLICY.further_conditions))]
    args.model.write_text(dump_model(data), encoding="utf-8")
    print(f"wrote {args.model}: {read_model(args.model).fingerprint}")


if __name__ == "__main__":
    main()

"""Measure how the estimate of what a batch is mixed of reads a profile's shares, for the weights of a model.

    .venv/bin/python tools/measure_mixture_scale.py RUN... [--model src/comity/match/model.json]

RUN is a folder of `comity simulate`; its complete requests are used, since the gates refuse the others. All runs are
pooled. The shares that are likeliest under their labels are set beside the estimate, which sees no label, and the
ratio is written into `src/comity/match/mixture_scales.json`, under the fingerprint of the model's weights.
Start at `main`.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from comity.decide.mixture import estimate_mixture
from comity.evaluate.labelled_data import BoolArray, align_truth, boolean_column, read_requests
from comity.evaluate.population_labels import fit_shares
from comity.match import Index, Model, build_index, match_requests, read_model
from comity.match.mixture_scales import SCALES_FILE
from comity.match.request_hypotheses import RequestHypotheses, weigh_hypotheses
from comity.model.likelihoods import Codes
from comity.model.shares import Shares

MATCH = Path(__file__).parents[1] / "src/comity/match"
START = Shares(10, 0.01, 0.01, 50, 0.005, 0.25)
"""From where the fit starts; the shares of namesakes stay as they are."""


def weigh_run(run: Path, model: Model) -> tuple[Codes, RequestHypotheses, BoolArray]:
    """Return the code of each complete request of a run, the hypotheses of those with candidates, and their labels."""
    requests = read_requests(next((run / "batch").glob("requests.*")))
    truth = align_truth(pq.read_table(run / "truth.parquet"), requests)
    is_complete = boolean_column(truth, "complete")
    requests = requests.filter(pa.array(is_complete))
    confirmed = boolean_column(truth, "confirmed")[is_complete]
    with tempfile.TemporaryDirectory() as folder:
        build_index([run / "records"], Path(folder) / "index")
        with Index.open(Path(folder) / "index") as index:
            evidence = match_requests(index, requests, model=model, shares=START)
            hypotheses = weigh_hypotheses(index, requests, model, START)
    position = np.searchsorted(evidence["row"].to_numpy(), hypotheses.row)
    return evidence["likelihoods"].to_numpy(), hypotheses, confirmed[position]


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--model", type=Path, default=MATCH / "model.json")
    args = parser.parse_args()
    model = read_model(args.model)
    codes, parts, confirmed = zip(*(weigh_run(run, model) for run in args.runs), strict=True)
    hypotheses = RequestHypotheses(
        row=np.concatenate([part.row for part in parts]),
        on_record=np.concatenate([part.on_record for part in parts]),
        rivals=np.concatenate([part.rivals for part in parts]),
        shares=START,
    )
    fitted = fit_shares(hypotheses, np.concatenate(confirmed))
    mixture = estimate_mixture(np.concatenate(codes))
    valid, family, others = map(float, mixture.shares)
    measured = {
        "family": round(family / valid / fitted.family, 4),
        "others": round(others / valid / fitted.stranger, 4),
        "fitted": {"family": fitted.family, "stranger": fitted.stranger},
        "how": f"on {mixture.requests} requests of {', '.join(sorted(run.name for run in args.runs))}",
    }
    file = MATCH / SCALES_FILE
    scales = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    scales[model.weights_fingerprint] = measured
    file.write_text(json.dumps(scales, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(measured, indent=1))


if __name__ == "__main__":
    main()

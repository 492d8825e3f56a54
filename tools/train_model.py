"""Train `src/comity/match/model.json` on labelled runs of the evaluation protocol, reading their `fit` split only.

    .venv/bin/python tools/train_model.py RUN... [--check RUN...] [--unlabelled]

RUN is a folder with records, requests and truth as Parquet, named after its kind, year and seed. This is `comity train`
over several files at once (`comity.evaluate.train_model`), with the reliability and the confirm probabilities measured
on other runs; no row of the test split is read.
Start at `main`.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from comity.evaluate.train_model import TrainingSource, train_model
from comity.model.progress import ProgressCallback

OUT = Path(__file__).parents[1] / "src/comity/match/model.json"


def make_progress_printer() -> ProgressCallback:
    """Return a callback that prints progress as lines."""
    return lambda stage, share: print(f"{stage} {share:.0%}", flush=True)


def make_training_source(run: Path, *, is_labelled: bool) -> TrainingSource:
    """Return a run's files, with the labels of its fit split or without labels."""
    truth, split = (run / "truth.parquet", "fit") if is_labelled else (None, None)
    return TrainingSource(run / "records.parquet", run / "requests.parquet", truth, split)


def build_model_card(runs: Sequence[Path], checks: Sequence[Path], *, is_labelled: bool) -> dict[str, Any]:
    """Return what the model file states about its data."""
    labels = "fit split only" if is_labelled else "no label read"
    return {
        "data": f"pseudopeople 1.3.1 sample population (simulated people), evaluation protocol, {labels}",
        "runs": sorted(run.name for run in runs),
        "reliability_and_confirm_from_of": sorted(run.name for run in checks) or "the same runs",
        "runs_are": "kind-year-seed of the protocol",
    }


def main() -> None:
    """Train, calibrate and write the model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument(
        "--unlabelled", action="store_true", help="use no label at all: expectation-maximization, not calibrated"
    )
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--check", nargs="+", type=Path, default=[], help="runs that no weight is fitted on")
    args = parser.parse_args()
    trained = train_model(
        [make_training_source(run, is_labelled=not args.unlabelled) for run in args.runs],
        checks=[make_training_source(run, is_labelled=True) for run in args.check],
        about=build_model_card(args.runs, args.check, is_labelled=not args.unlabelled),
        progress=make_progress_printer(),
    )
    args.out.write_text(trained.model_json, encoding="utf-8")
    print(f"wrote {args.out}: {trained.model.fingerprint}, confirm_from {trained.model.confirm_thresholds}")
    print(f"measured with the shares of these labels, for src/comity/law/populations: {trained.shares}")


if __name__ == "__main__":
    main()

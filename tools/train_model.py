"""Train `src/comity/match/model.json` on labelled runs of the evaluation protocol, reading their `fit` split only.

    .venv/bin/python tools/train_model.py RUN... [--unlabelled]

RUN is a folder with records.parquet, requests.parquet and truth.parquet, named after its kind, year and seed. This is
`comity train` over several files at once (`comity.evaluate.training`); no row of the test split is read.
"""

import argparse
from pathlib import Path

from comity.evaluate.training import Source, train_model
from comity.model.progress import Progress

OUT = Path(__file__).parents[1] / "src/comity/match/model.json"


def printed() -> Progress:
    """Progress as lines."""
    return lambda stage, share: print(f"{stage} {share:.0%}", flush=True)


def main() -> None:
    """Train, calibrate, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument(
        "--unlabelled", action="store_true", help="use no label at all: expectation-maximization, not calibrated"
    )
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    sources = [
        Source(
            run / "records.parquet",
            run / "requests.parquet",
            None if args.unlabelled else run / "truth.parquet",
            None if args.unlabelled else "fit",
        )
        for run in args.runs
    ]
    about = {
        "data": "pseudopeople 1.3.1 sample population (simulated people), ../shared/eval protocol, "
        + ("no label read" if args.unlabelled else "fit split only"),
        "runs": sorted(run.name for run in args.runs),
        "runs_are": "kind-year-seed of the protocol",
    }
    trained = train_model(sources, about=about, progress=printed())
    args.out.write_text(trained.text, encoding="utf-8")
    print(f"wrote {args.out}: {trained.model.fingerprint}, confirm_from {trained.model.confirm_from}")


if __name__ == "__main__":
    main()

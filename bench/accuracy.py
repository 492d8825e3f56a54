"""Accuracy on the evaluation protocol: writes docs/results/accuracy.md, from the test split of the given runs.

    .venv/bin/python bench/accuracy.py RUN...

RUN is a folder made by ../shared/eval/pseudopeople_protocol.py (records.parquet, requests.parquet, truth.parquet).
Each run goes through `comity.evaluate.evaluate`; the test split of all runs is then measured together. Folders whose
name ends in -n3 (noise 3) are measured apart.
"""

import argparse
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from comity.decide import MatchPolicy
from comity.evaluate import Report, evaluate
from comity.evaluate.measures import measure
from comity.match import model_fingerprint

OUT = Path(__file__).parents[1] / "docs/results/accuracy.md"


def test_split(run: Path) -> tuple[pa.Table, pa.Table]:
    """Determinations and truth of the run's test split."""
    with tempfile.TemporaryDirectory() as folder:
        evaluate(run / "records.parquet", run / "requests.parquet", run / "truth.parquet", Path(folder))
        found = pq.read_table(Path(folder) / "determinations.parquet")
    truth = pq.read_table(run / "truth.parquet")
    truth = truth.take(pc.index_in(found["request_id"], truth["request_id"].combine_chunks()))
    chosen = pc.equal(truth["split"], "test")
    return found.filter(chosen), truth.filter(chosen).select(["request_id", "confirmed", "complete", "group"])


def measured(runs: list[Path]) -> Report:
    """All runs' test splits, measured as one."""
    parts = [test_split(run) for run in runs]
    return measure(pa.concat_tables([f for f, _ in parts]), pa.concat_tables([t for _, t in parts]), ["group"])


def tables(title: str, report: Report) -> str:
    """The figures as markdown."""
    lines = [f"## {title}", "", f"{report.requests:,} requests, {report.confirmed:,} truly confirmed.", ""]
    lines += ["| wrong share at most | recall |", "|---|---|"]
    lines += [f"| {share:.1%} | {recall:.4f} |" for share, recall in report.recall_at.items()]
    lines += [
        "",
        "| outcomes | requests | matched | wrong | wrong share | recall | match or review | reviewed |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for o in (*report.outcomes, *report.groups["group"]):
        lines.append(
            f"| {o.name} | {o.requests:,} | {o.match:,} | {o.wrong} | {o.wrong_share:.3%} "
            f"({o.wrong_interval[0]:.3%} to {o.wrong_interval[1]:.3%}) | {o.recall:.4f} | {o.found:.4f} | {o.review_share:.2%} |"
        )
    lines += [
        "",
        f"Expected calibration error {report.ece:.4f}.",
        "",
        "| claimed from | to | requests | mean claim | observed |",
        "|---|---|---|---|---|",
    ]
    lines += [f"| {b.low} | {b.high} | {b.requests:,} | {b.claimed:.4f} | {b.observed:.4f} |" for b in report.bins]
    sure = [b for b in report.bins if b.low >= 0.99]
    count = max(sum(b.requests for b in sure), 1)
    gap = sum(b.requests * (b.claimed - b.observed) for b in sure) / count
    return "\n".join([*lines, "", f"At p ≥ 0.99: claimed minus observed {gap:+.4f} over {count:,} requests.", ""])


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    began = time.perf_counter()
    plain, noisy = (
        [r for r in args.runs if not r.name.endswith("-n3")],
        [r for r in args.runs if r.name.endswith("-n3")],
    )
    parts = [
        "# Accuracy of matching", "",
        "Written by bench/accuracy.py. Runs of the evaluation protocol (simulated people), test split only.", "",
        "Weights and calibration read the fit split alone. Some word lists and comparison levels were drawn up after reading",
        "missed cases of census-2020-0 in both splits, so these figures are to be quoted anew on seeds nobody has looked at.",
        "",
        f"Model {model_fingerprint()}; policy {MatchPolicy()}.", "",
    ]  # fmt: skip
    for title, runs in (("Default noise", plain), ("Noise 3", noisy)):
        if runs:
            parts += [f"Runs: {', '.join(r.name for r in runs)}.", "", tables(title, measured(runs))]
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text("\n".join(parts), encoding="utf-8")
    print(args.out.read_text(encoding="utf-8"))
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()

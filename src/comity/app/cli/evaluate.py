"""`comity evaluate`: how good the matching is, on labelled data."""

from pathlib import Path
from typing import Annotated, Any

import typer

from comity import evaluate as evaluation
from comity.app.cli.arguments import Model, Out
from comity.app.cli.output import Json, progress, show
from comity.match import read_model


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("evaluate")(run)


def run(
    records: Annotated[Path, typer.Argument(metavar="RECORDS", help="Parquet or CSV of the custodian's records.")],
    requests: Annotated[Path, typer.Argument(metavar="REQUESTS", help="Parquet or CSV of requests.")],
    truth: Annotated[Path, typer.Argument(metavar="TRUTH", help="request_id, confirmed, and any label columns.")],
    out: Out,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """Match labelled data and report recall, wrong confirmations and calibration. No gates, no release, no ledger.

    Writes OUT/determinations.parquet, OUT/errors.parquet and OUT/report.html (curves, groups, errors by kind).

    Example: comity evaluate sim/records sim/batch/requests.csv sim/truth.parquet --out evaluation
    """
    chosen = read_model(model) if model else None
    with progress() as report:
        figures = evaluation.evaluate(records, requests, truth, out, model=chosen, progress=report)
    facts = _facts(figures)
    lines = [f"{name.replace('_', ' '):<34} {value}" for name, value in facts.items()]
    show(facts, [*lines, f"Open {out / 'report.html'}"], as_json=as_json)


def _facts(report: evaluation.Report) -> dict[str, Any]:
    everyone, evidence = report.outcomes[0], report.evidence
    facts: dict[str, Any] = {"requests": report.requests, "true": report.confirmed}
    facts |= {
        "matched": everyone.match,
        "wrong": everyone.wrong,
        "missed": everyone.missed,
        "reviewed": everyone.review,
    }
    facts |= {f"recall_at_{share:.1%}_wrong": round(recall, 4) for share, recall in evidence.recall_at.items()}
    facts |= {
        "expected_calibration_error": round(evidence.ece, 5),
        "claimed_minus_true_from_0.99": round(evidence.sure.gap, 5),
    }
    return facts | {"model": report.model_fingerprint}

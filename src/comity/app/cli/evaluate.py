"""`comity evaluate`: how good the matching is, on labelled data."""

from pathlib import Path
from typing import Annotated, Any

import typer

from comity import evaluate as evaluation
from comity.app.cli.arguments import Out
from comity.app.cli.output import Json, progress, show


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("evaluate")(run)


def run(
    records: Annotated[Path, typer.Argument(metavar="RECORDS", help="Parquet or CSV of the custodian's records.")],
    requests: Annotated[Path, typer.Argument(metavar="REQUESTS", help="Parquet or CSV of requests.")],
    truth: Annotated[Path, typer.Argument(metavar="TRUTH", help="request_id, confirmed, and any label columns.")],
    out: Out,
    as_json: Json = False,
) -> None:
    """Match labelled data and report recall, wrong confirmations and calibration. No gates, no release, no ledger.

    Writes OUT/determinations.parquet and OUT/report.html.

    Example: comity evaluate sim/records sim/batch/requests.csv sim/truth.parquet --out evaluation
    """
    with progress() as report:
        figures = evaluation.evaluate(records, requests, truth, out, progress=report)
    facts = _facts(figures)
    lines = [f"{name.replace('_', ' '):<34} {value}" for name, value in facts.items()]
    show(facts, [*lines, f"Open {out / 'report.html'}"], as_json=as_json)


def _facts(report: evaluation.Report) -> dict[str, Any]:
    facts: dict[str, Any] = {"requests": report.requests, "true": report.confirmed}
    facts |= {f"recall_at_{share:.1%}_wrong": round(recall, 4) for share, recall in report.recall_at.items()}
    return facts | {"expected_calibration_error": round(report.ece, 5), "model": report.model_fingerprint}

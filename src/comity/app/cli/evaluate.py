"""`comity evaluate`: measure how good the matching is, on labelled data."""

from pathlib import Path
from typing import Annotated, Any

import typer

from comity.app.cli.arguments import ModelOption, OutOption
from comity.app.cli.output import JsonOption, print_result
from comity.app.cli.progress_bars import progress_bars
from comity.app.use_cases.match_evaluation import LabelledData, evaluate_files
from comity.evaluate import EvaluationReport


def add_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("evaluate")(evaluate_matching)


def evaluate_matching(
    records: Annotated[Path, typer.Argument(metavar="RECORDS", help="Parquet or CSV of the custodian's records.")],
    requests: Annotated[Path, typer.Argument(metavar="REQUESTS", help="Parquet or CSV of requests.")],
    truth: Annotated[Path, typer.Argument(metavar="TRUTH", help="request_id, confirmed, and any label columns.")],
    out: OutOption,
    model: ModelOption = None,
    population: Annotated[
        str, typer.Option("--population", help="The population profile that requests are weighed with.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Match labelled data and report recall, wrong confirmations and calibration. No gates, no release, no ledger.

    Writes OUT/determinations.parquet, OUT/errors.parquet and OUT/report.html (curves, groups, errors by kind). With
    --population, claims and thresholds are those of that profile, and the report says from which probability on these
    labels, each counted by how many requests of that population it stands for, show the tolerated error.

    Example: comity evaluate sim/records sim/batch/requests.csv sim/truth.parquet --out evaluation
    """
    with progress_bars() as progress:
        data = LabelledData(records, requests, truth)
        report = evaluate_files(data, out, model_file=model, population_id=population, progress=progress)
    facts = _report_to_dict(report)
    lines = [f"{name.replace('_', ' '):<34} {value}" for name, value in facts.items()]
    print_result(facts, [*lines, f"Open {out / 'report.html'}"], as_json=as_json)


def _report_to_dict(report: EvaluationReport) -> dict[str, Any]:
    all_requests, evidence = report.outcomes[0], report.evidence
    return {
        "requests": report.requests,
        "true": report.confirmed,
        "matched": all_requests.matches,
        "wrong": all_requests.wrong,
        "missed": all_requests.missed,
        "reviewed": all_requests.reviews,
        **{f"recall_at_{share:.1%}_wrong": round(recall, 4) for share, recall in evidence.recall_at_error_rate.items()},
        "expected_calibration_error": round(evidence.ece, 5),
        "claimed_minus_true_from_0.99": round(evidence.high_confidence.calibration_gap, 5),
        "model": report.model_fingerprint,
        "population": report.population,
        "confirm_from": report.policy.confirm_probability,
        **({"shown_by_these_labels": report.tolerance.to_text()} if report.tolerance else {}),
    }

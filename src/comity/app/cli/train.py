"""`comity train`: fit a matching model to the custodian's own records."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.app.cli.arguments import OutOption
from comity.app.cli.output import JsonOption, print_result
from comity.app.cli.progress_bars import progress_bars
from comity.app.use_cases.fitted_models import TrainedModel, train_from_files
from comity.evaluate.train_model import TrainingSource


def add_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("train")(train_model)


def train_model(
    records: Annotated[Path, typer.Argument(metavar="RECORDS", help="Parquet or CSV of the custodian's records.")],
    requests: Annotated[Path, typer.Argument(metavar="REQUESTS", help="Parquet or CSV of requests about them.")],
    out: OutOption,
    truth: Annotated[
        Path | None, typer.Option("--truth", help="Judgments: request_id, confirmed (and household, if known).")
    ] = None,
    from_splink: Annotated[
        Path | None, typer.Option("--from-splink", help="Start from the m of a trained Splink model (its JSON).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Fit a matching model to these records: by the judgments in --truth, or without any.

    The model is one JSON file for `comity verify`, `evaluate` and `explain` with --model. Without judgments it may
    confirm nothing: `evaluate` measures it, `verify` refuses it.

    Example: comity train sim/records sim/batch/requests.csv --truth sim/truth.parquet --out model.json
    """
    with progress_bars() as progress:
        source = TrainingSource(records, requests, truth)
        trained = train_from_files(source, out, splink_file=from_splink, progress=progress)
    facts = _training_to_dict(trained)
    print_result(facts, [*_format_training(facts), f"Wrote {out}"], as_json=as_json)


def _training_to_dict(trained: TrainedModel) -> dict[str, Any]:
    result, splink = trained.result, trained.splink
    facts: dict[str, Any] = {
        "requests": result.requests,
        "judged": result.labelled_requests,
        "model": result.model.fingerprint,
        "data": result.data_fingerprint,
        "expected_calibration_error": round(result.evidence.ece, 5) if result.evidence else None,
        "confirm_from": {f"{error:g}": p for error, p in result.model.list_thresholds()},
        "shares": asdict(result.shares) if result.shares else None,
    }
    if splink:
        facts |= {"taken_from_splink": list(splink.used), "not_taken": list(splink.ignored)}
    return facts


def _format_training(facts: dict[str, Any]) -> list[str]:
    lines = [
        f"{facts['requests']:,} requests, {facts['judged']:,} of them judged.",
        f"model  {facts['model']}",
        f"data   {facts['data']}",
    ]
    if facts["judged"]:
        lines.append(f"Calibration error (ECE), cross-fitted: {facts['expected_calibration_error']}")
        lines += [f"At most {error} wrong: confirm from {p}" for error, p in facts["confirm_from"].items()]
        lines.append("Whom these judgments are about, for each about the person on record (no part of the model):")
        lines += [f"  {name.replace('_', ' '):<22} {share:g}" for name, share in facts["shares"].items()]
    if not facts["confirm_from"]:
        lines.append("Nothing shows from which probability on to confirm, so nothing may be confirmed by this model.")
    if "not_taken" in facts:
        lines += [f"From Splink: {name}" for name in facts["taken_from_splink"]]
        lines += [f"Not taken from Splink: {name}" for name in facts["not_taken"]]
    return lines

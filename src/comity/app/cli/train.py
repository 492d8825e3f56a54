"""`comity train`: a model of the custodian's own records."""

from pathlib import Path
from typing import Annotated, Any

import typer

from comity.app.cli.arguments import OutOption
from comity.app.cli.output import JsonOption, print_result, progress_bars
from comity.errors import ComityError, RequestError
from comity.evaluate.train_model import TrainingResult, TrainingSource, train_model
from comity.match.splink_import import SplinkImport, parse_splink_settings


def add_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("train")(train_from_files)


def train_from_files(
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
    """Fit a matching model on these records: by the judgments in --truth, or without any.

    The model is one JSON file for `comity verify`, `evaluate` and `explain` with --model. Without judgments nothing may be
    confirmed by it: `evaluate` measures it, `verify` refuses it.

    Example: comity train sim/records sim/batch/requests.csv --truth sim/truth.parquet --out model.json
    """
    if out.exists():
        raise ComityError(
            "output_exists",
            "There is already something where the model should go, and answers may rest on it.",
            "Choose another name.",
        )
    start = _read_splink_model(from_splink) if from_splink else None
    with progress_bars() as report:
        trained = train_model([TrainingSource(records, requests, truth)], start=start, progress=report)
    try:
        out.write_text(trained.model_json, encoding="utf-8")
    except OSError as e:
        raise RequestError(
            "bad_argument", "The model cannot be written there.", "Give a file in a folder that is there."
        ) from e
    facts = _training_to_dict(trained, start)
    print_result(facts, [*_format_training(facts), f"Wrote {out}"], as_json=as_json)


def _read_splink_model(path: Path) -> SplinkImport:
    try:
        return parse_splink_settings(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as e:
        raise ComityError(
            "model_invalid",
            "The Splink model cannot be read.",
            "Give the JSON that Splink's save_model_to_json writes.",
        ) from e


def _training_to_dict(trained: TrainingResult, start: SplinkImport | None) -> dict[str, Any]:
    shown = dict(trained.model.confirm_thresholds)
    facts: dict[str, Any] = {
        "requests": trained.requests,
        "judged": trained.labelled_requests,
        "model": trained.model.fingerprint,
        "data": trained.data_fingerprint,
        "expected_calibration_error": round(trained.evidence.ece, 5) if trained.evidence else None,
        "confirm_from": {f"{error:g}": p for error, p in shown.items()},
    }
    if start:
        facts |= {"taken_from_splink": list(start.used), "not_taken": list(start.ignored)}
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
    if not facts["confirm_from"]:
        lines.append("Nothing shows from which probability on to confirm, so nothing may be confirmed by this model.")
    if "not_taken" in facts:
        lines += [f"From Splink: {name}" for name in facts["taken_from_splink"]]
        lines += [f"Not taken from Splink: {name}" for name in facts["not_taken"]]
    return lines

"""Fit a matching model to the custodian's own records."""

from dataclasses import dataclass
from pathlib import Path

from comity.errors import ComityError, RequestError
from comity.evaluate.train_model import TrainingResult, TrainingSource, train_model
from comity.law import find_population
from comity.match.training.splink_import import SplinkImport, parse_splink_settings
from comity.model.progress import ProgressCallback, no_progress


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """The training's result, and what it took from a Splink model, if it started from one."""

    result: TrainingResult
    splink: SplinkImport | None


def train_from_files(
    source: TrainingSource,
    out: Path,
    *,
    splink_file: Path | None = None,
    progress: ProgressCallback = no_progress,
) -> TrainedModel:
    """Fit a model, by the source's judgments if it has any, and write it to the file `out`.

    What the judgments show is measured with the shares of the default population profile, which requests are weighed
    with where an agreement names no other.

    Raises:
        ComityError: `output_exists` when `out` exists, `model_invalid` when the Splink model cannot be read.
        RequestError: `bad_argument` when the files cannot be used, or `out` cannot be written.
    """
    if out.exists():
        message = "There is already something where the model should go, and answers may rest on it."
        raise ComityError("output_exists", message, "Choose another name.")
    splink = _read_splink_model(splink_file) if splink_file else None
    result = train_model([source], shares=find_population().least_favorable, start=splink, progress=progress)
    try:
        out.write_text(result.model_json, encoding="utf-8")
    except OSError as error:
        message, hint = "The model cannot be written there.", "Give a file in a folder that is there."
        raise RequestError("bad_argument", message, hint) from error
    return TrainedModel(result, splink)


def _read_splink_model(path: Path) -> SplinkImport:
    try:
        return parse_splink_settings(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        hint = "Give the JSON that Splink's save_model_to_json writes."
        raise ComityError("model_invalid", "The Splink model cannot be read.", hint) from error

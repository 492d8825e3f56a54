"""Measure how good the matching is, on labelled data."""

from dataclasses import dataclass
from pathlib import Path

from comity.app.pages.evaluation_page import render_evaluation_page
from comity.errors import RequestError
from comity.evaluate import EvaluationReport, evaluate_matching
from comity.law import load_populations
from comity.match import read_model
from comity.model.progress import ProgressCallback, no_progress


@dataclass(frozen=True, slots=True)
class LabelledData:
    """The files of records, of requests about them, and of the truth about each request."""

    records: Path
    requests: Path
    truth: Path


def evaluate_files(
    data: LabelledData,
    out: Path,
    *,
    model_file: Path | None = None,
    population_id: str = "",
    progress: ProgressCallback = no_progress,
) -> EvaluationReport:
    """Match labelled requests, compare with the truth, and write determinations, errors and report.html into `out`.

    `population_id` names the population profile that requests are weighed with, and in which the report says what the
    labels show; if it is empty, they are weighed with the default one.

    Raises:
        ComityError: the records, requests, truth or model cannot be used as they are.
        RequestError: `bad_argument`, there is no such profile.
    """
    model = read_model(model_file) if model_file else None
    population = load_populations().get(population_id)
    if population_id and population is None:
        hint = f"Name one of {', '.join(sorted(load_populations()))}."
        raise RequestError("bad_argument", "There is no population profile of that id, so nothing was measured.", hint)
    report = evaluate_matching(
        data.records, data.requests, data.truth, out, model=model, population=population, progress=progress
    )
    (out / "report.html").write_text(render_evaluation_page(report), encoding="utf-8")
    return report

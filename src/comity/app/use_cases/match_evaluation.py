"""Measure how good the matching is, on labelled data."""

from dataclasses import dataclass
from pathlib import Path

from comity.app.pages.evaluation_page import render_evaluation_page
from comity.evaluate import EvaluationReport, evaluate_matching
from comity.match import read_model
from comity.model.progress import ProgressCallback, no_progress


@dataclass(frozen=True, slots=True)
class LabelledData:
    """The files of records, of requests about them, and of the truth about each request."""

    records: Path
    requests: Path
    truth: Path


def evaluate_files(
    data: LabelledData, out: Path, *, model_file: Path | None = None, progress: ProgressCallback = no_progress
) -> EvaluationReport:
    """Match labelled requests, compare with the truth, and write determinations, errors and report.html into `out`.

    Raises:
        ComityError: the records, requests, truth or model cannot be used as they are.
    """
    model = read_model(model_file) if model_file else None
    report = evaluate_matching(data.records, data.requests, data.truth, out, model=model, progress=progress)
    (out / "report.html").write_text(render_evaluation_page(report), encoding="utf-8")
    return report

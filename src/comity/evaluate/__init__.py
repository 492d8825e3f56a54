"""Measure matching on labelled data: outcomes, ranking, calibration and groups.

Guarantees: runs normalization, matching and decide; no gate, no release, no ledger. Labels are read after the
determinations are made and never reach the matcher.
Start at `evaluation.evaluate_matching`; `thresholds.derive_confirm_threshold` turns a tolerated error into a threshold.
"""

from comity.evaluate.evaluation import evaluate_matching
from comity.evaluate.report import EvaluationReport
from comity.evaluate.thresholds import ConfirmThreshold, ToleratedError, derive_confirm_threshold

__all__ = ["ConfirmThreshold", "EvaluationReport", "ToleratedError", "derive_confirm_threshold", "evaluate_matching"]

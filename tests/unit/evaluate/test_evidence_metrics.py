"""Ranking and calibration, on cases counted by hand."""

import numpy as np
import pytest

from comity.evaluate.evidence_metrics import (
    measure_evidence,
    measure_reliability,
    rank_by_score,
    recall_at_error_rate,
)


def test_recall_at_error_rate_is_counted_by_hand() -> None:
    score, truth = np.array([0.9, 0.8, 0.7, 0.6, 0.0]), np.array([True, True, False, True, True])
    assert recall_at_error_rate(score, truth, 0.0) == 2 / 4
    assert recall_at_error_rate(score, truth, 0.25) == 3 / 4
    assert recall_at_error_rate(score, truth, 0.5) == 3 / 4


def test_rank_by_score_never_splits_a_tie() -> None:
    right, wrong = rank_by_score(np.array([0.9, 0.9, 0.5]), np.array([True, False, True]))
    assert (right.tolist(), wrong.tolist()) == ([1, 2], [1, 1])


def test_calibration_error_weights_bins_by_count() -> None:
    score = np.array([0.92] * 50 + [0.05] * 50)
    truth = np.array([True] * 46 + [False] * 4 + [False] * 50)
    bins, ece = measure_reliability(score, truth)
    assert [(b.requests, round(b.observed_share, 2)) for b in bins] == [(50, 0.0), (50, 0.92)]
    assert ece == pytest.approx(0.025)


def test_high_confidence_is_measured_by_itself() -> None:
    evidence = measure_evidence(np.array([0.99, 0.995, 1.0, 0.9]), np.array([True, True, False, True]))
    assert (evidence.high_confidence.requests, evidence.high_confidence.observed_share) == (3, 2 / 3)
    assert evidence.high_confidence.calibration_gap == pytest.approx(0.995 - 2 / 3)
    assert evidence.precision_recall_curve[-1] == (1.0, 0.75)

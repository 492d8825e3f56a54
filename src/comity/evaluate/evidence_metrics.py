"""Measure match probabilities against labels, before any policy: ranking, and calibration by bin.

Guarantees: a threshold never splits a tie: requests with the same probability are accepted or refused together;
intervals are exact (`comity.figures.exact_intervals`).
Basis: expected calibration error as the mean gap of the bins, weighted by their counts, over all requests.
Start at `measure_evidence`.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from comity.evaluate.labelled_data import BoolArray, FloatArray
from comity.figures.charts import ReliabilityBin
from comity.figures.exact_intervals import clopper_pearson

BIN_EDGES = (0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.98, 0.99, 0.999, 1.0)
ERROR_RATES = (0.01, 0.005, 0.002, 0.001)
HIGH_CONFIDENCE = 0.99


@dataclass(frozen=True, slots=True)
class EvidenceMetrics:
    """Ranking and calibration of match probabilities.

    `recall_at_error_rate` maps an error rate to the best recall within it; `precision_recall_curve` is (recall,
    precision) as the threshold falls; `high_confidence` is the bin of every request from `HIGH_CONFIDENCE` up; `ece` is
    the expected calibration error.
    """

    recall_at_error_rate: dict[float, float]
    precision_recall_curve: tuple[tuple[float, float], ...]
    bins: tuple[ReliabilityBin, ...]
    ece: float
    high_confidence: ReliabilityBin


def rank_by_score(score: FloatArray, truth: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Count right and wrong answers at each distinct score, in falling order.

    Counted are the requests with this score or a higher one, as if all of them were accepted.
    """
    order = np.argsort(-score, kind="stable")
    ranked, hits = score[order], truth[order]
    is_last_of_tie = np.r_[ranked[1:] != ranked[:-1], True] if len(ranked) else np.zeros(0, dtype=bool)
    right = np.cumsum(hits)[is_last_of_tie].astype(float)
    return right, np.flatnonzero(is_last_of_tie) + 1 - right


def recall_at_error_rate(score: FloatArray, truth: BoolArray, max_error_rate: float) -> float:
    """Return the best recall of a threshold whose error rate is at most `max_error_rate`."""
    right, wrong = rank_by_score(score[score > 0], truth[score > 0])
    is_within = wrong <= max_error_rate * (right + wrong)
    return float(right[is_within].max() / max(truth.sum(), 1)) if is_within.any() else 0.0


def reliability_bin(score: FloatArray, truth: BoolArray, low: float, high: float) -> ReliabilityBin:
    """Measure the requests with a score in [low, high), or in [low, 1] if `high` is 1."""
    chosen = (score >= low) & ((score < high) | (high == 1.0))
    count, hits = int(chosen.sum()), int(truth[chosen].sum())
    mean_probability = float(score[chosen].mean()) if count else 0.0
    return ReliabilityBin(low, high, count, mean_probability, hits / max(count, 1), clopper_pearson(hits, count))


def measure_reliability(score: FloatArray, truth: BoolArray) -> tuple[tuple[ReliabilityBin, ...], float]:
    """Return the bins that contain a request, and the expected calibration error over all requests."""
    all_bins = (reliability_bin(score, truth, low, high) for low, high in pairwise(BIN_EDGES))
    bins = tuple(each for each in all_bins if each.requests)
    return bins, sum(each.requests * abs(each.calibration_gap) for each in bins) / max(len(score), 1)


def measure_evidence(score: FloatArray, truth: BoolArray) -> EvidenceMetrics:
    """Measure ranking and calibration of the scores of all requests; 0 is a request without a candidate."""
    right, wrong = rank_by_score(score[score > 0], truth[score > 0])
    confirmed = max(int(truth.sum()), 1)
    curve = dict.fromkeys(
        (round(float(r / confirmed), 4), float(f"{r / (r + w):.5f}")) for r, w in zip(right, wrong, strict=True)
    )
    bins, ece = measure_reliability(score, truth)
    return EvidenceMetrics(
        recall_at_error_rate={rate: recall_at_error_rate(score, truth, rate) for rate in ERROR_RATES},
        precision_recall_curve=tuple(curve),
        bins=bins,
        ece=float(ece),
        high_confidence=reliability_bin(score, truth, HIGH_CONFIDENCE, 1.0),
    )

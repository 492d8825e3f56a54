"""Measures of a labelled run: recall at a wrong share, reliability by bin, outcomes under policy.

Guarantees: a threshold never splits a tie: requests with one probability are accepted or refused together; intervals are
exact (`intervals.py`).
Basis: ECE as the mean gap of bins, weighed by their counts, over all requests.
Start at `measure`.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.figures.charts import ReliabilityBin
from comity.figures.exact_intervals import clopper_pearson

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
BIN_EDGES = (0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.98, 0.99, 0.999, 1.0)
ERROR_RATES = (0.01, 0.005, 0.002, 0.001)
HIGH_CONFIDENCE = 0.99


@dataclass(frozen=True, slots=True)
class OutcomeCounts:
    """What became of some requests; `wrong` counts matches that are not confirmed by the truth."""

    name: str
    requests: int
    confirmed: int
    matches: int
    wrong: int
    reviews: int
    correct: int
    correct_or_reviewed: int

    @property
    def error_rate(self) -> float:
        """Wrong matches among matches."""
        return self.wrong / max(self.matches, 1)

    @property
    def recall(self) -> float:
        """Right matches among the truly confirmed."""
        return self.correct / max(self.confirmed, 1)

    @property
    def recall_incl_review(self) -> float:
        """Right matches and reviews among the truly confirmed."""
        return self.correct_or_reviewed / max(self.confirmed, 1)

    @property
    def review_rate(self) -> float:
        """Reviews among all requests."""
        return self.reviews / max(self.requests, 1)

    @property
    def missed(self) -> int:
        """Truly confirmed requests that were not matched."""
        return self.confirmed - self.correct

    @property
    def missed_entirely(self) -> int:
        """Truly confirmed requests that were neither matched nor put to review."""
        return self.confirmed - self.correct_or_reviewed

    @property
    def miss_rate(self) -> float:
        """Missed requests among the truly confirmed."""
        return self.missed / max(self.confirmed, 1)

    @property
    def error_rate_interval(self) -> tuple[float, float]:
        """Exact 95 % interval of the wrong share."""
        return clopper_pearson(self.wrong, self.matches)

    @property
    def miss_rate_interval(self) -> tuple[float, float]:
        """Exact 95 % interval of the missed share."""
        return clopper_pearson(self.missed, self.confirmed)

    @property
    def recall_interval(self) -> tuple[float, float]:
        """Exact 95 % interval of the recall."""
        return clopper_pearson(self.correct, self.confirmed)


@dataclass(frozen=True, slots=True)
class EvidenceMetrics:
    """What the probabilities say before any policy; `curve` is (recall, precision) as the threshold falls.

    `recall_at` maps a wrong share to the best recall within it; `sure` holds every request from 0.99 up.
    """

    recall_at_error_rate: dict[float, float]
    precision_recall_curve: tuple[tuple[float, float], ...]
    bins: tuple[ReliabilityBin, ...]
    ece: float
    high_confidence: ReliabilityBin


def rank_by_score(score: FloatArray, truth: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Right and wrong answers when every request scored at least as high is accepted, at each distinct score, downwards."""
    order = np.argsort(-score, kind="stable")
    ranked, hits = score[order], truth[order]
    last = np.r_[ranked[1:] != ranked[:-1], True] if len(ranked) else np.zeros(0, dtype=bool)
    right = np.cumsum(hits)[last].astype(float)
    return right, np.flatnonzero(last) + 1 - right


def recall_at_error_rate(score: FloatArray, truth: BoolArray, share: float) -> float:
    """The best recall whose wrong share is at most `share`."""
    right, wrong = rank_by_score(score[score > 0], truth[score > 0])
    fine = wrong <= share * (right + wrong)
    return float(right[fine].max() / max(truth.sum(), 1)) if fine.any() else 0.0


def reliability_bin(score: FloatArray, truth: BoolArray, low: float, high: float) -> ReliabilityBin:
    """The requests whose score lies in [low, high), or in [low, 1]."""
    chosen = (score >= low) & ((score < high) | (high == 1.0))
    count, hits = int(chosen.sum()), int(truth[chosen].sum())
    claimed = float(score[chosen].mean()) if count else 0.0
    return ReliabilityBin(low, high, count, claimed, hits / max(count, 1), clopper_pearson(hits, count))


def measure_reliability(score: FloatArray, truth: BoolArray) -> tuple[tuple[ReliabilityBin, ...], float]:
    """Claimed against observed by bin, and the expected calibration error over all requests."""
    bins = tuple(
        b for b in (reliability_bin(score, truth, low, high) for low, high in pairwise(BIN_EDGES)) if b.requests
    )
    return bins, sum(b.requests * abs(b.calibration_gap) for b in bins) / max(len(score), 1)


def measure_evidence(score: FloatArray, truth: BoolArray) -> EvidenceMetrics:
    """Ranking and calibration of the scores of all requests; 0 is a request without a candidate."""
    right, wrong = rank_by_score(score[score > 0], truth[score > 0])
    total = max(int(truth.sum()), 1)
    points = dict.fromkeys(
        (round(float(r / total), 4), float(f"{r / (r + w):.5f}")) for r, w in zip(right, wrong, strict=True)
    )
    bins, ece = measure_reliability(score, truth)
    shares = {share: recall_at_error_rate(score, truth, share) for share in ERROR_RATES}
    return EvidenceMetrics(shares, tuple(points), bins, float(ece), reliability_bin(score, truth, HIGH_CONFIDENCE, 1.0))


def count_outcomes(name: str, outcome: npt.NDArray[np.str_], truth: BoolArray, chosen: BoolArray) -> OutcomeCounts:
    """Count what became of the chosen requests."""
    match, review = chosen & (outcome == "match"), chosen & (outcome == "review")
    return OutcomeCounts(
        name, int(chosen.sum()), int((chosen & truth).sum()), int(match.sum()), int((match & ~truth).sum()),
        int(review.sum()), int((match & truth).sum()), int(((match | review) & truth).sum()),
    )  # fmt: skip


def measure_outcomes(determinations: pa.Table, truth: pa.Table) -> tuple[OutcomeCounts, ...]:
    """What became of all requests and, where the truth says which are, of the complete ones."""
    outcome, confirmed = outcomes_and_truth(determinations, truth)
    everyone = np.ones(len(confirmed), dtype=bool)
    kinds = [count_outcomes("all requests", outcome, confirmed, everyone)]
    if "complete" in truth.column_names:
        kinds += [count_outcomes("complete requests", outcome, confirmed, boolean_column(truth, "complete"))]
    return tuple(kinds)


def boolean_column(table: pa.Table, column: str) -> BoolArray:
    """A Boolean column, null as false."""
    result: BoolArray = table[column].fill_null(False).to_numpy(zero_copy_only=False).astype(bool)
    return result


def outcomes_and_truth(determinations: pa.Table, truth: pa.Table) -> tuple[npt.NDArray[np.str_], BoolArray]:
    """The outcome and the truth of each request, as arrays."""
    return np.array(determinations["outcome"].to_pylist(), dtype=str), boolean_column(truth, "confirmed")


def match_probabilities(determinations: pa.Table) -> FloatArray:
    """The match probability of each request."""
    result: FloatArray = determinations["match_probability"].to_numpy().astype(np.float64)
    return result

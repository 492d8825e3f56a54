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

from comity.evaluate.intervals import share_interval

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
BINS = (0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.98, 0.99, 0.999, 1.0)
WRONG_SHARES = (0.01, 0.005, 0.002, 0.001)
SURE = 0.99


@dataclass(frozen=True, slots=True)
class Bin:
    """Requests whose claimed probability lies in [low, high): how many, the mean claim, the share that was true."""

    low: float
    high: float
    requests: int
    claimed: float
    observed: float
    interval: tuple[float, float]

    @property
    def gap(self) -> float:
        """Claimed minus observed."""
        return self.claimed - self.observed


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of some requests; `wrong` counts matches that are not confirmed by the truth."""

    name: str
    requests: int
    confirmed: int
    match: int
    wrong: int
    review: int
    right: int
    right_or_review: int

    @property
    def wrong_share(self) -> float:
        """Wrong matches among matches."""
        return self.wrong / max(self.match, 1)

    @property
    def recall(self) -> float:
        """Right matches among the truly confirmed."""
        return self.right / max(self.confirmed, 1)

    @property
    def found(self) -> float:
        """Right matches and reviews among the truly confirmed."""
        return self.right_or_review / max(self.confirmed, 1)

    @property
    def review_share(self) -> float:
        """Reviews among all requests."""
        return self.review / max(self.requests, 1)

    @property
    def missed(self) -> int:
        """Truly confirmed requests that were not matched."""
        return self.confirmed - self.right

    @property
    def lost(self) -> int:
        """Truly confirmed requests that were neither matched nor put to review."""
        return self.confirmed - self.right_or_review

    @property
    def missed_share(self) -> float:
        """Missed requests among the truly confirmed."""
        return self.missed / max(self.confirmed, 1)

    @property
    def wrong_interval(self) -> tuple[float, float]:
        """Exact 95 % interval of the wrong share."""
        return share_interval(self.wrong, self.match)

    @property
    def missed_interval(self) -> tuple[float, float]:
        """Exact 95 % interval of the missed share."""
        return share_interval(self.missed, self.confirmed)

    @property
    def recall_interval(self) -> tuple[float, float]:
        """Exact 95 % interval of the recall."""
        return share_interval(self.right, self.confirmed)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the probabilities say before any policy; `curve` is (recall, precision) as the threshold falls.

    `recall_at` maps a wrong share to the best recall within it; `sure` holds every request from 0.99 up.
    """

    recall_at: dict[float, float]
    curve: tuple[tuple[float, float], ...]
    bins: tuple[Bin, ...]
    ece: float
    sure: Bin


def ranking(score: Floats, truth: Bools) -> tuple[Floats, Floats]:
    """Right and wrong answers when every request scored at least as high is accepted, at each distinct score, downwards."""
    order = np.argsort(-score, kind="stable")
    ranked, hits = score[order], truth[order]
    last = np.r_[ranked[1:] != ranked[:-1], True] if len(ranked) else np.zeros(0, dtype=bool)
    right = np.cumsum(hits)[last].astype(float)
    return right, np.flatnonzero(last) + 1 - right


def recall_at(score: Floats, truth: Bools, share: float) -> float:
    """The best recall whose wrong share is at most `share`."""
    right, wrong = ranking(score[score > 0], truth[score > 0])
    fine = wrong <= share * (right + wrong)
    return float(right[fine].max() / max(truth.sum(), 1)) if fine.any() else 0.0


def bin_of(score: Floats, truth: Bools, low: float, high: float) -> Bin:
    """The requests whose score lies in [low, high), or in [low, 1]."""
    chosen = (score >= low) & ((score < high) | (high == 1.0))
    count, hits = int(chosen.sum()), int(truth[chosen].sum())
    claimed = float(score[chosen].mean()) if count else 0.0
    return Bin(low, high, count, claimed, hits / max(count, 1), share_interval(hits, count))


def reliability(score: Floats, truth: Bools) -> tuple[tuple[Bin, ...], float]:
    """Claimed against observed by bin, and the expected calibration error over all requests."""
    bins = tuple(b for b in (bin_of(score, truth, low, high) for low, high in pairwise(BINS)) if b.requests)
    return bins, sum(b.requests * abs(b.gap) for b in bins) / max(len(score), 1)


def measure_evidence(score: Floats, truth: Bools) -> Evidence:
    """Ranking and calibration of the scores of all requests; 0 is a request without a candidate."""
    right, wrong = ranking(score[score > 0], truth[score > 0])
    total = max(int(truth.sum()), 1)
    points = dict.fromkeys(
        (round(float(r / total), 4), float(f"{r / (r + w):.5f}")) for r, w in zip(right, wrong, strict=True)
    )
    bins, ece = reliability(score, truth)
    shares = {share: recall_at(score, truth, share) for share in WRONG_SHARES}
    return Evidence(shares, tuple(points), bins, float(ece), bin_of(score, truth, SURE, 1.0))


def count_outcomes(name: str, outcome: npt.NDArray[np.str_], truth: Bools, chosen: Bools) -> Outcomes:
    """Count what became of the chosen requests."""
    match, review = chosen & (outcome == "match"), chosen & (outcome == "review")
    return Outcomes(
        name, int(chosen.sum()), int((chosen & truth).sum()), int(match.sum()), int((match & ~truth).sum()),
        int(review.sum()), int((match & truth).sum()), int(((match | review) & truth).sum()),
    )  # fmt: skip


def measure_outcomes(determinations: pa.Table, truth: pa.Table) -> tuple[Outcomes, ...]:
    """What became of all requests and, where the truth says which are, of the complete ones."""
    outcome, confirmed = outcome_and_truth(determinations, truth)
    everyone = np.ones(len(confirmed), dtype=bool)
    kinds = [count_outcomes("all requests", outcome, confirmed, everyone)]
    if "complete" in truth.column_names:
        kinds += [count_outcomes("complete requests", outcome, confirmed, flags(truth, "complete"))]
    return tuple(kinds)


def flags(table: pa.Table, column: str) -> Bools:
    """A Boolean column, null as false."""
    result: Bools = table[column].fill_null(False).to_numpy(zero_copy_only=False).astype(bool)
    return result


def outcome_and_truth(determinations: pa.Table, truth: pa.Table) -> tuple[npt.NDArray[np.str_], Bools]:
    """The outcome and the truth of each request, as arrays."""
    return np.array(determinations["outcome"].to_pylist(), dtype=str), flags(truth, "confirmed")


def probabilities(determinations: pa.Table) -> Floats:
    """The match probability of each request."""
    result: Floats = determinations["match_probability"].to_numpy().astype(np.float64)
    return result

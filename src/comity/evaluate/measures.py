"""Measures of a labelled run: recall at a wrong share, reliability by bin, outcomes, groups.

Guarantees: a threshold never splits a tie: requests with one probability are accepted or refused together.
Basis: Wilson intervals (Wilson 1927); ECE as the mean gap of bins, weighed by their counts.
Start at `measure`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
BINS = (0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.98, 0.99, 0.999, 1.0)
WRONG_SHARES = (0.01, 0.005, 0.002, 0.001)


@dataclass(frozen=True, slots=True)
class Bin:
    """Requests whose claimed probability lies in [low, high): how many, the mean claim, the share that was true."""

    low: float
    high: float
    requests: int
    claimed: float
    observed: float
    interval: tuple[float, float]


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
    def wrong_interval(self) -> tuple[float, float]:
        """95 % interval of the wrong share."""
        return wilson(self.wrong, self.match)

    @property
    def recall_interval(self) -> tuple[float, float]:
        """95 % interval of the recall."""
        return wilson(self.right, self.confirmed)


@dataclass(frozen=True, slots=True)
class Report:
    """What `evaluate` found. `recall_at` maps a wrong share to the best recall within it; `curve` is (recall, precision)."""

    requests: int
    confirmed: int
    recall_at: dict[float, float]
    curve: tuple[tuple[float, float], ...]
    bins: tuple[Bin, ...]
    ece: float
    outcomes: tuple[Outcomes, ...]
    groups: dict[str, tuple[Outcomes, ...]]
    model_fingerprint: str = ""
    synthetic: bool = False


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if not total:
        return (0.0, 1.0)
    p, n = hits / total, float(total)
    center, spread = (p + z * z / (2 * n)), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return (max(0.0, float((center - spread) / scale)), min(1.0, float((center + spread) / scale)))


def ranking(score: Floats, truth: Bools) -> tuple[Floats, Floats]:
    """Right and wrong answers when every request scored at least as high is accepted, at each distinct score, downwards."""
    order = np.argsort(-score, kind="stable")
    ranked, hits = score[order], truth[order]
    last = np.r_[ranked[1:] != ranked[:-1], True]
    right = np.cumsum(hits)[last].astype(float)
    return right, np.flatnonzero(last) + 1 - right


def recall_at(score: Floats, truth: Bools, share: float) -> float:
    """The best recall whose wrong share is at most `share`."""
    right, wrong = ranking(score[score > 0], truth[score > 0])
    fine = wrong <= share * (right + wrong)
    return float(right[fine].max() / max(truth.sum(), 1)) if fine.any() else 0.0


def reliability(score: Floats, truth: Bools) -> tuple[tuple[Bin, ...], float]:
    """Claimed against observed by bin, and the expected calibration error over all requests."""
    bins = []
    for low, high in pairwise(BINS):
        chosen = (score >= low) & ((score < high) | (high == 1.0))
        count, hits = int(chosen.sum()), int(truth[chosen].sum())
        if count:
            bins.append(Bin(low, high, count, float(score[chosen].mean()), hits / count, wilson(hits, count)))
    return tuple(bins), sum(b.requests * abs(b.claimed - b.observed) for b in bins) / max(len(score), 1)


def outcomes(name: str, outcome: npt.NDArray[np.str_], truth: Bools, chosen: Bools) -> Outcomes:
    """Count what became of the chosen requests."""
    match, review = chosen & (outcome == "match"), chosen & (outcome == "review")
    return Outcomes(
        name, int(chosen.sum()), int((chosen & truth).sum()), int(match.sum()), int((match & ~truth).sum()),
        int(review.sum()), int((match & truth).sum()), int(((match | review) & truth).sum()),
    )  # fmt: skip


def measure(determinations: pa.Table, truth: pa.Table, group_columns: Sequence[str], model: str = "") -> Report:
    """Measure determinations against the truth, row by row in the same order."""
    score = determinations["match_probability"].to_numpy().astype(np.float64)
    outcome = np.array(determinations["outcome"].to_pylist())
    confirmed = np.array(truth["confirmed"].to_pylist(), dtype=bool)
    everyone = np.ones(len(confirmed), dtype=bool)
    kinds = [outcomes("all requests", outcome, confirmed, everyone)]
    if "complete" in truth.column_names:
        complete = np.array(truth["complete"].to_pylist(), dtype=bool)
        kinds += [outcomes("complete requests", outcome, confirmed, complete)]
    groups = {}
    for column in group_columns:
        labels = np.array([str(v) for v in truth[column].to_pylist()])
        names, counts = np.unique(labels, return_counts=True)
        largest = names[np.argsort(-counts, kind="stable")][:12]
        groups[column] = tuple(outcomes(str(n), outcome, confirmed, labels == n) for n in largest)
    right, wrong = ranking(score[score > 0], confirmed[score > 0])
    step = max(1, len(right) // 400)
    bins, ece = reliability(score, confirmed)
    total = max(int(confirmed.sum()), 1)
    return Report(
        requests=len(confirmed),
        confirmed=int(confirmed.sum()),
        recall_at={share: recall_at(score, confirmed, share) for share in WRONG_SHARES},
        curve=tuple((float(r / total), float(r / (r + w))) for r, w in zip(right[::step], wrong[::step], strict=True)),
        bins=bins,
        ece=float(ece),
        outcomes=tuple(kinds),
        groups=groups,
        model_fingerprint=model,
    )

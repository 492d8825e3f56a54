"""Count the outcomes of labelled requests: right, wrong, missed, and put to review.

Guarantees: intervals are exact (`comity.figures.exact_intervals`).
Start at `measure_outcomes`.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from comity.evaluate.labelled_data import BoolArray, StringArray, boolean_column, outcomes_and_truth
from comity.figures.exact_intervals import clopper_pearson


@dataclass(frozen=True, slots=True)
class OutcomeCounts:
    """The outcomes of some requests; `wrong` counts matches that the truth does not confirm."""

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
        """Return wrong matches among matches."""
        return self.wrong / max(self.matches, 1)

    @property
    def recall(self) -> float:
        """Return right matches among the truly confirmed."""
        return self.correct / max(self.confirmed, 1)

    @property
    def recall_incl_review(self) -> float:
        """Return right matches and reviews among the truly confirmed."""
        return self.correct_or_reviewed / max(self.confirmed, 1)

    @property
    def review_rate(self) -> float:
        """Return reviews among all requests."""
        return self.reviews / max(self.requests, 1)

    @property
    def missed(self) -> int:
        """Count truly confirmed requests that were not matched."""
        return self.confirmed - self.correct

    @property
    def missed_entirely(self) -> int:
        """Count truly confirmed requests that were neither matched nor put to review."""
        return self.confirmed - self.correct_or_reviewed

    @property
    def miss_rate(self) -> float:
        """Return missed requests among the truly confirmed."""
        return self.missed / max(self.confirmed, 1)

    @property
    def error_rate_interval(self) -> tuple[float, float]:
        """Return the exact 95 % interval of the error rate."""
        return clopper_pearson(self.wrong, self.matches)

    @property
    def miss_rate_interval(self) -> tuple[float, float]:
        """Return the exact 95 % interval of the miss rate."""
        return clopper_pearson(self.missed, self.confirmed)

    @property
    def recall_interval(self) -> tuple[float, float]:
        """Return the exact 95 % interval of the recall."""
        return clopper_pearson(self.correct, self.confirmed)


def count_outcomes(name: str, outcome: StringArray, truth: BoolArray, chosen: BoolArray) -> OutcomeCounts:
    """Count the outcomes of the chosen requests; all three arrays have one element for each request."""
    match, review = chosen & (outcome == "match"), chosen & (outcome == "review")
    return OutcomeCounts(
        name=name,
        requests=int(chosen.sum()),
        confirmed=int((chosen & truth).sum()),
        matches=int(match.sum()),
        wrong=int((match & ~truth).sum()),
        reviews=int(review.sum()),
        correct=int((match & truth).sum()),
        correct_or_reviewed=int(((match | review) & truth).sum()),
    )


def measure_outcomes(determinations: pa.Table, truth: pa.Table) -> tuple[OutcomeCounts, ...]:
    """Count the outcomes of all requests and, if the truth has a column `complete`, of the complete ones."""
    outcome, confirmed = outcomes_and_truth(determinations, truth)
    all_requests = np.ones(len(confirmed), dtype=bool)
    counts = [count_outcomes("all requests", outcome, confirmed, all_requests)]
    if "complete" in truth.column_names:
        counts += [count_outcomes("complete requests", outcome, confirmed, boolean_column(truth, "complete"))]
    return tuple(counts)

"""Derive from labelled probabilities the confirm probability that an agreement's tolerated error asks for.

"At most 2 wrong in 1,000, with 95 % confidence" is a claim about future requests, so the threshold must be chosen in a
way that keeps the claim true although the choice looks at the labels. The search walks down from the highest
probabilities and stops at the first threshold that cannot be shown to be good enough. It starts at a few points, fixed
by counts of requests and not by labels, each with its share of the permitted risk.

Guarantees: over samples of labels, the true error rate at and above the threshold exceeds the tolerated one in at most
1 - confidence of them; a threshold never splits a tie; when the data cannot show it, an error and no threshold.
Does not: know of households. Labels are taken to be independent, so leave room where many requests share one household.
Basis: fixed-sequence testing with several starts (Angelopoulos, Bates, Candes, Jordan and Lei 2021); exact binomial
tails.
Start at `derive_confirm_threshold`.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from comity.errors import PolicyError
from comity.evaluate.evidence_metrics import rank_by_score
from comity.evaluate.labelled_data import BoolArray, FloatArray
from comity.figures.exact_intervals import binomial_cdf, clopper_pearson_upper

SEQUENCE_STARTS = (0, 2, 6, 14)
"""The search starts where so many wrong labels would still be tolerated: one unlucky label at the top cannot end it."""


@dataclass(frozen=True, slots=True)
class ToleratedError:
    """At most `wrong` wrong confirmations in `out_of`, with this confidence."""

    wrong: int = 2
    out_of: int = 1000
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.wrong < self.out_of or not 0 < self.confidence < 1:
            raise RuntimeError("a tolerated error needs 0 < wrong < out_of and 0 < confidence < 1")

    @property
    def error_rate(self) -> float:
        """Return the tolerated error rate."""
        return self.wrong / self.out_of

    def __str__(self) -> str:
        return f"at most {self.wrong:,} wrong in {self.out_of:,}, with {self.confidence:.0%} confidence"


@dataclass(frozen=True, slots=True)
class ConfirmThreshold:
    """The lowest confirm probability within the tolerated error, and the labels at and above it.

    `error_rate_upper_bound` is the plain exact bound at this threshold; the search is stricter.
    """

    confirm_probability: float
    accepted: int
    wrong: int
    error_rate_upper_bound: float


def derive_confirm_threshold(
    match_probability: FloatArray, confirmed: BoolArray, tolerated: ToleratedError | None = None
) -> ConfirmThreshold:
    """Return the lowest confirm probability at which the tolerated error holds.

    Give the requests that policy would otherwise confirm (address, given name, no rival), none of which was used to fit
    the probabilities.

    Raises:
        PolicyError: `tolerance_unproven`, there are too few labels, or the highest probabilities are wrong too often.
    """
    tolerated = tolerated or ToleratedError()
    risk = (1 - tolerated.confidence) / len(SEQUENCE_STARTS)
    score, truth = match_probability[match_probability > 0], confirmed[match_probability > 0]
    levels = np.unique(score)[::-1]
    right, wrong = rank_by_score(score, truth)
    accepted: npt.NDArray[np.int64] = (right + wrong).astype(np.int64)
    label_count, min_count = int(accepted[-1]) if len(accepted) else 0, min_label_count(tolerated)
    if label_count < min_count:
        raise PolicyError(
            "tolerance_unproven",
            f"{label_count:,} labelled confirmations cannot show {tolerated}.",
            f"Label at least {min_count:,}, or agree on a larger tolerated error.",
        )
    lowest = -1
    for tolerated_wrong in SEQUENCE_STARTS:
        start = int(np.searchsorted(accepted, _min_accepted(tolerated_wrong, tolerated.error_rate, risk)))
        for level in range(start, len(levels)):
            if accepted[level] < _min_accepted(int(wrong[level]), tolerated.error_rate, risk):
                break
            lowest = max(lowest, level)
    if lowest < 0:
        raise PolicyError(
            "tolerance_unproven",
            f"No confirm probability keeps to {tolerated} on these labels.",
            "Train a better model, label more, or agree on a larger tolerated error.",
        )
    return ConfirmThreshold(
        confirm_probability=float(levels[lowest]),
        accepted=int(accepted[lowest]),
        wrong=int(wrong[lowest]),
        error_rate_upper_bound=clopper_pearson_upper(int(wrong[lowest]), int(accepted[lowest]), tolerated.confidence),
    )


def min_label_count(tolerated: ToleratedError) -> int:
    """Return how many confirmations must be labelled, all of them right, before any threshold can be good enough."""
    return _min_accepted(0, tolerated.error_rate, (1 - tolerated.confidence) / len(SEQUENCE_STARTS))


@lru_cache(maxsize=4096)
def _min_accepted(wrong: int, error_rate: float, risk: float) -> int:
    """Return how many must be accepted for this many wrong to show, at this risk, an error rate below `error_rate`."""
    low, high = wrong, wrong + 1
    while binomial_cdf(wrong, high, error_rate) > risk:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if binomial_cdf(wrong, middle, error_rate) > risk else (low, middle)
    return high

"""The confirm probability that an agreement's tolerated error asks for, from labelled probabilities.

"At most 2 wrong in 1,000, with 95 % confidence" is a claim about requests yet to come, so the threshold must be chosen in a
way that keeps the claim true although the choice looks at the labels. The walk goes down from the highest probabilities and
stops at the first threshold that cannot be shown to be good enough; it is begun at a few places, fixed by counts of
requests and not by labels, each with its share of the permitted risk.

Guarantees: over samples of labels, the true wrong share at and above the threshold exceeds the tolerated one in at most
1 - confidence of them; a threshold never splits a tie; when the data cannot show it, an error and no threshold.
Does not: know of households: labels are taken to be independent, so leave room where many requests share one household.
Basis: fixed-sequence testing with several starts (Angelopoulos, Bates, Candes, Jordan and Lei 2021); exact binomial tails.
Start at `confirm_probability`.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from comity.errors import PolicyError
from comity.evaluate.measures import BoolArray, FloatArray, rank_by_score
from comity.figures.exact_intervals import binomial_cdf, clopper_pearson_upper

SEQUENCE_STARTS = (0, 2, 6, 14)
"""The walk begins where so many wrong would still be tolerated: one unlucky label at the top cannot end it."""


@dataclass(frozen=True, slots=True)
class ToleratedError:
    """At most `wrong` wrong confirmations in `of`, with this confidence."""

    wrong: int = 2
    out_of: int = 1000
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.wrong < self.out_of or not 0 < self.confidence < 1:
            raise RuntimeError("a tolerated error needs 0 < wrong < of and 0 < confidence < 1")

    @property
    def error_rate(self) -> float:
        """The tolerated wrong share."""
        return self.wrong / self.out_of

    def __str__(self) -> str:
        return f"at most {self.wrong:,} wrong in {self.out_of:,}, with {self.confidence:.0%} confidence"


@dataclass(frozen=True, slots=True)
class ConfirmThreshold:
    """The lowest confirm probability that keeps within the tolerated error, and what the labels show there.

    `wrong_bound` is the plain exact bound at this threshold; the walk is stricter.
    """

    confirm_probability: float
    accepted: int
    wrong: int
    error_rate_upper_bound: float


@lru_cache(maxsize=4096)
def _min_accepted(wrong: int, share: float, risk: float) -> int:
    """How many must be accepted for so many wrong to show a share below `share`, but for this risk."""
    low, high = wrong, wrong + 1
    while binomial_cdf(wrong, high, share) > risk:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if binomial_cdf(wrong, middle, share) > risk else (low, middle)
    return high


def min_label_count(tolerated: ToleratedError) -> int:
    """How many confirmations must be labelled, all of them right, before any threshold can be shown to be good enough."""
    return _min_accepted(0, tolerated.error_rate, (1 - tolerated.confidence) / len(SEQUENCE_STARTS))


def derive_confirm_threshold(
    match_probability: FloatArray, confirmed: BoolArray, tolerated: ToleratedError | None = None
) -> ConfirmThreshold:
    """The lowest confirm probability at which the tolerated error holds.

    Give the requests that policy would otherwise confirm (address, given name, no rival), none of which was used to fit the
    probabilities.

    Raises:
        PolicyError: `tolerance_unproven`, there are too few labels, or the highest probabilities are wrong too often.
    """
    asked = tolerated or ToleratedError()
    risk = (1 - asked.confidence) / len(SEQUENCE_STARTS)
    score, truth = match_probability[match_probability > 0], confirmed[match_probability > 0]
    levels = np.unique(score)[::-1]
    right, wrong = rank_by_score(score, truth)
    accepted: npt.NDArray[np.int64] = (right + wrong).astype(np.int64)
    most = int(accepted[-1]) if len(accepted) else 0
    fewest = min_label_count(asked)
    if most < fewest:
        raise PolicyError(
            "tolerance_unproven",
            f"{most:,} labelled confirmations cannot show {asked}.",
            f"Label at least {fewest:,}, or agree on a larger tolerated error.",
        )
    best = -1
    for allowed in SEQUENCE_STARTS:
        start = int(np.searchsorted(accepted, _min_accepted(allowed, asked.error_rate, risk)))
        for i in range(start, len(levels)):
            if accepted[i] < _min_accepted(int(wrong[i]), asked.error_rate, risk):
                break
            best = max(best, i)
    if best < 0:
        raise PolicyError(
            "tolerance_unproven",
            f"No confirm probability keeps to {asked} on these labels.",
            "Train a better model, label more, or agree on a larger tolerated error.",
        )
    return ConfirmThreshold(
        float(levels[best]),
        int(accepted[best]),
        int(wrong[best]),
        clopper_pearson_upper(int(wrong[best]), int(accepted[best]), asked.confidence),
    )

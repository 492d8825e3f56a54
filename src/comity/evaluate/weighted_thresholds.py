"""Derive a confirm probability for one population from labels of another, each label counted by what it stands for.

"At most 1 wrong in 1,000, with 95 % confidence" is a claim about requests of the population that an agreement names.
Where labels are of another mix, a wrong one stands for more requests there, or for fewer
(`population_labels.weigh_if_wrong`). The bound on the weighted number of wrong ones is that of Fay and Feuer, with the
largest weight among the labels accepted for the label that was not seen; it does not depend on which labels
are wrong. The search is that of `thresholds`: it walks down from fixed starts, and stops at the first threshold that
cannot be shown.

Guarantees: with equal weights the bound is the exact one of Poisson counts; a threshold never splits a tie; when the
labels cannot show it, an error and no threshold.
Does not: know of households; labels are taken to be independent. Weights are taken as known.
Basis: Fay and Feuer 1997 (gamma intervals for weighted sums); Garwood 1936; Angelopoulos et al. 2021; Kish 1965
(effective number); ADR 0044.
Start at `derive_weighted_threshold`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from comity.errors import PolicyError
from comity.evaluate.labelled_data import BoolArray, FloatArray
from comity.evaluate.thresholds import SEQUENCE_STARTS, ToleratedError
from comity.figures.exact_intervals import fay_feuer_upper, poisson_lower

_RISK_OF_RIGHT = 0.2
"""The part of the risk that the number of right confirmations is overestimated; the rest is for the wrong ones."""


@dataclass(frozen=True, slots=True)
class WeightedThreshold:
    """The lowest confirm probability within the tolerated error; the labels at and above it, counted and weighted.

    `effective` is how many equally weighted labels would show as much (Kish).
    """

    confirm_probability: float
    accepted: int
    wrong: int
    wrong_weight: float
    effective: float


def derive_weighted_threshold(
    match_probability: FloatArray, confirmed: BoolArray, weight_if_wrong: FloatArray, tolerated: ToleratedError
) -> WeightedThreshold:
    """Return the lowest confirm probability at which the tolerated error holds in the population of the weights.

    Give the requests that policy would otherwise confirm, none of which was used to fit the probabilities, and for each
    how many requests of the population it stands for if it is wrong; a right one stands for one.

    Raises:
        PolicyError: `tolerance_unproven`, the labels do not show it at any probability.
    """
    order = np.argsort(-match_probability, kind="stable")
    score, truth, weight = match_probability[order], confirmed[order], weight_if_wrong[order]
    last_of_tie = np.flatnonzero(np.r_[score[1:] != score[:-1], True]) if len(score) else np.empty(0, np.int64)
    wrong_weight = np.where(truth, 0.0, weight)
    right, total, squares = (
        np.cumsum(values)[last_of_tie] for values in (truth.astype(float), wrong_weight, wrong_weight**2)
    )
    largest = np.maximum.accumulate(weight)[last_of_tie] if len(score) else np.empty(0)
    accepted = (last_of_tie + 1).astype(np.float64)
    risk = (1 - tolerated.confidence) / len(SEQUENCE_STARTS)
    is_shown = _bound_error_rate(right, total, squares, largest, risk) <= tolerated.error_rate
    lowest = -1
    for tolerated_wrong in SEQUENCE_STARTS:
        supposed = tolerated_wrong * largest, tolerated_wrong * largest**2
        reaches = _bound_error_rate(accepted - tolerated_wrong, *supposed, largest, risk) <= tolerated.error_rate
        start = int(np.argmax(reaches)) if reaches.any() else len(is_shown)
        fails = np.flatnonzero(~is_shown[start:])
        end = start + int(fails[0]) if len(fails) else len(is_shown)
        lowest = max(lowest, end - 1 if end > start else -1)
    if lowest < 0:
        raise PolicyError(
            "tolerance_unproven",
            f"{len(score):,} labelled confirmations do not show {tolerated} in this population.",
            "Label more requests, or agree on a larger tolerated error.",
        )
    counted = np.where(truth, 1.0, weight)[: int(accepted[lowest])]
    return WeightedThreshold(
        confirm_probability=float(score[last_of_tie[lowest]]),
        accepted=int(accepted[lowest]),
        wrong=int(accepted[lowest] - right[lowest]),
        wrong_weight=float(total[lowest]),
        effective=float(counted.sum() ** 2 / (counted**2).sum()),
    )


def _bound_error_rate(
    right: npt.NDArray[np.float64],
    total: npt.NDArray[np.float64],
    squares: npt.NDArray[np.float64],
    largest: npt.NDArray[np.float64],
    risk: float,
) -> npt.NDArray[np.float64]:
    """Return the upper bound on the share of wrong ones at each threshold, at this risk."""
    wrong = fay_feuer_upper(total, squares, largest, 1 - risk * (1 - _RISK_OF_RIGHT))
    low_right = poisson_lower(right, 1 - risk * _RISK_OF_RIGHT)
    bound: npt.NDArray[np.float64] = wrong / np.maximum(wrong + low_right, np.finfo(float).tiny)
    return bound

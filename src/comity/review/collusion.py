"""Find two reviewers who err together more often than chance and hard cases explain.

Who judges alone errs alone, except where a case is hard for everybody. Given how often each of two reviewers erred on
the known pairs of one kind that both judged, the number of pairs on which they gave the same wrong answer has a
hypergeometric distribution; that some pairs are harder than others raises the odds of a common error, and an odds
ratio of `HONEST_ODDS_RATIO` allows for it (Fisher's noncentral distribution). Two are found when what they did has a
probability of at most `MAX_P_VALUE` under it, adjusted for all pairs of reviewers (Holm).

Guarantees: who never errs is never found; agreement on what is right counts for nothing.
Does not: find two who recognize known pairs, or prove intent. People look into what it finds; until then the judgments
of both are void.
Start at `find_colluding_pairs`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from comity.figures.exact_intervals import holm_adjust
from comity.review.reviewer_measures import KnownResult

HONEST_ODDS_RATIO = 4.0
"""If a tenth of the cases carries half of all errors, two who judge alone err together at an odds ratio near 3."""
MAX_P_VALUE = 0.0001
MIN_COMMON_PAIRS = 40

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CollusionFinding:
    """Two reviewers, how many known pairs both judged, how often they gave one wrong answer, and how likely that is."""

    reviewers: tuple[str, str]
    common_pairs: int
    common_errors: int
    p_value: float


def find_colluding_pairs(results: Mapping[str, Sequence[KnownResult]]) -> tuple[CollusionFinding, ...]:
    """Return the pairs of reviewers who err together too often, given the results of each reviewer, by name."""
    by_reviewer = {reviewer: {result.case: result for result in known} for reviewer, known in results.items()}
    compared = []
    for left, right in combinations(sorted(by_reviewer), 2):
        common = sorted(by_reviewer[left].keys() & by_reviewer[right].keys())
        if len(common) >= MIN_COMMON_PAIRS:
            pairs = [(by_reviewer[left][case], by_reviewer[right][case]) for case in common]
            compared.append(CollusionFinding((left, right), len(pairs), *_test_common_errors(pairs)))
    adjusted = holm_adjust([finding.p_value for finding in compared])
    return tuple(finding for finding, p_value in zip(compared, adjusted, strict=True) if p_value <= MAX_P_VALUE)


def _test_common_errors(pairs: Sequence[tuple[KnownResult, KnownResult]]) -> tuple[int, float]:
    """Return how often both gave one wrong answer, and the probability of as many or more, summed over the kinds."""
    observed = sum(left.is_wrong and left.candidate == right.candidate for left, right in pairs)
    if not observed:
        return 0, 1.0
    distribution: Floats = np.ones(1)
    for kind in sorted({left.kind for left, _ in pairs}):
        of_kind = [(left.is_wrong, right.is_wrong) for left, right in pairs if left.kind == kind]
        distribution = np.convolve(distribution, _common_error_distribution(of_kind))
    return observed, float(min(1.0, distribution[observed:].sum()))


def _common_error_distribution(pairs: Sequence[tuple[bool, bool]]) -> Floats:
    """Return the probability of 0, 1, … common errors, given the errors of each and the honest odds ratio."""
    from scipy.special import gammaln  # noqa: PLC0415  see comity.figures.exact_intervals

    total, first, second = len(pairs), sum(left for left, _ in pairs), sum(right for _, right in pairs)
    common = np.arange(min(first, second) + 1)
    is_possible = first + second - common <= total
    counts = (common, first - common, second - common, np.maximum(total - first - second + common, 0))
    logs = common * np.log(HONEST_ODDS_RATIO) - sum(gammaln(count + 1) for count in counts)
    weights: Floats = np.where(is_possible, np.exp(logs - logs[is_possible].max()), 0.0)
    probabilities: Floats = weights / weights.sum()
    return probabilities

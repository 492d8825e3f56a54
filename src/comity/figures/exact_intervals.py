"""Compute exact statistics of counts: intervals of a share, a bound on it, and whether two shares differ.

SciPy does the arithmetic. It is imported by the functions that need it, so that no command pays for it at start.

Guarantees: no normal approximation; a 95 % interval contains the true share in at least 95 % of samples, whatever the
share is.
Does not: know of households. Labels are taken to be independent of one another.
Basis: Clopper and Pearson 1934; Garwood 1936; Fay and Feuer 1997 (weighted sums; conservative in all their simulations,
exact with equal weights); Fisher 1935 (two-sided: all tables at most as likely as the observed one); Holm 1979.
Start at `clopper_pearson`.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

CONFIDENCE_LEVEL = 0.95


def binomial_cdf(hits: int, total: int, share: float) -> float:
    """Return the probability of at most `hits` hits in `total` independent trials that each hit with `share`."""
    from scipy.special import bdtr  # noqa: PLC0415  see the module docstring

    return 1.0 if hits >= total else float(bdtr(hits, total, share))


def clopper_pearson_upper(hits: int, total: int, confidence: float = CONFIDENCE_LEVEL) -> float:
    """Return the one-sided upper bound of a share at this confidence; 1 when there was no trial."""
    from scipy.stats import beta  # noqa: PLC0415

    return 1.0 if hits >= total else float(beta.ppf(confidence, hits + 1, total - hits))


def clopper_pearson(hits: int, total: int, confidence: float = CONFIDENCE_LEVEL) -> tuple[float, float]:
    """Return the Clopper-Pearson interval of a share; (0, 1) when there was no trial."""
    if not total:
        return 0.0, 1.0
    from scipy.stats import binomtest  # noqa: PLC0415

    interval = binomtest(hits, total).proportion_ci(confidence, method="exact")
    return float(interval.low), float(interval.high)


def poisson_lower(count: Floats, confidence: float = CONFIDENCE_LEVEL) -> Floats:
    """Return the one-sided lower bounds of the means of Poisson counts (Garwood)."""
    from scipy.stats import chi2  # noqa: PLC0415

    bounds: Floats = np.where(count > 0, chi2.ppf(1 - confidence, 2 * np.maximum(count, 1)) / 2, 0.0)
    return bounds


def fay_feuer_upper(total: Floats, squares: Floats, largest: Floats, confidence: float = CONFIDENCE_LEVEL) -> Floats:
    """Return the one-sided upper bounds of the means of weighted Poisson counts (Fay and Feuer).

    Args:
        total: the sums of the weights of what was counted.
        squares: the sums of their squares.
        largest: the largest weight that something counted could have had; positive.
        confidence: of the bounds.
    """
    from scipy.stats import chi2  # noqa: PLC0415

    mean, variance = total + largest, squares + largest**2
    bounds: Floats = variance / (2 * mean) * chi2.ppf(confidence, 2 * mean**2 / variance)
    return bounds


def fisher_exact_p(hits: int, total: int, other_hits: int, other_total: int) -> float:
    """Return the two-sided p-value of Fisher's exact test that two groups have the same share; 1 without a trial."""
    from scipy.stats import fisher_exact  # noqa: PLC0415

    table = np.array([[hits, total - hits], [other_hits, other_total - other_hits]])
    return float(fisher_exact(table).pvalue) if total and other_total else 1.0


def holm_adjust(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for multiple comparisons by Holm's method, in the order given."""
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted

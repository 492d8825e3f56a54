"""Exact statistics of counts: intervals for a share, a bound on it, and whether two shares differ.

Guarantees: no approximation: binomial and hypergeometric tails are summed; an interval of 95 % holds the true share in at
least 95 % of samples, whatever it is.
Does not: know of households: labels are taken to be independent of one another.
Basis: Clopper and Pearson 1934; Fisher 1935 (two-sided: tables no likelier than the one seen); Holm 1979.
Start at `share_interval`.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

CONFIDENCE_LEVEL = 0.95


@lru_cache(maxsize=32)
def _log_factorials(most: int) -> npt.NDArray[np.float64]:
    result: npt.NDArray[np.float64] = np.r_[0.0, np.cumsum(np.log(np.arange(1, most + 1, dtype=np.float64)))]
    return result


def _log_choose(total: int, chosen: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    logs = _log_factorials(1 << max(total, 1).bit_length())
    result: npt.NDArray[np.float64] = logs[total] - logs[chosen] - logs[total - chosen]
    return result


def binomial_cdf(hits: int, total: int, share: float) -> float:
    """The probability of at most `hits` in `total` independent draws that each hit with probability `share`."""
    if hits >= total or share <= 0:
        return 1.0
    if share >= 1:
        return 0.0
    counts = np.arange(hits + 1)
    logs = _log_choose(total, counts) + counts * np.log(share) + (total - counts) * np.log1p(-share)
    return float(min(1.0, np.exp(logs).sum()))


def _bisect(falls: Callable[[float], float], level: float) -> float:
    """Where a falling function of a share in [0, 1] crosses `level`."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if falls(middle) > level else (low, middle)
    return (low + high) / 2


def clopper_pearson_upper(hits: int, total: int, confidence: float = CONFIDENCE_LEVEL) -> float:
    """The share that is not exceeded with this confidence (one-sided); 1 when nothing was drawn."""
    return 1.0 if hits >= total else _bisect(lambda share: binomial_cdf(hits, total, share), 1 - confidence)


def clopper_pearson(hits: int, total: int, confidence: float = CONFIDENCE_LEVEL) -> tuple[float, float]:
    """The Clopper-Pearson interval of a share; (0, 1) when nothing was drawn."""
    one_sided = (1 + confidence) / 2
    return 1 - clopper_pearson_upper(total - hits, total, one_sided) if total else 0.0, clopper_pearson_upper(
        hits, total, one_sided
    )


def fisher_exact_p(hits: int, total: int, other_hits: int, other_total: int) -> float:
    """Fisher's exact test, two-sided: how likely a difference at least as marked is, were the two shares equal."""
    drawn = hits + other_hits
    counts = np.arange(max(0, drawn - other_total), min(drawn, total) + 1)
    logs = _log_choose(total, counts) + _log_choose(other_total, drawn - counts)
    likelihood = np.exp(logs - logs.max())
    seen = likelihood[hits - counts[0]]
    return float(min(1.0, likelihood[likelihood <= seen * (1 + 1e-9)].sum() / likelihood.sum()))


def holm_adjust(p_values: Sequence[float]) -> list[float]:
    """The p-values of several comparisons made at once, raised as Holm asks, in the same order."""
    result, highest = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[i]))
        result[i] = highest
    return result

"""Exact statistics: against published values, against the closed forms, and against what they promise."""

import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import poisson

from comity.figures.exact_intervals import (
    binomial_cdf,
    clopper_pearson,
    clopper_pearson_upper,
    fay_feuer_upper,
    fisher_exact_p,
    holm_adjust,
    poisson_lower,
)

TOTALS = (1, 2, 3, 10, 47, 1_000, 12_345)
"""Beyond these the rounding errors of the sum itself reach 1e-9."""

COUNTS = [(hits, total) for total in TOTALS for hits in sorted({0, 1, 2, total // 3, total // 2, total - 1, total})]
COUNTS = [(hits, total) for hits, total in COUNTS if 0 <= hits <= total]


def log_choose(total: int, hits: np.ndarray) -> np.ndarray:
    logs = np.r_[0.0, np.cumsum(np.log(np.arange(1, total + 1, dtype=np.float64)))]
    result: np.ndarray = logs[total] - logs[hits] - logs[total - hits]
    return result


def summed_binomial_cdf(hits: int, total: int, share: float) -> float:
    """Return the closed form of `binomial_cdf`: the sum of the binomial probabilities up to `hits`."""
    if hits >= total or share <= 0:
        return 1.0
    if share >= 1:
        return 0.0
    counts = np.arange(hits + 1)
    logs = log_choose(total, counts) + counts * np.log(share) + (total - counts) * np.log1p(-share)
    return float(min(1.0, np.exp(logs).sum()))


def bisected_upper(hits: int, total: int, confidence: float) -> float:
    """Return the share at which `hits` or fewer have a probability of 1 - confidence, by bisection."""
    if hits >= total:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        is_below = summed_binomial_cdf(hits, total, middle) > 1 - confidence
        low, high = (middle, high) if is_below else (low, middle)
    return (low + high) / 2


def rational_fisher_p(hits: int, total: int, other_hits: int, other_total: int) -> float:
    """Return the two-sided p-value in rational numbers: all tables at most as likely as the observed one."""
    drawn = hits + other_hits
    ways = {
        count: math.comb(total, count) * math.comb(other_total, drawn - count)
        for count in range(max(0, drawn - other_total), min(drawn, total) + 1)
    }
    return float(Fraction(sum(way for way in ways.values() if way <= ways[hits]), sum(ways.values())))


@pytest.mark.parametrize(("hits", "total"), COUNTS)
def test_binomial_cdf_is_the_sum_of_its_terms(hits: int, total: int) -> None:
    for share in (0.0, 0.0005, 0.002, 0.3, 0.5, 0.999, 1.0):
        assert binomial_cdf(hits, total, share) == pytest.approx(summed_binomial_cdf(hits, total, share), abs=1e-9)


@pytest.mark.parametrize(("hits", "total"), COUNTS)
def test_clopper_pearson_is_where_the_tails_have_their_level(hits: int, total: int) -> None:
    for confidence in (0.9, 0.95, 0.9875):
        upper = bisected_upper(hits, total, confidence)
        assert clopper_pearson_upper(hits, total, confidence) == pytest.approx(upper, abs=1e-9)
        one_sided = (1 + confidence) / 2
        interval = 1 - bisected_upper(total - hits, total, one_sided), bisected_upper(hits, total, one_sided)
        assert clopper_pearson(hits, total, confidence) == pytest.approx(interval, abs=1e-9)


@pytest.mark.parametrize("total", [1, 4, 17, 60, 250])
@pytest.mark.parametrize("other_total", [1, 5, 17, 90, 400])
def test_fisher_exact_p_is_the_share_of_tables_no_likelier(total: int, other_total: int) -> None:
    for hits in sorted({0, 1, total // 4, total // 2, total}):
        for other_hits in sorted({0, 1, other_total // 5, other_total // 2, other_total}):
            expected = rational_fisher_p(hits, total, other_hits, other_total)
            assert fisher_exact_p(hits, total, other_hits, other_total) == pytest.approx(expected, abs=1e-9)


def test_clopper_pearson_has_the_published_values() -> None:
    assert clopper_pearson(0, 10) == pytest.approx((0.0, 0.3085), abs=5e-5)
    assert clopper_pearson(1, 10) == pytest.approx((0.0025, 0.4450), abs=5e-5)
    assert clopper_pearson(10, 10) == pytest.approx((0.6915, 1.0), abs=5e-5)
    assert clopper_pearson(15, 23_885) == pytest.approx((0.00035153, 0.00103559), abs=5e-9)
    assert clopper_pearson(0, 0) == (0.0, 1.0)


def test_clopper_pearson_upper_follows_the_rule_of_three() -> None:
    assert clopper_pearson_upper(0, 100) == pytest.approx(1 - 0.05 ** (1 / 100))
    assert clopper_pearson_upper(0, 1497) < 0.002 < clopper_pearson_upper(0, 1496) + 2e-6


@pytest.mark.parametrize("share", [0.001, 0.05, 0.3, 0.5, 0.93])
def test_clopper_pearson_contains_the_true_share_often_enough(share: float) -> None:
    total = 60
    probabilities = np.diff([0.0, *(binomial_cdf(hits, total, share) for hits in range(total + 1))])
    intervals = [clopper_pearson(hits, total) for hits in range(total + 1)]
    coverage = sum(p for p, (low, high) in zip(probabilities, intervals, strict=True) if low <= share <= high)
    assert probabilities.sum() == pytest.approx(1.0)
    assert coverage >= 0.95


def test_fisher_exact_p_has_the_published_values() -> None:
    assert fisher_exact_p(3, 4, 1, 4) == pytest.approx(0.4857, abs=5e-5)  # the lady tasting tea
    assert fisher_exact_p(1, 10, 11, 14) == pytest.approx(0.00276, abs=5e-6)
    assert fisher_exact_p(11, 14, 1, 10) == pytest.approx(fisher_exact_p(1, 10, 11, 14))
    assert fisher_exact_p(0, 0, 5, 9) == 1.0


def test_holm_adjust_raises_each_p_value() -> None:
    assert holm_adjust([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm_adjust([]) == []


def test_importing_the_pages_and_commands_does_not_import_scipy() -> None:
    program = (
        "import sys, comity.figures.exact_intervals, comity.figures.charts, comity.evaluate.evaluation;"
        "sys.exit(not sys.modules.keys().isdisjoint({'scipy.stats', 'scipy.special'}))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("count", [0, 1, 7, 60])
def test_with_equal_weights_the_bound_of_a_weighted_sum_is_that_of_a_poisson_count(count: int) -> None:
    upper = float(fay_feuer_upper(np.array(float(count)), np.array(float(count)), np.array(1.0)))
    assert poisson.cdf(count, upper) == pytest.approx(0.05)
    doubled = fay_feuer_upper(np.array(2.0 * count), np.array(4.0 * count), np.array(2.0))
    assert float(doubled) == pytest.approx(2 * upper)


def test_the_bound_of_a_weighted_sum_holds_in_95_of_100_samples_whatever_the_weights() -> None:
    draw, weights, means = np.random.default_rng(3), np.array([0.2, 1.0, 8.0]), np.array([30.0, 4.0, 0.3])
    counts = draw.poisson(means, (4000, 3)).astype(float)
    upper = fay_feuer_upper(counts @ weights, counts @ weights**2, np.full(4000, weights.max()))
    assert (upper < means @ weights).mean() <= 0.05


@pytest.mark.parametrize("count", [1, 7, 60])
def test_the_lower_bound_of_a_poisson_count_is_exact(count: int) -> None:
    assert poisson.sf(count - 1, float(poisson_lower(np.array(float(count))))) == pytest.approx(0.05)
    assert float(poisson_lower(np.array(0.0))) == 0.0

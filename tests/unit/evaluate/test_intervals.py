"""Exact statistics against published values, and against what they promise."""

import numpy as np
import pytest

from comity.figures.exact_intervals import (
    binomial_cdf,
    clopper_pearson,
    clopper_pearson_upper,
    fisher_exact_p,
    holm_adjust,
)


def test_intervals_are_those_of_the_tables() -> None:
    assert clopper_pearson(0, 10) == pytest.approx((0.0, 0.3085), abs=5e-5)
    assert clopper_pearson(1, 10) == pytest.approx((0.0025, 0.4450), abs=5e-5)
    assert clopper_pearson(10, 10) == pytest.approx((0.6915, 1.0), abs=5e-5)
    assert clopper_pearson(15, 23_885) == pytest.approx((0.00035153, 0.00103559), abs=5e-9)
    assert clopper_pearson(0, 0) == (0.0, 1.0)


def test_three_in_a_hundred_are_the_most_when_none_was_seen() -> None:
    assert clopper_pearson_upper(0, 100) == pytest.approx(1 - 0.05 ** (1 / 100))
    assert clopper_pearson_upper(0, 1497) < 0.002 < clopper_pearson_upper(0, 1496) + 2e-6


@pytest.mark.parametrize("share", [0.001, 0.05, 0.3, 0.5, 0.93])
def test_an_interval_holds_the_true_share_often_enough(share: float) -> None:
    total = 60
    likely = np.diff([0.0, *(binomial_cdf(hits, total, share) for hits in range(total + 1))])
    intervals = [clopper_pearson(hits, total) for hits in range(total + 1)]
    held = sum(p for p, (low, high) in zip(likely, intervals, strict=True) if low <= share <= high)
    assert likely.sum() == pytest.approx(1.0)
    assert held >= 0.95


def test_the_lady_tasting_tea() -> None:
    assert fisher_exact_p(3, 4, 1, 4) == pytest.approx(0.4857, abs=5e-5)
    assert fisher_exact_p(1, 10, 11, 14) == pytest.approx(0.00276, abs=5e-6)
    assert fisher_exact_p(11, 14, 1, 10) == pytest.approx(fisher_exact_p(1, 10, 11, 14))
    assert fisher_exact_p(0, 0, 5, 9) == 1.0


def test_several_comparisons_raise_each_p() -> None:
    assert holm_adjust([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm_adjust([]) == []

"""Exact statistics against published values, and against what they promise."""

import numpy as np
import pytest

from comity.evaluate.intervals import adjusted, at_most, difference_p, share_interval, upper_bound


def test_intervals_are_those_of_the_tables() -> None:
    assert share_interval(0, 10) == pytest.approx((0.0, 0.3085), abs=5e-5)
    assert share_interval(1, 10) == pytest.approx((0.0025, 0.4450), abs=5e-5)
    assert share_interval(10, 10) == pytest.approx((0.6915, 1.0), abs=5e-5)
    assert share_interval(15, 23_885) == pytest.approx((0.00035153, 0.00103559), abs=5e-9)
    assert share_interval(0, 0) == (0.0, 1.0)


def test_three_in_a_hundred_are_the_most_when_none_was_seen() -> None:
    assert upper_bound(0, 100) == pytest.approx(1 - 0.05 ** (1 / 100))
    assert upper_bound(0, 1497) < 0.002 < upper_bound(0, 1496) + 2e-6


@pytest.mark.parametrize("share", [0.001, 0.05, 0.3, 0.5, 0.93])
def test_an_interval_holds_the_true_share_often_enough(share: float) -> None:
    total = 60
    likely = np.diff([0.0, *(at_most(hits, total, share) for hits in range(total + 1))])
    intervals = [share_interval(hits, total) for hits in range(total + 1)]
    held = sum(p for p, (low, high) in zip(likely, intervals, strict=True) if low <= share <= high)
    assert likely.sum() == pytest.approx(1.0)
    assert held >= 0.95


def test_the_lady_tasting_tea() -> None:
    assert difference_p(3, 4, 1, 4) == pytest.approx(0.4857, abs=5e-5)
    assert difference_p(1, 10, 11, 14) == pytest.approx(0.00276, abs=5e-6)
    assert difference_p(11, 14, 1, 10) == pytest.approx(difference_p(1, 10, 11, 14))
    assert difference_p(0, 0, 5, 9) == 1.0


def test_several_comparisons_raise_each_p() -> None:
    assert adjusted([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert adjusted([]) == []

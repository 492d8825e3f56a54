"""A confirm probability for another population than that of the labels: whether its promise holds over many samples."""

import numpy as np
import numpy.typing as npt
import pytest

from comity.errors import PolicyError
from comity.evaluate import ToleratedError
from comity.evaluate.weighted_thresholds import derive_weighted_threshold

TWO_IN_A_HUNDRED = ToleratedError(2, 100)
Floats = npt.NDArray[np.float64]
LEVELS = np.linspace(0.55, 0.99, 12)
RIGHT = 6000 * np.exp(np.linspace(-5, 0, 12)) / np.exp(np.linspace(-5, 0, 12)).sum()
LIKE, UNLIKE = (np.exp(-np.arange(12) * fall) / np.exp(-np.arange(12) * fall).sum() for fall in (0.45, 1.2))
"""At each level of the score: how many right ones there are, and how the wrong ones of two kinds fall off."""


def draw_kinds(draw: np.random.Generator, right: int, like: int, unlike: int) -> tuple[Floats, Floats]:
    """Return scores and kinds: right ones score high, wrong ones of a like kind nearly so, wrong unlike ones low."""
    kinds = np.repeat([0.0, 1.0, 2.0], [draw.poisson(mean) for mean in (right, like, unlike)])
    scores = draw.normal(np.array([7.0, 3.0, 1.0])[kinds.astype(int)], 1.5)
    return np.round(1 / (1 + 2.0**-scores), 3), kinds


def test_the_bound_holds_in_95_of_100_samples_though_the_population_has_other_wrong_ones() -> None:
    """Labels have 20 like and 200 unlike wrong ones to 6,000 right ones; in the population there are 120 and 50."""
    draw = np.random.default_rng(11)
    own, there = 20 * LIKE + 200 * UNLIKE, 120 * LIKE + 50 * UNLIKE
    # the true share of wrong ones in the population, from each level up
    error_rate = np.cumsum(there[::-1]) / np.cumsum((RIGHT + there)[::-1])
    error_rate_from = dict(zip(LEVELS[::-1].tolist(), error_rate.tolist(), strict=True))
    exceeded, useful, samples = 0, 0, 200
    for _ in range(samples):
        right, wrong = draw.poisson(RIGHT), draw.poisson(own)
        level = np.r_[np.repeat(np.arange(12), right), np.repeat(np.arange(12), wrong)]
        confirmed = np.arange(len(level)) < right.sum()
        threshold = derive_weighted_threshold(LEVELS[level], confirmed, (there / own)[level], TWO_IN_A_HUNDRED)
        exceeded += error_rate_from[threshold.confirm_probability] > TWO_IN_A_HUNDRED.error_rate
        useful += (level >= np.searchsorted(LEVELS, threshold.confirm_probability)).mean() > 0.7
    assert exceeded <= 0.05 * samples
    assert useful > 0.9 * samples
    assert max(error_rate) > TWO_IN_A_HUNDRED.error_rate, "some thresholds would be too low"


def test_labels_that_stand_for_more_wrong_ones_ask_for_a_higher_probability() -> None:
    draw = np.random.default_rng(5)
    probability, kind = draw_kinds(draw, 20_000, 200, 200)
    tolerated = ToleratedError(1, 100)
    same = [np.full(len(kind), weight) for weight in (1.0, 3.0)]
    found = [derive_weighted_threshold(probability, kind == 0, weight, tolerated) for weight in same]
    assert found[0].confirm_probability < found[1].confirm_probability
    assert found[0].wrong_weight == found[0].wrong
    assert found[0].effective == pytest.approx(found[0].accepted)
    assert found[1].wrong_weight == pytest.approx(3 * found[1].wrong)


def test_a_tie_is_never_split_and_the_order_of_labels_does_not_count() -> None:
    probability = np.array([0.99] * 4000 + [0.98] * 4000)
    confirmed = np.array([True] * 4000 + [True, False] * 2000)
    weight = np.ones(8000)
    there = derive_weighted_threshold(probability, confirmed, weight, ToleratedError())
    back = derive_weighted_threshold(probability[::-1], confirmed[::-1], weight, ToleratedError())
    assert there == back
    assert (there.confirm_probability, there.accepted) == (0.99, 4000)


@pytest.mark.parametrize("weight", [1.0, 10.0])
def test_too_few_labels_show_nothing_and_one_that_stands_for_many_asks_for_more(weight: float) -> None:
    def derive(count: int) -> float:
        labels = np.full(count, 0.9), np.ones(count, dtype=bool), np.full(count, weight)
        return derive_weighted_threshold(*labels, TWO_IN_A_HUNDRED).confirm_probability

    assert derive(int(300 * weight)) == 0.9
    for count in (0, int(150 * weight)):
        with pytest.raises(PolicyError, match="do not show") as raised:
            derive(count)
        assert raised.value.code == "tolerance_unproven"


def test_labels_wrong_from_the_top_show_nothing() -> None:
    with pytest.raises(PolicyError, match="do not show"):
        derive_weighted_threshold(np.linspace(0.5, 1, 9000), np.arange(9000) % 20 != 0, np.ones(9000), ToleratedError())

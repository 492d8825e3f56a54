"""The confirm probability from a tolerated error: whether its promise holds over many samples of labels."""

import numpy as np
import pytest

from comity.errors import PolicyError
from comity.evaluate import ToleratedError, derive_confirm_threshold
from comity.evaluate.thresholds import min_label_count
from comity.figures.exact_intervals import clopper_pearson_upper

TWO_IN_A_HUNDRED = ToleratedError(2, 100)


def test_the_bound_holds_in_95_of_100_samples() -> None:
    draw = np.random.default_rng(7)
    weight = np.round(draw.normal(6, 4, 6000), 2)  # rounded: there are ties
    # the claims are too high, which only labels can show
    probability, true_share = 1 / (1 + 2.0**-weight), 1 / (1 + 2.0 ** -(weight - 0.5))
    possible = (np.cumsum(np.sort(1 - true_share)) <= TWO_IN_A_HUNDRED.error_rate * np.arange(1, 6001)).sum()
    exceeded, useful, samples = 0, 0, 150
    for _ in range(samples):
        threshold = derive_confirm_threshold(probability, draw.random(6000) < true_share, TWO_IN_A_HUNDRED)
        accepted = probability >= threshold.confirm_probability
        exceeded += (1 - true_share[accepted]).mean() > TWO_IN_A_HUNDRED.error_rate
        useful += accepted.sum() > 0.7 * possible
    assert exceeded <= 0.05 * samples
    assert useful > 0.9 * samples


def test_derive_confirm_threshold_counts_its_labels() -> None:
    probability = np.array([0.999] * 4000 + [0.9] * 500 + [0.1] * 500)
    confirmed = np.array([True] * 3999 + [False] + [True] * 400 + [False] * 600)
    threshold = derive_confirm_threshold(probability, confirmed)
    assert (threshold.confirm_probability, threshold.accepted, threshold.wrong) == (0.999, 4000, 1)
    assert threshold.error_rate_upper_bound == pytest.approx(clopper_pearson_upper(1, 4000))
    assert threshold.error_rate_upper_bound <= 0.002


def test_a_tie_is_never_split() -> None:
    probability = np.array([0.99] * 4000 + [0.98] * 4000)
    confirmed = np.array([True] * 4000 + [True, False] * 2000)
    assert derive_confirm_threshold(probability, confirmed).confirm_probability == 0.99
    assert derive_confirm_threshold(probability[::-1].copy(), confirmed[::-1].copy()).accepted == 4000


@pytest.mark.parametrize("tolerated", [TWO_IN_A_HUNDRED, ToleratedError()])
def test_too_few_labels_give_no_threshold(tolerated: ToleratedError) -> None:
    min_count = min_label_count(tolerated)
    assert derive_confirm_threshold(np.full(min_count, 0.9), np.ones(min_count, dtype=bool), tolerated).wrong == 0
    with pytest.raises(PolicyError, match="labelled confirmations cannot show") as raised:
        derive_confirm_threshold(np.full(min_count - 1, 0.9), np.ones(min_count - 1, dtype=bool), tolerated)
    assert raised.value.code == "tolerance_unproven"
    with pytest.raises(PolicyError):
        derive_confirm_threshold(np.zeros(9000), np.zeros(9000, dtype=bool), tolerated)


def test_labels_wrong_from_the_top_give_no_threshold() -> None:
    with pytest.raises(PolicyError, match="No confirm probability"):
        derive_confirm_threshold(np.linspace(0.5, 1, 9000), np.arange(9000) % 20 != 0)


def test_a_tolerated_error_of_zero_is_refused() -> None:
    with pytest.raises(RuntimeError):
        ToleratedError(0, 1000)

"""The confirm probability from a tolerated error: what it promises, over many samples of labels."""

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
    probability, true_share = (
        1 / (1 + 2.0**-weight),
        1 / (1 + 2.0 ** -(weight - 0.5)),
    )  # claims are too high: only labels tell
    possible = (np.cumsum(np.sort(1 - true_share)) <= TWO_IN_A_HUNDRED.error_rate * np.arange(1, 6001)).sum()
    broken, useful, samples = 0, 0, 150
    for _ in range(samples):
        found = derive_confirm_threshold(probability, draw.random(6000) < true_share, TWO_IN_A_HUNDRED)
        accepted = probability >= found.confirm_probability
        broken += (1 - true_share[accepted]).mean() > TWO_IN_A_HUNDRED.error_rate
        useful += accepted.sum() > 0.7 * possible
    assert broken <= 0.05 * samples
    assert useful > 0.9 * samples


def test_what_is_returned_can_be_counted() -> None:
    probability = np.array([0.999] * 4000 + [0.9] * 500 + [0.1] * 500)
    confirmed = np.array([True] * 3999 + [False] + [True] * 400 + [False] * 600)
    found = derive_confirm_threshold(probability, confirmed)
    assert (found.confirm_probability, found.accepted, found.wrong) == (0.999, 4000, 1)
    assert found.error_rate_upper_bound == pytest.approx(clopper_pearson_upper(1, 4000))
    assert found.error_rate_upper_bound <= 0.002


def test_a_tie_is_accepted_whole_or_not_at_all() -> None:
    probability = np.array([0.99] * 4000 + [0.98] * 4000)
    confirmed = np.array([True] * 4000 + [True, False] * 2000)
    assert derive_confirm_threshold(probability, confirmed).confirm_probability == 0.99
    assert derive_confirm_threshold(probability[::-1].copy(), confirmed[::-1].copy()).accepted == 4000


@pytest.mark.parametrize("tolerated", [TWO_IN_A_HUNDRED, ToleratedError()])
def test_too_few_labels_give_no_threshold(tolerated: ToleratedError) -> None:
    fewest = min_label_count(tolerated)
    assert derive_confirm_threshold(np.full(fewest, 0.9), np.ones(fewest, dtype=bool), tolerated).wrong == 0
    with pytest.raises(PolicyError, match="labelled confirmations cannot show") as raised:
        derive_confirm_threshold(np.full(fewest - 1, 0.9), np.ones(fewest - 1, dtype=bool), tolerated)
    assert raised.value.code == "tolerance_unproven"
    with pytest.raises(PolicyError):
        derive_confirm_threshold(np.zeros(9000), np.zeros(9000, dtype=bool), tolerated)


def test_labels_wrong_from_the_top_give_no_threshold() -> None:
    with pytest.raises(PolicyError, match="No confirm probability"):
        derive_confirm_threshold(np.linspace(0.5, 1, 9000), np.arange(9000) % 20 != 0)


def test_a_tolerated_error_of_nothing_is_no_agreement() -> None:
    with pytest.raises(RuntimeError):
        ToleratedError(0, 1000)

"""The arithmetic of fitting weights, on made-up pairs."""

import numpy as np
import pytest

from comity.match.comparisons import level_labels
from comity.match.training.fit import PenalizedLogLikelihood, fit_em, fit_supervised
from comity.match.training.priors import FITTED_COMPARISONS, initial_weights
from comity.match.training.training_pairs import BIT_COLUMNS, TrainingPairs


def made_up_pairs(requests: int = 300) -> TrainingPairs:
    draw = np.random.default_rng(7)
    counts = draw.integers(1, 4, requests)
    request = np.repeat(np.arange(requests), counts)
    levels = {c: draw.integers(0, len(level_labels(c)), len(request)) for c in FITTED_COMPARISONS}
    good = np.minimum.reduceat(levels["person"], np.r_[0, np.cumsum(counts)[:-1]]) < 6
    background = {c: np.full(len(level_labels(c)), 1 / len(level_labels(c))) for c in FITTED_COMPARISONS}
    bits = {
        c: draw.uniform(-9, 0, len(request)) if c == "first_frequency" else draw.uniform(0, 4, len(request))
        for c in BIT_COLUMNS
    }
    return TrainingPairs(request, levels, bits, np.full(requests, 12.0), good, request[:requests] % 2, background)


def test_the_gradient_is_the_slope_of_the_loss() -> None:
    pairs = made_up_pairs()
    objective, start = PenalizedLogLikelihood(pairs), initial_weights(pairs.u_probabilities)
    at = {name: values + 0.1 for name, values in start.items()}
    _, gradient = objective.loss_and_gradient(at, start, 0.3)
    for name, place in [
        ("person", 4),
        ("surname", 0),
        ("address", 1),
        ("family_person", 0),
        ("rivals", 0),
        ("rivals", 3),
        ("rivals", 4),
    ]:
        up, down = ({n: v.copy() for n, v in at.items()} for _ in range(2))
        up[name][place] += 1e-5
        down[name][place] -= 1e-5
        slope = (
            objective.loss_and_gradient(up, start, 0.3)[0] - objective.loss_and_gradient(down, start, 0.3)[0]
        ) / 2e-5
        assert gradient[name][place] == pytest.approx(slope, rel=1e-3, abs=1e-4)


def test_training_lowers_the_loss() -> None:
    pairs = made_up_pairs()
    start = initial_weights(pairs.u_probabilities)
    objective = PenalizedLogLikelihood(pairs)
    trained = fit_supervised(pairs, start, steps=10)
    assert objective.loss_and_gradient(trained, start, 0.3)[0] < objective.loss_and_gradient(start, start, 0.3)[0]


def test_the_hypotheses_of_a_request_share_all_belief() -> None:
    pairs = made_up_pairs()
    this, rivals, strangers = PenalizedLogLikelihood(pairs).responsibilities(initial_weights(pairs.u_probabilities))
    assert sum(r.sum() for r in (this, *rivals)) + strangers == pytest.approx(300)


def test_learning_without_labels_finds_how_often_people_leave_things_out() -> None:
    """Where a fifth of the people beyond doubt have no house number, `missing` becomes likelier than was stated."""
    pairs = made_up_pairs()
    start = initial_weights(pairs.u_probabilities)
    names = level_labels("address")
    alike, without = names.index("exact/exact"), names.index("missing/exact")
    pairs.levels["person"][:], pairs.levels["surname"][:] = 0, 0
    pairs.bits["address_rarity"][:] = 10.0
    pairs.levels["address"][:] = np.where(np.arange(len(pairs.request_index)) % 5 == 0, without, alike)
    learned = fit_em(pairs, start, strength=50)
    assert learned["address"][without] > start["address"][without] + 2
    assert learned["address"][alike] < start["address"][alike] + 1

"""The model file: complete, increasing, fingerprinted; and the trainer's arithmetic."""

import json
from importlib.resources import files

import numpy as np
import pytest

from comity.errors import ComityError, PolicyError
from comity.match.comparisons import level_names
from comity.match.match_model import (
    default_model_fingerprint,
    dump_model,
    load_default_model,
    min_confirm_probability,
    parse_model,
)
from comity.match.training import (
    BIT_COLUMNS,
    FITTED_COMPARISONS,
    PenalizedLogLikelihood,
    TrainingPairs,
    fit_calibration,
    fit_em,
    fit_supervised,
    initial_weights,
)

TEXT = (files("comity.match") / "model.json").read_text(encoding="utf-8")


def test_the_shipped_model_says_what_it_was_trained_on() -> None:
    about = json.loads(TEXT)["about"]
    assert "fit split only" in about["data"]
    assert about["runs"]
    assert len(default_model_fingerprint()) == 64
    assert parse_model(TEXT) == load_default_model()


def test_the_model_ranks_levels_sensibly() -> None:
    model = load_default_model()
    person = dict(zip(level_names("person"), model.same_person["person"], strict=True))
    assert person["nickname/agrees"] > person["missing/agrees"] > person["differs/differs"]
    address = dict(zip(level_names("address"), model.same_person["address"], strict=True))
    assert address["exact/exact"] > address["near/exact"] > address["differs/exact"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda m: m["this"]["person"].pop("exact/agrees"),
        lambda m: m["this"]["person"].update({"exact/agrees": float("nan")}),
        lambda m: m["this"]["person"].update({"exact/agrees": "3"}),
        lambda m: m["rivals"].update(family=1e300),
        lambda m: m.update(format=0),
        lambda m: m.update(calibration=[[0, 0], [1, 0]]),
        lambda m: m.update(calibration=[[0, 0]]),
        lambda m: m.update(confirm_from=[[0.001, 2.0]]),
    ],
)
def test_a_spoiled_model_is_refused(spoil: object) -> None:
    data = json.loads(TEXT)
    spoil(data)  # type: ignore[operator]
    with pytest.raises(ComityError, match="The model cannot be used"):
        parse_model(dump_model(data))


def test_a_model_changed_by_hand_is_refused_and_one_laid_out_otherwise_is_the_same() -> None:
    data = json.loads(TEXT)
    assert parse_model(json.dumps(data, sort_keys=True)) == load_default_model()
    data["confirm_from"] = [[0.001, 0.5]]
    with pytest.raises(ComityError, match="changed after it was written"):
        parse_model(json.dumps(data))


def test_the_shipped_model_says_how_far_its_claims_held() -> None:
    reliability = json.loads(TEXT)["reliability"]
    assert reliability["ece"] <= 0.005
    assert abs(reliability["claimed_minus_true_from_0.99"]) <= 0.002
    assert sum(b["requests"] for b in reliability["bins"]) == reliability["requests"]


def made_up_pairs(requests: int = 300) -> TrainingPairs:
    draw = np.random.default_rng(7)
    counts = draw.integers(1, 4, requests)
    request = np.repeat(np.arange(requests), counts)
    levels = {c: draw.integers(0, len(level_names(c)), len(request)) for c in FITTED_COMPARISONS}
    good = np.minimum.reduceat(levels["person"], np.r_[0, np.cumsum(counts)[:-1]]) < 6
    background = {c: np.full(len(level_names(c)), 1 / len(level_names(c))) for c in FITTED_COMPARISONS}
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
    names = level_names("address")
    alike, without = names.index("exact/exact"), names.index("missing/exact")
    pairs.levels["person"][:], pairs.levels["surname"][:] = 0, 0
    pairs.bits["address_rarity"][:] = 10.0
    pairs.levels["address"][:] = np.where(np.arange(len(pairs.request_index)) % 5 == 0, without, alike)
    learned = fit_em(pairs, start, strength=50)
    assert learned["address"][without] > start["address"][without] + 2
    assert learned["address"][alike] < start["address"][alike] + 1


def test_calibration_increases_and_finds_a_known_bias() -> None:
    draw = np.random.default_rng(3)
    raw = draw.normal(0, 4, 20000)
    truth = draw.random(20000) < 1 / (1 + np.exp2(-(raw - 1.5)))
    knots = np.array(fit_calibration(raw, truth))
    assert (np.diff(knots, axis=0) > 0).all()
    assert np.interp(0.0, knots[:, 0], knots[:, 1]) == pytest.approx(-1.5, abs=0.4)


def test_a_smaller_tolerated_error_asks_for_more() -> None:
    asked = [min_confirm_probability(error) for error in (0.001, 0.002, 0.01)]
    assert asked == sorted(asked, reverse=True)
    assert 0.9 < asked[0] < 1
    assert min_confirm_probability(0.0015) == asked[0]


def test_without_labels_nothing_may_be_confirmed() -> None:
    data = json.loads(TEXT)
    del data["confirm_from"]
    with pytest.raises(PolicyError, match="nothing may be confirmed"):
        min_confirm_probability(0.001, parse_model(dump_model(data)))
    with pytest.raises(PolicyError):
        min_confirm_probability(0.0001)

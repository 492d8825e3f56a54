"""The model file: complete, with an increasing calibration and a matching fingerprint."""

import json
from dataclasses import replace
from importlib.resources import files

import pytest

from comity.errors import ComityError, PolicyError
from comity.law import find_population, load_populations
from comity.match.comparisons import level_labels
from comity.match.match_model import (
    default_model_fingerprint,
    dump_model,
    load_default_model,
    min_confirm_probability,
    parse_model,
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
    person = dict(zip(level_labels("person"), model.same_person["person"], strict=True))
    assert person["nickname/agrees"] > person["missing/agrees"] > person["differs/differs"]
    address = dict(zip(level_labels("address"), model.same_person["address"], strict=True))
    assert address["exact/exact"] > address["near/exact"] > address["differs/exact"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda m: m["this"]["person"].pop("exact/agrees"),
        lambda m: m["this"]["person"].update({"exact/agrees": float("nan")}),
        lambda m: m["this"]["person"].update({"exact/agrees": "3"}),
        lambda m: m.update(format=0),
        lambda m: m.update(format=3),
        lambda m: m.update(calibration=[[0, 0], [1, 0]]),
        lambda m: m.update(calibration=[[0, 0]]),
        lambda m: m["confirm_from"][0].update(thresholds=[[0.001, 2.0]]),
        lambda m: m["confirm_from"][0].pop("shares"),
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
    data["confirm_from"][0]["thresholds"] = [[0.001, 0.5]]
    with pytest.raises(ComityError, match="changed after it was written"):
        parse_model(json.dumps(data))


def test_the_shipped_model_says_how_far_its_claims_held() -> None:
    reliability = json.loads(TEXT)["reliability"]
    assert reliability["ece"] <= 0.005
    assert abs(reliability["claimed_minus_true_from_0.99"]) <= 0.002
    assert sum(b["requests"] for b in reliability["bins"]) == reliability["requests"]


def test_a_smaller_tolerated_error_asks_for_more() -> None:
    asked = [min_confirm_probability(error) for error in (0.001, 0.002, 0.01)]
    assert asked == sorted(asked, reverse=True)
    assert 0.9 < asked[0] < 1
    assert min_confirm_probability(0.0015) == asked[0]


def test_a_threshold_is_that_of_the_population_and_of_no_other() -> None:
    profiles = load_populations()
    conditions = frozenset({"number_is_exact", "surname_agrees", "counted_as_one"})
    asked = {
        name: min_confirm_probability(0.002, None, profile.least_favorable, conditions=conditions)
        for name, profile in profiles.items()
    }
    assert asked["mostly-valid"] == min_confirm_probability(0.002)
    assert asked["few-valid"] != asked["mostly-valid"]
    with pytest.raises(PolicyError):  # it was shown where the house number must be equal, and not without
        min_confirm_probability(0.002, None, profiles["few-valid"].least_favorable)
    elsewhere = replace(find_population().least_favorable, family=2.0)
    with pytest.raises(PolicyError, match="in this population") as raised:
        min_confirm_probability(0.02, None, elsewhere)
    assert raised.value.code == "tolerance_unproven"


def test_without_labels_nothing_may_be_confirmed() -> None:
    data = json.loads(TEXT)
    del data["confirm_from"]
    with pytest.raises(PolicyError, match="nothing may be confirmed"):
        min_confirm_probability(0.001, parse_model(dump_model(data)))
    with pytest.raises(PolicyError):
        min_confirm_probability(0.0001)

"""Population profiles: what they say of whom, and which one an agreement gets."""

import pytest

from comity.errors import PolicyError
from comity.law import find_population, load_law, load_populations
from comity.law.loader import assemble_law, build_document
from comity.law.population_profile import DEFAULT_POPULATION, PopulationProfile
from comity.law.provisions import compute_file_seal

AGREEMENT = "irs-ice-2025"
FORMAT_3 = {
    "family": 0.2103,
    "occupant": -4.4949,
    "elsewhere": -4.9723,
    "stranger": -3.8235,
    "namesake": -7.5853,
    "namesake_unsuffixed": -2.0,
}
"""The priors that model files of format 3 had in them, in bits."""


def test_the_default_profile_gives_the_bits_that_were_in_the_model_before() -> None:
    assert find_population().least_favorable.weights == FORMAT_3
    assert find_population().most_favorable == find_population().least_favorable


def test_an_agreement_gets_the_profile_that_it_names_and_else_the_default_one() -> None:
    law = load_law()
    shipped = law.get_agreement(AGREEMENT)
    assert find_population(shipped).id == shipped.population == "few-valid"
    silent = shipped.model_copy(update={"population": None})
    assert find_population(silent).id == DEFAULT_POPULATION
    assert len(load_populations()) > 1
    for name, profile in load_populations().items():
        assert find_population(silent.model_copy(update={"population": name})) == profile
    naming = silent.model_copy(update={"population": "nobody-knows"})
    with pytest.raises(PolicyError, match="the population profile nobody-knows, which is not on file"):
        assemble_law(law.statutes.values(), [naming], law.orders.values(), law.agencies.values())


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("family", 0),
        ("family", -1),
        ("family", {"least": 2, "most": 1}),
        ("family", {"least": 2}),
        ("stranger", float("nan")),
        ("occupant", "x"),
        ("occupant", True),
    ],
)
def test_a_figure_that_is_no_share_does_not_load(name: str, figure: object) -> None:
    data = find_population().model_dump(mode="json")
    data["odds"][name] = figure
    data["sha256"] = compute_file_seal(data)
    with pytest.raises(PolicyError, match=f"odds.{name}"):
        build_document(PopulationProfile, data, "populations/x.yaml")


def test_a_share_of_a_household_is_below_the_whole() -> None:
    data = find_population().model_dump(mode="json")
    data["odds"]["namesake"] = {"least": 0.1, "most": 1}
    data["sha256"] = compute_file_seal(data)
    with pytest.raises(PolicyError, match="shares of a household, below 1"):
        build_document(PopulationProfile, data, "populations/x.yaml")


def test_a_figure_changed_by_hand_does_not_load() -> None:
    data = find_population().model_dump(mode="json")
    data["odds"]["family"]["most"] *= 2
    with pytest.raises(PolicyError, match="does not have the hash on file"):
        build_document(PopulationProfile, data, "populations/x.yaml")

"""The benchmark of attacks in a small size: no strategy gets past a limit, and none is without any answer."""

import sys
from importlib import util
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).parents[4] / "bench" / "attacks.py"


@pytest.fixture(name="attacks", scope="module")
def _attacks() -> ModuleType:
    specification = util.spec_from_file_location("attacks", BENCH)
    assert specification is not None
    assert specification.loader is not None
    module = util.module_from_spec(specification)
    sys.modules["attacks"] = module
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "strategy",
    [
        "the name itself",
        "spellings of both names",
        "decoys of the surname that are refused",
        "towns of one place, ZIP codes of another",
        "one line in one town after another",
    ],
)
def test_a_person_is_looked_up_at_no_more_addresses_than_allowed(attacks: ModuleType, strategy: str) -> None:
    (result,) = attacks.ask_for_addresses(strategy, "daily", attacks.RARE, "rare", 120)
    assert 0 < result.got <= result.limit == 5


@pytest.mark.parametrize("manner", ["held", "rehearsed", "two agreements"])
def test_no_manner_of_sending_hides_what_was_asked(attacks: ModuleType, manner: str) -> None:
    (result,) = attacks.ask_for_addresses("the name itself", manner, attacks.RARE, "rare", 120)
    assert 0 < result.got <= 5


@pytest.mark.parametrize(
    "strategy", ["names at a house", "neighboring ZIP codes", "misspelled streets", "two surnames in each row"]
)
def test_a_house_is_looked_up_under_no_more_names_than_allowed(attacks: ModuleType, strategy: str) -> None:
    assert 0 < attacks.ask_for_names(strategy, 120)[0].got <= 25


@pytest.mark.parametrize(
    "strategy",
    [
        "numbers of one person",
        "numbers, with spellings",
        "numbers, with units and years",
        "numbers, with generations",
        "numbers, with middle names",
        "numbers, with honorifics",
    ],
)
def test_a_person_is_looked_up_with_one_taxpayer_number(attacks: ModuleType, strategy: str) -> None:
    assert attacks.ask_for_numbers(strategy, 120)[0].got == 1


def test_a_word_for_anybody_is_no_name_to_ask_about(attacks: ModuleType) -> None:
    """ "Female Patel", "Wife Patel" and the like were looked up and counted nowhere."""
    assert [result.got for result in attacks.ask_for_names("no given name but a word for anybody", 120)] == [0, 0]

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
    batches = [
        attacks.name_strategies(attacks.RARE, count, start)[strategy] for count, start in attacks.batch_parts(120)
    ]
    found = attacks.run_strategy(batches, "daily").addresses_of(attacks.RARE)
    assert 0 < found <= attacks.allowed_addresses(attacks.RARE, 120) == 5


@pytest.mark.parametrize("manner", ["held", "rehearsed", "two agreements"])
def test_no_manner_of_sending_hides_what_was_asked(attacks: ModuleType, manner: str) -> None:
    parts = attacks.batch_parts(120)
    batches = [attacks.name_strategies(attacks.RARE, count, start)["the name itself"] for count, start in parts]
    assert 0 < attacks.run_strategy(batches, manner).addresses_of(attacks.RARE) <= 5


@pytest.mark.parametrize(
    "strategy", ["names at a house", "neighboring ZIP codes", "misspelled streets", "two surnames in each row"]
)
def test_a_house_is_looked_up_under_no_more_names_than_allowed(attacks: ModuleType, strategy: str) -> None:
    batches = [attacks.house_strategies(count, start)[strategy] for count, start in attacks.batch_parts(120)]
    assert 0 < attacks.run_strategy(batches, "daily").names_at_house()[0] <= 25


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
    batches = [attacks.number_strategies(count, start)[strategy] for count, start in attacks.batch_parts(120)]
    assert attacks.run_strategy(batches, "daily").numbers_at_house() == 1

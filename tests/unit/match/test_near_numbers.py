"""Taxpayer numbers that are not equal: near ones, those of the household, and others."""

from pathlib import Path
from random import Random

import numpy as np
import pytest

from comity.match import Index, update_index
from comity.match.comparison_vectors import compute_comparison_vectors
from comity.match.comparisons import COMPARISONS, TIN
from comity.match.near_numbers import MOST_APART, NEAR_COUNT, spell_near_numbers
from tests.support.match_records import build_index_with, make_record, make_requests

OWN, SPOUSES, NEIGHBORS = "900123456", "900777123", "900555888"
HOME = {"street": "12 Oak St Apt 2", "last_name": "Alder"}


def near_by_definition(number: str) -> set[str]:
    changed = {number[:i] + d + number[i + 1 :] for i in range(9) for d in "0123456789"}
    exchanged = {number[:i] + number[i + 1] + number[i] + number[i + 2 :] for i in range(8)}
    return (changed | exchanged) - {number}


@pytest.mark.parametrize("seed", range(20))
def test_near_numbers_are_those_of_the_definition(seed: int) -> None:
    random = Random(seed)
    numbers = [f"{random.randrange(1, 10**9):09d}" for _ in range(50)] + ["000000012", "999999998", "100000000"]
    spelled = spell_near_numbers(np.array([int(number) for number in numbers], np.uint32))
    assert spelled.shape == (len(numbers), NEAR_COUNT)
    for number, row in zip(numbers, spelled, strict=True):
        assert {f"{near:09d}" for near in row.tolist() if near} | {"000000000"} == near_by_definition(number) | {
            "000000000"
        }


@pytest.fixture(name="town", scope="module")
def _town(tmp_path_factory: pytest.TempPathFactory) -> Index:
    def record(record_id: str, tin: str, **fields: str) -> dict[str, str | None]:
        return make_record(record_id, **(HOME | {"first_name": "Ada", "tin": tin} | fields))

    records = [
        record("own", OWN),
        record("spouse", SPOUSES, first_name="Boris"),
        record("upstairs", NEIGHBORS, first_name="Clara", street="12 Oak St Apt 9"),
        record("nextdoor", "900111222", first_name="Hugo", street="14 Oak St"),
        record("earlier", "900333444", first_name="Grace", tax_year="2022"),
        record("gone", "900666777", first_name="Jamal"),
        record("fragment", "900444111", first_name="Keiko", street="Oak St"),
    ]
    folder = tmp_path_factory.mktemp("town")
    build_index_with(folder, *records).close()
    update_index(folder / "index", withdraw=["gone"])
    return Index.open(folder / "index")


def level_beside_own(town: Index, tin: str | None) -> str:
    """Return the level that a request with this number has beside the record `own`."""
    vectors = compute_comparison_vectors(town, make_requests({**HOME, "first_name": "Ada", "tin": tin}))
    position = town.record_ids(vectors["record"]).tolist().index("own")
    return str(TIN.levels[vectors["tin"][position] - 1].name)


@pytest.mark.parametrize(
    ("tin", "level"),
    [
        (OWN, "EXACT"),
        ("900-12 3456", "EXACT"),
        (None, "NULL"),
        ("111-11-1111", "NULL"),
        ("900123450", "NEAR"),
        ("100123456", "NEAR"),
        ("901023456", "NEAR"),
        ("900123465", "NEAR"),
        ("900123444", "DIFFERENT"),
        ("009123456", "DIFFERENT"),
        ("900125436", "DIFFERENT"),
        (SPOUSES, "HOUSEHOLD"),
        (NEIGHBORS, "DIFFERENT"),
        ("900111222", "DIFFERENT"),
        ("900333444", "DIFFERENT"),
        ("900666777", "DIFFERENT"),
        ("900444111", "DIFFERENT"),
        ("900777124", "DIFFERENT"),
    ],
)
def test_levels(town: Index, tin: str | None, level: str) -> None:
    assert level_beside_own(town, tin) == level


def test_a_number_at_another_house_is_equal_or_differs(town: Index) -> None:
    """A taxpayer number never stands in for the address."""
    request = {**HOME, "first_name": "Ada", "street": "21 Oak St Apt 2"}
    rows: list[dict[str, str | None]] = [{**request, "tin": tin} for tin in (OWN, "900123450", SPOUSES)]
    vectors = compute_comparison_vectors(town, make_requests(*rows))
    of_own = town.record_ids(vectors["record"]) == "own"
    levels = dict(zip(vectors["row"][of_own].tolist(), vectors["tin"][of_own].tolist(), strict=True))
    assert [TIN.levels[levels[row] - 1].name for row in sorted(levels)] == ["EXACT", "DIFFERENT", "DIFFERENT"]


def test_every_number_a_digit_away_is_near_and_two_digits_away_is_not(town: Index) -> None:
    random = Random(7)
    near = sorted(near_by_definition(OWN))
    far = ["".join(random.sample("123456789", 9)) for _ in range(50)]
    rows: list[dict[str, str | None]] = [{**HOME, "first_name": "Ada", "tin": tin} for tin in (*near, *far)]
    vectors = compute_comparison_vectors(town, make_requests(*rows))
    of_own = town.record_ids(vectors["record"]) == "own"
    levels = dict(zip(vectors["row"][of_own].tolist(), vectors["tin"][of_own].tolist(), strict=True))
    assert {levels[row] for row in range(1, len(near) + 1)} == {TIN.code("NEAR")}
    assert {levels[row] for row in range(len(near) + 1, len(rows) + 1)} == {TIN.code("DIFFERENT")}


def test_a_number_of_the_household_that_is_near_is_the_households(tmp_path: Path) -> None:
    """Brothers with numbers in a row: the number is a brother's, not a slip."""
    records = [make_record(n, **HOME, first_name=first, tin=tin) for n, first, tin in (
        ("own", "Ada", OWN), ("brother", "Hugo", "900123457"),
    )]  # fmt: skip
    with build_index_with(tmp_path, *records) as index:
        assert level_beside_own(index, "900123457") == "HOUSEHOLD"


def test_a_building_of_many_records_is_searched_so_far_and_no_further(tmp_path: Path) -> None:
    crowd = [
        make_record(f"c{n}", **HOME, first_name="Ada", tin=str(901000000 + 1000 * n)) for n in range(MOST_APART * 3)
    ]
    with build_index_with(tmp_path, make_record("own", **HOME, first_name="Ada", tin=OWN), *crowd) as index:
        vectors = compute_comparison_vectors(index, make_requests({**HOME, "first_name": "Ada", "tin": str(901000000)}))
        levels = np.bincount(vectors["tin"], minlength=len(TIN.levels) + 1)
    assert levels[TIN.code("HOUSEHOLD")] <= 2 * MOST_APART


def test_a_near_number_weighs_between_an_equal_and_another_one() -> None:
    weights = {level.name: (level.weight, level.family_weight) for level in COMPARISONS["tin"].levels}
    for side in (0, 1):
        values = [weights[name][side] for name in ("EXACT", "NEAR", "DIFFERENT")]
        assert values == sorted(values, reverse=True)  # type: ignore[type-var]
    for name in ("HOUSEHOLD", "DIFFERENT"):
        this, family = weights[name]
        assert this is not None
        assert family is not None
        assert this < family, f"{name}: the number speaks for somebody else"

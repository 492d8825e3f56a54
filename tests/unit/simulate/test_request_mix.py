"""Files of other mixes: shares of valid requests, of relatives, of numbers and of wrong ones."""

import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from comity.errors import RequestError
from comity.simulate import RequestMix, run_simulation
from comity.simulate.random_sql import case_by_share
from comity.simulate.request_mix import RELATIVE_KINDS, WRONG_NUMBER_KINDS, apply_request_mix
from comity.simulate.scenarios import SCENARIOS, TIN_SOURCES
from tests.support.sample_simulation import CREATED_AT, SimulatedTables, read_simulation

PEOPLE, REQUESTS, SEED = 20_480, 6_000, 11
Row = dict[str, str | bool | None]
MIX = RequestMix(
    valid=0.2,
    relatives=0.5,
    relative_kinds={"child": 1, "junior": 1, "sibling": 1, "namesake": 1},
    with_number=0.9,
    wrong_numbers=0.5,
)
REQUESTS_DIGESTS = {
    "plain": "450bff585c5c44db",
    "august-2025": "40be0ed4362cf5ab",
    "august-2025-cured": "1e29e3abad5acd23",
}
"""The beginning of SHA-256 of requests.csv as it was before there were mixes. It changes with DuckDB's hash."""


def simulate(out: Path, mix: RequestMix, shape: str = "plain") -> SimulatedTables:
    return read_simulation(
        run_simulation(
            people=PEOPLE, requests=REQUESTS, seed=SEED, out=out, created_at=CREATED_AT, shape=shape, mix=mix
        )
    )


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> SimulatedTables:
    return simulate(tmp_path_factory.mktemp("mixed"), MIX)


def rows_by_aim(tables: SimulatedTables, aim: str) -> list[tuple[Row, Row]]:
    pairs = zip(tables.requests, tables.truth, strict=True)
    return [(request, truth) for request, truth in pairs if truth["aim"] == aim]  # type: ignore[misc]


def digits(tin: object) -> str:
    return str(tin or "").replace("-", "")


@pytest.mark.parametrize("shape", SCENARIOS)
def test_without_options_the_files_are_those_of_the_shape(
    shape: str, plain: SimulatedTables, as_sent: SimulatedTables, cured: SimulatedTables
) -> None:
    tables = {"plain": plain, "august-2025": as_sent, "august-2025-cured": cured}[shape]
    digest = hashlib.sha256(tables.simulation.requests_file.read_bytes()).hexdigest()
    assert digest.startswith(REQUESTS_DIGESTS[shape])


def test_shares_are_as_stated(mixed: SimulatedTables) -> None:
    truth = mixed.truth
    assert abs(sum(bool(row["confirmed"]) for row in truth) / REQUESTS - 0.2) < 0.02
    aims = Counter(str(row["aim"]) for row in truth)
    for kind in RELATIVE_KINDS:
        assert abs(aims[f"relative_{kind}"] / REQUESTS - 0.125) < 0.02
    assert abs(sum(request["tin"] is not None for request in mixed.requests) / REQUESTS - 0.9) < 0.02


def test_relatives_are_of_their_kind_and_on_no_record(mixed: SimulatedTables) -> None:
    kinds = {"child": "child", "junior": "junior", "sibling": "sibling_same_initial", "namesake": "namesake"}
    for kind, person_kind in kinds.items():
        rows = rows_by_aim(mixed, f"relative_{kind}")
        assert {truth["person_kind"] for _, truth in rows} == {person_kind}
        assert not any(truth["confirmed"] or truth["record_id"] or truth["name_tin_agrees"] for _, truth in rows)


def test_a_namesake_has_the_name_on_record_and_another_number(mixed: SimulatedTables) -> None:
    names = {
        (str(r["first_name"]).upper(), str(r["last_name"]).upper(), str(r["street"]).split()[0]): digits(r["tin"])
        for r in mixed.records
    }
    rows = rows_by_aim(mixed, "relative_namesake")
    found = [
        (names[key], digits(request["tin"]))
        for request, _ in rows
        for key in [
            (
                str(request["first_name"]).upper(),
                str(request["last_name"]).upper(),
                str(request["street"] or " ").split()[0],
            )
        ]
        if key in names
    ]
    assert len(found) > len(rows) / 3  # the others are written with noise, or otherwise
    shared = sum(sent == on_record for on_record, sent in found)
    assert 0 < shared < len(found) / 5  # one wrong number in five is that of the household: the one on record


def own_numbers(tables: SimulatedTables) -> dict[str, str]:
    return {str(record["record_id"]): digits(record["tin"]) for record in tables.records}


@pytest.mark.parametrize("kind", WRONG_NUMBER_KINDS)
def test_wrong_numbers_are_of_their_kind(kind: str, tmp_path: Path) -> None:
    mix = RequestMix(valid=1.0, relatives=0.0, with_number=1.0, wrong_numbers=1.0, wrong_number_kinds={kind: 1})
    tables = simulate(tmp_path / "out", mix)
    own, holders = own_numbers(tables), Counter(digits(record["tin"]) for record in tables.records)
    pairs = [
        (own[str(truth["record_id"])], digits(request["tin"]))
        for request, truth in zip(tables.requests, tables.truth, strict=True)
        if truth["record_id"] is not None
    ]
    differing = [[i for i in range(9) if a[i] != b[i]] for a, b in pairs]
    on_record = sum(b in holders for _, b in pairs) / len(pairs)
    assert all(a != b for a, b in pairs) or kind in {"borrowed", "random"}
    assert all(b[0] == "9" and b[3] in "01234" for _, b in pairs) or kind == "neighbors"
    match kind:
        case "digit":
            assert {len(places) for places in differing} == {1}
            assert {places[0] for places in differing} == {1, 2, 4, 5, 6, 7, 8}
        case "neighbors":
            assert all(len(places) in {1, 2} and places[-1] - places[0] <= 1 for places in differing)
            assert sum(len(places) == 2 for places in differing) > 0.7 * len(differing)
        case "household" | "borrowed":
            assert on_record > 0.5
        case _:
            assert on_record < 0.01


def test_numbers_of_the_household_are_those_of_somebody_at_the_address(tmp_path: Path) -> None:
    mix = RequestMix(
        relatives=0.9, valid=0.1, with_number=1.0, wrong_numbers=1.0, wrong_number_kinds={"household": 1},
        relative_kinds={"child": 1},
    )  # fmt: skip
    tables = simulate(tmp_path / "out", mix)
    places: dict[str, set[str]] = {}
    for record in tables.records:
        places.setdefault(digits(record["tin"]), set()).add(str(record["zip"])[:5])
    rows = rows_by_aim(tables, "relative_child")
    at_home = sum(str(request["zip"])[:5] in places.get(digits(request["tin"]), ()) for request, _ in rows)
    assert at_home > 0.85 * len(rows)


def test_shares_that_add_up_to_one_are_taken_whatever_their_digits() -> None:
    for percent in range(1, 50):
        mix = RequestMix(valid=percent / 100, relatives=0.5)
        assert case_by_share("d", apply_request_mix(SCENARIOS["august-2025-cured"], mix).row_kinds)
    with pytest.raises(ValueError, match="more than one"):
        case_by_share("d", {"a": 0.5, "b": 0.51})


@pytest.mark.parametrize(
    "mix",
    [
        RequestMix(valid=1.5),
        RequestMix(with_number=float("nan")),
        RequestMix(valid=0.7, relatives=0.7),
        RequestMix(relative_kinds={"cousin": 1}),
        RequestMix(relative_kinds={"child": 0}),
        RequestMix(wrong_number_kinds={"digit": -1, "random": 2}),
        RequestMix(wrong_number_kinds={"digit": float("inf")}),
    ],
)
def test_shares_that_are_none_are_refused(mix: RequestMix) -> None:
    with pytest.raises(RequestError, match=r"share|kinds"):
        apply_request_mix(SCENARIOS["plain"], mix)


def test_all_faults_of_a_mix_are_named_at_once() -> None:
    with pytest.raises(RequestError, match=r"valid.*with_number.*relative kinds"):
        apply_request_mix(SCENARIOS["plain"], RequestMix(valid=2, with_number=-1, relative_kinds={"cousin": 1}))


@pytest.mark.parametrize("shape", SCENARIOS)
def test_no_option_leaves_the_scenario_as_it_is_and_others_are_scaled(shape: str) -> None:
    scenario = SCENARIOS[shape]
    assert apply_request_mix(scenario, RequestMix()) == scenario
    mixed = apply_request_mix(scenario, RequestMix(valid=0.04))
    assert abs(sum(mixed.row_kinds.values()) - 1) < 1e-9
    assert mixed.row_kinds["absent"] == pytest.approx(scenario.row_kinds["absent"])
    assert replace(mixed, row_kinds=scenario.row_kinds) == scenario
    numbers = apply_request_mix(scenario, RequestMix(with_number=0.5)).number_sources
    assert numbers is not None
    assert sum(numbers.values()) == pytest.approx(1)
    assert set(numbers) <= set(TIN_SOURCES)

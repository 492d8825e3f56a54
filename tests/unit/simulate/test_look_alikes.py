"""Requests about somebody else, or another address, that looks like one on record."""

from collections import Counter
from pathlib import Path

import pytest

from comity.errors import RequestError
from comity.match import Index, build_index
from comity.match.slips import differing_parts
from comity.reference.known_names import is_known_name
from comity.simulate import LookAlikeRates, run_simulation
from comity.simulate.look_alikes import ADDRESS_KINDS, LOOK_ALIKE_AIM, NAME_KINDS
from tests.support.measured_pairs import determine_pairs
from tests.support.sample_simulation import CREATED_AT, SimulatedTables, read_requests, read_simulation

PEOPLE, REQUESTS, SEED = 8_000, 3_000, 21
RATES = LookAlikeRates(names=0.4, addresses=0.4)


def simulate(out: Path, rates: LookAlikeRates) -> SimulatedTables:
    return read_simulation(
        run_simulation(people=PEOPLE, requests=REQUESTS, seed=SEED, out=out, created_at=CREATED_AT, look_alikes=rates)
    )


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> SimulatedTables:
    return simulate(tmp_path_factory.mktemp("without"), LookAlikeRates())


@pytest.fixture(scope="module")
def with_look_alikes(tmp_path_factory: pytest.TempPathFactory) -> SimulatedTables:
    return simulate(tmp_path_factory.mktemp("with"), RATES)


def is_look_alike(truth: dict[str, str | bool | None]) -> bool:
    return str(truth["aim"]).startswith(LOOK_ALIKE_AIM)


def letters(name: str | None) -> str:
    return (name or "").upper()


def test_every_kind_occurs_and_nothing_of_it_is_to_be_confirmed(with_look_alikes: SimulatedTables) -> None:
    look_alikes = [truth for truth in with_look_alikes.truth if is_look_alike(truth)]
    counts = Counter(str(truth["aim"]).removeprefix(LOOK_ALIKE_AIM) for truth in look_alikes)
    assert set(counts) == {*NAME_KINDS, *ADDRESS_KINDS}
    assert min(counts.values()) >= 3
    assert not any(truth["confirmed"] for truth in look_alikes)
    of_names = [truth for truth in look_alikes if truth["person_kind"] == "look_alike"]
    assert {truth["record_id"] for truth in of_names} == {None}
    assert len(of_names) == sum(counts[kind] for kind in NAME_KINDS)


def test_the_rates_are_shares_of_the_requests_at_an_address_on_record(
    without: SimulatedTables, with_look_alikes: SimulatedTables
) -> None:
    eligible = sum(bool(truth["confirmed"]) for truth in without.truth)
    changed = sum(is_look_alike(truth) for truth in with_look_alikes.truth)
    assert 0.65 < changed / eligible < 0.81
    kept = sum(bool(truth["confirmed"]) for truth in with_look_alikes.truth)
    assert kept + changed == eligible


def test_rows_that_are_no_look_alikes_and_all_records_are_as_without(
    without: SimulatedTables, with_look_alikes: SimulatedTables
) -> None:
    assert without.records == with_look_alikes.records
    rows = zip(without.requests, with_look_alikes.requests, without.truth, with_look_alikes.truth, strict=True)
    differ = {
        str(truth["request_id"])
        for before, after, truth_before, truth in rows
        if before != after or truth_before != truth
    }
    assert differ == {str(truth["request_id"]) for truth in with_look_alikes.truth if is_look_alike(truth)}


def test_names_are_ones_that_exist_a_letter_apart(without: SimulatedTables, with_look_alikes: SimulatedTables) -> None:
    records = {str(record["record_id"]): record for record in with_look_alikes.records}
    checked = 0
    rows = zip(with_look_alikes.requests, without.truth, with_look_alikes.truth, strict=True)
    for request, meant, truth in rows:
        if truth["aim"] != f"{LOOK_ALIKE_AIM}sibling":
            continue
        name, other = letters(request["first_name"]), letters(records[str(meant["record_id"])]["first_name"])
        assert is_known_name(name)
        if other.isascii():
            left, right, _ = differing_parts(other, name)
            assert max(len(left), len(right)) == 1, (other, name)
            checked += 1
    assert checked >= 20


def test_no_look_alike_is_confirmed_by_the_matcher(with_look_alikes: SimulatedTables, tmp_path: Path) -> None:
    build_index([with_look_alikes.simulation.records_folder], tmp_path / "index", threads=1)
    requests = read_requests(with_look_alikes.simulation.requests_file)
    numbered = requests.add_column(0, "row", [list(range(1, len(requests) + 1))])
    with Index.open(tmp_path / "index") as index:
        outcomes = determine_pairs(index, numbered)
    matched = [
        truth["aim"]
        for truth, outcome in zip(with_look_alikes.truth, outcomes, strict=True)
        if is_look_alike(truth) and outcome == "match"
    ]
    assert matched == []
    assert Counter(outcomes)["match"] > 100


def test_the_same_seed_gives_the_same_bytes(with_look_alikes: SimulatedTables, tmp_path: Path) -> None:
    again = simulate(tmp_path, RATES)
    for path in (again.simulation.truth_file, again.simulation.requests_file):
        before = with_look_alikes.simulation.out / path.relative_to(again.simulation.out)
        assert path.read_bytes() == before.read_bytes()


@pytest.mark.parametrize("rates", [LookAlikeRates(-0.1, 0), LookAlikeRates(0.6, 0.6), LookAlikeRates(float("nan"), 0)])
def test_rates_that_are_no_shares_are_refused(tmp_path: Path, rates: LookAlikeRates) -> None:
    with pytest.raises(RequestError) as raised:
        run_simulation(people=10, requests=1, seed=1, out=tmp_path, created_at=CREATED_AT, look_alikes=rates)
    assert raised.value.code == "bad_argument"
    assert list(tmp_path.iterdir()) == []

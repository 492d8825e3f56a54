"""The cases of tests/cases/addresses: each pair of addresses, as a record and a request of one person, matched."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from comity.match import match_requests
from comity.match.comparison_vectors import compute_comparison_vectors
from comity.match.comparisons import level_labels
from tests.support.match_records import build_index_with, make_record, make_requests

FOLDER = Path(__file__).parents[3] / "cases/addresses"
KEYS = {"record", "record2", "request", "request2", "place", "request_place", "relation", "why"}
WHOLE = {"number": {"exact"}, "street": {"exact"}, "unit": {"none", "exact"}, "place": {"zip", "city"}}


def load_cases() -> list[tuple[str, dict[str, Any]]]:
    cases = []
    for path in sorted(FOLDER.glob("*.yaml")):
        text = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert set(text) == {"about", "place", "cases"}, path
        assert all({"record", "request", "relation", "why"} <= set(case) <= KEYS for case in text["cases"]), path
        cases += [(path.stem, {"place": text["place"], **case}) for case in text["cases"]]
    return cases


CASES = load_cases()
Fields = dict[str, Any]
Reached = dict[int, tuple[dict[str, str], bool]]


def person(i: int) -> dict[str, Any]:
    """Return a name unlike that of any other case, so that only the addresses of one case are compared."""
    letters = (
        hashlib.sha256(str(i).encode()).hexdigest().translate(str.maketrans("0123456789abcdef", "aeiouklmnprstvzb"))
    )
    return {"first_name": letters[:7].title(), "last_name": letters[7:16].title()}


@pytest.fixture(scope="module")
def reached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    """By case: the labels of the address levels, and whether the address agrees."""
    records = [
        make_record(
            f"r{i:04d}", **(person(i) | {"street": case["record"], "street2": case.get("record2")} | case["place"])
        )
        for i, (_, case) in enumerate(CASES)
    ]
    rows = [
        person(i)
        | {"street": case["request"], "street2": case.get("request2")}
        | case.get("request_place", case["place"])
        for i, (_, case) in enumerate(CASES)
    ]
    with build_index_with(tmp_path_factory.mktemp("addresses"), *records) as index:
        requests = make_requests(*rows)
        agrees = match_requests(index, requests)["address_agrees"].to_pylist()
        record_found = match_requests(index, requests)["record_id"].to_pylist()
        levels = compute_comparison_vectors(index, requests)
        record_ids = index.record_ids(levels["record"]).tolist()
        pairs = [
            (row, *(levels[c][i] for c in WHOLE))
            for i, (row, record_id) in enumerate(zip(levels["row"].tolist(), record_ids, strict=True))
            if record_id == f"r{row - 1:04d}"
        ]
        yield {
            row - 1: (
                {c: level_labels(c)[n - 1] for c, n in zip(WHOLE, reached, strict=True)},
                agrees[row - 1] and record_found[row - 1] == f"r{row - 1:04d}",
            )
            for row, *reached in pairs
        }


def relation(case: tuple[dict[str, str], bool] | None) -> str:
    """Return what the matcher says of two addresses; they are unrelated if the pair is no candidate."""
    if case is None or not case[1]:
        return "unrelated"
    return "same" if all(level in WHOLE[c] for c, level in case[0].items()) else "near"


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{f}-{c['request']}" for f, c in CASES])
def test_addresses_are_one_or_two_as_a_carrier_would_say(reached: Reached, number: int) -> None:
    _, case = CASES[number]
    assert relation(reached.get(number)) == case["relation"], (case, reached.get(number))

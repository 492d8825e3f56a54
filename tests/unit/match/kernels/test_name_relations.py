"""The cases of tests/cases/names: each pair of names, as a record and a request at one address, compared."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from comity.match import Index
from comity.match.comparison_vectors import compute_comparison_vectors
from comity.match.comparisons import level_labels
from tests.support.match_records import build_index_with, make_record, make_requests

FOLDER = Path(__file__).parents[3] / "cases/names"
FIELDS = {"first": "first_name", "middle": "middle_name", "last": "last_name", "suffix": "suffix"}
AGAINST = {
    "surname": {"shared", "differs"},
    "given": {"gendered", "distant", "differs", "other_initial"},
    "middle": {"differs"},
    "suffix": {"differs"},
}
UNSURE = {
    "surname": {"missing", "near", "similar"},
    "given": {"missing", "initial", "near", "similar"},
    "middle": set[str](),
    "suffix": {"missing"},
}


def load_cases() -> list[tuple[str, dict[str, Any]]]:
    cases = []
    for path in sorted(FOLDER.glob("*.yaml")):
        text = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert set(text) == {"tradition", "about", "cases"}, path
        assert all(set(case) == {"record", "request", "relation", "why"} for case in text["cases"]), path
        cases += [(path.stem, case) for case in text["cases"]]
    return cases


CASES = load_cases()


def fields(name: dict[str, str], street: str) -> dict[str, Any]:
    assert set(name) <= set(FIELDS)
    return {"street": street} | {FIELDS[part]: value for part, value in name.items()}


@pytest.fixture(scope="module")
def reached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[dict[str, str]]]:
    """The label of the level that each case reaches, by comparison."""
    streets = [f"{100 + i} Alone Ct" for i in range(len(CASES))]
    records = [make_record(f"r{i}", **fields(case["record"], streets[i])) for i, (_, case) in enumerate(CASES)]
    requests = make_requests(*(fields(case["request"], streets[i]) for i, (_, case) in enumerate(CASES)))
    with build_index_with(tmp_path_factory.mktemp("names"), *records) as index:
        yield compute_levels(index, requests)


def compute_levels(index: Index, requests: Any) -> list[dict[str, str]]:
    levels = compute_comparison_vectors(index, requests)
    record_ids = index.record_ids(levels["record"]).tolist()
    own = [
        i for i, (row, name) in enumerate(zip(levels["row"].tolist(), record_ids, strict=True)) if name == f"r{row - 1}"
    ]
    assert [levels["row"][i] for i in own] == list(range(1, len(CASES) + 1))
    return [{c: level_labels(c)[levels[c][i] - 1] for c in AGAINST} for i in own]


def relation(levels: dict[str, str]) -> str:
    """Return what the levels say of two names: one person's, one spelling or gap apart, or two persons'."""
    for c, level in levels.items():
        assert level in level_labels(c)
    if any(level in AGAINST[c] for c, level in levels.items()):
        return "unrelated"
    return "near" if any(level in UNSURE[c] for c, level in levels.items()) else "same"


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{f}-{c['why']}" for f, c in CASES])
def test_names_are_related_as_a_reader_of_them_says(reached: list[dict[str, str]], number: int) -> None:
    _, case = CASES[number]
    assert relation(reached[number]) == case["relation"], (case, reached[number])

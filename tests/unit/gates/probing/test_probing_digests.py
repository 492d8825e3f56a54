"""Digests of requests: what a row asks does not depend on how it is written."""

from collections.abc import Mapping

import numpy as np

from comity.gates.probing.probing_digests import KINDS, history_digests
from comity.model.history import RequestDigests
from tests.support.gate_batches import evaluate_batch, make_batch


def _digests_of(*rows: Mapping[str, str | None]) -> RequestDigests:
    digests = evaluate_batch(make_batch(rows)).request_digests
    assert digests is not None
    return digests


def _group_numbers(digests: np.ndarray[tuple[int, ...], np.dtype[np.uint64]]) -> list[int]:
    """Number the distinct digests in order of first appearance; return each row's number."""
    seen: dict[int, int] = {}
    return [seen.setdefault(digest, len(seen)) for digest in digests.tolist()]


def _entries_of_row(digests: RequestDigests, name: str, row: int) -> set[int]:
    return set(digests.by_entry[name][digests.entry_row == row].tolist())


def test_ways_of_writing_one_question_have_one_digest() -> None:
    same = [
        {},
        {"first_name": "ANA", "last_name": "  ejemplo ", "street": "123 MAIN STREET", "zip": "62701-1234"},
        {"first_name": "Aná", "street": "123 Main St.", "city": "SPRINGFIELD"},
        {"street2": "Apt 2"},
        {"zip": "62702"},
        {"first_name": "Ejemplo", "last_name": "Ana"},
        {"last_name": "Ejenplo"},
    ]
    other = [{"first_name": "Luz"}, {"street": "132 Main St"}, {"tax_year": "2022"}]
    digests = _digests_of(*same, *other)
    asked = _entries_of_row(digests, "question", 0)
    shared = [bool(asked & _entries_of_row(digests, "question", row)) for row in range(len(same) + len(other))]
    assert shared == [True] * len(same) + [False] * len(other)


def test_history_keeps_what_each_kind_counts() -> None:
    """Of a refused row it keeps whom and where it asked about, and not the question, which may be asked again."""
    michael = {"first_name": "Michael"}
    digests = _digests_of(
        michael | {"tin": "900-11-0001"},
        michael | {"case_number": "24-2"},
        michael | {"street": "9 Elm Ave"},
        {"first_name": "Luz"},
        michael | {"street": "Unknown"},
    )
    history = history_digests(digests, np.array([True, True, True, False, True]), np.ones(5, np.bool_))
    assert {kind: sorted(counts.tolist()) for kind, (_, counts) in history.items()} == {
        "person": [1, 2],
        "number": [1],
        "street": [1, 1, 1],
        "address": [1, 3],
        "building": [1, 3],
        "question": [1, 1],
        "request": [1, 1, 1],
        "numbered": [1],
        "numbered as": [1],
        "officer": [3],
        "case": [1, 2],
    }
    assert set(history) == set(KINDS) - {"spelling"}


def test_rows_digested_in_chunks_equal_rows_digested_at_once() -> None:
    streets = ("Main St", "Oak Ave Apt 4", "Main St", "Elm Ct", "Oak Ave")
    rows = [{"street": f"{n} {street}"} for n, street in enumerate(streets, 1)]
    whole, many = _digests_of(*rows), _digests_of(*rows, *[{"street": f"{n} Pine St"} for n in range(60)])
    assert many.by_row["address"][:5].tolist() == whole.by_row["address"].tolist()
    assert _group_numbers(whole.by_row["street"]) == [0, 1, 0, 2, 1]


def test_city_and_state_give_the_place_if_there_is_no_zip_code() -> None:
    none: dict[str, str | None] = {"zip": None}
    digests = _digests_of({}, none, none | {"city": "springfield"}, none | {"city": "Chicago"}, none | {"state": "MO"})
    assert _group_numbers(digests.by_row["residence"]) == [0, 1, 1, 2, 3]
    buildings = [_entries_of_row(digests, "building", row) for row in range(5)]
    assert buildings[0] == buildings[1] == buildings[2]
    assert not buildings[0] & (buildings[3] | buildings[4])


def test_only_rows_with_a_name_and_an_address_count() -> None:
    abroad = {"street": "PSC 482 Box 1190", "city": "APO", "state": "AE", "zip": "09499"}
    digests = _digests_of({}, abroad, {"first_name": None}, {"last_name": "-"}, {"street": None}, {"street": "Main St"})
    assert digests.is_counted.tolist() == [True, True, False, False, False, False]
    assert _digests_of({"street": None}).is_counted.tolist() == [False]


def test_officers_are_persons() -> None:
    digests = _digests_of({}, {"officer_id": "nobody"}, {"officer_id": None})
    assert (digests.by_row["officer"] == 0).tolist() == [False, True, True]

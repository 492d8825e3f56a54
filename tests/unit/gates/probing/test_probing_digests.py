"""Digests of requests: what a row asks does not depend on how it is written."""

from collections.abc import Mapping

import numpy as np
import pytest

from comity.gates.probing.probing_digests import history_digests
from comity.model.history import RequestDigests
from tests.support.gate_batches import evaluate_batch, make_batch


def test_ways_of_writing_one_question_have_one_digest() -> None:
    same = [
        {},
        {"first_name": "ANA", "last_name": "  ejemplo ", "street": "123 MAIN STREET", "zip": "62701-1234"},
        {"first_name": "Aná", "street": "123 Main St.", "city": "SPRINGFIELD"},
    ]
    other = [
        {"first_name": "Luz"},
        {"street": "132 Main St"},
        {"street2": "Apt 2"},
        {"zip": "62702"},
        {"tax_year": "2022"},
    ]
    digests = evaluate_batch(make_batch([*same, *other])).request_digests
    assert digests is not None
    assert len(set(digests.question[:3].tolist())) == 1
    assert len(set(digests.question.tolist())) == 6


def _digests_of(*rows: Mapping[str, str | None]) -> RequestDigests:
    digests = evaluate_batch(make_batch(rows)).request_digests
    assert digests is not None
    return digests


def _group_numbers(digests: np.ndarray[tuple[int, ...], np.dtype[np.uint64]]) -> list[int]:
    """Number the distinct digests in order of first appearance; return each row's number."""
    seen: dict[int, int] = {}
    return [seen.setdefault(digest, len(seen)) for digest in digests.tolist()]


def test_history_keeps_one_digest_per_name_at_an_address_or_per_row() -> None:
    digests = _digests_of(
        {"tin": "900-11-0001"},
        {"case_number": "24-2"},
        {"street": "9 Elm Ave"},
        {"first_name": "Luz"},
        {"street": "Unknown"},
    )
    history = history_digests(digests, np.array([True, True, True, False, True]))
    assert {kind: sorted(counts.tolist()) for kind, (_, counts) in history.items()} == {
        "name": [2],
        "surname": [2],
        "address": [1, 1],
        "spelling": [1, 1],
        "street": [1, 1],
        "number": [1],
        "question": [1, 2],
        "request": [1, 1, 1],
        "officer": [3],
        "case": [1, 2],
    }
    assert history["name"][0].tolist() == [digests.name[0]]


def test_lines_digested_in_chunks_equal_lines_digested_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"street": f"{n} {street}"}
        for n, street in enumerate(("Main St", "Oak Ave Apt 4", "Main St", "Elm Ct", "Oak Ave"), 1)
    ]
    whole = _digests_of(*rows)
    monkeypatch.setattr("comity.columns.parallel.PARALLEL_MIN_ROWS", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    in_chunks = _digests_of(*rows)
    assert in_chunks.address.tolist() == whole.address.tolist()
    assert in_chunks.street.tolist() == whole.street.tolist()
    assert _group_numbers(whole.street) == [0, 1, 0, 2, 1]


def test_city_and_state_give_the_place_if_there_is_no_zip_code() -> None:
    none: dict[str, str | None] = {"zip": None}
    digests = _digests_of({}, none, none | {"city": "springfield"}, none | {"city": "Chicago"}, none | {"state": "MO"})
    assert _group_numbers(digests.address) == [0, 1, 1, 2, 3]


def test_only_rows_with_a_name_and_an_address_count() -> None:
    abroad = {"street": "PSC 482 Box 1190", "city": "APO", "state": "AE", "zip": "09499"}
    digests = _digests_of({}, abroad, {"first_name": None}, {"last_name": "-"}, {"street": None}, {"street": "Main St"})
    assert digests.is_counted.tolist() == [True, True, False, False, False, False]
    assert _digests_of({"street": None}).is_counted.tolist() == [False]


def test_officers_are_persons_and_spellings_share_consonants() -> None:
    digests = _digests_of(
        {"first_name": "Mary Ann"},
        {"first_name": "Maryann", "officer_id": "nobody"},
        {"first_name": "Alex"},
        {"first_name": "Ale"},
        {"first_name": "Aleh", "officer_id": None},
    )
    assert _group_numbers(digests.first_name) == [0, 0, 1, 2, 3]
    assert _group_numbers(digests.spelling) == [0, 0, 1, 2, 2]
    assert (digests.officer == 0).tolist() == [False, True, False, False, True]

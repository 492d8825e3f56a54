"""Digests: the library's own CMAC, row by row; lines as words; what a row asks does not depend on how it is written."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.columns.cmac import CmacDigester
from comity.columns.dictionary_column import DictionaryColumn
from comity.gates.probing.probing_digests import history_digests, rows_with_digest, value_counts
from comity.gates.text.line_tokens import normalize_line, tokenize_lines
from comity.model.history import RequestDigests
from tests.support.gate_batches import judge_batch, make_batch

KEY = bytes(range(16))


def cmac(key: bytes, message: bytes) -> bytes:
    mac = CMAC(AES(key))
    mac.update(message)
    return mac.finalize()


@given(st.lists(st.text(st.characters(codec="ascii"), max_size=70), max_size=40))
@settings(max_examples=40, deadline=None)
def test_a_digest_is_the_librarys_cmac_cut_to_64_bits(texts: list[str]) -> None:
    subkey = cmac(KEY, b"name")
    expected = [int.from_bytes(cmac(subkey, text.encode())[:8], "little") for text in texts]
    column = pa.array(["before", *texts], pa.string()).slice(1)  # a slice, as batches are cut
    assert CmacDigester(KEY).digest_texts("name", column).tolist() == expected
    assert CmacDigester(KEY).digest_column("name", DictionaryColumn.encode(column)).tolist() == expected


def test_a_pair_is_the_cmac_of_its_sixteen_bytes() -> None:
    one, other = np.array([1, 2], np.uint64), np.array([3, 2**63], np.uint64)
    subkey = cmac(KEY, b"pair")
    messages = [a.tobytes() + b.tobytes() for a, b in zip(one, other, strict=True)]
    expected = [int.from_bytes(cmac(subkey, message)[:8], "little") for message in messages]
    assert CmacDigester(KEY).digest_pairs("pair", one, other).tolist() == expected


def test_another_key_or_purpose_gives_another_digest() -> None:
    text = pa.array(["ANA"])
    digests = {
        int(CmacDigester(key).digest_texts(purpose, text)[0])
        for key in (KEY, bytes(16))
        for purpose in ("name", "street")
    }
    assert len(digests) == 4


@given(st.lists(st.text("12AN #", max_size=12) | st.sampled_from(["12 OAK STREET APT 4", "12 OAK ST #4"]), max_size=20))
@settings(max_examples=40, deadline=None)
def test_a_column_of_lines_is_read_as_each_line_is(texts: list[str]) -> None:
    lines = tokenize_lines(pa.array(texts, pa.string()))
    for number, text in enumerate(texts):
        words = [lines.words[code] for code in lines.codes[lines.offsets[number] : lines.offsets[number + 1]]]
        assert " ".join(word for word in words if word) == normalize_line(text)


def test_ways_of_writing_one_question_have_one_digest() -> None:
    written = [
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
    questions = judge_batch(make_batch([*written, *other])).request_digests
    assert questions is not None
    assert len(set(questions.question[:3].tolist())) == 1
    assert len(set(questions.question.tolist())) == 6


def test_run_lengths_count_every_value_but_zero() -> None:
    values, counts = value_counts(np.array([5, 0, 3, 5, 0], np.uint64))
    assert (values.tolist(), counts.tolist()) == ([3, 5], [1, 2])
    assert rows_with_digest(np.array([5, 4, 0], np.uint64), values).tolist() == [True, False, False]
    assert value_counts(np.zeros(3, np.uint64))[0].tolist() == []


def _asked(*rows: Mapping[str, str | None]) -> RequestDigests:
    questions = judge_batch(make_batch(rows)).request_digests
    assert questions is not None
    return questions


def _groups(digests: np.ndarray[tuple[int, ...], np.dtype[np.uint64]]) -> list[int]:
    """Each row's place among the different digests, in the order in which they come."""
    seen: dict[int, int] = {}
    return [seen.setdefault(digest, len(seen)) for digest in digests.tolist()]


def test_what_was_looked_up_is_remembered_once_for_a_name_at_an_address_or_by_row() -> None:
    questions = _asked(
        {"tin": "900-11-0001"}, {"case_number": "24-2"}, {"street": "9 Elm Ave"}, {"first_name": "Luz"}, {"street": "Unknown"}
    )  # fmt: skip
    kept = history_digests(questions, np.array([True, True, True, False, True]))
    assert {kind: sorted(counts.tolist()) for kind, (_, counts) in kept.items()} == {
        "name": [2], "surname": [2], "address": [1, 1], "spelling": [1, 1], "street": [1, 1], "number": [1],
        "question": [1, 2], "request": [1, 1, 1], "officer": [3], "case": [1, 2],
    }  # fmt: skip
    assert kept["name"][0].tolist() == [questions.name[0]]


def test_lines_in_several_parts_are_digested_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"street": f"{n} {street}"}
        for n, street in enumerate(("Main St", "Oak Ave Apt 4", "Main St", "Elm Ct", "Oak Ave"), 1)
    ]
    whole = _asked(*rows)
    monkeypatch.setattr("comity.columns.fold.PARALLEL_MIN_ROWS", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    parts = _asked(*rows)
    assert parts.address.tolist() == whole.address.tolist()
    assert parts.street.tolist() == whole.street.tolist()
    assert _groups(whole.street) == [0, 1, 0, 2, 1]


def test_without_a_zip_code_city_and_state_say_where() -> None:
    none: dict[str, str | None] = {"zip": None}
    questions = _asked({}, none, none | {"city": "springfield"}, none | {"city": "Chicago"}, none | {"state": "MO"})
    assert _groups(questions.address) == [0, 1, 1, 2, 3]


def test_a_row_counts_that_sets_forth_a_name_and_an_address() -> None:
    abroad = {"street": "PSC 482 Box 1190", "city": "APO", "state": "AE", "zip": "09499"}
    questions = _asked({}, abroad, {"first_name": None}, {"last_name": "-"}, {"street": None}, {"street": "Main St"})
    assert questions.is_counted.tolist() == [True, True, False, False, False, False]
    assert _asked({"street": None}).is_counted.tolist() == [False]


def test_who_the_officer_is_and_how_a_name_is_spelled() -> None:
    questions = _asked(
        {"first_name": "Mary Ann"}, {"first_name": "Maryann", "officer_id": "nobody"}, {"first_name": "Alex"},
        {"first_name": "Ale"}, {"first_name": "Aleh", "officer_id": None},
    )  # fmt: skip
    assert _groups(questions.first_name) == [0, 0, 1, 2, 3]
    assert _groups(questions.spelling) == [0, 0, 1, 2, 2]
    assert (questions.officer == 0).tolist() == [False, True, False, False, True]

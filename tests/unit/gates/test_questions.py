"""Digests: the library's own CMAC, row by row; lines as words; what a row asks does not depend on how it is written."""

import numpy as np
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.gates.digests import Digester
from comity.gates.normal_lines import normal_line, normal_lines
from comity.gates.questions import rows_of, run_lengths
from tests.unit.gates.batches import batch, judged

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
    assert Digester(KEY).of_text("name", column).tolist() == expected
    assert Digester(KEY).of_values("name", column).tolist() == expected


def test_a_pair_is_the_cmac_of_its_sixteen_bytes() -> None:
    one, other = np.array([1, 2], np.uint64), np.array([3, 2**63], np.uint64)
    subkey = cmac(KEY, b"pair")
    messages = [a.tobytes() + b.tobytes() for a, b in zip(one, other, strict=True)]
    expected = [int.from_bytes(cmac(subkey, message)[:8], "little") for message in messages]
    assert Digester(KEY).of_pairs("pair", one, other).tolist() == expected


def test_another_key_or_purpose_gives_another_digest() -> None:
    text = pa.array(["ANA"])
    digests = {
        int(Digester(key).of_text(purpose, text)[0]) for key in (KEY, bytes(16)) for purpose in ("name", "street")
    }
    assert len(digests) == 4


@given(st.lists(st.text("12AN #", max_size=12) | st.sampled_from(["12 OAK STREET APT 4", "12 OAK ST #4"]), max_size=20))
@settings(max_examples=40, deadline=None)
def test_a_column_of_lines_is_read_as_each_line_is(texts: list[str]) -> None:
    lines = normal_lines(pa.array(texts, pa.string()))
    for number, text in enumerate(texts):
        words = [lines.words[code] for code in lines.codes[lines.offsets[number] : lines.offsets[number + 1]]]
        assert " ".join(word for word in words if word) == normal_line(text)


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
    questions = judged(batch([*written, *other])).questions
    assert questions is not None
    assert len(set(questions.question[:3].tolist())) == 1
    assert len(set(questions.question.tolist())) == 6


def test_run_lengths_count_every_value_but_zero() -> None:
    values, counts = run_lengths(np.array([5, 0, 3, 5, 0], np.uint64))
    assert (values.tolist(), counts.tolist()) == ([3, 5], [1, 2])
    assert rows_of(np.array([5, 4, 0], np.uint64), values).tolist() == [True, False, False]
    assert run_lengths(np.zeros(3, np.uint64))[0].tolist() == []

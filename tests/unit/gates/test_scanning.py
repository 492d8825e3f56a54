"""The compiled loops against the same said plainly, one value at a time."""

import re
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.columns import byte_kernels
from comity.columns.buffers import data_and_offsets, trim_whitespace
from comity.columns.dictionary_column import DictionaryColumn
from comity.columns.fold import (
    _CARE_OF,
    _FOLD_TABLE,
    contains_any,
    fold,
    fold_lines,
    letter_sum_hashes,
    matches_pattern,
    mode_count,
    to_ascii,
    translate_bytes,
    translation_table,
)
from comity.gates.probing.probing_digests import rows_with_digest
from comity.gates.request_columns import RequestColumns
from comity.gates.rules.d02_order_outstanding import _NOT_OUTSTANDING_PATTERN
from comity.gates.rules.r04_criminal_statute import barred_purpose_pattern
from comity.gates.text.screening_patterns import REASON_KEYWORDS
from comity.law import load_law
from tests.support.gate_batches import make_batch

TEXTS = st.lists(st.text("aZ9# .'-/%cofé\u200f\x00", max_size=30), max_size=30)
SLOWLY_AT_FIRST = settings(deadline=None)  # the loops are compiled when they first run
WORDS = ("he", "she", "hers", "1231", "ishe")


def _sliced(texts: list[str]) -> pa.Array:
    """The texts as a part of a longer column, so that offsets do not begin at 0."""
    return pa.array(["before", *texts, "behind"], pa.string()).slice(1, len(texts))


@given(TEXTS)
@SLOWLY_AT_FIRST
def test_translated_byte_for_byte_and_single_spaced(texts: list[str]) -> None:
    texts = [text for text in texts if text.isascii()]
    kept = ["".join(c.upper() if c.upper() in "AZ9" else "" if c == "'" else " " for c in text) for text in texts]
    assert translate_bytes(_sliced(texts), translation_table("AZ9", "'")).to_pylist() == [
        " ".join(text.split()) for text in kept
    ]


@given(TEXTS, TEXTS)
@SLOWLY_AT_FIRST
def test_two_fields_fold_into_one_line(one: list[str], two: list[str]) -> None:
    size = min(len(one), len(two))
    one, two = one[:size], two[:size]
    lines = [
        f"{a} {b}".strip()
        for a, b in zip(*(fold(pa.array(t, pa.string())).to_pylist() for t in (one, two)), strict=True)
    ]
    assert fold_lines(_sliced(one), _sliced(two)).to_pylist() == lines


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("c/o Ana", "CAREOF ANA"), ("C.O. Ana", "CAREOF ANA"), ("% Ana", "CAREOF ANA"), ("Care Of Ana", "CAREOF ANA"),
        ("12 Oak, c / o Ana", "12 OAK CAREOF ANA"), ("St. Olaf", "ST OLAF"), ("Office 4", "OFFICE 4"), ("5 %", "5"),
        ("Isle of Palms", "ISLE OF PALMS"), ("\u2105 Ana", "CAREOF ANA"), ("o", "O"), ("x.", "X"), ("", ""),
    ],
)  # fmt: skip
def test_care_of_is_one_word_however_it_is_written(text: str, folded: str) -> None:
    assert fold(pa.array([text])).to_pylist() == [folded]


PIECES = (
    "c/o",
    "C / O",
    "C.O. ",
    "c.o.",
    "%",
    "Care of",
    " care  of ",
    " ",
    ",",
    "(",
    "x",
    "1",
    "é",
    "\u2105",
    "f",
    "c",
    "o",
)


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=5).map("".join), max_size=20))
@SLOWLY_AT_FIRST
def test_nothing_that_says_care_of_is_passed_over(texts: list[str]) -> None:
    """What is looked at more closely comes to what a look at every text comes to."""
    column = pa.array(texts, pa.string())
    every = pc.replace_substring_regex(to_ascii(column), _CARE_OF, " CAREOF ")
    assert fold(column).to_pylist() == translate_bytes(every, _FOLD_TABLE).to_pylist()


@given(st.lists(st.text("hersi12 3", max_size=12) | st.sampled_from(["ushers", "HERS", "x1231", "é", ""]), max_size=40))
@SLOWLY_AT_FIRST
def test_words_are_found_wherever_they_stand(texts: list[str]) -> None:
    expected = [bool(re.search("|".join(WORDS), text, re.IGNORECASE)) or not text.isascii() for text in texts]
    assert contains_any(_sliced(texts), byte_kernels.build_automaton(WORDS)).tolist() == expected


@pytest.mark.parametrize(
    "words", [("abcd", "bc"), ("ab", "bab"), ("a",), ("aab", "ab", "b1"), ("nano", "an", "no")], ids="-".join
)
@given(text=st.text("abcdno1", max_size=10))
@SLOWLY_AT_FIRST
def test_a_word_within_another_is_found(words: tuple[str, ...], text: str) -> None:
    assert contains_any(pa.array([text]), byte_kernels.build_automaton(words)).tolist() == [
        any(word in text for word in words)
    ]


def test_too_many_words_for_a_finder_are_refused() -> None:
    with pytest.raises(RuntimeError, match="too many words"):
        byte_kernels.build_automaton([f"{number:05}" for number in range(10_000)])


@given(
    st.from_regex(re.compile(barred_purpose_pattern(load_law().get_agreement("irs-ice-2025")), re.ASCII))
    | st.from_regex(re.compile(_NOT_OUTSTANDING_PATTERN, re.ASCII))
)
@SLOWLY_AT_FIRST
def test_every_reason_that_r04_or_d02_could_stop_is_looked_at(reason: str) -> None:
    assert contains_any(pa.array([reason, reason.lower()]), REASON_KEYWORDS).all()


@given(TEXTS)
@SLOWLY_AT_FIRST
def test_letters_are_added_up_without_case_and_marks(texts: list[str]) -> None:
    expected = [sum(ord(c.upper()) for c in text if c.isascii() and c.isalpha()) for text in texts]
    assert letter_sum_hashes(_sliced(texts)).tolist() == expected


@given(st.lists(st.text("ab", max_size=20) | st.sampled_from(["a" * 8, "a" * 9, "b" * 16, "b" * 17]), max_size=40))
@SLOWLY_AT_FIRST
def test_equal_texts_have_one_number(texts: list[str]) -> None:
    data, offsets = data_and_offsets(_sliced(texts))
    codes, firsts = byte_kernels.intern_tokens(data, offsets[:-1], offsets[1:])
    assert [texts[first] for first in firsts] == list(dict.fromkeys(texts))
    assert [texts[firsts[code]] for code in codes] == texts


def test_numbers_are_kept_as_the_table_grows() -> None:
    texts = [f"word {number % 30_011}" for number in range(70_000)]
    data, offsets = data_and_offsets(pa.array(texts))
    codes, firsts = byte_kernels.intern_tokens(data, offsets[:-1], offsets[1:])
    assert codes.tolist() == [number % 30_011 for number in range(70_000)]
    assert firsts.tolist() == list(range(30_011))


@given(TEXTS)
@SLOWLY_AT_FIRST
def test_cut_into_words(texts: list[str]) -> None:
    column = _sliced(texts)
    data, offsets = data_and_offsets(column)
    begins, stops, ends = byte_kernels.tokenize(data, offsets)
    spans = [bytes(data[begin:stop]).decode() for begin, stop in zip(begins, stops, strict=True)]
    words = [[word for word in re.split("[ #]", text) if word] for text in texts]
    assert [spans[begin:end] for begin, end in pairwise(ends)] == words


@given(st.lists(st.integers(1, 40), unique=True), st.lists(st.integers(0, 40)))
@SLOWLY_AT_FIRST
def test_rows_of_finds_what_is_among_the_values(values: list[int], digests: list[int]) -> None:
    found = rows_with_digest(np.array(digests, dtype=np.uint64), np.array(sorted(values), dtype=np.uint64))
    assert found.tolist() == [digest in values for digest in digests]


@given(st.lists(st.tuples(st.text("ab", max_size=4), st.text("ab", max_size=4))))
@SLOWLY_AT_FIRST
def test_a_coded_column_says_where_another_ends_in_it(pairs: list[tuple[str, str]]) -> None:
    lines, tails = [one for one, _ in pairs], [two for _, two in pairs]
    coded = DictionaryColumn.encode(pa.array(tails, pa.string()))
    assert coded.is_suffix_of(_sliced(lines)).tolist() == [line.endswith(tail) for line, tail in pairs]
    assert coded.byte_lengths().tolist() == [len(tail) for tail in tails]


def test_a_coded_column_is_the_column() -> None:
    column = DictionaryColumn.encode(pa.array(["a", "B", "a", "", "b"]))
    upper = column.map_values(lambda values: pa.array([str(v).upper() for v in values.to_pylist()]))
    assert upper.decode().to_pylist() == ["A", "B", "A", "", "B"]
    assert (len(upper.values), len(upper.unify().values)) == (4, 3)
    assert upper.unify().decode().to_pylist() == upper.decode().to_pylist()
    assert upper.is_empty().tolist() == [False, False, False, True, False]
    assert upper.matches_pattern("^A$").tolist() == [True, False, True, False, False]
    replaced = upper.replace(np.array([0, 3]), ["x", "y"])
    assert replaced.decode().to_pylist() == ["x", "B", "A", "y", "B"]
    assert sorted(set(replaced.used_values())) == ["A", "B", "x", "y"]
    assert replaced[1:3].decode().to_pylist() == ["B", "A"]
    assert upper.decode().to_pylist() == ["A", "B", "A", "", "B"]
    assert len(DictionaryColumn.encode(pa.array([], pa.string())).decode()) == 0


def test_lines_are_not_searched_for_a_pattern_that_is_not_among_those_of_all_rules() -> None:
    with pytest.raises(RuntimeError, match=r"telling\.LINES"):
        RequestColumns(make_batch().requests).line_matches("^12")


SAMPLES = ["  a b ", "x", "", "\u00a0y\u3000", "Ñandú", "12 Main St c/o Bob", "\x0b\x85", "a" * 300]


def test_many_rows_are_folded_and_searched_as_few_are() -> None:
    """Parts on several processors give what each value gives alone."""
    many = pa.array(SAMPLES * 6_000)
    few = pa.array(SAMPLES)
    assert fold(many).to_pylist() == [fold(few.slice(at, 1))[0].as_py() for at in range(len(SAMPLES))] * 6_000
    assert matches_pattern(many, r"^\w|Main").tolist() == matches_pattern(few, r"^\w|Main").tolist() * 6_000
    assert (
        letter_sum_hashes(pa.array(["ab1", "", "zz"] * 9_000)).tolist()
        == letter_sum_hashes(pa.array(["ab1", "", "zz"])).tolist() * 9_000
    )


def test_trimmed_as_pyarrow_trims() -> None:
    trimmed = ["a b", "x", "", "y", "Ñandú", "12 Main St c/o Bob", "", "a" * 300, None]
    assert trim_whitespace(pa.array([*SAMPLES, None])).to_pylist() == trimmed
    assert trim_whitespace(pa.array([*SAMPLES, None]).slice(3, 4)).to_pylist() == trimmed[3:7]
    assert trim_whitespace(pa.array([], pa.string())).to_pylist() == []


def test_the_commonest_value_is_counted() -> None:
    values = [f"{n % 7_001}{'x' * (n % 7_001 % 5)}" for n in range(30_000)]
    assert mode_count(pa.array([*values, "", "", *["é"] * 9])) == 9
    assert mode_count(pa.array(values)) == -(-30_000 // 7_001)
    assert [mode_count(pa.array(some, pa.string())) for some in ([], ["", ""], ["a", "b", ""])] == [0, 0, 1]

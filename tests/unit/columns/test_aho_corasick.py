"""The automaton against plain substring search."""

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.columns.aho_corasick import build_automaton, contains_any
from tests.support.text_columns import COMPILES_FIRST, sliced_column

WORDS = ("he", "she", "hers", "1231", "ishe")
SAMPLES = st.text("hersi12 3", max_size=12) | st.sampled_from(["ushers", "HERS", "x1231", "é", ""])


@given(st.lists(SAMPLES, max_size=40))
@COMPILES_FIRST
def test_contains_any_finds_words_anywhere_in_either_case(texts: list[str]) -> None:
    expected = [bool(re.search("|".join(WORDS), text, re.IGNORECASE)) or not text.isascii() for text in texts]
    assert contains_any(sliced_column(texts), build_automaton(WORDS)).tolist() == expected


@pytest.mark.parametrize(
    "words", [("abcd", "bc"), ("ab", "bab"), ("a",), ("aab", "ab", "b1"), ("nano", "an", "no")], ids="-".join
)
@given(text=st.text("abcdno1", max_size=10))
@COMPILES_FIRST
def test_contains_any_finds_a_word_within_another(words: tuple[str, ...], text: str) -> None:
    assert contains_any(pa.array([text]), build_automaton(words)).tolist() == [any(word in text for word in words)]


def test_build_automaton_rejects_too_many_words() -> None:
    with pytest.raises(RuntimeError, match="more states"):
        build_automaton([f"{number:05}" for number in range(10_000)])

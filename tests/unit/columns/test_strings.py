"""Strings in kernels: sets of words, lines, hashes."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.columns.strings import LINE_CAPACITY, StringView, append, in_word_set, word_set
from comity.match.index.lexicons import hash_texts
from tests.support.string_views import StringViews


def test_in_word_set_finds_whole_words_only() -> None:
    views, words = StringViews(), word_set("A", "BC")
    assert in_word_set(views("A"), words)
    assert in_word_set(views("BC"), words)
    assert not any(in_word_set(views(text), words) for text in ("", "B", "BCD", "D", "A" * 65, "BC" + "D" * 64))


def test_append_cuts_what_exceeds_the_capacity_of_a_line() -> None:
    views = StringViews()
    memory = np.zeros(LINE_CAPACITY + 8, np.uint8)
    line = append(StringView(memory.ctypes.data, 0), views("A" * 1000))
    line = append(line, views("B" * 1000))
    assert line.length == LINE_CAPACITY
    assert not memory[LINE_CAPACITY:].any()
    assert bytes(memory[:LINE_CAPACITY]) == b"A" * 1000 + b"B" * (LINE_CAPACITY - 1000)


@given(st.lists(st.text(max_size=12), max_size=8))
@settings(deadline=None, max_examples=60)
def test_hash_string_is_zero_for_null_only_and_differs_between_strings(texts: list[str]) -> None:
    hashes = hash_texts(pa.array([*texts, None], pa.string()))
    assert hashes[-1] == 0
    assert [value == 0 for value in hashes[:-1].tolist()] == [not text for text in texts]
    assert len(set(hashes[:-1].tolist())) == len(set(texts))
    assert hashes[:-1].tolist() == hash_texts(pa.array([None, *texts], pa.string()).slice(1)).tolist()

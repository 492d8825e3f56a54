"""Tokens of lines and their codes against plain Python."""

import re
from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from comity.columns.buffers import data_and_offsets
from comity.columns.kernel import GOLDEN_RATIO_64
from comity.columns.tokens import intern_tokens, polynomial_sum, tokenize
from tests.support.text_columns import COMPILES_FIRST, TEXTS, sliced_column


@given(TEXTS)
@COMPILES_FIRST
def test_tokenize_splits_at_spaces_and_hashes(texts: list[str]) -> None:
    data, offsets = data_and_offsets(sliced_column(texts))
    begins, stops, ends = tokenize(data, offsets)
    spans = [bytes(data[begin:stop]).decode() for begin, stop in zip(begins, stops, strict=True)]
    words = [[word for word in re.split("[ #]", text) if word] for text in texts]
    assert [spans[begin:end] for begin, end in pairwise(ends)] == words


@given(st.lists(st.text("ab", max_size=20) | st.sampled_from(["a" * 8, "a" * 9, "b" * 16, "b" * 17]), max_size=40))
@COMPILES_FIRST
def test_intern_tokens_gives_equal_texts_one_code(texts: list[str]) -> None:
    data, offsets = data_and_offsets(sliced_column(texts))
    codes, firsts = intern_tokens(data, offsets[:-1], offsets[1:])
    assert [texts[first] for first in firsts] == list(dict.fromkeys(texts))
    assert [texts[firsts[code]] for code in codes] == texts


def test_intern_tokens_keeps_codes_while_its_table_grows() -> None:
    texts = [f"word {number % 30_011}" for number in range(70_000)]
    data, offsets = data_and_offsets(pa.array(texts))
    codes, firsts = intern_tokens(data, offsets[:-1], offsets[1:])
    assert codes.tolist() == [number % 30_011 for number in range(70_000)]
    assert firsts.tolist() == list(range(30_011))


def test_polynomial_sum_skips_tokens_without_a_digest() -> None:
    digests = np.array([11, 0, 13], np.uint64)
    codes, ends = np.array([0, 1, 2, 2, 0], np.int32), np.array([0, 3, 5, 5], np.int32)
    result = np.empty(3, np.uint64)
    polynomial_sum(codes, ends, digests, result)
    factor = int(GOLDEN_RATIO_64)
    assert result.tolist() == [(a * factor + b * factor**2) % 2**64 for a, b in ((11, 13), (13, 11), (0, 0))]

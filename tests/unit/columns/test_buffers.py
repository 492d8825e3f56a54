"""Buffers of Arrow arrays: trimming as pyarrow trims, and nothing read outside a slice."""

from itertools import pairwise

import pyarrow as pa
import pytest

from comity.columns.buffers import combine_chunks, data_and_offsets, trim_whitespace
from tests.support.text_columns import WHITESPACE_SAMPLES, sliced_column


def test_trim_whitespace_equals_pyarrow() -> None:
    trimmed = ["a b", "x", "", "y", "Ñandú", "12 Main St c/o Bob", "", "a" * 300, None]
    assert trim_whitespace(pa.array([*WHITESPACE_SAMPLES, None])).to_pylist() == trimmed
    assert trim_whitespace(pa.array([*WHITESPACE_SAMPLES, None]).slice(3, 4)).to_pylist() == trimmed[3:7]
    assert trim_whitespace(pa.array([], pa.string())).to_pylist() == []


def test_trim_whitespace_does_not_copy_what_needs_no_change() -> None:
    column = pa.array(["a b", "x"])
    assert trim_whitespace(column) is column


def test_data_and_offsets_follow_a_slice_and_are_read_only() -> None:
    data, offsets = data_and_offsets(sliced_column(["ab", "", "c"]))
    assert [bytes(data[begin:end]) for begin, end in pairwise(offsets)] == [b"ab", b"", b"c"]
    with pytest.raises(ValueError, match="read-only"):
        offsets[0] = 1


def test_combine_chunks_copies_only_several_chunks() -> None:
    chunk = pa.array(["a"])
    assert combine_chunks(pa.chunked_array([chunk])).to_pylist() == ["a"]
    assert combine_chunks(pa.chunked_array([chunk, chunk])).to_pylist() == ["a", "a"]

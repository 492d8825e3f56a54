"""Columns as codes of their distinct values."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from comity.columns.intern import compact_codes, intern, intern_pairs

CODES = st.lists(st.integers(0, 5), max_size=60).map(lambda codes: np.array(codes, np.uint32))


def upper_ascii_letters(text: str | None) -> str:
    return "".join(c.upper() if c.isascii() else c for c in text or "")


@given(st.lists(st.text("aAbB{`[@zZé\0", max_size=20) | st.none(), max_size=200))
def test_intern_gives_one_code_to_texts_that_differ_in_the_case_of_ascii_letters(texts: list[str | None]) -> None:
    expected = [upper_ascii_letters(text) for text in texts]
    distinct = list(dict.fromkeys(text for text in expected if text))
    codes, values = intern(pa.array(["before", *texts], pa.string()).slice(1))  # a slice, as batches are split
    assert values == ["", *distinct]
    assert [values[code] for code in codes.tolist()] == expected
    assert codes.dtype == np.uint32


@given(CODES, CODES)
def test_intern_pairs_numbers_distinct_pairs_in_order_of_appearance(left: np.ndarray, right: np.ndarray) -> None:
    rows = min(len(left), len(right))
    pairs = list(zip(left[:rows].tolist(), right[:rows].tolist(), strict=True))
    distinct = [(0, 0), *dict.fromkeys(pair for pair in pairs if pair != (0, 0))]
    codes, lefts, rights = intern_pairs(left[:rows], right[:rows])
    assert list(zip(lefts.tolist(), rights.tolist(), strict=True)) == distinct
    assert [distinct[code] for code in codes.tolist()] == pairs


@given(CODES)
def test_compact_codes_keeps_0_and_numbers_the_others_in_order_of_appearance(codes: np.ndarray) -> None:
    new_codes, old_codes = compact_codes(codes)
    assert old_codes.tolist() == [0, *dict.fromkeys(code for code in codes.tolist() if code)]
    assert old_codes[new_codes].tolist() == codes.tolist()

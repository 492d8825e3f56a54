"""Searching a column for a pattern."""

import pyarrow as pa

from comity.columns.patterns import matches_pattern, to_bools
from tests.support.text_columns import WHITESPACE_SAMPLES


def test_matches_pattern_on_many_rows_equals_each_row() -> None:
    many, few = pa.array(WHITESPACE_SAMPLES * 6_000), pa.array(WHITESPACE_SAMPLES)
    assert matches_pattern(many, r"^\w|Main").tolist() == matches_pattern(few, r"^\w|Main").tolist() * 6_000


def test_to_bools_makes_null_false() -> None:
    assert to_bools(pa.array([True, None, False])).tolist() == [True, False, False]

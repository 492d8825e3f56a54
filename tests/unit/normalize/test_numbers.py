"""Numbers parsed from text."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from comity.match.index.lexicons import text_buffer
from comity.normalize.numbers import parse_digits, parse_tins


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("900-12-3456", 900123456),
        ("9001 23456", 900123456),
        ("90012345", 0),
        ("9001234567", 0),
        ("90012345A", 0),
        ("", 0),
        ("9" * 300, 0),
        ("９００１２３４５６", 0),
    ],
)
def test_parse_digits_reads_a_whole_number_or_none(text: str, number: int) -> None:
    column = text_buffer(pa.array([text], pa.string()))
    numbers = np.empty(1, np.uint32)
    parse_digits(column.data, column.offsets, 9, 9, numbers)
    assert numbers.tolist() == [number]


def test_a_null_is_no_number_whatever_bytes_are_behind_it() -> None:
    numbers = pa.array(["900110001", "900110002"], pa.string())
    cleared = pc.if_else(pa.array([True, False], pa.bool_()), pa.scalar(None, pa.string()), numbers)
    assert parse_tins(cleared).tolist() == [0, 900110002]

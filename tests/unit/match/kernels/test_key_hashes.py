"""Hashes of parts of strings, which blocking keys are made from."""

import numpy as np
import pyarrow as pa
import pytest

from comity.match.index.lexicons import text_buffer
from comity.match.kernels.key_hashes import BUILDING_NAME, NAMED_STREET, SORTED_CHARS, hash_string_parts


@pytest.mark.parametrize(
    ("kind", "letters", "left", "right", "is_missing"),
    [
        (SORTED_CHARS, 9, "62701", "10762", False),
        (NAMED_STREET, 4, "MAINLINE", "MAIN", False),
        (NAMED_STREET, 250, "POBOX", "POBOX", True),
        (BUILDING_NAME, 6, "OAKWOODS", "OAKWOO", False),
        (BUILDING_NAME, 6, "OAK2WOODS", "12", True),
    ],
)
def test_hash_string_parts_is_equal_for_equal_parts_and_zero_for_a_missing_one(
    kind: int, letters: int, left: str, right: str, is_missing: bool
) -> None:
    text = text_buffer(pa.array([left, right], pa.string()))
    hashes = np.empty(2, np.uint64)
    hash_string_parts(text.data, text.offsets, kind, letters, hashes)
    assert hashes[0] == hashes[1]
    assert (hashes[0] == 0) == is_missing

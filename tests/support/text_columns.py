"""Text columns for tests of the column kernels: strategies and samples with the bytes that are easy to get wrong."""

import pyarrow as pa
from hypothesis import settings
from hypothesis import strategies as st

TEXTS = st.lists(st.text("aZ9# .'-/%cofé\u200f\x00", max_size=30), max_size=30)
WHITESPACE_SAMPLES = ["  a b ", "x", "", "\u00a0y\u3000", "Ñandú", "12 Main St c/o Bob", "\x0b\x85", "a" * 300]
COMPILES_FIRST = settings(deadline=None)
"""For tests whose first example waits for the compiler."""


def sliced_column(texts: list[str]) -> pa.Array:
    """Return the texts as a slice of a longer column, so that offsets do not begin at 0."""
    return pa.array(["before", *texts, "after"], pa.string()).slice(1, len(texts))

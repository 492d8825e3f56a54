"""Search a column of text for a regular expression.

Guarantees: large columns are searched in chunks on all processors (ADR 0014); a null matches nothing.
Start at `matches_pattern`.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Bools
from comity.columns.parallel import map_chunks_parallel


def matches_pattern(text: pa.Array, pattern: str) -> Bools:
    """Return for each value whether an RE2 pattern occurs in it."""
    return np.concatenate(map_chunks_parallel(lambda chunk: to_bools(pc.match_substring_regex(chunk, pattern)), text))


def to_bools(array: pa.Array) -> Bools:
    """Return an Arrow boolean array as NumPy booleans; null becomes false."""
    array = array.fill_null(fill_value=False) if array.null_count else array
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.bool_)

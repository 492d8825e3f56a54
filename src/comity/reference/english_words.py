"""The commonest English words.

Guarantees: upper-case letters without spaces, the most frequent first.
Basis: `english_words.parquet` (see SOURCES.md).
"""

from functools import cache

import pyarrow as pa

from comity.reference.reference_table import read_reference_table


@cache
def load_english_words() -> pa.Array:
    """Return the words."""
    return read_reference_table("english_words.parquet")["word"].combine_chunks()

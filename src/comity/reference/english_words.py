"""The commonest English words.

Guarantees: upper-case letters without spaces, the most frequent first.
Basis: `english_words.parquet` (see SOURCES.md).
"""

from functools import cache
from importlib.resources import as_file, files

import pyarrow as pa
import pyarrow.parquet as pq


@cache
def load_english_words() -> pa.Array:
    """Return the words."""
    with as_file(files("comity.reference") / "english_words.parquet") as path:
        return pq.read_table(path)["word"].combine_chunks()

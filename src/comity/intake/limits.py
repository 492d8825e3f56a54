"""How much intake is willing to read. A batch beyond these limits is refused, never truncated."""

MAX_MANIFEST_BYTES = 16 * 2**20
MAX_FILE_BYTES = 2 * 2**30
MAX_ROWS = 5_000_000
MAX_FIELD_CHARACTERS = 500
MAX_DICTIONARY_BYTES = 64 * 2**20
"""Of one column's distinct values in 65,536 rows of a Parquet file: 1,000 bytes a row."""
MAX_LISTED_ROWS = 20
"""How many row numbers a fault lists before it only counts."""

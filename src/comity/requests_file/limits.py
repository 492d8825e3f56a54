"""How much of a requests file is read. A file beyond these limits is refused, never truncated."""

MAX_FILE_BYTES = 2 * 2**30
MAX_ROWS = 5_000_000
MAX_FIELD_CHARACTERS = 500
MAX_HEADER_BYTES = 64 * 2**10
MAX_HEADER_COLUMNS = 200
MAX_LINE_CHARACTERS = 256 * 2**10
"""Of a line of JSON: 17 fields of 500 characters, each written as two escapes of six."""
MAX_LISTED_ROWS = 20
"""How many row numbers a fault lists before it only counts."""

PARSER_DATA_BYTES = 352 * 2**20
"""What the parsing process may hold in memory; its libraries take 80 MiB of it."""
PARSER_CPU_SECONDS = 300
PARSER_IDLE_SECONDS = 20
"""How long the parsing process may sleep and use no processor: it waits for nobody, so it hangs."""
_MIN_TABLE_BYTES, _MAX_TABLE_BYTES, _MAX_EXPANSION = 128 * 2**20, 3 * 2**30, 64


def max_table_bytes(file_bytes: int) -> int:
    """Return how much text a requests file of this size may expand to."""
    return min(_MAX_TABLE_BYTES, _MIN_TABLE_BYTES + _MAX_EXPANSION * file_bytes)

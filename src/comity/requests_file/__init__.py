"""Parse a requests file (CSV, JSON Lines, Parquet) into columns of text, in a process of its own, losing no row.

Guarantees: the result has the schema `REQUESTS_SCHEMA`. A row that cannot be read is there with empty fields and is
named in a `Fault`, which carries no value. The file is parsed in a process with limits of memory and time, so that
whatever the file does to the parser is one more fault of the file.
`parse_short_lines` parses JSON Lines in this process, for a caller that bounds their length.
Does not: open a file by its path, know who signed it, or judge the law.
Basis: docs/spec/batch.md; rule R13 (schema drift: unknown column, shifted row, wrong encoding, byte order mark,
repeated header); RFC 4180.
Start at `parse_requests`; `parser_process` is the other side.
"""

from comity.requests_file.parsing import parse_requests, parse_short_lines

__all__ = ["parse_requests", "parse_short_lines"]

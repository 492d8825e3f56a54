"""Parse requests files in tests: in this process, where speed matters, or as Comity does."""

import os
from pathlib import Path

import pyarrow as pa

from comity.model.fault import Fault
from comity.requests_file import parse_requests, parsing
from comity.requests_file.parser_process import parse


def parse_here(path: Path) -> tuple[pa.Table, tuple[Fault, ...]]:
    """Parse a file without a process of its own: the same code, without its limits."""
    output = os.memfd_create("test")
    with path.open("rb", buffering=0) as file, os.fdopen(os.dup(output), "wb") as sink:
        parse(file, path.suffix[1:], sink)
    parsed = parsing.read_output(output)
    os.close(output)
    assert parsed is not None
    return parsing.number_rows(*parsed)


def parse_file(path: Path) -> tuple[pa.Table, tuple[Fault, ...]]:
    """Parse a file as Comity does."""
    with path.open("rb") as file:
        return parse_requests(file.fileno(), path.suffix[1:])

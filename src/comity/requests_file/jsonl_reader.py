"""Read a requests file in JSON Lines; a line that is not an object of known fields is an empty row.

Basis: docs/spec/batch.md.
"""

import io
import json
from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa

from comity.model.request_fields import ADDED_FIELDS, REQUEST_FIELDS, TEXT_SCHEMA
from comity.requests_file.form_faults import FormFaultKind, FormFaults
from comity.requests_file.limits import MAX_LINE_CHARACTERS
from comity.requests_file.plain_text import PlainTextReader

_BATCH_ROWS = 16_384
_MALFORMED = FormFaultKind(
    "Lines are not JSON objects with only the known fields, as text.",
    "Write one JSON object in the line, with the columns of docs/spec/batch.md alone, each once and as text.",
    REQUEST_FIELDS,
)


def read_jsonl(file: IO[bytes], faults: FormFaults) -> Iterator[pa.RecordBatch]:
    """Yield one row for each line, in file order. A file that never names a column of layout 2 is in layout 1."""
    text = PlainTextReader(file, faults, first_row=1)
    lines = io.TextIOWrapper(io.BufferedReader(text), encoding="utf-8")  # every kind of line end ends a line
    first_row, is_at_end = 1, False
    has_objects, has_added_fields = False, False
    while not is_at_end:
        columns: dict[str, list[str | None]] = {name: [] for name in REQUEST_FIELDS}
        malformed = []
        for row in range(first_row, first_row + _BATCH_ROWS):
            if not (line := _read_line(lines)):
                is_at_end = True
                break
            if (fields := _parse_fields(line)) is None:
                malformed.append(row)
            elif not has_added_fields:
                has_objects, has_added_fields = True, any(name in fields for name in ADDED_FIELDS)
            for name, values in columns.items():
                values.append(fields.get(name) if fields else None)
        if malformed:
            faults.add_rows(_MALFORMED, malformed)
        batch = pa.RecordBatch.from_pydict(columns, TEXT_SCHEMA)
        first_row += batch.num_rows
        yield batch
    if has_objects and not has_added_fields:
        faults.add_old_layout()


def _read_line(lines: io.TextIOWrapper) -> str:
    """Return the next line with its end, empty after the last one; of a longer line than any row, only its end."""
    line = lines.readline(MAX_LINE_CHARACTERS)
    if len(line) < MAX_LINE_CHARACTERS or line.endswith("\n"):
        return line
    while line and not line.endswith("\n"):
        line = lines.readline(MAX_LINE_CHARACTERS)
    return "\n"


def _parse_fields(line: str) -> dict[str, str | None] | None:
    """Return a line's fields as text, or None when it is anything but an object of known fields."""
    try:
        pairs: list[tuple[str, Any]] = json.loads(line, object_pairs_hook=list)
        fields = {name: None if value is None else _to_text(value) for name, value in pairs}
    except (ValueError, TypeError, RecursionError):
        return None
    return fields if len(fields) == len(pairs) and fields.keys() <= set(REQUEST_FIELDS) else None


def _to_text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError("not text")
    text = str(value)
    text.encode("utf-8")  # a lone surrogate raises ValueError
    return text

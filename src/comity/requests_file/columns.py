"""Compare a file's columns with the agreed ones, and take these."""

import pyarrow as pa

from comity.model.request_fields import ADDED_FIELDS, REQUEST_FIELDS, TEXT_SCHEMA
from comity.requests_file.form_faults import FormFaults

_SEPARATORS = {";": "semicolon", "\t": "tab", "|": "vertical bar"}
_MIN_SEPARATORS = len(REQUEST_FIELDS) // 2


def check_columns(header: list[str], faults: FormFaults) -> None:
    """Add a fault for columns that are not the agreed ones.

    Missing columns are named (their names are ours); unknown ones are only counted (their names are the sender's). The
    columns of layout 1, each once, are one fault of their own.
    """
    if sorted(header) == sorted(set(REQUEST_FIELDS) - set(ADDED_FIELDS)):
        faults.add_old_layout()
        return
    missing = [name for name in REQUEST_FIELDS if name not in header]
    unknown = len([name for name in header if name not in REQUEST_FIELDS])
    repeated = len(header) - len(set(header))
    if len(header) == 1 and header[0] not in REQUEST_FIELDS and (separator := _find_separator(header[0])):
        message = f"The file is separated by {separator}s. A requests file in CSV is separated by commas."
        faults.add_file_fault(
            message, "Save it with commas, or let comity request build write the file.", columns=REQUEST_FIELDS
        )
        return
    problems = []
    if missing:
        problems.append("missing " + ", ".join(missing))
    if unknown:
        problems.append(f"{unknown} unknown")
    if repeated:
        problems.append(f"{repeated} repeated")
    if problems:
        faults.add_file_fault(
            "The columns are not the agreed ones: " + "; ".join(problems) + ".",
            "Name the columns as in docs/spec/batch.md, or let comity request build write the file.",
            columns=tuple(missing),
        )


def _find_separator(line: str) -> str:
    """Return what separates the names in a header line that commas do not, or nothing."""
    count, separator = max((line.count(mark), name) for mark, name in _SEPARATORS.items())
    return separator if count >= _MIN_SEPARATORS else ""


def select_agreed_columns(batch: pa.RecordBatch, header: list[str]) -> pa.RecordBatch:
    """Return the agreed columns of rows whose columns are in the header's order; missing ones are null."""
    empty = pa.nulls(batch.num_rows, pa.string())
    columns = [batch.column(header.index(name)) if name in header else empty for name in REQUEST_FIELDS]
    return pa.RecordBatch.from_arrays(columns, schema=TEXT_SCHEMA)

"""Collect what is wrong with a file's form: a sentence for each kind, the first row numbers, and how many there are.

Guarantees: takes the same memory however many rows are wrong, unless all are to be listed (12 bytes for each).
"""

from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from comity.model.fault import OLD_LAYOUT_RULE, Fault
from comity.model.request_fields import ADDED_FIELDS, REQUEST_FIELDS
from comity.requests_file.limits import MAX_LISTED_ROWS, MAX_ROWS

FILE_FORM_RULE = "r13_file_form"

_OLD_LAYOUT = (
    "The file is in layout 1: it lacks the columns element and proceeding, in which layout 2 says in code on what the "
    "address bears. To migrate it, run comity request migrate, which lists the rows to fill in."
)
_MIGRATE = "Run comity request migrate."


@dataclass(frozen=True, slots=True)
class FormFaultKind:
    """One thing that can be wrong with a file's form, how to correct it, and the columns that it leaves empty."""

    message: str
    to_do: str = "Correct the file."
    columns: tuple[str, ...] = ()


NOT_UTF8 = FormFaultKind(
    "The file is not UTF-8.",
    "Save it as plain UTF-8, without a byte order mark, or let comity request build write the file.",
)
"""What is not UTF-8 was replaced, so the row was read."""


def make_unreadable_file_fault(message: str, to_do: str = "Write the file again.") -> Fault:
    """Return the fault that nothing of a file could be read, for rule R13."""
    return Fault(FILE_FORM_RULE, message, columns=REQUEST_FIELDS, to_do=to_do)


class UnreadableFileError(Exception):
    """No row of the file can be read: why, and how many rows it has, as far as that can be told."""

    def __init__(self, message: str, row_count: int = 0) -> None:
        """Raise with a sentence for the sender."""
        super().__init__(message)
        self.message = message
        self.row_count = row_count


def check_row_count(rows: int) -> None:
    """Raise UnreadableFileError for more rows than a file may have."""
    if rows > MAX_ROWS:
        raise UnreadableFileError(f"The file has more than {MAX_ROWS:,} rows.")


@dataclass(slots=True)
class FormFaults:
    """The faults of one file, in the order in which each kind was first named."""

    max_listed_rows: int = MAX_LISTED_ROWS
    _rows: dict[FormFaultKind, "array[int]"] = field(default_factory=dict)
    _totals: dict[FormFaultKind, int] = field(default_factory=dict)
    _has_old_layout: bool = False

    def add_file_fault(self, message: str, to_do: str = "Correct the file.", *, columns: tuple[str, ...] = ()) -> None:
        """Add a fault of the file as a whole, and the columns that it leaves empty in every row."""
        self.add_rows(FormFaultKind(message, to_do, columns), ())

    def add_rows(self, kind: FormFaultKind, rows: Iterable[int] | npt.NDArray[np.int64]) -> None:
        """Add rows (numbers from 1, ascending) to a kind of fault."""
        listed, numbers = self._rows.setdefault(kind, array("i")), np.fromiter(rows, dtype=np.int64)
        listed.frombytes(numbers[: self.max_listed_rows - len(listed)].astype(np.int32).tobytes())
        self._totals[kind] = self._totals.get(kind, 0) + len(numbers)

    def add_old_layout(self) -> None:
        """Add the fault that the file is in layout 1."""
        self._has_old_layout = True

    def to_faults(self) -> tuple[Fault, ...]:
        """Return the faults, for rule R13; that of an old layout first."""
        return read_faults(self.to_summary())

    def to_summary(self) -> list[dict[str, Any]]:
        """Return the faults as JSON, with the row numbers as bytes (int32) in base64: millions of them take no more."""
        layout = Fault(OLD_LAYOUT_RULE, _OLD_LAYOUT, columns=ADDED_FIELDS, to_do=_MIGRATE)
        summary = [asdict(layout) | {"rows": ""}] if self._has_old_layout else []
        for kind, rows in self._rows.items():
            fault = Fault(FILE_FORM_RULE, kind.message, (), self._totals[kind], columns=kind.columns, to_do=kind.to_do)
            summary.append(asdict(fault) | {"rows": b64encode(rows).decode("ascii")})
        return summary


def read_faults(summary: Iterable[dict[str, Any]]) -> tuple[Fault, ...]:
    """Return the faults of a summary. Raises ValueError, KeyError or TypeError for anything else."""
    return tuple(
        Fault(
            **fault
            | {
                "rows": tuple(np.frombuffer(b64decode(fault["rows"], validate=True), dtype=np.int32).tolist()),
                "columns": tuple(fault["columns"]),
            }
        )
        for fault in summary
    )

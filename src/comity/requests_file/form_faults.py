"""Collect what is wrong with a file's form: a sentence for each kind, the first row numbers, and how many there are.

Guarantees: takes the same memory however many rows are wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from comity.model.fault import OLD_LAYOUT_RULE, Fault
from comity.requests_file.limits import MAX_LISTED_ROWS, MAX_ROWS

FILE_FORM_RULE = "r13_file_form"

_OLD_LAYOUT = (
    "The file is in layout 1: it lacks the columns element and proceeding, in which layout 2 says in code on what the "
    "address bears. To migrate it, run comity request migrate, which lists the rows to fill in."
)


def make_form_fault(message: str) -> Fault:
    """Return a fault in the form of a whole file, for rule R13."""
    return Fault(FILE_FORM_RULE, message)


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

    _rows: dict[str, list[int]] = field(default_factory=dict)
    _totals: dict[str, int] = field(default_factory=dict)
    _has_old_layout: bool = False

    def add_file_fault(self, message: str) -> None:
        """Add a fault of the file as a whole."""
        self.add_rows(message, ())

    def add_rows(self, message: str, rows: Iterable[int] | npt.NDArray[np.int64]) -> None:
        """Add rows (numbers from 1, ascending) to a kind of fault."""
        listed, numbers = self._rows.setdefault(message, []), np.fromiter(rows, dtype=np.int64)
        listed.extend(numbers[: MAX_LISTED_ROWS - len(listed)].tolist())
        self._totals[message] = self._totals.get(message, 0) + len(numbers)

    def add_old_layout(self) -> None:
        """Add the fault that the file is in layout 1."""
        self._has_old_layout = True

    def to_faults(self) -> tuple[Fault, ...]:
        """Return the faults, for rule R13; that of an old layout first."""
        layout = (Fault(OLD_LAYOUT_RULE, _OLD_LAYOUT),) if self._has_old_layout else ()
        of_form = (Fault(FILE_FORM_RULE, m, tuple(rows), self._totals[m]) for m, rows in self._rows.items())
        return (*layout, *of_form)

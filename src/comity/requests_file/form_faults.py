"""Collect what is wrong with a file's form: a sentence for each kind, the first row numbers, and how many there are.

Guarantees: takes the same memory however many rows are wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from comity.model.fault import Fault
from comity.requests_file.limits import MAX_LISTED_ROWS, MAX_ROWS

FILE_FORM_RULE = "r13_file_form"


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

    def add_file_fault(self, message: str) -> None:
        """Add a fault of the file as a whole."""
        self.add_rows(message, ())

    def add_rows(self, message: str, rows: Iterable[int] | npt.NDArray[np.int64]) -> None:
        """Add rows (numbers from 1, ascending) to a kind of fault."""
        listed, numbers = self._rows.setdefault(message, []), np.fromiter(rows, dtype=np.int64)
        listed.extend(numbers[: MAX_LISTED_ROWS - len(listed)].tolist())
        self._totals[message] = self._totals.get(message, 0) + len(numbers)

    def to_faults(self) -> tuple[Fault, ...]:
        """Return the faults, for rule R13."""
        return tuple(Fault(FILE_FORM_RULE, m, tuple(rows), self._totals[m]) for m, rows in self._rows.items())

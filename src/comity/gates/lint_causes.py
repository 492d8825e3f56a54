"""Separate causes from their consequences, so that a lint names each thing to correct once.

Guarantees: nothing is dropped but what follows from a fault that is named: a rule's outcome for a row or a column that
could not be read, a rule that needs a member of the manifest that could not be read, and what an agreement that is not
on file leaves open.
Start at `UnreadValues`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from comity.columns.buffers import Bools
from comity.model.fault import Fault
from comity.model.request_fields import REQUEST_FIELDS


class UnreadValues:
    """The values of a requests file that could not be read: columns in every row, and single values in some rows."""

    def __init__(self, faults: Sequence[Fault], row_count: int) -> None:
        """Take them from the faults of the file's form."""
        self.columns = {column for fault in faults if not fault.rows for column in fault.columns}
        self._row_count = row_count
        self._masks: dict[str, Bools] = {}
        for fault in faults:
            rows = np.asarray(fault.rows, dtype=np.int64) - 1
            for column in fault.columns if fault.rows else ():
                self._masks.setdefault(column, np.zeros(row_count, dtype=np.bool_))[rows] = True

    def find_rows(self, columns: Iterable[str]) -> Bools:
        """Return the rows in which one of these columns could not be read."""
        unread = np.zeros(self._row_count, dtype=np.bool_)
        for column in columns:
            if column in self.columns:
                return np.ones(self._row_count, dtype=np.bool_)
            unread |= self._masks.get(column, False)
        return unread


def find_causes(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """Return the faults of a file's form without what follows from a missing column or an unread row."""
    whole_rows = [fault for fault in faults if fault.rows and len(fault.columns) == len(REQUEST_FIELDS)]
    missing = {column for fault in faults if not fault.rows for column in fault.columns}
    unread = np.array([row for fault in whole_rows for row in fault.rows], dtype=np.int64)
    causes = []
    for fault in faults:
        if not (fault.rows and fault.columns) or fault in whole_rows:
            causes.append(fault)
        elif not missing & set(fault.columns):
            rows = np.setdiff1d(np.asarray(fault.rows, dtype=np.int64), unread)
            if len(rows):
                causes.append(replace(fault, rows=tuple(rows.tolist()), rows_total=len(rows)))
    return tuple(causes)

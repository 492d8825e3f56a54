"""Faults in a file's form: the rule, a sentence, the first row numbers and how many there are."""

from collections.abc import Sequence

from comity.intake.limits import MAX_LISTED_ROWS
from comity.model.batch import Fault

FILE_FORM_RULE = "r13_file_form"


def make_form_fault(message: str, rows: Sequence[int] = ()) -> Fault:
    """Return a fault in the file's form, for rule R13; `rows` are 1-based data row numbers."""
    return Fault(FILE_FORM_RULE, message, tuple(rows[:MAX_LISTED_ROWS]), len(rows))

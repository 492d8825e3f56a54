"""How intake words a fault: the rule, a sentence, the first row numbers and how many there are."""

from collections.abc import Sequence

from comity.intake.limits import SHOWN_ROWS
from comity.model.batch import Fault

FORM_RULE = "r13_file_form"


def form_fault(message: str, rows: Sequence[int] = ()) -> Fault:
    """A fault in the file's form, for rule R13; `rows` are 1-based data row numbers."""
    return Fault(FORM_RULE, message, tuple(rows[:SHOWN_ROWS]), len(rows))

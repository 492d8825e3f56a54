"""A rule: an id, the law it follows, and a function over the batch, over the rows, or one of each.

Guarantees: a rule's id, file, function and case file share one name; if it has both functions, the one over rows has
the suffix `_rows`.
Start at `Rule`; `register.py` finds them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from comity.columns.buffers import Bools, Int8s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.model.finding import Finding, Outcome

BatchFunction = Callable[[Facts, RequestColumns], Finding]
RowFunction = Callable[[Facts, RequestColumns], Int8s]
SUBJECT_COLUMNS = (
    "street",
    "street2",
    "city",
    "state",
    "zip",
    "last_name",
    "first_name",
    "middle_name",
    "suffix",
    "tin",
    "case_number",
    "tax_year",
)
"""Who is asked about, where and for when: what the rules read that compare rows with each other."""
_MET, _NOT_MET = np.int8(Outcome.MET), np.int8(Outcome.NOT_MET)


@dataclass(frozen=True, slots=True)
class Rule:
    """One gate.

    `failure_mode` is the code in docs/guides/law-table.md; `elements` are the ids of the elements of the law on file
    that the rule decides. `refuses_batch_if_no_row_passes` refuses the whole batch if no row passes. A rule that
    `reads_refusals` is applied after those that do not, and sees in `RequestColumns.refused` which rows they refuse.
    `columns` are the columns that a row's outcome depends on, the one to correct first.
    """

    id: str
    failure_mode: str
    citation: str
    elements: tuple[str, ...]
    batch: BatchFunction | None = None
    rows: RowFunction | None = None
    refuses_batch_if_no_row_passes: bool = False
    reads_refusals: bool = False
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.batch is None and self.rows is None:
            raise RuntimeError(f"rule {self.id} has neither a batch function nor a row function, so it decides nothing")

    @property
    def requirement(self) -> str:
        """Return what must be so for the rule to be met: the first sentence of its row or batch function's docstring.

        Raises:
            RuntimeError: the function has no docstring.
        """
        function = self.rows or self.batch
        text = (function.__doc__ or "").strip() if function is not None else ""
        if not text:
            raise RuntimeError(f"rule {self.id} does not say what it requires: give its function a docstring")
        return " ".join(text.split("\n\n")[0].split())

    @property
    def module(self) -> str:
        """Return the dotted name of the module that holds the rule."""
        return f"comity.gates.rules.{self.id}"


@dataclass(frozen=True, slots=True)
class FindingBuilder:
    """Builds the findings of one rule, so that its id and citation are written once."""

    rule: str
    citation: str

    def met(self, message: str) -> Finding:
        """Build a finding that the rule is met."""
        return Finding(self.rule, Outcome.MET, self.citation, message)

    def not_met(self, message: str, orders: tuple[str, ...] = ()) -> Finding:
        """Build a finding that the rule is not met; the message says what happened, why it matters and what to do."""
        return Finding(self.rule, Outcome.NOT_MET, self.citation, message, orders)

    def undetermined(self, message: str) -> Finding:
        """Build a finding that a fact is missing, so that a person must decide."""
        return Finding(self.rule, Outcome.UNDETERMINED, self.citation, message)

    def not_applicable(self, message: str) -> Finding:
        """Build a finding that the rule does not apply to this batch."""
        return Finding(self.rule, Outcome.NOT_APPLICABLE, self.citation, message)

    def agreement_not_on_file(self) -> Finding:
        """Build the finding of a rule that needs the agreement, which is not on file."""
        return self.undetermined(
            "The agreement that the batch names is not on file, so what it requires here is not known. "
            "Nothing is released on a guess. Name an agreement on file, or have counsel enter the new one."
        )


def not_met_where(refused: Bools) -> Int8s:
    """Return NOT_MET for the rows that a rule refuses, MET for all others."""
    return np.where(refused, _NOT_MET, _MET)


def met_where(passes: Bools) -> Int8s:
    """Return MET for the rows that pass a rule, NOT_MET for all others."""
    return np.where(passes, _MET, _NOT_MET)

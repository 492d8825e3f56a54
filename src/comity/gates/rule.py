"""What a rule is: a name, the law it follows, and a function over the batch, over the rows, or one of each.

Guarantees: a rule's id, file, function and case file share one name; its row function is named with `_rows` behind
when it also has a batch function.
Start at `Rule`; `register.py` lists them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from comity.columns.fold import Bools, Int8s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.model.finding import Finding, Outcome

BatchFunction = Callable[[Facts, RequestColumns], Finding]
RowFunction = Callable[[Facts, RequestColumns], Int8s]
_MET, _NOT_MET = np.int8(Outcome.MET), np.int8(Outcome.NOT_MET)


@dataclass(frozen=True, slots=True)
class Rule:
    """One gate.

    `follows` names the elements of the law on file that it decides; `mode` the failure mode of law.md 2.3.
    `whole` says what becomes of the batch when no row passes: True refuses it whole (law.md 2.3, "request level").
    """

    id: str
    failure_mode: str
    citation: str
    elements: tuple[str, ...]
    batch: BatchFunction | None = None
    rows: RowFunction | None = None
    refuses_batch_if_no_row_passes: bool = False

    def __post_init__(self) -> None:
        if self.batch is None and self.rows is None:
            raise RuntimeError(f"rule {self.id} decides nothing")

    @property
    def requirement(self) -> str:
        """What the rule asks, in a sentence: the first of its row function's docstring, or of its batch function's.

        Raises:
            RuntimeError: it has none.
        """
        judged = self.rows or self.batch
        text = (judged.__doc__ or "").strip() if judged is not None else ""
        if not text:
            raise RuntimeError(f"rule {self.id} does not say what it asks")
        return " ".join(text.split("\n\n")[0].split())

    @property
    def module(self) -> str:
        """The module that holds it."""
        return f"comity.gates.rules.{self.id}"


@dataclass(frozen=True, slots=True)
class FindingBuilder:
    """Builds the findings of one rule, so that its id and citation are written once."""

    rule: str
    citation: str

    def met(self, message: str) -> Finding:
        """The rule is met."""
        return Finding(self.rule, Outcome.MET, self.citation, message)

    def not_met(self, message: str, orders: tuple[str, ...] = ()) -> Finding:
        """The rule is not met: the message says what happened, why it matters and what to do."""
        return Finding(self.rule, Outcome.NOT_MET, self.citation, message, orders)

    def undetermined(self, message: str) -> Finding:
        """A fact is missing: a person must decide."""
        return Finding(self.rule, Outcome.UNDETERMINED, self.citation, message)

    def not_applicable(self, message: str) -> Finding:
        """The rule does not speak of this batch."""
        return Finding(self.rule, Outcome.NOT_APPLICABLE, self.citation, message)

    def agreement_not_on_file(self) -> Finding:
        """The rule needs the agreement, which is not on file."""
        return self.undetermined(
            "The agreement that the batch names is not on file, so what it requires here is not known. "
            "Nothing is released on a guess. Name an agreement on file, or have counsel enter the new one."
        )


def not_met_where(refused: Bools) -> Int8s:
    """NOT_MET for the rows that a rule refuses, MET for all others."""
    return np.where(refused, _NOT_MET, _MET)


def met_where(passes: Bools) -> Int8s:
    """MET for the rows that pass a rule, NOT_MET for all others."""
    return np.where(passes, _MET, _NOT_MET)

"""What the gates found: one outcome per rule, for the batch or for each row.

Guarantees: outcomes are one of four; a refusal overrides the others; UNDETERMINED never counts as met.
Basis: promises 3, 5 and 11; ADR 0004.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from comity.model.history import RequestDigests


class Outcome(IntEnum):
    """The four answers a rule can give. The numbers are what row rules put in their arrays."""

    MET = 0
    NOT_MET = 1
    UNDETERMINED = 2
    NOT_APPLICABLE = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's outcome for the whole batch, in words that carry no value from a row.

    `order_ids` names the court orders that decided it (R09 only).
    """

    rule: str
    outcome: Outcome
    citation: str
    message: str
    order_ids: tuple[str, ...] = ()

    @property
    def is_blocking(self) -> bool:
        """Return whether the finding refuses or holds the batch, so that a person must see it."""
        return self.outcome in (Outcome.NOT_MET, Outcome.UNDETERMINED)

    def to_dict(self) -> dict[str, str]:
        """Return the finding as documents and commands show it."""
        return {
            "rule": self.rule,
            "outcome": self.outcome.name,
            "citation": self.citation,
            "message": self.message,
        }


@dataclass(frozen=True, slots=True)
class RowFindings:
    """Every row rule's outcome for every row.

    `rules` names the row rules in register order; `not_met`, `undetermined` and `not_applicable` have one int64 per
    row, whose bit i is set when `rules[i]` gave that outcome. Arrays are in the order of `Batch.requests`.
    """

    rules: tuple[str, ...]
    not_met: npt.NDArray[np.int64]
    undetermined: npt.NDArray[np.int64]
    not_applicable: npt.NDArray[np.int64]

    def rules_in_mask(self, mask: int) -> tuple[str, ...]:
        """Return the rules whose bits are set, in register order."""
        return tuple(rule for bit, rule in enumerate(self.rules) if mask >> bit & 1)

    def rows_not_judged(self, rule: str) -> npt.NDArray[np.bool_]:
        """Mark the rows to which a row rule did not apply."""
        is_skipped: npt.NDArray[np.bool_] = (self.not_applicable >> self.rules.index(rule) & 1).astype(np.bool_)
        return is_skipped


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything the gates say about one batch at one time, by one state of the law.

    `request_digests` is what the rows ask, for the history; None when no rule needed it.
    """

    batch_findings: tuple[Finding, ...]
    row_findings: RowFindings
    law_fingerprint: str
    request_digests: RequestDigests | None = None

    def is_same_as(self, other: "Findings") -> bool:
        """Return whether another evaluation came to the same outcomes, by the same law, for batch and rows."""
        return (
            (self.batch_findings, self.law_fingerprint, self.row_findings.rules)
            == (other.batch_findings, other.law_fingerprint, other.row_findings.rules)
            and np.array_equal(self.row_findings.not_met, other.row_findings.not_met)
            and np.array_equal(self.row_findings.undetermined, other.row_findings.undetermined)
            and np.array_equal(self.row_findings.not_applicable, other.row_findings.not_applicable)
        )

    @property
    def blocking_order_ids(self) -> tuple[str, ...]:
        """Return the court orders that stop this batch."""
        return tuple(order for finding in self.batch_findings for order in finding.order_ids)

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """Return the batch rules that are not met and refuse the whole batch (an order holds it instead)."""
        return tuple(f for f in self.batch_findings if f.outcome is Outcome.NOT_MET and not f.order_ids)

    @property
    def undetermined_findings(self) -> tuple[Finding, ...]:
        """Return the batch rules that could not be decided: a person must decide them."""
        return tuple(f for f in self.batch_findings if f.outcome is Outcome.UNDETERMINED)

"""Say who entered, confirmed and withdrew each order that was entered at run time, and when.

Guarantees: an order that two persons withdrew is listed like any other. Its id stands for it, for good.
Does not: decide what an order stops (`law` does).
Basis: ADR 0012.
Start at `list_order_steps`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from comity.model.filing import Act, Filing, FilingStep


class OrderStatus(StrEnum):
    """What became of an order's entry."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class OrderSteps:
    """The steps about one order: its entry, its confirmation, and up to two withdrawals, of which the second counts."""

    entered: Filing
    confirmed: Filing | None
    withdrawn: tuple[Filing, ...]

    @property
    def order_id(self) -> str:
        """Return the order's id."""
        return self.entered.subject

    @property
    def status(self) -> OrderStatus:
        """Return what became of the entry."""
        if len(self.withdrawn) > 1:
            return OrderStatus.WITHDRAWN
        return OrderStatus.PENDING if self.confirmed is None else OrderStatus.CONFIRMED

    @property
    def first_withdrawer(self) -> str | None:
        """Return the name of whoever withdrew the order first; None when nobody has."""
        return self.withdrawn[0].name if self.withdrawn else None

    def describe(self) -> str:
        """Return who took which step and when, in words."""
        steps = [self.entered, *([self.confirmed] if self.confirmed else []), *self.withdrawn]
        return "; ".join(f"{one.step} by {one.name}, {one.at:%d %b %Y, %H:%M} UTC" for one in steps)

    def to_dict(self) -> dict[str, Any]:
        """Return the steps as plain data."""
        confirmed = self.confirmed
        return {
            "order": self.order_id,
            "status": str(self.status),
            "by": self.entered.name,
            "device": self.entered.device,
            "at": self.entered.at.isoformat(timespec="seconds"),
            "confirmed_by": confirmed and confirmed.name,
            "confirmed_at": confirmed and confirmed.at.isoformat(timespec="seconds"),
            "withdrawn_by": [one.name for one in self.withdrawn],
            "withdrawn_at": [one.at.isoformat(timespec="seconds") for one in self.withdrawn],
        }


def list_order_steps(filed: Iterable[Filing]) -> tuple[OrderSteps, ...]:
    """Return the steps of every order that was entered at run time, in the order of entry."""
    steps = [filing for filing in filed if filing.act is Act.ORDER]
    return tuple(
        OrderSteps(
            entered,
            next((one for one in steps if (one.subject, one.step) == (entered.subject, FilingStep.CONFIRMED)), None),
            tuple(one for one in steps if (one.subject, one.step) == (entered.subject, FilingStep.WITHDRAWN)),
        )
        for entered in steps
        if entered.step is FilingStep.ENTERED
    )

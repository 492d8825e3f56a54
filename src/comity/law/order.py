"""A court order as data: who issued it, whom it binds, what it prohibits, and which other orders it acts on.

Guarantees: a denial or an opinion prohibits nothing and acts on no order, so it can never open a gate; an order that
prohibits something names whom it binds.
Does not: decide which orders are in force at a time; `register.Law` does, because that takes all of them.
Basis: law.md section 6; 5 USC 705 and 706(2); Fed. R. Civ. P. 65(d).
"""

from datetime import date
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, Field, model_validator

from comity.law.cited import Cited, Frozen


class Verb(StrEnum):
    """What an order may prohibit."""

    REQUEST = "request"
    RECEIVE = "receive"
    INSPECT = "inspect"
    DISCLOSE = "disclose"
    USE = "use"
    COPY = "copy"
    DISTRIBUTE = "distribute"
    RETAIN = "retain"


class Instrument(StrEnum):
    """The kind of paper. `counsel_entry` is counsel's dated record that an order has ended (by expiry, for example)."""

    TRO = "tro"
    PRELIMINARY_INJUNCTION = "preliminary_injunction"
    PERMANENT_INJUNCTION = "permanent_injunction"
    STAY_705 = "stay_705"
    VACATUR = "vacatur"
    ADMINISTRATIVE_STAY = "administrative_stay"
    APPELLATE_JUDGMENT = "appellate_judgment"
    APPELLATE_STAY = "appellate_stay"
    CONSENT_DECREE = "consent_decree"
    COUNSEL_ENTRY = "counsel_entry"
    DENIAL = "denial"
    OPINION = "opinion"


class ActKind(StrEnum):
    """How one order ends another. Nothing partial is here: an order stayed in part still blocks whole."""

    REVERSED = "reversed"
    STAYED = "stayed"
    VACATED = "vacated"
    SUPERSEDED = "superseded"
    DISSOLVED = "dissolved"
    EXPIRED = "expired"


class Act(Frozen):
    """A dated record that names the order it ends (or suspends, for as long as the acting order itself stands)."""

    order: str
    how: ActKind
    effective_at: AwareDatetime


class Service(Frozen):
    """Who was served with the order, and when."""

    party: str
    at: AwareDatetime


class Order(Cited):
    """One order, denial or opinion. Empty `agreements` means every agreement.

    Where the source gives only a day, `effective_at` is 00:00 UTC of that day: before midnight in Washington, so that
    a clock a few hours off cannot let a batch through (law.md T04).
    """

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$")
    court: str
    case_number: str
    case_name: str
    docket_number: str | None = None
    judges: tuple[str, ...] = ()
    instruments: tuple[Instrument, ...] = Field(min_length=1)
    issued_at: AwareDatetime
    effective_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    binds: tuple[str, ...] = ()
    prohibits: tuple[Verb, ...] = ()
    statutes: tuple[str, ...] = ()
    agreements: tuple[str, ...] = ()
    protected_class: str | None = None
    covers_data_already_disclosed: bool = False
    exceptions: tuple[str, ...] = ()
    acts_on: tuple[Act, ...] = ()
    served: tuple[Service, ...] = ()
    next_report_on: date | None = None
    pdf_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    sources: tuple[str, ...] = ()

    @property
    def opens_nothing(self) -> bool:
        """Whether this is only a denial or an opinion."""
        return all(i in {Instrument.DENIAL, Instrument.OPINION} for i in self.instruments)

    def touches(self, agreement: str) -> bool:
        """Whether the order concerns an agreement."""
        return not self.agreements or agreement in self.agreements

    @model_validator(mode="after")
    def verify_effect(self) -> Self:
        """Raise ValueError when the paper cannot have the effect that the file gives it."""
        if self.opens_nothing and (self.prohibits or self.acts_on):
            raise ValueError("a denial or an opinion prohibits nothing and ends no order; record the order that does")
        if bool(self.prohibits) != bool(self.binds):
            raise ValueError("`binds` and `prohibits` go together: an order that prohibits something binds somebody")
        if self.effective_at < self.issued_at:
            raise ValueError("an order cannot take effect before it is issued")
        return self

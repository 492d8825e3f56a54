"""A court order as data: who issued it, whom it binds, what it prohibits, and which other orders it ends.

Guarantees: a denial or an opinion prohibits nothing and ends no order, so it can never open a gate; it may decide what
a stay hangs on, which ends the stay. An order that prohibits something names whom it binds. An appellate judgment ends
an order at its mandate, which is a record of its own, unless the judgment is quoted as taking effect before.
Does not: decide which orders are in force at a time; `order_effects` does, because that takes all of them. Free text
(`exceptions`, `protected_class`, `plaintiffs`) narrows nothing: no program can tell who or what is meant.
Basis: docs/law-notes.md 6; 5 USC 705 and 706(2); Fed. R. Civ. P. 65(d); ADR 0012.
"""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from comity.law.dispositions import Disposition, JudicialDistrict, MatterDecision
from comity.law.provisions import CitedRecord, FrozenModel
from comity.model.written_times import WrittenDay, WrittenTime


class ProhibitedAct(StrEnum):
    """An act that an order may prohibit."""

    REQUEST = "request"
    RECEIVE = "receive"
    INSPECT = "inspect"
    DISCLOSE = "disclose"
    USE = "use"
    COPY = "copy"
    DISTRIBUTE = "distribute"
    RETAIN = "retain"
    DELETE = "delete"


ACTS_NEEDED_TO_ANSWER = frozenset(ProhibitedAct) - {ProhibitedAct.DISTRIBUTE, ProhibitedAct.DELETE}
"""The acts that it takes, on either side, to answer a request. Whoever may not distribute or delete what was received
may still receive it [INF]."""


class Instrument(StrEnum):
    """The kind of paper.

    `mandate` carries out an appellate judgment. `clarification` says what an earlier order means; `dismissal` and
    `mootness` end a case, and only those of its orders that they name. `counsel_entry` is counsel's dated record that
    an order has ended (by expiry, for example).
    """

    TRO = "tro"
    PRELIMINARY_INJUNCTION = "preliminary_injunction"
    PERMANENT_INJUNCTION = "permanent_injunction"
    STAY_705 = "stay_705"
    VACATUR = "vacatur"
    ADMINISTRATIVE_STAY = "administrative_stay"
    APPELLATE_JUDGMENT = "appellate_judgment"
    APPELLATE_STAY = "appellate_stay"
    MANDATE = "mandate"
    CONSENT_DECREE = "consent_decree"
    COUNSEL_ENTRY = "counsel_entry"
    INJUNCTION_PENDING_APPEAL = "injunction_pending_appeal"
    MANDAMUS = "mandamus"
    CLARIFICATION = "clarification"
    DISMISSAL = "dismissal"
    MOOTNESS = "mootness"
    DENIAL = "denial"
    OPINION = "opinion"


class ServiceRecord(FrozenModel):
    """Who was served with the order, when and how; `proof_sha256` is the hash of the proof of service.

    `party` is an agency on file; `person` the office or person it was handed to, where that matters.
    """

    party: str = Field(min_length=1, max_length=200)
    at: WrittenTime
    person: str | None = Field(default=None, max_length=200)
    how: str | None = Field(default=None, max_length=200)
    proof_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")


class CourtOrder(CitedRecord):
    """One order, denial or opinion. Empty `agreements`, `statutes` or `districts` means all of them.

    Where the source gives only a day, `effective_at` is 00:00 UTC of that day: before midnight in Washington, so that
    a clock a few hours off cannot let a batch through (failure mode T04). An act that opens, given as such a day,
    opens at the end of the day where the court sits (`court_days`); one that closes, at its start. What an order
    prohibits may reach back before the day on which it was issued; what it ends does not.

    `cases_also` are further cases in which the same paper was entered. `binds_by_name` are parties that are on no file
    as agencies: any of them may belong to a side of any agreement that the order is about. With
    `only_data_already_disclosed`, what is prohibited is about answers given before, and new ones may be given.
    """

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")
    court: str
    case_number: str
    case_name: str
    cases_also: tuple[str, ...] = ()
    docket_number: str | None = None
    judges: tuple[str, ...] = ()
    instruments: tuple[Instrument, ...] = Field(min_length=1)
    issued_at: WrittenTime
    effective_at: WrittenTime
    expires_at: WrittenTime | None = None
    binds: tuple[str, ...] = ()
    binds_by_name: tuple[str, ...] = ()
    prohibits: tuple[ProhibitedAct, ...] = ()
    statutes: tuple[str, ...] = ()
    agreements: tuple[str, ...] = ()
    protected_class: str | None = None
    plaintiffs: tuple[str, ...] = ()
    districts: tuple[JudicialDistrict, ...] = ()
    covers_data_already_disclosed: bool = False
    only_data_already_disclosed: bool = False
    exceptions: tuple[str, ...] = ()
    acts_on: tuple[Disposition, ...] = ()
    decides: tuple[MatterDecision, ...] = ()
    served: tuple[ServiceRecord, ...] = ()
    next_report_on: WrittenDay | None = None
    pdf_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    sources: tuple[str, ...] = ()

    @property
    def is_denial_or_opinion(self) -> bool:
        """Return whether this is only a denial or an opinion."""
        return all(i in {Instrument.DENIAL, Instrument.OPINION} for i in self.instruments)

    @property
    def bound_parties(self) -> tuple[str, ...]:
        """Return whom the order binds: agencies on file by id, and others by name."""
        return (*self.binds, *self.binds_by_name)

    @property
    def cases(self) -> tuple[str, ...]:
        """Return every case in which the order was entered."""
        return (self.case_number, *self.cases_also)

    def is_applicable_to(self, agreement: str) -> bool:
        """Return whether the order concerns an agreement."""
        return not self.agreements or agreement in self.agreements

    @model_validator(mode="after")
    def verify_effect(self) -> Self:
        """Raise ValueError when the paper cannot have the effect that the file gives it."""
        if self.is_denial_or_opinion and (self.prohibits or self.acts_on):
            raise ValueError("a denial or an opinion prohibits nothing and ends no order; record the order that does")
        if bool(self.prohibits) != bool(self.bound_parties):
            raise ValueError("`binds` and `prohibits` go together: an order that prohibits something binds somebody")
        if self.only_data_already_disclosed and not self.covers_data_already_disclosed:
            raise ValueError("`only_data_already_disclosed` goes with `covers_data_already_disclosed`")
        if any(act.effective_at and act.effective_at < self.issued_at for act in self.acts_on):
            raise ValueError(
                "an order ends another from its own day on, not before; it may prohibit from an earlier day"
            )
        for act in self.acts_on:
            self._verify_disposition(act)
        return self

    def _verify_disposition(self, act: Disposition) -> None:
        if Instrument.APPELLATE_JUDGMENT not in self.instruments:
            if act.effective_at is None:
                raise ValueError("`acts_on` says from when on (`effective_at`)")
        elif (act.effective_at is None) != (act.stated_in is None):
            raise ValueError(
                "an appellate judgment acts at its mandate: leave `effective_at` out and enter the mandate when it "
                "issues, or say in `stated_in` where the judgment says that it takes effect before"
            )

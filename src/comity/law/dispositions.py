"""What one court paper does to another: how it ends or suspends it, all or which part, and what a stay hangs on.

Guarantees: a part is said by party, district, statute or case; what those cannot say (`in_words`) opens nothing. A stay
names the motion, appeal, petition or day that it hangs on, and a paper that decides a matter names it the same way.
One case number in two courts is two matters (`courts`).
Does not: decide what is in force; `order_effects` does, from all papers on file.
Basis: docs/law-notes.md 6; Fed. R. App. P. 8 and 41; Sup. Ct. R. 23; ADR 0031 and 0041.
Start at `Disposition`.
"""

import re
from enum import StrEnum
from typing import Self

from pydantic import Field, field_validator, model_validator

from comity.law.courts import can_share_matter
from comity.law.provisions import FrozenModel
from comity.model.written_times import WrittenTime
from comity.reference.states import STATE_NAMES

REVIEW_DAYS = 30
"""How long a stay opens after two persons last found that it is still in force. The figure is ours. [INF]"""

_CASE_NUMBER = re.compile(r"(?<!\d)(\d{2})\s*-?\s*([a-z]{0,2})\s*-?\s*0*(\d{1,6})(?!\d)", re.IGNORECASE)
SINGLE_DISTRICT_STATES = frozenset(
    {
        *("AK", "AZ", "CO", "CT", "DC", "DE", "GU", "HI", "ID", "KS", "MA", "MD", "ME", "MN", "MP", "MT", "ND"),
        *("NE", "NH", "NJ", "NM", "NV", "OR", "PR", "RI", "SC", "SD", "UT", "VI", "VT", "WY"),
    }
)
"""The states and territories that are one judicial district each (28 USC 81 to 131) [GK]."""

_PART_OF_STATE = re.compile(r"^\s*[NSEWMC]\s*\.?\s*D\b", re.IGNORECASE)


class JudicialDistrict(FrozenModel):
    """A district to which an order, or what is done to it, is limited, and the states in it (two letters each)."""

    name: str
    states: tuple[str, ...] = Field(min_length=1)

    @field_validator("states")
    @classmethod
    def verify_states(cls, states: tuple[str, ...]) -> tuple[str, ...]:
        """Raise ValueError for a code that is no state's."""
        if unknown := set(states) - STATE_NAMES.keys():
            raise ValueError(f"no state is written {', '.join(sorted(unknown))}")
        return states

    @property
    def is_whole_state(self) -> bool:
        """Return whether the district is all of its one state: D. Mass. is, N.D. Ill. is not."""
        is_single = len(self.states) == 1 and self.states[0] in SINGLE_DISTRICT_STATES
        return is_single and not _PART_OF_STATE.match(self.name)


class DispositionKind(StrEnum):
    """How one order ends another, suspends it, or changes a part of it.

    What is superseded stays so, even if the order that took its place is reversed later; all else revives.
    """

    REVERSED = "reversed"
    STAYED = "stayed"
    VACATED = "vacated"
    SUPERSEDED = "superseded"
    DISSOLVED = "dissolved"
    MODIFIED = "modified"
    EXPIRED = "expired"


class Extent(StrEnum):
    """Whether something is done to all of an order or to a part of it."""

    WHOLE = "whole"
    PART = "part"


class OrderPart(FrozenModel):
    """A part of an order. What is named in several ways is the part that all of them have in common.

    `parties` are agencies that the order binds; `cases` are cases in which it was entered. `in_words` is what cannot be
    said by the others ("except as to the plaintiffs' members"), and no request can be found to lie within it.
    """

    parties: tuple[str, ...] = ()
    districts: tuple[JudicialDistrict, ...] = ()
    statutes: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    in_words: str | None = Field(default=None, min_length=4, max_length=1000)

    @model_validator(mode="after")
    def verify_named(self) -> Self:
        """Raise ValueError for a part that names nothing."""
        if not any((self.parties, self.districts, self.statutes, self.cases, self.in_words)):
            raise ValueError("a part is named by parties, districts, statutes, cases, or `in_words`")
        return self


class MatterKind(StrEnum):
    """What a stay can hang on; a day alone is decided by nobody."""

    MOTION = "motion"
    APPEAL = "appeal"
    CERTIORARI = "certiorari"
    DAY = "day"


class MatterOutcome(StrEnum):
    """How a court decided a motion, an appeal or a petition."""

    GRANTED = "granted"
    GRANTED_IN_PART = "granted_in_part"
    DENIED = "denied"
    AFFIRMED = "affirmed"
    AFFIRMED_IN_PART = "affirmed_in_part"
    REVERSED = "reversed"
    VACATED = "vacated"
    DISMISSED = "dismissed"


_OUTCOMES_OF_MOTIONS = frozenset(
    {MatterOutcome.GRANTED, MatterOutcome.GRANTED_IN_PART, MatterOutcome.DENIED, MatterOutcome.DISMISSED}
)
_LEAVE_THE_STAY = {
    MatterKind.APPEAL: frozenset({MatterOutcome.REVERSED, MatterOutcome.VACATED}),
    MatterKind.CERTIORARI: frozenset({MatterOutcome.GRANTED, MatterOutcome.REVERSED, MatterOutcome.VACATED}),
}
"""After these the matter goes on to its mandate or to the Supreme Court's judgment, and the stay with it. [INF]"""


class Matter(FrozenModel):
    """A motion, an appeal or a petition for certiorari in a case; `docket_number` is the motion's, where it has one.

    `heard_by` is the court that decides it, where that is neither the court of the paper nor one above or below that.
    """

    matter: MatterKind
    case: str | None = Field(default=None, min_length=3, max_length=100)
    heard_by: str | None = Field(default=None, min_length=2, max_length=200)
    docket_number: str | None = Field(default=None, max_length=40)

    def is_same_as(self, other: "Matter", *, court: str, other_court: str) -> bool:
        """Return whether papers of two courts may speak of one matter: in one case number at least, and of one motion.

        Two courts of which neither is above the other have two matters. A petition for certiorari is in one court only.
        """
        numbers = {self.docket_number, other.docket_number} - {None}
        return (
            self.matter is other.matter
            and len(numbers) <= 1
            and (
                self.matter is MatterKind.CERTIORARI
                or can_share_matter(self.heard_by or court, other.heard_by or other_court)
            )
            and not read_case_numbers(self.case or "").isdisjoint(read_case_numbers(other.case or ""))
        )


class StayCondition(Matter):
    """What a stay hangs on: it ends when the matter is decided, at `until`, or when nobody confirms it any more."""

    until: WrittenTime | None = None
    review_days: int = Field(default=REVIEW_DAYS, ge=1, le=90)

    @model_validator(mode="after")
    def verify_named(self) -> Self:
        """Raise ValueError unless the case, or for a mere day the day, is named."""
        if self.matter is MatterKind.DAY and self.until is None:
            raise ValueError("a stay that hangs on a day names it in `until`")
        if self.matter is not MatterKind.DAY and self.case is None:
            raise ValueError("a stay that hangs on a motion, an appeal or a petition names its `case`")
        return self


class MatterDecision(Matter):
    """That a paper decides a matter, and how. A decision can end a stay, and opens nothing by itself."""

    outcome: MatterOutcome

    @property
    def ends_stay(self) -> bool:
        """Return whether a stay that hangs on the matter ends with this outcome."""
        return self.outcome not in _LEAVE_THE_STAY.get(self.matter, frozenset())

    @model_validator(mode="after")
    def verify_outcome(self) -> Self:
        """Raise ValueError for a matter without a case, a day, or an outcome that such a matter cannot have."""
        if self.matter is MatterKind.DAY or self.case is None:
            raise ValueError("a paper decides a motion, an appeal or a petition in a named `case`")
        if self.matter is MatterKind.MOTION and self.outcome not in _OUTCOMES_OF_MOTIONS:
            raise ValueError("a motion is granted, granted_in_part, denied or dismissed")
        if self.matter is MatterKind.APPEAL and self.outcome in _OUTCOMES_OF_MOTIONS - {MatterOutcome.DISMISSED}:
            raise ValueError("an appeal is affirmed, affirmed_in_part, reversed, vacated or dismissed")
        return self


class Disposition(FrozenModel):
    """A dated record of which order it ends (or suspends, for as long as the acting order is itself in force).

    `effective_at` is None while an appellate judgment waits for its mandate; `stated_in` is where such a judgment says
    that it takes effect at once. An act without `extent` was filed before that was asked; it opens nothing.
    """

    order: str
    how: DispositionKind
    extent: Extent | None = None
    part: OrderPart | None = None
    hangs_on: StayCondition | None = None
    effective_at: WrittenTime | None = None
    stated_in: str | None = Field(default=None, min_length=4)

    @model_validator(mode="after")
    def verify_extent(self) -> Self:
        """Raise ValueError when extent, part and kind do not fit together."""
        if (self.extent is Extent.PART) != (self.part is not None):
            raise ValueError("`extent: part` and `part` go together: say which part, or say `extent: whole`")
        if self.how is DispositionKind.MODIFIED and self.extent is Extent.WHOLE:
            raise ValueError("an order is modified in part; one that takes its place whole supersedes it")
        if self.hangs_on is not None and self.how is not DispositionKind.STAYED:
            raise ValueError("only a stay hangs on a matter (`hangs_on`)")
        return self


def read_case_numbers(text: str) -> frozenset[str]:
    """Return the case numbers in a text, each in one spelling: year, kind and number, without division or judge.

    A text without one stands for itself, by its letters and digits.

    >>> read_case_numbers("1:25-cv-00457-CKK") == read_case_numbers("No. 25-cv-457") == {"25-cv-457"}
    True
    >>> sorted(read_case_numbers("Nos. 26-5006, 26-5007")), sorted(read_case_numbers("25A443"))
    (['26--5006', '26--5007'], ['25-a-443'])
    """
    found = frozenset(f"{m[1]}-{m[2].casefold()}-{m[3]}" for m in _CASE_NUMBER.finditer(text))
    return found or frozenset({"".join(character for character in text.casefold() if character.isalnum())})

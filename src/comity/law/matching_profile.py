"""The Privacy Act's computer-matching controls, as a profile that an agreement switches on.

Guarantees: an agreement with a profile names a clause for every item (A) to (K) of 5 USC 552a(o)(1); the statute's own
figures (18 months, 12 months, 30 days) are with the statute, not here.
Does not: make matching lawful. For the criminal route of 26 USC 6103(i)(2) it is no legal basis (docs/law-notes.md 3.1
[INF]); it is needed where eligibility for a Federal benefit program is checked.
Basis: 5 USC 552a(o) to (r) and (u); docs/law-notes.md 3.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from comity.law.agency import SafeguardFinding
from comity.law.provisions import FrozenModel
from comity.model.written_times import WrittenDay

REQUIRED_CONTENTS = tuple("ABCDEFGHIJK")
"""The items of 5 USC 552a(o)(1) that a matching agreement must hold."""


class CostBenefitStatus(StrEnum):
    """Whether the Data Integrity Board made or waived the cost-benefit analysis (5 USC 552a(u)(4))."""

    DONE = "done"
    WAIVED = "waived"


class Renewal(FrozenModel):
    """The one renewal that 5 USC 552a(o)(2)(D) allows, as the Data Integrity Boards recorded it."""

    decided_on: WrittenDay
    months: int = Field(ge=1)
    is_unchanged: bool
    certified_by: tuple[str, ...]


class MatchingProfile(FrozenModel):
    """What is on file about an agreement as a matching agreement; None where nothing is.

    `contents` maps each item (A) to (K) to the clause that holds it. `breaches` are the custodian's reasons to believe
    that the requester violates 552a(p) or the agreement: while one is open, (q) forbids disclosure.
    """

    contents: Mapping[str, str]
    approved_on: WrittenDay | None = None
    cost_benefit: CostBenefitStatus | None = None
    sent_to_congress_on: WrittenDay | None = None
    months: int = Field(ge=1)
    renewal: Renewal | None = None
    breaches: tuple[SafeguardFinding, ...] = ()

    @model_validator(mode="after")
    def verify_contents(self) -> Self:
        """Raise ValueError unless every item has its clause."""
        if tuple(sorted(self.contents)) != REQUIRED_CONTENTS:
            raise ValueError("`contents` must name a clause for each of the items A to K of 5 USC 552a(o)(1)")
        return self

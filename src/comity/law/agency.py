"""Agencies: their names, what they are part of, and whether their safeguards are in good standing.

Guarantees: the standing of an agency without a safeguards record is unknown, which is not good (rule R08 holds the
batch).
Basis: 26 USC 6103(p)(4); docs/law-notes.md 2.2 (TIGTA, 8 June 2026).
"""

from datetime import date

from pydantic import Field

from comity.law.provisions import CitedRecord, FrozenModel


class SafeguardFinding(CitedRecord):
    """One finding of a safeguard review: open from `opened_on` until `closed_on`."""

    id: str
    opened_on: date
    closed_on: date | None = None

    def is_open_on(self, day: date) -> bool:
        """Return whether the finding is open on `day`."""
        return self.opened_on <= day and (self.closed_on is None or day < self.closed_on)


class Safeguards(FrozenModel):
    """The custodian's record of an agency's safeguard reviews."""

    reviewed_on: date
    findings: tuple[SafeguardFinding, ...] = ()

    def open_findings(self, day: date) -> tuple[SafeguardFinding, ...]:
        """Return the findings that are open on `day`."""
        return tuple(finding for finding in self.findings if finding.is_open_on(day))


class Agency(FrozenModel):
    """An agency that orders can bind and agreements can name. An order that binds the parent binds its parts too.

    `address` is where mail reaches it: the accounting shows it to the subject of a disclosure (5 USC 552a(c)(1)(B)).
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    name: str
    also: tuple[str, ...] = ()
    parent: str | None = None
    address: str | None = Field(default=None, min_length=10, max_length=200, pattern=r"^[ -~]+$")
    safeguards: Safeguards | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Return every name that a manifest may call the agency by."""
        return (self.id, self.name, *self.also)

"""Agencies: their names, what they are part of, and whether their safeguards are in good standing.

Guarantees: the standing of an agency without a safeguards record is unknown, which is not good (rule R08 holds the
batch).
Basis: 26 USC 6103(p)(4); docs/law-notes.md 2.2 (TIGTA, 8 June 2026).
"""

from datetime import date

from pydantic import Field

from comity.law.provisions import CitedRecord, FrozenModel
from comity.model.written_times import WrittenDay


class SafeguardFinding(CitedRecord):
    """One finding of a safeguard review: open from `opened_on` until `closed_on`."""

    id: str
    opened_on: WrittenDay
    closed_on: WrittenDay | None = None

    def is_open_on(self, day: date) -> bool:
        """Return whether the finding is open on `day`."""
        return self.opened_on <= day and (self.closed_on is None or day < self.closed_on)


class Safeguards(FrozenModel):
    """The custodian's record of an agency's safeguard reviews."""

    reviewed_on: WrittenDay
    findings: tuple[SafeguardFinding, ...] = ()

    def open_findings(self, day: date) -> tuple[SafeguardFinding, ...]:
        """Return the findings that are open on `day`."""
        return tuple(finding for finding in self.findings if finding.is_open_on(day))


class SafeguardPlan(FrozenModel):
    """A corrective action plan that two persons of the custodian accepted, and whose paper is on file.

    It counts from `accepted_on` until `due_on` has passed, or until the custodian ends it (`ended_on`).
    """

    agency: str
    filing: int
    title: str
    dated_on: WrittenDay
    due_on: WrittenDay
    accepted_on: WrittenDay
    document_sha256: str
    ended_on: WrittenDay | None = None

    def state_on(self, day: date) -> str:
        """Return `accepted`, `overdue`, `ended`, or `not accepted yet`, as of a day."""
        if self.ended_on is not None and self.ended_on <= day:
            return "ended"
        if day < self.accepted_on:
            return "not accepted yet"
        return "overdue" if self.due_on < day else "accepted"

    def covers(self, findings: tuple[SafeguardFinding, ...], day: date) -> bool:
        """Return whether it is accepted on a day, not overdue, and later than each of these findings."""
        is_later = all(finding.opened_on <= self.dated_on for finding in findings)
        return is_later and self.dated_on <= day and self.state_on(day) == "accepted"


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

"""What a rule may know beside the rows: the manifest, the law as of one time, the agreement, and earlier batches.

Guarantees: no record of the custodian is reachable from here (promise 3); time is passed in.
Start at `Facts`.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from comity.columns.fold import fold_text
from comity.law import Agreement, Law
from comity.model.batch import Batch, Manifest
from comity.model.history import History


@dataclass(frozen=True)
class Facts:
    """One batch, judged at one time. `agreement` is None when the one it names is not on file."""

    batch: Batch
    law: Law
    at: datetime
    history: History
    agreement: Agreement | None

    @property
    def manifest(self) -> Manifest:
        """The manifest of the batch."""
        return self.batch.manifest

    @cached_property
    def today(self) -> date:
        """The day, in UTC, as of which the batch is judged."""
        return self.at.astimezone(UTC).date()

    @cached_property
    def requested_on(self) -> date:
        """The day of the request: the manifest's own date, but never later than the time of judging."""
        return min(self.manifest.created_at_utc.date(), self.today)

    @cached_property
    def prior_lookups(self) -> frozenset[str]:
        """The batches of the same agency that records were read for, within the agreement's days of history.

        One received later than `at` counts too: in a rehearsal of a day gone by, every batch is.
        """
        if self.agreement is None:
            return frozenset()
        agency, window = self._agency_id(self.manifest.requester), timedelta(days=self.agreement.probing.days.value)
        return frozenset(
            prior.batch_id
            for prior in self.history.batches
            if prior.was_looked_up
            and prior.received_at > self.at - window
            and self._agency_id(prior.requester) == agency
        )

    def _agency_id(self, name: str) -> str:
        agency = self.law.find_agency(name)
        return name if agency is None else agency.id

    def has_attestation(self, attestation: str) -> bool:
        """Whether the signer vouches for something, as of a day that is not still to come."""
        return any(a.id == attestation and (a.on is None or a.on <= self.today) for a in self.manifest.attestations)

    def requires_column(self, column: str) -> bool:
        """Whether the agreement asks for a column. An unknown agreement asks for everything."""
        return self.agreement is None or column in self.agreement.needs


@dataclass(frozen=True)
class TrackedFacts(Facts):
    """Facts that notice when a rule looks at what may be another a moment later: the time of day, the history."""

    accessed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Settle the day, which is the same for every rule."""
        _ = self.today

    def __getattribute__(self, name: str) -> Any:
        """Any attribute; these are noted, the last also where it was found before and history is not looked at anew."""
        if name in {"at", "history", "prior_lookups"}:
            self.accessed.add(name)
        return super().__getattribute__(name)


def equal_ignoring_format(one: str, *others: str) -> bool:
    """Whether a text equals one of the others but for case, marks and spacing; an empty text equals nothing."""
    folded = fold_text(one)
    return bool(folded) and any(folded == fold_text(other) for other in others)

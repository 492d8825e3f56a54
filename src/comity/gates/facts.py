"""Facts that a rule may use besides the rows: the manifest, the law as of one time, the agreement, and earlier batches.

Guarantees: no record of the custodian is reachable from here (promise 3); time is passed in.
Start at `Facts`.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from comity.columns.buffers import Digests
from comity.law import Agreement, Law
from comity.model.batch import Batch, Manifest
from comity.model.history import Counts, History
from comity.model.prior_batches import Lookups, PriorBatches


@dataclass(frozen=True)
class Facts:
    """The facts about one batch at one time. `agreement` is None if the one that the batch names is not on file."""

    batch: Batch
    law: Law
    at: datetime
    history: History
    agreement: Agreement | None

    @property
    def manifest(self) -> Manifest:
        """Return the manifest of the batch."""
        return self.batch.manifest

    @cached_property
    def today(self) -> date:
        """Return the day of `at` in UTC."""
        return self.at.astimezone(UTC).date()

    @cached_property
    def requested_on(self) -> date:
        """Return the day of the request: the manifest's own date, but never a day after `today`."""
        return min(self.manifest.created_at_utc.date(), self.today)

    @cached_property
    def prior_lookups(self) -> Lookups:
        """Return the ids of the agency's batches for which records were read, within the agreement's days of history.

        They were answered before this one, by whatever agreement; when they were received plays no part.
        """
        if self.agreement is None:
            return Lookups(PriorBatches(), frozenset(), self.counted_at)
        return self.find_lookups(timedelta(days=self.agreement.probing.days.value))

    @cached_property
    def rows_looked_up_before(self) -> int:
        """Return how many rows of those batches were looked up."""
        return self.prior_lookups.totals.looked_up_rows

    @cached_property
    def history_counts(self) -> dict[str, tuple[Digests, Counts]]:
        """Return what was counted in those batches so far, for the rules after the first: empty to begin with."""
        return {}

    def find_lookups(self, window: timedelta) -> Lookups:
        """Return the ids of the agency's batches, answered in the time given, for which records were read."""
        agency_id, batches = self.find_agency_id(self.manifest.requester), self.history.batches
        names = (name for name in batches.requesters if self.find_agency_id(name) == agency_id)
        return Lookups(batches, frozenset(names), self.counted_at - window)

    @property
    def counted_at(self) -> datetime:
        """Return the time from which days are counted back."""
        return self.history.now or self.at

    def find_agency_id(self, name: str) -> str:
        """Return the id of the agency of that name; the name itself when none is on file."""
        if (known := self._agency_ids.get(name)) is not None:  # rules ask it of every earlier batch
            return known
        agency = self.law.find_agency(name)
        return self._agency_ids.setdefault(name, name if agency is None else agency.id)

    @cached_property
    def _agency_ids(self) -> dict[str, str]:
        return {}

    def has_attestation(self, attestation: str) -> bool:
        """Return whether the signer attests something, as of a day that is not in the future."""
        return any(a.id == attestation and (a.on is None or a.on <= self.today) for a in self.manifest.attestations)

    def requires_column(self, column: str) -> bool:
        """Return whether the agreement requires a column. An unknown agreement requires every column."""
        return self.agreement is None or column in self.agreement.needs


@dataclass(frozen=True)
class TrackedFacts(Facts):
    """Facts that record whether a rule read time-dependent inputs, so that its outcomes are not reused."""

    accessed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Compute the day, the same for every rule, so that reading it later does not count as reading `at`."""
        _ = self.today

    def __getattribute__(self, name: str) -> Any:
        """Record reads of `at`, `history` and what is computed from them, also of cached values."""
        if name in {"at", "history", "prior_lookups", "rows_looked_up_before"}:
            self.accessed.add(name)
        return super().__getattribute__(name)

"""List the batches that reached a canary: a synthetic record about which no request can be lawful (ADR 0013)."""

from dataclasses import dataclass
from pathlib import Path

from comity.app import bootstrap
from comity.app.home import Home
from comity.store import batches, openings


@dataclass(frozen=True, slots=True)
class CanaryAlarm:
    """One batch that reached canaries: its ledger entry, the rows that did, and when (ISO 8601)."""

    entry: int
    batch_id: str
    rows: list[int]
    at: str


@dataclass(frozen=True, slots=True)
class CanaryWatch:
    """The alarms, and how many batches were watched."""

    alarms: tuple[CanaryAlarm, ...]
    watched_batches: int


def list_alarms(home_path: Path) -> CanaryWatch:
    """List the batches that reached a canary."""
    with bootstrap.open_store(Home.open(home_path)) as store, store.read() as tx:
        watched = openings.list_by_kind(tx, "watch")
        alarms = [
            CanaryAlarm(opening.entry, batch.display_id, rows, opening.recorded_at.isoformat())
            for opening in watched
            if (rows := opening.parsed_content["rows"]) and (batch := batches.get(tx, opening.about)) is not None
        ]
    return CanaryWatch(tuple(alarms), len(watched))

"""Which batches are under recall, from the openings of the ledger's `recall` entries.

Start at `find_recall`.
"""

from comity.store import openings
from comity.store.database import Snapshot
from comity.store.openings import Opening


def list_recalls(tx: Snapshot) -> tuple[Opening, ...]:
    """Return every `recall` entry opened, in ledger order; one recall may have several, for later batches."""
    return openings.list_by_kind(tx, "recall")


def find_recall(tx: Snapshot, batch_id: str) -> str | None:
    """Return the first recall that asks for a batch's answers back; None when none does."""
    for opening in list_recalls(tx):
        if any(item["batch"] == batch_id and item["destroy"] for item in opening.parsed_content["batches"]):
            return opening.about
    return None

"""Recall: name a rule, law, model, index, order or time, and ask back every answer that was based on it.

Guarantees: a recall is an entry of the ledger, and so is every reply of a recipient. Using the same criteria again is
the same recall, and adds an entry only for batches answered since.
Does not: send anything: the notice is a signed folder, as answers are.
Basis: 26 USC 6103(p)(4)(F)(ii) (return, or make undisclosable); failure mode P01; promise 13; ADR 0013.
Start at `issue_recall`, then `write_notices`, `record_acknowledgement`, `list_obligations`.
"""

from comity.recall.compliance import (
    RecallObligation,
    list_obligations,
    record_acknowledgement,
    record_certificate,
    verify_certificate,
)
from comity.recall.notices import write_notices
from comity.recall.selection import Recall, RecallCriteria, issue_recall

__all__ = [
    "Recall",
    "RecallCriteria",
    "RecallObligation",
    "issue_recall",
    "list_obligations",
    "record_acknowledgement",
    "record_certificate",
    "verify_certificate",
    "write_notices",
]

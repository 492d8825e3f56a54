"""A request history in memory, with the interface through which the gates count it."""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from comity.columns.buffers import Digests
from comity.gates import history_digests, rows_with_number
from comity.model.finding import Findings
from comity.model.history import Counts

HISTORY_KEY = bytes(range(16))


@dataclass
class InMemoryRequestHistory:
    """Counts of digests by batch and kind."""

    key: bytes = HISTORY_KEY
    counts: dict[tuple[str, str], dict[int, int]] = field(default_factory=dict)

    def remember(self, batch_id: str, findings: Findings) -> None:
        """Store the rows that no rule refuses, as the pipeline does when it answers a batch."""
        assert findings.request_digests is not None
        looked_up = (findings.row_findings.not_met == 0) & (not findings.refusals)
        for kind, (digests, digest_counts) in history_digests(
            findings.request_digests, looked_up, rows_with_number(findings)
        ).items():
            self.counts[batch_id, kind] = dict(zip(digests.tolist(), digest_counts.tolist(), strict=True))

    def count_digests(self, kind: str, digests: Digests, batches: Collection[str]) -> Counts:
        """Return how often each digest was asked about in these batches."""
        by_batch = [self.counts.get((batch_id, kind), {}) for batch_id in batches]
        return np.array([sum(c.get(digest, 0) for c in by_batch) for digest in digests.tolist()], dtype=np.int64)

    def count_freed(self, written: Digests, _batches: Collection[str]) -> Counts:
        """Return zeros: nothing is recalled here."""
        return np.zeros(len(written), dtype=np.int64)

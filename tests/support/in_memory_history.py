"""A request history in memory, with the interface through which the gates count it."""

from collections.abc import Iterable, Mapping
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

    def count_digests(self, wanted: Mapping[str, Digests], batches: Iterable[str]) -> dict[str, Counts]:
        """Return, by kind, how often each digest was asked about in these batches."""
        batch_ids, totals = list(batches), dict[str, Counts]()
        for kind, digests in wanted.items():
            by_batch = [self.counts.get((batch_id, kind), {}) for batch_id in batch_ids]
            counts = [sum(c.get(digest, 0) for c in by_batch) for digest in digests.tolist()]
            totals[kind] = np.array(counts, dtype=np.int64)
        return totals

    def count_freed(self, written: Digests, _batches: Iterable[str]) -> Counts:
        """Return zeros: nothing is recalled here."""
        return np.zeros(len(written), dtype=np.int64)

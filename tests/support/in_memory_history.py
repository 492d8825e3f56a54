"""A history of requests in memory, behind the port that the gates count it by."""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from comity import gates
from comity.columns.buffers import Digests
from comity.model.finding import Findings
from comity.model.history import Counts

HISTORY_KEY = bytes(range(16))


@dataclass
class InMemoryRequestHistory:
    """What was asked in each batch, by kind and digest."""

    key: bytes = HISTORY_KEY
    held: dict[tuple[str, str], dict[int, int]] = field(default_factory=dict)

    def remember(self, batch_id: str, findings: Findings) -> None:
        """As the pipeline does when the batch is answered: the rows that nothing refuses."""
        assert findings.request_digests is not None
        looked_up = (findings.row_findings.not_met == 0) & (not findings.refusals)
        for kind, (digests, counts) in gates.history_digests(findings.request_digests, looked_up).items():
            self.held[batch_id, kind] = dict(zip(digests.tolist(), counts.tolist(), strict=True))

    def count_digests(self, kind: str, digests: Digests, batches: Collection[str]) -> Counts:
        """How often each was asked."""
        held = [self.held.get((batch_id, kind), {}) for batch_id in batches]
        return np.array([sum(one.get(digest, 0) for one in held) for digest in digests.tolist()], dtype=np.int64)

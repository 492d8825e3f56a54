"""A batch's release: the facts its ledger entry commits to, and the record its answers.json is written from.

Guarantees: both are values; neither says anything about a record of the custodian.
Basis: docs/spec/answers.md; docs/spec/ledger.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.model.finding import Finding

ANSWERS_FORMAT = "comity-answers-1"
"""The `format` of answers.json."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a batch was answered by.

    Its answers are ledger entries `first_entry` to `first_entry + row_count - 1`; the next entry is the release itself.

    `order_ids` are the court orders consulted. `salt` opens the commitment to `counts` (answers by code) and
    `answers_sha256`. `index_fingerprint` and `model_fingerprint` are None for a batch that was refused whole, because
    no record was read. A rehearsal judges by the law as of another day, using what was on file at `known_as_of`.
    """

    batch_id: str
    agreement: str
    row_count: int
    first_entry: int
    counts: Mapping[str, int]
    answers_sha256: str
    salt: bytes
    order_ids: tuple[str, ...]
    law_fingerprint: str
    index_fingerprint: str | None
    model_fingerprint: str | None
    as_of: datetime
    is_rehearsal: bool = False
    known_as_of: datetime | None = None

    @property
    def release_entry(self) -> int:
        """Return the index of the release's own ledger entry."""
        return self.first_entry + self.row_count


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRecord:
    """Everything that answers.json says about a release except the checkpoint, which is signed after the commit.

    `findings` are the batch rules that applied. `review_count` is how many requests the evidence left uncertain; the
    custodian alone sees it. Releases recorded before `known_as_of` existed have `has_known_as_of` False, so that their
    answers.json is written with the same bytes every time.
    """

    batch_id: str
    requester: str
    agreement: str
    row_count: int
    counts: Mapping[str, int]
    findings: tuple[Finding, ...]
    order_ids: tuple[str, ...]
    law_fingerprint: str
    manifest_sha256: str
    requests_sha256: str
    answers_sha256: str
    as_of: datetime
    answered_at: datetime
    is_rehearsal: bool
    known_as_of: datetime | None
    is_synthetic: bool
    review_count: int = 0
    has_known_as_of: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return the members of answers.json, in the order in which the control database keeps them."""
        members: dict[str, Any] = {
            "format": ANSWERS_FORMAT,
            "batch_id": self.batch_id,
            "requester": self.requester,
            "agreement": self.agreement,
            "rows": self.row_count,
            "counts": dict(self.counts),
            "findings": [finding.to_dict() for finding in self.findings],
            "orders_consulted": list(self.order_ids),
            "law": self.law_fingerprint,
            "batch_sha256": self.manifest_sha256,
            "requests_sha256": self.requests_sha256,
            "answers_sha256": self.answers_sha256,
            "as_of": self.as_of.isoformat(),
            "answered_at": self.answered_at.isoformat(),
            "rehearsal": self.is_rehearsal,
        }
        if self.has_known_as_of:
            members["known_as_of"] = None if self.known_as_of is None else self.known_as_of.isoformat()
        return members | {"synthetic": self.is_synthetic}

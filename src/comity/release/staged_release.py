"""What is stored of a release that needs no lock to be made: answers, salts, ledger entries, and what is kept of rows.

It follows from the findings and the determinations alone. The release judges again under the write lock and stores it
only if both are unchanged, so that the lock is held for the writing and not for the making.

Does not: decide anything, or write.
Basis: ADR 0051.
Start at `StagedRelease`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from comity.columns.buffers import Digests, Int64s
from comity.release.record_suppression import SuppressedRows
from comity.store.answers import AnswerColumns
from comity.store.entries import StagedEntries


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedRelease:
    """Everything of one release but its places in the ledger.

    `table` are the answers (`ANSWERS_SCHEMA`) and `columns` what the custodian keeps of them. `leaves` are their ledger
    entries under the name `ledger_batch`. `reasons` and `request_digests` are what the accounting and the rules about
    probing keep; None of the latter when nothing was compared.
    """

    table: pa.Table
    columns: AnswerColumns
    suppressed_rows: SuppressedRows
    review_count: int
    ledger_batch: str
    leaves: StagedEntries
    answers_sha256: str
    reasons: Sequence[tuple[int, bytes]]
    request_digests: Mapping[str, tuple[Digests, Int64s]] | None

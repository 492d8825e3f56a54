"""Intake: read a batch folder, check its signature and form, and lose no row.

Guarantees: no request is parsed that no registered key signed. Every data row of the requests file becomes one row of
`Batch.requests`. Everything wrong is a `Fault` with row numbers and no values. What is read is bounded, whatever a file
claims about itself, and read once: what is hashed is what is parsed.
Does not: judge the law (`gates`), or read any record.
Basis: docs/spec/batch.md.
Start at `read_batch`; `read_question` reads a batch of one row from memory.
"""

from comity.intake.batch_reader import RefusedBatchError, find_draft_file, read_batch, read_draft
from comity.intake.batch_signature import RegisteredKeyLookup, authenticate_bytes, read_signed_manifest, sign_batch
from comity.intake.draft_reader import inspect_draft, inspect_manifest
from comity.intake.question_reader import SentQuestion, read_question

__all__ = [
    "RefusedBatchError",
    "RegisteredKeyLookup",
    "SentQuestion",
    "authenticate_bytes",
    "find_draft_file",
    "inspect_draft",
    "inspect_manifest",
    "read_batch",
    "read_draft",
    "read_question",
    "read_signed_manifest",
    "sign_batch",
]

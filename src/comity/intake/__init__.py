"""Intake: read a batch folder, check its form and signature, and lose no row.

Guarantees: every data row of the requests file becomes one row of `Batch.requests`. Everything wrong is a `Fault` with
row numbers and no values. What is read is bounded, whatever a file claims about itself.
Does not: judge the law (`gates`), or read any record.
Basis: docs/spec/batch.md.
Start at `read_batch`.
"""

from comity.intake.batch_reader import read_batch
from comity.intake.batch_signature import read_embedded_key, sign_batch

__all__ = ["read_batch", "read_embedded_key", "sign_batch"]

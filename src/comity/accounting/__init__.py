"""Accounting: a record of every request, the yearly report with its public form, and what a subject may see.

Guarantees: every figure is counted from entries of a ledger that was verified first, and names its checkpoint.
Does not: release anything, or read a record.
Basis: 26 USC 6103(p)(3)(A) to (C); 5 USC 552a(c); law.md 1.4 and 1.8; ADR 0013.
Start at `count`, then `public_form`.
"""

from comity.accounting.counting import Figures, Line, count
from comity.accounting.recording import record_rows
from comity.accounting.subject import release_to_subject, subject_view
from comity.accounting.suppressing import public_form

__all__ = ["Figures", "Line", "count", "public_form", "record_rows", "release_to_subject", "subject_view"]

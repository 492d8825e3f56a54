"""Accounting: a record of every request, the yearly report with its public form, and what a subject may see.

Guarantees: every figure is counted from entries of a ledger that was verified first, and names its checkpoint.
Does not: release anything, or read a record.
Basis: 26 USC 6103(p)(3)(A) to (C); 5 USC 552a(c); docs/law-notes.md 1.4; ADR 0013.
Start at `compile_annual_report`, then `make_public_report`.
"""

from comity.accounting.annual_report import AnnualReport, ReportLine, compile_annual_report
from comity.accounting.disclosures import list_disclosures, release_to_subject
from comity.accounting.notifications import find_disclosures, write_notifications
from comity.accounting.public_report import make_public_report
from comity.accounting.request_records import iter_request_records

__all__ = [
    "AnnualReport",
    "ReportLine",
    "compile_annual_report",
    "find_disclosures",
    "iter_request_records",
    "list_disclosures",
    "make_public_report",
    "release_to_subject",
    "write_notifications",
]

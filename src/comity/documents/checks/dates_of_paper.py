"""The dates of expiry, issue and birth of a paper, from the best place that it has them in, with that place."""

from datetime import date

from comity.documents.checks.paper_evidence import Evidence
from comity.model.document import Basis

Found = tuple[date | None, Basis]
"""A day (None when the place holds none that is whole), and the place."""


def read_expiry(evidence: Evidence) -> Found | None:
    """Return the date of expiry, or None when nothing presented has one."""
    if evidence.zone_expiry is not None:
        return evidence.zone_expiry.day, evidence.zone_basis
    return _from_barcode_or_typed(evidence, "DBA", "expires_on")


def read_issue(evidence: Evidence) -> Found | None:
    """Return the date of issue, which no zone has."""
    return _from_barcode_or_typed(evidence, "DBD", "issued_on")


def read_birth(evidence: Evidence) -> Found | None:
    """Return the date of birth."""
    if evidence.zone_birth is not None:
        return evidence.zone_birth.day, evidence.zone_basis
    return _from_barcode_or_typed(evidence, "DBB", "born_on")


def _from_barcode_or_typed(evidence: Evidence, element: str, name: str) -> Found | None:
    if evidence.barcode is not None:
        return evidence.barcode.read_date(element)[1], Basis.BARCODE
    if evidence.presented.typed.get(name):
        return evidence.typed_date(name), Basis.TYPED
    return None

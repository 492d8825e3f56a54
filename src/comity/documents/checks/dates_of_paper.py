"""The dates of expiry, issue and birth of a paper, from the best place that it has them in, with that place.

No zone and no chip has a date of issue: it is typed, or in an unsigned barcode. So it decides nothing unless it fits
what else is known of the paper (`date_issue`).
"""

from datetime import date, timedelta

from comity.documents.checks.paper_evidence import Evidence
from comity.model.document import Basis

SIGNING_DAYS = timedelta(days=31)
"""How far date of issue and time of signing may lie apart: a chip is signed when its paper is made (inference)."""

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


def date_issue(evidence: Evidence) -> date | None:
    """Return the date of issue, or None when none is known or it does not fit the other dates."""
    issue = read_issue(evidence)
    return None if issue is None or issue[0] is None or find_misfits(evidence, issue[0]) else issue[0]


def find_misfits(evidence: Evidence, issued: date) -> tuple[str, ...]:
    """Return what a date of issue contradicts: birth, expiry, the day of the inspection, the chip's signature."""
    birth, expiry = (found[0] if found else None for found in (read_birth(evidence), read_expiry(evidence)))
    first, last = _days_of_signing(evidence)
    misfits = {
        "it lies before the birth": birth is not None and issued < birth,
        "it lies after the expiry": expiry is not None and issued > expiry,
        "it lies after the day of the inspection": issued > evidence.as_of,
        "the chip was not signed then": (first is not None and issued < first) or (last is not None and issued > last),
    }
    return tuple(words for words, is_misfit in misfits.items() if is_misfit)


def first_day(evidence: Evidence) -> date:
    """Return the first day on which anybody can have seen the paper, as far as its dates say."""
    birth, (signed, _) = read_birth(evidence), _days_of_signing(evidence, timedelta(days=1))
    days = (date_issue(evidence), signed, birth[0] if birth else None)
    return max((day for day in days if day is not None), default=date.min)


def _days_of_signing(evidence: Evidence, slack: timedelta = SIGNING_DAYS) -> tuple[date | None, date | None]:
    """Return the days between which the chip was signed, with some slack; without a time, those of its signer's key."""
    security_object, signer = evidence.readable_security_object, evidence.signer
    if security_object is None:
        return None, None
    signed_at = security_object.signed.signer.signing_time
    if signed_at is not None:
        return signed_at.date() - slack, signed_at.date() + slack
    if isinstance(signer, str):
        return None, None
    return signer.first_signing.date() - slack, signer.last_signing.date() + slack


def read_birth(evidence: Evidence) -> Found | None:
    """Return the date of birth."""
    if evidence.zone_birth is not None:
        return evidence.zone_birth.day, evidence.zone_basis
    return _from_barcode_or_typed(evidence, "DBB", "born_on")


def _from_barcode_or_typed(evidence: Evidence, element: str, name: str) -> Found | None:
    if evidence.barcode_of_kind is not None:
        return evidence.barcode_of_kind.read_date(element)[1], Basis.BARCODE
    if evidence.presented.typed.get(name):
        return evidence.typed_date(name), Basis.TYPED
    return None

"""Whether the signer was valid, and its key in use, when it signed. The document's own time decides, never today's.

Without a signing time in the security object, a document that expires before its signer was signed in time.
"""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.mrz.dates import read_expiry_date
from comity.documents.trust.certificate import Certificate
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    security_object = evidence.readable_security_object
    if security_object is None:
        return
    certificate, signed_at = evidence.signer, security_object.signed.signer.signing_time
    if isinstance(certificate, str):
        yield "", Outcome.UNDETERMINED, f"There is no validity to compare: {certificate}."
    elif (certificate.not_before if signed_at is None else signed_at).date() > evidence.as_of:
        yield (
            "",
            Outcome.UNDETERMINED,
            "The time of signing, or its signer's first day, is after that of the inspection.",
        )
    elif signed_at is None:
        yield ("", *_compare_expiry(evidence, certificate))
    elif certificate.first_signing <= signed_at <= certificate.last_signing:
        yield "", Outcome.MET, "The signer was valid at the time of signing."
    else:
        yield "", Outcome.NOT_MET, "The signer was not valid at the time of signing that the security object gives."


def _compare_expiry(evidence: Evidence, certificate: Certificate) -> tuple[Outcome, str]:
    zone = evidence.chip_zone
    expiry = None if zone is None or zone.layout is None else read_expiry_date(zone.field("expiry"), evidence.as_of).day
    if expiry is not None and expiry <= certificate.not_after.date():
        return Outcome.MET, "No time of signing is given, but the document expires before its signer does."
    return Outcome.UNDETERMINED, "No time of signing is given, and the document does not expire before its signer."


CHECK = Check("signing_time", "ICAO Doc 9303 part 12, section 5.1", _judge)

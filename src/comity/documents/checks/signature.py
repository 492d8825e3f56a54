"""Whether the security object's signature verifies by the key of the certificate in it."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.chip.signatures import verify_signature
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    security_object = evidence.readable_security_object
    if security_object is None:
        return
    signer, certificate = security_object.signed.signer, evidence.signer
    if isinstance(certificate, str):
        yield "", Outcome.UNDETERMINED, f"The signature cannot be checked: {certificate}."
        return
    if signer.signed_attributes is None:
        yield "", Outcome.NOT_MET, "There are no signed attributes that a signature could be over."
        return
    verdict = verify_signature(
        certificate.key, signer.signature_algorithm, signer.digest_algorithm, signer.signed_attributes, signer.signature
    )
    if verdict.outcome is Outcome.MET:
        yield "", Outcome.MET, "The signature verifies by the signer's key."
    else:
        yield "", verdict.outcome, f"The signature is not shown to be good: {verdict.reason}."


CHECK = Check("signature", "ICAO Doc 9303 part 11, section 5.1; part 12, section 4", _judge)

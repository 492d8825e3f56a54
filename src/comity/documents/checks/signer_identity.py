"""Whether the certificate in the security object is the one that its signer information names."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    if evidence.readable_security_object is None:
        return
    certificate = evidence.signer
    if isinstance(certificate, str):
        yield "", Outcome.UNDETERMINED, f"The signer cannot be identified: {certificate}."
    elif evidence.is_named_signer(certificate):
        yield "", Outcome.MET, "The certificate is the one that the signature names."
    else:
        yield "", Outcome.NOT_MET, "The certificate is not the one that the signature names."


CHECK = Check("signer_identity", "RFC 5652, section 5.3", _judge)

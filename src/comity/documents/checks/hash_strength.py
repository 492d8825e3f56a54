"""Notes on hashes and keys too weak for new signatures, of the document and its path. Such documents are in use."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.chip.digests import is_weak_hash
from comity.documents.chip.signatures import has_weak_hash, has_weak_key
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    security_object = evidence.readable_security_object
    if security_object is None:
        return
    if is_weak_hash(security_object.hash_algorithm) or is_weak_hash(security_object.signed.signer.digest_algorithm):
        message = "The document uses SHA-1: a finding of its own, since someone with means may make two of one hash."
        yield "", Outcome.NOT_APPLICABLE, message
    path, signer = evidence.path, evidence.signer
    certificates = () if isinstance(signer, str) else (signer, *(path.authorities if path else ()))
    signed_by_others = [certificate for certificate in certificates if not certificate.verifies_itself]
    if any(has_weak_hash(certificate.signature_algorithm) for certificate in signed_by_others):
        yield "path", Outcome.NOT_APPLICABLE, "A certificate on the path to the state is signed with SHA-1."
    if any(has_weak_key(certificate.key) for certificate in certificates):
        message = "A key on the path to the state is shorter than those for new signatures: RSA 2048, curves 224 bits."
        yield "key", Outcome.NOT_APPLICABLE, message


CHECK = Check("hash_strength", "ICAO Doc 9303 part 12, section 4.4; NIST SP 800-131A", _judge)

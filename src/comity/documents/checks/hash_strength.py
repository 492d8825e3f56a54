"""A note on hashes that are too weak for new signatures. Documents signed with them are still in use."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.chip.digests import is_weak_hash
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    security_object = evidence.readable_security_object
    if security_object is None:
        return
    if is_weak_hash(security_object.hash_algorithm) or is_weak_hash(security_object.signed.signer.digest_algorithm):
        message = "The document uses SHA-1: a finding of its own, since someone with means may make two of one hash."
        yield "", Outcome.NOT_APPLICABLE, message


CHECK = Check("hash_strength", "ICAO Doc 9303 part 12, section 4.4; NIST SP 800-131A", _judge)

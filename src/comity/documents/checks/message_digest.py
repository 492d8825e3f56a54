"""Whether the signed attributes carry the hash, and the type, of the list of data group hashes."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.chip.signed_data import judge_digest
from comity.model.finding import Outcome

MESSAGES = {
    Outcome.MET: "The signed attributes carry the hash of the list of hashes.",
    Outcome.NOT_MET: "The signed attributes do not carry the hash and type of the list of hashes.",
    Outcome.UNDETERMINED: "The hash that the signer names is not one that documents may use.",
}


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    security_object = evidence.readable_security_object
    if security_object is None:
        return
    if security_object.signed.signer.signed_attributes is None:
        yield "", Outcome.NOT_MET, "The security object has no signed attributes, which the standard requires."
        return
    outcome = judge_digest(security_object.signed)
    yield "", outcome, MESSAGES[outcome]


CHECK = Check("message_digest", "RFC 5652, sections 5.4 and 11; ICAO Doc 9303 part 10, section 4.6.2", _judge)

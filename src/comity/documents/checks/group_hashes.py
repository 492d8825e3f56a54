"""Whether the hash of each data group, over its bytes as read, is the one in the security object."""

import hmac
from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.chip.digests import compute_digest
from comity.documents.chip.security_object import SecurityObject
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    security_object = evidence.readable_security_object
    if security_object is None:
        return
    for number in sorted(set(evidence.presented.groups) | ({1} & set(security_object.group_hashes))):
        outcome, message = _compare(security_object, number, evidence.presented.groups.get(number))
        yield str(number), outcome, f"Data group {number}: {message}"


def _compare(security_object: SecurityObject, number: int, data: bytes | None) -> tuple[Outcome, str]:
    if number in security_object.repeated_groups:
        return Outcome.NOT_MET, "the security object lists it twice."
    if data is None:
        return Outcome.UNDETERMINED, "it was not presented."
    listed = security_object.group_hashes.get(number)
    if listed is None:
        return Outcome.UNDETERMINED, "the security object lists no hash of it."
    computed = compute_digest(data, security_object.hash_algorithm)
    if computed is None:
        return Outcome.UNDETERMINED, "the security object's hash is not one that documents may use."
    if hmac.compare_digest(computed, listed):
        return Outcome.MET, "its hash is the one in the security object."
    return Outcome.NOT_MET, "its hash is not the one in the security object: it was changed, or is another's."


CHECK = Check("group_hashes", "ICAO Doc 9303 part 11, section 5.1", _judge)

"""Whether the state has revoked the signer's certificate, by revocation lists that the user imported."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    if evidence.readable_security_object is None:
        return
    verdict = evidence.revocation
    if verdict is None:
        yield "", Outcome.UNDETERMINED, "There is no signer that could be looked for."
    elif verdict.outcome is Outcome.MET:
        yield "", Outcome.MET, "A current revocation list does not name the signer."
    else:
        yield "", verdict.outcome, f"{verdict.reason[0].upper()}{verdict.reason[1:]}."


CHECK = Check("revocation", "ICAO Doc 9303 part 12, section 8; RFC 5280, section 6.3", _judge)

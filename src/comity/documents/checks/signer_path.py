"""Whether the signer's certificate was issued by a state on the user's trust list."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    if evidence.readable_security_object is None:
        return
    certificate, path = evidence.signer, evidence.path
    if path is None:
        yield "", Outcome.UNDETERMINED, f"There is no path to check: {certificate}."
    elif path.outcome is Outcome.MET:
        links = len(path.authorities) - 1
        by = f", by {links} change{'s' if links > 1 else ''} of its key" if links else ""
        yield "", Outcome.MET, f"The signer leads to a state on the trust list{by}."
    else:
        yield "", path.outcome, f"The signer does not lead to a state on the trust list: {path.reason}."


CHECK = Check("signer_path", "ICAO Doc 9303 part 12, sections 5 and 7; RFC 5280, section 6.1", _judge)

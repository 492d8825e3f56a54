"""Whether the security object can be read, and which unusual forms it has."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.chip.signed_data import SignedDataFault
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    security_object = evidence.security_object
    if security_object is None:
        return
    if isinstance(security_object, SignedDataFault):
        message = str(security_object)
        yield "", security_object.outcome, f"{message[0].upper()}{message[1:]}."
    elif security_object.remarks:
        yield (
            "",
            Outcome.MET,
            f"The security object can be read; it is unusual in: {', '.join(security_object.remarks)}.",
        )
    else:
        yield "", Outcome.MET, "The security object is formed as the standard says."


CHECK = Check("security_object_form", "ICAO Doc 9303 part 10, section 4.6.2", _judge, is_of_form=True)

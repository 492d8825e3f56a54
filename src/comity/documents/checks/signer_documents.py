"""Whether the signer may sign documents of this type, where its certificate lists the types that it may."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    certificate, zone = evidence.signer, evidence.chip_zone
    if isinstance(certificate, str) or certificate.document_types is None:
        return
    if zone is None or zone.layout is None:
        yield "", Outcome.UNDETERMINED, "Without a zone in data group 1, there is no type of document to compare."
        return
    code = zone.field("document_code").rstrip("<")
    if code in certificate.document_types or code[:1] in certificate.document_types:
        yield "", Outcome.MET, "The signer may sign documents of this type."
    else:
        yield (
            "",
            Outcome.NOT_MET,
            "The signer's certificate lists the types of documents that it may sign, and not this.",
        )


CHECK = Check("signer_documents", "ICAO Doc 9303 part 12, section 7.1", _judge)

"""Whether a barcode's issuer is known, and is the one that its address and its kind of card have."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    barcode = evidence.barcode
    if barcode is None or not barcode.issuer_number:
        return
    jurisdiction = barcode.jurisdiction
    country = barcode.elements.get("DCG", "").strip()
    if jurisdiction is None:
        yield "", Outcome.UNDETERMINED, "The issuer's number is not among those known here."
    elif country and country != jurisdiction.country:
        yield "", Outcome.NOT_MET, "The country in the barcode is not that of its issuer."
    else:
        yield "", Outcome.MET, "The issuer's number is known."


CHECK = Check("barcode_issuer", "AAMVA issuer identification numbers", _judge, is_of_form=True)

"""What a license's barcode says of compliance and limited term: notes, since neither speaks of citizenship."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.model.finding import Outcome

NOTES = (
    (
        "DDA",
        "F",
        "compliant",
        "The card is marked as compliant with REAL ID, which noncitizens with lawful status can hold.",
    ),
    ("DDD", "1", "limited_term", "The card is marked as of limited term. That is a term, and no finding on status."),
    ("DDO", "1", "enhanced", "An element that may mark an enhanced card is there; its identifier is not verified."),
)


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    barcode = evidence.barcode
    if barcode is None:
        return
    for element, value, suffix, message in NOTES:
        if barcode.elements.get(element, "").strip() == value:
            yield suffix, Outcome.NOT_APPLICABLE, message


CHECK = Check("barcode_marks", "6 CFR 37.11(c), 37.21; AAMVA DL/ID Card Design Standard, annex D.12.5", _judge)

"""Whether the dates of birth, issue and expiry in a barcode are days of the calendar, in order."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.model.finding import Outcome

ELEMENTS = {"birth": "DBB", "issue": "DBD", "expiry": "DBA"}
MESSAGES = {
    Outcome.MET: "is a day of the calendar.",
    Outcome.UNDETERMINED: "is not there once and whole.",
    Outcome.NOT_MET: "is no day of the calendar.",
}


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    barcode = evidence.barcode
    if barcode is None or not barcode.issuer_number:
        return
    dates = {name: barcode.read_date(element) for name, element in ELEMENTS.items()}
    for name, (outcome, _) in dates.items():
        yield name, outcome, f"The date of {name} {MESSAGES[outcome]}"
    days = [day for _, day in dates.values() if day is not None]
    if len(days) == len(dates):
        is_ordered = days == sorted(days)
        message = "Birth, issue and expiry are in order." if is_ordered else "Birth, issue and expiry are not in order."
        yield "order", Outcome.MET if is_ordered else Outcome.NOT_MET, message


CHECK = Check("barcode_dates", "AAMVA DL/ID Card Design Standard 2020, annex D.12.5", _judge, is_of_form=True)

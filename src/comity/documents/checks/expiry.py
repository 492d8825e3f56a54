"""Whether the paper's term has ended, by the date in the chip, else the zone, the barcode, or as typed."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.dates_of_paper import read_expiry
from comity.documents.checks.paper_evidence import Evidence
from comity.model.document import Basis
from comity.model.finding import Outcome

SOURCES = {
    Basis.CHIP_READ: "in the chip",
    Basis.MRZ_TEXT: "in the zone",
    Basis.BARCODE: "in the barcode",
    Basis.TYPED: "that was typed",
}


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    expiry = read_expiry(evidence)
    if expiry is None:
        return
    day, basis = expiry
    if day is None:
        yield "", Outcome.UNDETERMINED, f"The date of expiry {SOURCES[basis]} is not a whole day of the calendar."
    elif day >= evidence.as_of:
        yield "", Outcome.MET, f"The date of expiry {SOURCES[basis]} has not passed."
    else:
        yield "", Outcome.NOT_MET, f"The date of expiry {SOURCES[basis]} has passed."


CHECK = Check("expiry", "ICAO Doc 9303 part 3, section 4.8", _judge)

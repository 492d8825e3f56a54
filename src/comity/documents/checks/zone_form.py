"""Whether a zone has a size of the standard, its alphabet, and fields formed as they should be."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.mrz.zone import ColumnFault, ZoneFault
from comity.model.finding import Outcome

MESSAGES = {
    ZoneFault.TOO_LARGE: "The text is longer than any zone.",
    ZoneFault.LENGTH: "The lines have no size of the standard: 2 of 44, 2 of 36 or 3 of 30 characters.",
    ZoneFault.ALPHABET: "There is a character other than A to Z, 0 to 9 and the filler",
    ZoneFault.NAME: "The name is blank, begins with a filler, or holds a digit",
    ZoneFault.SEX: "The sex is none that the standard has",
    ZoneFault.STATE_CODE: "The code of a state or nationality is not letters followed by fillers",
    ZoneFault.DOCUMENT_CODE: "The document code is not a letter and a letter or filler",
}


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    for source, zone in evidence.zones:
        if not zone.faults:
            yield source, Outcome.MET, "The zone is formed as the standard says."
        else:
            yield source, Outcome.NOT_MET, " ".join(_describe(fault) for fault in _first_of_each(zone.faults))


def _describe(fault: ColumnFault) -> str:
    message = MESSAGES[fault.fault]
    return message if not fault.line else f"{message} (line {fault.line}, column {fault.column})."


def _first_of_each(faults: Iterable[ColumnFault]) -> Iterable[ColumnFault]:
    first: dict[ZoneFault, ColumnFault] = {}
    for fault in faults:
        first.setdefault(fault.fault, fault)
    return first.values()


CHECK = Check("zone_form", "ICAO Doc 9303 part 3, section 4", _judge, is_of_form=True)

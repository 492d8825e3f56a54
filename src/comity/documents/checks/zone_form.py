"""Whether a zone has a size of the standard, its alphabet, and fields formed as they should be."""

from collections.abc import Iterable, Sequence

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.mrz.zone import ColumnFault, Zone, ZoneFault
from comity.model.finding import Outcome

SIZES = {
    (2, 44): "a passport book",
    (3, 30): "a passport card or a residence card",
    (2, 36): "a small identity card or a visa",
}
"""Lines and characters of a zone, and what has one so."""
MOST_LINES = 10

MESSAGES = {
    ZoneFault.TOO_LARGE: "The text is longer than any zone.",
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
            yield source, Outcome.NOT_MET, " ".join(_describe(fault, zone) for fault in _first_of_each(zone.faults))


def _describe(fault: ColumnFault, zone: Zone) -> str:
    if fault.fault is ZoneFault.LENGTH:
        return describe_size(zone.lines)
    message = MESSAGES[fault.fault]
    return message if not fault.line else f"{message} (line {fault.line}, column {fault.column})."


def describe_size(lines: Sequence[str]) -> str:
    """Return which lines of a zone of no known size are too short or too long, against the size that is nearest.

    >>> describe_size(("A" * 44, "A" * 43))
    'Line 2 has 43 characters and should have 44 (a zone of 2 lines of 44, as of a passport book).'
    """
    sizes = [(count, length, words) for (count, length), words in SIZES.items() if count == len(lines)]
    if not sizes:
        counts = ", ".join(str(len(line)) for line in lines[:MOST_LINES])
        counts += ", ..." if len(lines) > MOST_LINES else ""
        found = f"{len(lines)} {'line' if len(lines) == 1 else 'lines'} of {counts} characters" if lines else "no line"
        known = ", or ".join(f"{count} lines of {length}" for count, length in SIZES)
        return f"There {'are' if len(lines) > 1 else 'is'} {found}; a zone has {known}."
    count, length, words = min(sizes, key=lambda size: sum(abs(len(line) - size[1]) for line in lines))
    wrong = [
        f"line {number} has {len(line)} characters and should have {length}"
        for number, line in enumerate(lines, 1)
        if len(line) != length
    ]
    text = "; ".join(wrong)
    return f"{text[0].upper()}{text[1:]} (a zone of {count} lines of {length}, as of {words})."


def _first_of_each(faults: Iterable[ColumnFault]) -> Iterable[ColumnFault]:
    first: dict[ZoneFault, ColumnFault] = {}
    for fault in faults:
        first.setdefault(fault.fault, fault)
    return first.values()


CHECK = Check("zone_form", "ICAO Doc 9303 part 3, section 4", _judge, is_of_form=True)

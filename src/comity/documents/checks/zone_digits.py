"""Whether each check digit of a zone agrees with what it covers, each by itself."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.mrz.zone import propose_repairs
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    for source, zone in evidence.zones:
        if zone.layout is None:
            continue
        failing = zone.failing_digits
        repairs = propose_repairs(zone)
        places = ", ".join(f"line {repair.line} column {repair.column}" for repair in repairs)
        hint = f" All digits would agree if letters were read as the digits they resemble: {places}." if places else ""
        for digit in zone.layout.digits:
            suffix = ".".join(filter(None, (digit.name, source)))
            if digit.name in failing:
                yield suffix, Outcome.NOT_MET, f"The check digit of {digit.name} does not agree.{hint}"
            else:
                yield suffix, Outcome.MET, f"The check digit of {digit.name} agrees."


CHECK = Check("zone_digits", "ICAO Doc 9303 part 3, section 4.9", _judge, is_of_form=True)

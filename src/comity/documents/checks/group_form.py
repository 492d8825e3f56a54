"""Whether each data group presented is a file of that group, whole."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    for number in sorted(evidence.presented.groups):
        fault = evidence.group_faults.get(number)
        if fault is not None:
            yield str(number), Outcome.NOT_MET, f"{fault[0].upper()}{fault[1:]}."
        elif number == 1 and evidence.chip_zone is None:
            yield str(number), Outcome.NOT_MET, "Data group 1 does not hold one machine-readable zone."
        else:
            yield str(number), Outcome.MET, f"Data group {number} is a file of its kind."


CHECK = Check("group_form", "ICAO Doc 9303 part 10, section 4.7", _judge, is_of_form=True)

"""Whether the printed zone is the one in the chip."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    printed, chip = evidence.printed_zone, evidence.chip_zone
    if printed is None or chip is None:
        return
    if printed.layout is None or chip.layout is None:
        yield "", Outcome.UNDETERMINED, "One of the two zones has no size of the standard, so they are not compared."
    elif printed.text == chip.text:
        yield "", Outcome.MET, "The printed zone is the one in the chip."
    else:
        yield (
            "",
            Outcome.NOT_MET,
            "The printed zone differs from the one in the chip: one of them was changed or misread.",
        )


CHECK = Check("zone_equals_chip", "ICAO Doc 9303 part 10, section 4.7.1", _judge)

"""What no check digit of a zone can see: a note that goes with every zone whose digits agree."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.mrz.digits import substitutions_unseen
from comity.documents.mrz.layouts import uncovered_fields
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    for source, zone in evidence.zones:
        if zone.layout is None or zone.failing_digits:
            continue
        fields = ", ".join(name.replace("_", " ") for name in uncovered_fields(zone.layout))
        covered = tuple(name for name in ("number", "optional") if name not in uncovered_fields(zone.layout))
        unseen, total = substitutions_unseen(zone.layout, zone.lines, covered)
        message = (
            f"No check digit covers: {fields}. Of all changes of one character in the {' and '.join(covered)}, "
            f"{100 * unseen / total:.1f} % would keep every digit. Anyone can compute them."
        )
        yield source, Outcome.NOT_APPLICABLE, message


CHECK = Check("zone_blind_spots", "ICAO Doc 9303 part 3, section 4.9", _judge)

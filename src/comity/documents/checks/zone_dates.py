"""Whether the dates of birth and expiry in a zone are days of the calendar."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.mrz.dates import read_birth_date, read_expiry_date
from comity.model.finding import Outcome

MESSAGES = {
    Outcome.MET: "is a day of the calendar.",
    Outcome.UNDETERMINED: "is given in part.",
    Outcome.NOT_MET: "is no day of the calendar.",
}


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    for source, zone in evidence.zones:
        if zone.layout is None:
            continue
        birth = read_birth_date(zone.field("birth"), evidence.as_of)
        expiry = read_expiry_date(zone.field("expiry"), evidence.as_of)
        for name, zone_date in (("birth", birth), ("expiry", expiry)):
            suffix = ".".join(filter(None, (name, source)))
            yield suffix, zone_date.outcome, f"The date of {name} {MESSAGES[zone_date.outcome]}"


CHECK = Check("zone_dates", "ICAO Doc 9303 part 3, section 4.8", _judge, is_of_form=True)

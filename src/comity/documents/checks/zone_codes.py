"""Whether issuer and nationality in a zone are codes that the standard knows."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.mrz.state_codes import is_known_code
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    for source, zone in evidence.zones:
        if zone.layout is None:
            continue
        for name, code in (("issuer", zone.issuer), ("nationality", zone.nationality)):
            suffix = ".".join(filter(None, (name, source)))
            if is_known_code(code):
                yield suffix, Outcome.MET, f"The code of the {name} is known."
            else:
                yield suffix, Outcome.UNDETERMINED, f"The code of the {name} is not among those known here."


CHECK = Check("zone_codes", "ICAO Doc 9303 part 3, section 5; ISO 3166-1", _judge, is_of_form=True)

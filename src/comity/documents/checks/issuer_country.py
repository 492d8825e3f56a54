"""Whether the state that issued the document, by its zone, is the state whose authority vouches for the signer.

Without this, any state on a trust list could sign a document of any other.
"""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.mrz.state_codes import certificate_countries
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    if evidence.readable_security_object is None:
        return
    path, zone = evidence.path, evidence.chip_zone
    if path is None or path.outcome is not Outcome.MET:
        yield "", Outcome.UNDETERMINED, "Without a path to a trusted state, there is no state to compare."
        return
    if zone is None or zone.layout is None:
        yield "", Outcome.UNDETERMINED, "Without a zone in data group 1, there is no issuer to compare."
        return
    countries = certificate_countries(zone.issuer)
    if not countries:
        yield "", Outcome.UNDETERMINED, "The country of the issuer's certificates is not known here."
    elif all(authority.country in countries for authority in path.authorities):
        yield "", Outcome.MET, "The state of the signer is the issuer in the zone."
    else:
        yield "", Outcome.NOT_MET, "The state of the signer is not the issuer in the zone."


CHECK = Check("issuer_country", "ICAO Doc 9303 part 12, section 7.1", _judge)

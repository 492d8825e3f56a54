"""Whether the paper is of the kind that it was presented as, by zone (the chip's before the printed) and barcode."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.mrz.state_codes import is_foreign_state
from comity.documents.mrz.zone import Zone
from comity.documents.zone_rules import ZoneRule, find_zone_rule
from comity.model.finding import Outcome


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    rule, zone = find_zone_rule(evidence.presented.kind), evidence.zone
    if evidence.barcode is not None and not rule.has_barcode:
        yield "barcode", Outcome.NOT_MET, "A paper of this kind has no barcode of a license: this is another paper's."
    if zone is None or zone.layout is None:
        return
    if not rule.layouts:
        yield "", Outcome.NOT_MET, "A paper of this kind has no machine-readable zone."
        return
    faults = list(_find_contradictions(rule, zone))
    if faults:
        yield "", Outcome.NOT_MET, f"The zone is not one of this kind of paper: {', '.join(faults)}."
    elif rule.other_nationalities and not is_foreign_state(zone.nationality):
        yield "", Outcome.UNDETERMINED, "The nationality in the zone is not that of a state known here."
    elif rule.other_issuers and not is_foreign_state(zone.issuer):
        yield "", Outcome.UNDETERMINED, "The issuer in the zone is not a state known here."
    else:
        yield "", Outcome.MET, "The zone is one of this kind of paper."


def _find_contradictions(rule: ZoneRule, zone: Zone) -> Iterable[str]:
    assert zone.layout is not None
    if zone.layout.name not in rule.layouts:
        yield "it has another size"
    if zone.field("document_code")[:1] not in rule.codes:
        yield "it has another document code"
    if (rule.issuers and zone.issuer not in rule.issuers) or zone.issuer in rule.other_issuers:
        yield "it has another issuer"
    if (
        rule.nationalities and zone.nationality not in rule.nationalities
    ) or zone.nationality in rule.other_nationalities:
        yield "it has another nationality"


CHECK = Check("paper_kind", "ICAO Doc 9303 parts 3 to 7; zone_rules.yaml", _judge)

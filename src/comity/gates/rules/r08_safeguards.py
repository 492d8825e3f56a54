"""R08: safeguards in good standing.

Basis: 26 USC 6103(p)(4); docs/law-notes.md 1.5 and 2.2 (TIGTA); failure mode R08.
"""

from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.model.finding import Finding

_finding = FindingBuilder("r08_safeguards", "26 USC 6103(p)(4)")
_PLAN_ATTESTATION = "safeguards_corrective_action_plan"


def r08_safeguards(facts: Facts, _rows: RequestColumns) -> Finding:
    """The requester protects what it receives: no finding of a safeguard review is open without a dated plan.

    MET: the record on file shows no open finding, or the signer attests a corrective action plan dated after the
    findings and not after the time of judging. NOT_MET: open findings, and no such plan.
    An agency without a review of its own stands as its parts do that were reviewed. UNDETERMINED: nothing is on file
    about the safeguards of either, or the review is still to come.
    """
    agency = facts.law.find_agency(facts.manifest.requester)
    record = facts.law.find_safeguards(agency) if agency else None
    if record is None or record.reviewed_on > facts.today:
        return _finding.undetermined(
            "No safeguard review of the requester is on file. Safeguards are a condition of receiving. Enter the "
            "review, then judge the batch again."
        )
    open_findings = record.open_findings(facts.today)
    if not open_findings:
        return _finding.met("No finding of a safeguard review is open.")
    since = max(finding.opened_on for finding in open_findings)
    plans = [a.on for a in facts.manifest.attestations if a.id == _PLAN_ATTESTATION and a.on is not None]
    if any(since <= plan <= facts.today for plan in plans):
        return _finding.met("Findings of a safeguard review are open; a dated corrective action plan is attested.")
    return _finding.not_met(
        f"Findings of the safeguard review of {record.reviewed_on:%B %Y} are open, and no corrective action plan with "
        f"its date is attested. Disclosure may be refused until safeguards are met. Attest {_PLAN_ATTESTATION} with "
        "the "
        "date of the plan."
    )


RULE = Rule(_finding.rule, "R08", _finding.citation, ("usc26-6103-p-4",), batch=r08_safeguards)

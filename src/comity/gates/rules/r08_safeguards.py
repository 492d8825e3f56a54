"""R08: safeguards in good standing.

Basis: 26 USC 6103(p)(4); docs/law-notes.md 1.5 and 2.2 (TIGTA); failure mode R08.
"""

from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.law.agency import Agency
from comity.model.finding import Finding

_finding = FindingBuilder("r08_safeguards", "26 USC 6103(p)(4)")
PLAN_ATTESTATION = "safeguards_corrective_action_plan"


def r08_safeguards(facts: Facts, _rows: RequestColumns) -> Finding:
    """The requester protects what it receives: no finding of a safeguard review is open without a plan on file.

    MET: the record on file shows no open finding, or holds for each agency with open findings a corrective action plan,
    dated after them, that two persons of the custodian accepted and whose time has not run out. The requester's word
    alone is not enough; of a batch whose persons are all made up it is, if it attests such a plan with its date.
    NOT_MET: open findings, and no such plan.
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
    assert agency is not None
    if not facts.manifest.synthetic:
        return _judge_plans(facts, agency)
    since = max(finding.opened_on for finding in open_findings)
    plans = [a.on for a in facts.manifest.attestations if a.id == PLAN_ATTESTATION and a.on is not None]
    if any(since <= plan <= facts.today for plan in plans):
        return _finding.met("Findings of a safeguard review are open; a dated corrective action plan is attested.")
    return _finding.not_met(
        f"Findings of the safeguard review of {record.reviewed_on:%B %Y} are open, and no corrective action plan with "
        f"its date is attested. Disclosure may be refused until safeguards are met. In this batch, whose "
        f"persons are made up, attest {PLAN_ATTESTATION} with the date of the plan."
    )


def _judge_plans(facts: Facts, agency: Agency) -> Finding:
    """Return the finding about the plans on file for an agency, or for its parts, whose findings are open."""
    reviewed = facts.law.list_reviewed_agencies(agency)
    open_at = [part for part in reviewed if part.safeguards and part.safeguards.open_findings(facts.today)]
    without = [part.id for part in open_at if facts.law.find_plan(part, facts.today) is None]
    if not without:
        return _finding.met("Findings of a safeguard review are open; the plan on file for them is accepted.")
    states = sorted({plan.state_on(facts.today) for plan in facts.law.plans if plan.agency in {agency.id, *without}})
    found = f"the plan on file is {', '.join(states)}" if states else "no corrective action plan is on file"
    return _finding.not_met(
        f"Findings of a safeguard review of {', '.join(without)} are open, and {found}. Disclosure may be refused "
        "until safeguards are met. Send the plan to the custodian, two persons of whom accept it (comity law plan)."
    )


RULE = Rule(_finding.rule, "R08", _finding.citation, ("usc26-6103-p-4",), batch=r08_safeguards)

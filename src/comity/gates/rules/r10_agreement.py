"""R10: an agreement in force, to which the requester is a party. Basis: docs/law-notes.md 2.1; failure mode R10."""

from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.model.finding import Finding

_finding = FindingBuilder("r10_agreement", "26 USC 6103(i)(2) and the agreement named")


def r10_agreement(facts: Facts, _rows: RequestColumns) -> Finding:
    """The batch names an agreement that is on file, in force when judged and when written, for this requester.

    MET: the agreement is on file and in force on both days, and the requester is a party to it. NOT_MET: the agreement
    is unknown, not yet or no longer in force, or the requester is no party.
    """
    agreement = facts.agreement
    if agreement is None:
        return _finding.not_met(
            "The batch names an agreement that is not on file, so nothing says what may be asked. Name an agreement on "
            "file, or have counsel enter the new one."
        )
    days = (facts.today, facts.requested_on)
    if any(day < agreement.effective_from for day in days):
        return _finding.not_met(
            f"The agreement is in force from {agreement.effective_from} and the request is earlier. Nothing can be "
            "asked under an agreement before it takes effect. Send a new request."
        )
    if not all(agreement.is_in_force_on(day) for day in days):
        return _finding.not_met(
            f"The agreement ended on {agreement.effective_to}. Nothing can be asked under it any more. Renew it, or "
            "send the request under the agreement that follows it."
        )
    agency = facts.law.find_agency(facts.manifest.requester)
    if agency is None or agency.id not in agreement.requester_ids:
        return _finding.not_met(
            "The requester is not a party that may ask under the agreement. An agreement speaks for its parties only. "
            "Name the requesting agency as the agreement does."
        )
    return _finding.met("The agreement is in force and the requester is a party to it.")


RULE = Rule(_finding.rule, "R10", _finding.citation, ("usc26-6103-a",), batch=r10_agreement)

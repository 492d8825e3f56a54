"""M02: no adverse action on a match alone.

Basis: 5 USC 552a(p) and (q); docs/law-notes.md 3.3 and 3.4 (counsel must confirm).
"""

from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.model.finding import Finding

_finding = FindingBuilder("m02_no_adverse_action", "5 USC 552a(p) and (q)")
_ATTESTATION = "no_adverse_action_before_verification"


def m02_no_adverse_action(facts: Facts, _rows: RequestColumns) -> Finding:
    """The signer attests that no one is acted against before verification and notice, and nothing contradicts it.

    MET: attested, and the custodian has no open reason to believe that (p) or the agreement is not kept. NOT_MET: not
    attested, or such a reason is open on the day of judging. UNDETERMINED: the agreement is not on file.
    NOT_APPLICABLE: the agreement does not switch the matching controls on.
    """
    if facts.agreement is None:
        return _finding.agreement_not_on_file()
    profile = facts.agreement.matching
    if profile is None:
        return _finding.not_applicable("The agreement is no matching agreement: 5 USC 552a(p) does not apply to it.")
    if any(breach.is_open_on(facts.today) for breach in profile.breaches):
        return _finding.not_met(
            "The custodian has reason to believe that the requester does not verify and give notice before it acts. "
            "Until that is settled, (q) forbids to disclose. Show how it was corrected, and have it closed on file."
        )
    if not facts.has_attestation(_ATTESTATION):
        return _finding.not_met(
            f"The attestation {_ATTESTATION} is missing. A match alone decides nothing: verification, notice and a "
            "time "
            "to contest come first. Have the signer attest it in the manifest."
        )
    return _finding.met("The signer attests verification and notice before any adverse action.")


RULE = Rule(_finding.rule, "M02", _finding.citation, ("usc5-552a-p-1", "usc5-552a-q"), batch=m02_no_adverse_action)

"""D04: no subject protected by 8 USC 1367. Basis: 8 USC 1367; docs/law-notes.md 1.7; failure mode D04 [INF]."""

from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.model.finding import Finding

_finding = FindingBuilder("d04_protected_subject", "8 USC 1367")
_ATTESTATION = "no_protected_subject_8usc1367"


def d04_protected_subject(facts: Facts, _rows: RequestColumns) -> Finding:
    """The signer attests that no subject of the batch is protected by 8 USC 1367.

    MET: attested. NOT_MET: the agreement asks for it and it is missing. UNDETERMINED: the agreement is not on file.
    NOT_APPLICABLE: the agreement does not ask for it.
    """
    if facts.agreement is None:
        return _finding.agreement_not_on_file()
    if not facts.agreement.is_attestation_required(_ATTESTATION):
        return _finding.not_applicable("The agreement does not ask for this attestation.")
    if facts.has_attestation(_ATTESTATION):
        return _finding.met("The signer attests that no subject is protected.")
    return _finding.not_met(
        f"The attestation {_ATTESTATION} is missing. A list of names sent to the custodian would disclose protected "
        "applicants. Take them out, and have the signer attest it."
    )


RULE = Rule(_finding.rule, "D04", _finding.citation, ("usc8-1367",), batch=d04_protected_subject)

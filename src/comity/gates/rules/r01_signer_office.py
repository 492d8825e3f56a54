"""R01: who may ask. Basis: 26 USC 6103(i)(2)(A); docs/law-notes.md 1.3; failure mode R01."""

from comity.columns.fold import fold_text
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.law import is_same_official_name
from comity.model.finding import Finding

_finding = FindingBuilder("r01_signer_office", "26 USC 6103(i)(2)(A)")


def r01_signer_office(facts: Facts, _rows: RequestColumns) -> Finding:
    """The request is signed by the head of the agency, an officer the agreement names, or a delegate on file.

    MET: the signer's office is one that the agreement authorizes, or the signer is a delegate within the dates.
    NOT_MET: another office, or no name or office is given. UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return _finding.agreement_not_on_file()
    signer = facts.manifest.signer
    if not signer.name or not signer.office:
        return _finding.not_met(
            "The request does not say who signed it or in what office. Only the head of an agency, or an officer the "
            "agreement names, may ask. Give the signer's name and office in the manifest."
        )
    if any(is_same_official_name(signer.office, office.title, *office.also) for office in facts.agreement.offices):
        return _finding.met("The signer holds an office that the agreement authorizes.")
    if any(
        fold_text(signer.name) == fold_text(delegate.name)
        and is_same_official_name(signer.office, delegate.office)
        and delegate.is_in_force_on(facts.today)
        for delegate in facts.agreement.delegates
    ):
        return _finding.met("The signer is a delegate on file.")
    return _finding.not_met(
        "The signer's office is not one that may ask under the agreement, and no delegation to the signer is on file. "
        "A request by anybody else is no request under the statute. Have an authorized officer sign, or file the "
        "delegation."
    )


RULE = Rule(
    _finding.rule, "R01", _finding.citation, ("usc26-6103-i-2-A", "usc26-6103-i-2-A-justice"), batch=r01_signer_office
)

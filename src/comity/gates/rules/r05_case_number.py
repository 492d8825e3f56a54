"""R05: an open criminal investigation for each subject.

Basis: 26 USC 6103(i)(2)(A); docs/law-notes.md 2.1; failure mode R05.
"""

import numpy as np

from comity.columns.buffers import Int8s
from comity.columns.patterns import matches_pattern
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.model.finding import Finding, Outcome
from comity.reference.placeholders import NO_CASE_NUMBER_PATTERN

_finding = FindingBuilder("r05_case_number", "26 USC 6103(i)(2)(A)")
_INVESTIGATION_ATTESTATION = "open_criminal_investigation"


def r05_case_number(facts: Facts, rows: RequestColumns) -> Finding:
    """Each subject is under an open criminal investigation: attested by the signer, with a number for each.

    MET: the attestation is there, and no case number covers more subjects than the agreement's cap.
    NOT_MET: no attestation, or a blanket one: no case number at all, or one for too many subjects.
    UNDETERMINED: the agreement is not on file. NOT_APPLICABLE: the agreement asks for neither.
    """
    if facts.agreement is None:
        return _finding.agreement_not_on_file()
    needs_attestation = facts.agreement.is_attestation_required(_INVESTIGATION_ATTESTATION)
    if not needs_attestation and not facts.requires_column("case_number"):
        return _finding.not_applicable("The agreement does not ask for an open investigation of each subject.")
    if needs_attestation and not facts.has_attestation(_INVESTIGATION_ATTESTATION):
        return _finding.not_met(
            f"The attestation {_INVESTIGATION_ATTESTATION} is missing. The agreement covers only persons under "
            "criminal "
            "investigation, one by one. Have the signer attest it, and put each subject's case number in the row."
        )
    cap = facts.agreement.caps.subjects_per_case.value
    if rows.max_rows_per_case > cap:
        return _finding.not_met(
            f"One case number stands for more than {cap:,} subjects, so the attestation is a blanket one. An "
            "investigation of each subject must be open. Give each row the number of its own case."
        )
    return _finding.met("An open investigation is attested, and case numbers are given subject by subject.")


def r05_case_number_rows(facts: Facts, rows: RequestColumns) -> Int8s:
    """The row has a case number.

    MET: something with a digit or letter that is no placeholder and not all zeros; the name of a series with a number
    is one (OTHER-17). NOT_MET: missing, or "N/A", "TBD",
    "pending", "0000". NOT_APPLICABLE: the agreement does not ask for the column.
    """
    if not facts.requires_column("case_number"):
        return np.full(rows.num_rows, Outcome.NOT_APPLICABLE, dtype=np.int8)
    missing = matches_pattern(rows.case_number, f"^[^1-9A-Z]*$|{NO_CASE_NUMBER_PATTERN}")
    return not_met_where(missing)


RULE = Rule(
    _finding.rule,
    "R05",
    _finding.citation,
    ("usc26-6103-i-2-A-proceeding",),
    batch=r05_case_number,
    rows=r05_case_number_rows,
    columns=("case_number",),
    refuses_batch_if_no_row_passes=True,
)

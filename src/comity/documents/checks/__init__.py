"""Every check of a paper, one to a module, in the order in which findings are shown.

Guarantees: each check is three-valued and looks at `Evidence` alone; none of its messages holds a value from the paper.
Start at `run_checks`.
"""

from comity.documents.checks import (
    barcode_dates,
    barcode_form,
    barcode_issuer,
    barcode_marks,
    expiry,
    group_form,
    group_hashes,
    hash_strength,
    issue_date,
    issuer_country,
    message_digest,
    paper_kind,
    revocation,
    security_object_form,
    signature,
    signer_documents,
    signer_identity,
    signer_path,
    signing_time,
    typed_agrees,
    typed_fields,
    zone_blind_spots,
    zone_codes,
    zone_dates,
    zone_digits,
    zone_equals_chip,
    zone_form,
)
from comity.documents.checks.check import Check
from comity.documents.checks.paper_evidence import Evidence
from comity.model.finding import Finding

CHECKS: tuple[Check, ...] = tuple(
    module.CHECK
    for module in (
        paper_kind,
        zone_form,
        zone_digits,
        zone_dates,
        zone_codes,
        zone_blind_spots,
        zone_equals_chip,
        group_form,
        group_hashes,
        security_object_form,
        message_digest,
        signature,
        signer_identity,
        signer_path,
        signer_documents,
        issuer_country,
        signing_time,
        revocation,
        hash_strength,
        barcode_form,
        barcode_issuer,
        barcode_dates,
        barcode_marks,
        typed_fields,
        typed_agrees,
        issue_date,
        expiry,
    )
)

FORM_CHECKS = frozenset(check.id for check in CHECKS if check.is_of_form)


def run_checks(evidence: Evidence) -> tuple[Finding, ...]:
    """Return the findings of every check that had something to look at."""
    return tuple(finding for check in CHECKS for finding in check.run(evidence))

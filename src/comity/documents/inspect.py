"""Inspect one paper: run every check, and conclude what it shows by law.

Guarantees: pure; the same document, rows, trust and day give the same report, which holds no value from the document.
Start at `inspect_document`.
"""

from collections.abc import Iterable
from datetime import date

from comity.documents.checks import run_checks
from comity.documents.checks.dates_of_paper import date_issue, read_expiry
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.conditions import counted_observation, decide_conditions
from comity.documents.genuineness import judge_form, judge_genuineness, judge_integrity, missing_for_genuine
from comity.documents.issuer_names import UNITED_STATES, read_issuer
from comity.documents.status_conclusions import PaperFacts, WorthRow, conclude_name, conclude_person, conclude_statuses
from comity.documents.trust.path import Trust
from comity.documents.zone_rules import find_zone_rule
from comity.model.document import Basis, Conclusion, InspectionReport, PresentedDocument, Proposition
from comity.model.finding import Finding, Outcome


def inspect_document(
    presented: PresentedDocument, rows: Iterable[WorthRow], trust: Trust, as_of: date
) -> InspectionReport:
    """Return what was found about a document, and what it shows.

    `rows` are those of the evidence table in force on `as_of`; rows of other kinds are passed over. Without a row for
    its kind, a paper settles no status.
    """
    evidence = Evidence(presented, trust, as_of)
    findings = run_checks(evidence)
    genuine = judge_genuineness(findings)
    basis = _find_basis(evidence, genuine)
    facts = PaperFacts(genuine, basis, decide_conditions(evidence), _find_issuer(evidence), date_issue(evidence))
    officer = counted_observation(evidence)
    conclusions = (
        *_conclude_on_paper(findings, evidence, genuine, basis),
        *conclude_statuses((row for row in rows if row.kind == presented.kind), facts),
        conclude_name(None if officer is None else officer.names_linked, genuine, basis),
        conclude_person(basis),
    )
    return InspectionReport(presented.kind, as_of, basis, findings, conclusions)


def _conclude_on_paper(
    findings: tuple[Finding, ...], evidence: Evidence, genuine: Outcome, basis: Basis
) -> tuple[Conclusion, ...]:
    """Return the conclusions about the paper itself; `if_genuine` says what a genuine paper would show."""
    form, integrity = judge_form(findings), judge_integrity(findings)
    missing = missing_for_genuine(findings)
    has_chip = evidence.presented.security_object is not None
    needs = () if integrity is not Outcome.UNDETERMINED else missing or ("a chip's data groups and security object",)
    open_points = missing or (() if has_chip else ("a chip's data groups and security object",))
    return (
        Conclusion(Proposition.FORM_SOUND, Outcome.MET, form, basis),
        Conclusion(
            Proposition.UNALTERED, Outcome.MET, integrity, basis, ("ICAO Doc 9303 part 11, section 5.1",), needs
        ),
        Conclusion(
            Proposition.ISSUED_BY,
            Outcome.MET,
            genuine,
            basis,
            ("ICAO Doc 9303 part 12",),
            open_points if genuine is Outcome.UNDETERMINED else (),
        ),
        _conclude_on_validity(evidence, genuine),
        Conclusion(
            Proposition.NOT_REVOKED,
            Outcome.UNDETERMINED,
            Outcome.UNDETERMINED,
            basis,
            (),
            ("the issuer's own answer: revocation lists revoke certificates, not papers",),
        ),
    )


def _conclude_on_validity(evidence: Evidence, genuine: Outcome) -> Conclusion:
    """Return whether the paper's term runs: a passed date counts wherever it stands, a future one only when signed."""
    expiry = read_expiry(evidence)
    proposition = Proposition.IN_VALIDITY
    day, basis = (None, Basis.TYPED) if expiry is None else expiry
    if day is None:
        needs = ("a date of expiry that can be read whole",)
        return Conclusion(proposition, Outcome.MET, Outcome.UNDETERMINED, basis, (), needs)
    if day < evidence.as_of:
        return Conclusion(proposition, Outcome.MET, Outcome.NOT_MET, basis)
    if basis is Basis.CHIP_READ and genuine is Outcome.MET:
        return Conclusion(proposition, Outcome.MET, Outcome.MET, Basis.CHIP_SIGNED)
    needs = ("a date of expiry that is shown to be the issuer's",)
    return Conclusion(proposition, Outcome.MET, Outcome.UNDETERMINED, basis, (), needs)


def _find_basis(evidence: Evidence, genuine: Outcome) -> Basis:
    presented = evidence.presented
    if genuine is Outcome.MET:
        return Basis.CHIP_SIGNED
    if presented.groups or presented.security_object is not None:
        return Basis.CHIP_READ
    if presented.barcode is not None:
        return Basis.BARCODE
    return Basis.MRZ_TEXT if presented.mrz is not None else Basis.TYPED


def _find_issuer(evidence: Evidence) -> str | None:
    """Return the issuer's code: of the zone, the barcode, or as typed; None when that names nobody known here."""
    if evidence.zone is not None:
        return evidence.zone.issuer
    if evidence.barcode_of_kind is not None and evidence.barcode_of_kind.jurisdiction is not None:
        return evidence.barcode_of_kind.jurisdiction.code
    typed = read_issuer(evidence.presented.typed.get("issuer", ""))
    is_of_states = not find_zone_rule(evidence.presented.kind).layouts
    return None if typed == UNITED_STATES and is_of_states else typed

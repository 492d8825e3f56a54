"""How far a paper is shown genuine: what a state signed, unaltered, by a signer that leads to that state, in time.

Guarantees: MET needs every decisive finding to be MET, and everything else presented to be covered by the signature or
to agree with what is; a decisive one NOT_MET makes it NOT_MET; a paper without a signed chip is undetermined, however
well its digits agree.
Does not: show that the paper in hand is the original: a chip's data can be copied whole.
Start at `judge_genuineness`.
"""

from collections.abc import Sequence

from comity.documents.checks import FORM_CHECKS
from comity.model.finding import Finding, Outcome

INTEGRITY = ("group_hashes.1", "message_digest", "signature")
"""The data of group 1 are those that the signer signed."""
AUTHORITY = ("signer_identity", "signer_path", "issuer_country", "signing_time", "revocation")
"""The signer is one of the issuing state."""
DECISIVE = ("paper_kind", *INTEGRITY, *AUTHORITY)
CONTRADICTING = ("group_hashes.", "zone_equals_chip")
"""Findings that need not be there, and that show an alteration when they are NOT_MET."""

COVERED = ("group_hashes", "group_form", "zone_equals_chip")
"""Checks of what else was presented of the chip: unless all of it was signed, `unaltered` is not settled."""
AGREEING = (*COVERED, "paper_kind", "signer_documents", "typed_fields", "typed_agrees", "issue_date")
"""Checks of what else there is: where one of them contradicts, this is perhaps not the paper of its chip."""


def judge_genuineness(findings: Sequence[Finding]) -> Outcome:
    """Return MET, NOT_MET or UNDETERMINED for the paper as a whole."""
    return _combine(findings, DECISIVE, AGREEING)


def judge_integrity(findings: Sequence[Finding]) -> Outcome:
    """Return whether the data presented are those that the signer signed, whoever it is."""
    return _combine(findings, INTEGRITY, COVERED)


def is_contradicted(findings: Sequence[Finding]) -> bool:
    """Return whether a chip contradicts the paper: its data were altered, or its signer is not one of the state."""
    by_rule = {finding.rule: finding.outcome for finding in findings}
    is_altered = judge_integrity(findings) is Outcome.NOT_MET
    return is_altered or any(by_rule.get(rule) is Outcome.NOT_MET for rule in AUTHORITY)


def judge_form(findings: Sequence[Finding]) -> Outcome:
    """Return whether everything presented is formed as its standard says; NOT_APPLICABLE when nothing has a form."""
    outcomes = [finding.outcome for finding in findings if finding.rule.split(".")[0] in FORM_CHECKS]
    for outcome in (Outcome.NOT_MET, Outcome.UNDETERMINED, Outcome.MET):
        if outcome in outcomes:
            return outcome
    return Outcome.NOT_APPLICABLE


def missing_for_genuine(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return the messages of the decisive findings that are open, and of others that do not agree."""
    return tuple(
        finding.message
        for finding in findings
        if (finding.rule in DECISIVE and finding.outcome is Outcome.UNDETERMINED) or _is_open(finding, AGREEING)
    )


def _is_open(finding: Finding, checks: Sequence[str]) -> bool:
    return finding.rule.split(".")[0] in checks and finding.outcome in {Outcome.NOT_MET, Outcome.UNDETERMINED}


def _combine(findings: Sequence[Finding], rules: Sequence[str], checks: Sequence[str]) -> Outcome:
    by_rule = {finding.rule: finding.outcome for finding in findings}
    outcomes = [by_rule.get(rule, Outcome.UNDETERMINED) for rule in rules]
    contradicting = any(
        outcome is Outcome.NOT_MET for rule, outcome in by_rule.items() if rule.startswith(CONTRADICTING)
    )
    if contradicting or Outcome.NOT_MET in outcomes:
        return Outcome.NOT_MET
    if any(_is_open(finding, checks) for finding in findings):
        return Outcome.UNDETERMINED
    return Outcome.MET if all(outcome is Outcome.MET for outcome in outcomes) else Outcome.UNDETERMINED

"""How far a paper is shown genuine: what a state signed, unaltered, by a signer that leads to that state, in time.

Guarantees: MET needs every decisive finding to be MET; any of them NOT_MET makes it NOT_MET; a paper without a signed
chip is undetermined, however well its digits agree.
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


def judge_genuineness(findings: Sequence[Finding]) -> Outcome:
    """Return MET, NOT_MET or UNDETERMINED for the paper as a whole."""
    return _combine(findings, DECISIVE)


def judge_integrity(findings: Sequence[Finding]) -> Outcome:
    """Return whether the data presented are those that the signer signed, whoever it is."""
    return _combine(findings, INTEGRITY)


def judge_form(findings: Sequence[Finding]) -> Outcome:
    """Return whether everything presented is formed as its standard says; NOT_APPLICABLE when nothing has a form."""
    outcomes = [finding.outcome for finding in findings if finding.rule.split(".")[0] in FORM_CHECKS]
    for outcome in (Outcome.NOT_MET, Outcome.UNDETERMINED, Outcome.MET):
        if outcome in outcomes:
            return outcome
    return Outcome.NOT_APPLICABLE


def missing_for_genuine(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return the messages of the decisive findings that are open."""
    by_rule = {finding.rule: finding for finding in findings}
    return tuple(
        by_rule[rule].message for rule in DECISIVE if rule in by_rule and by_rule[rule].outcome is Outcome.UNDETERMINED
    )


def _combine(findings: Sequence[Finding], rules: Sequence[str]) -> Outcome:
    by_rule = {finding.rule: finding.outcome for finding in findings}
    outcomes = [by_rule.get(rule, Outcome.UNDETERMINED) for rule in rules]
    contradicting = any(
        outcome is Outcome.NOT_MET for rule, outcome in by_rule.items() if rule.startswith(CONTRADICTING)
    )
    if contradicting or Outcome.NOT_MET in outcomes:
        return Outcome.NOT_MET
    return Outcome.MET if all(outcome is Outcome.MET for outcome in outcomes) else Outcome.UNDETERMINED

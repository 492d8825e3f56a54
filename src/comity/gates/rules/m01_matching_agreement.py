"""M01: a matching agreement in force.

Basis: 5 USC 552a(o)(2) and (u); docs/law-notes.md 3.2; failure modes M01 and R10 (counsel must confirm).
"""

from calendar import monthrange
from datetime import date, timedelta

from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.law.agreement import MATCHING_STATUTE_ID, Agreement
from comity.law.matching_profile import MatchingProfile
from comity.model.finding import Finding

_finding = FindingBuilder("m01_matching_agreement", "5 USC 552a(o)(2)")


def m01_matching_agreement(facts: Facts, _rows: RequestColumns) -> Finding:
    """A matching agreement is approved, was sent to Congress 30 days ago, and is within its term or its one renewal.

    MET: all of these on the day of judging; the term is at most 18 months from the day the agreement takes effect, the
    renewal at most 12 months, decided in the last 3 months of the term, unchanged, and certified by both parties.
    NOT_MET: the approval, the notice to Congress, the term or the renewal does not meet this. UNDETERMINED: approval,
    cost-benefit analysis or transmittal is not on file, or the agreement is not. NOT_APPLICABLE: the agreement does not
    switch the matching controls on.
    """
    agreement = facts.agreement
    if agreement is None:
        return _finding.agreement_not_on_file()
    profile = agreement.matching
    if profile is None:
        return _finding.not_applicable("The agreement is no matching agreement: 5 USC 552a(o) does not apply to it.")
    if profile.approved_on is None or profile.sent_to_congress_on is None or profile.cost_benefit is None:
        return _finding.undetermined(
            "The Data Integrity Board's approval, its cost-benefit analysis or the day of transmittal to Congress is "
            "not "
            "on file. Without them no matching agreement takes effect. Enter them, then judge the batch again."
        )
    figures = {name: figure.value for name, figure in facts.law.statutes[MATCHING_STATUTE_ID].figures.items()}
    starts = max(
        profile.approved_on,
        profile.sent_to_congress_on + timedelta(days=figures["wait_days"]),
        agreement.effective_from,
    )
    if facts.today < starts:
        return _finding.not_met(
            f"The matching agreement takes effect on {starts}: after the Board's approval and "
            f"{figures['wait_days']} days after its transmittal to Congress. Send the request after that day."
        )
    ends = add_months(agreement.effective_from, min(profile.months, figures["term_months"]))
    if _is_renewed(profile, agreement, ends, figures):
        ends = add_months(ends, min(profile.renewal.months if profile.renewal else 0, figures["renewal_months"]))
    if facts.today >= ends:
        return _finding.not_met(
            f"The matching agreement ended on {ends}. Its term is at most {figures['term_months']} months, with one "
            f"renewal of at most {figures['renewal_months']}, decided in the last {figures['renewal_window_months']} "
            "months of the term, without change and on the certificates of both parties. Make a new agreement."
        )
    return _finding.met("The matching agreement is approved, transmitted and within its term.")


def add_months(day: date, months: int) -> date:
    """Return the same day of the month some months later, or the last day of a shorter month.

    >>> add_months(date(2026, 8, 31), 18)
    datetime.date(2028, 2, 29)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _is_renewed(profile: MatchingProfile, agreement: Agreement, ends: date, figures: dict[str, int]) -> bool:
    """Return whether a renewal on file was decided in time, unchanged, and certified by every party."""
    renewal = profile.renewal
    if renewal is None:
        return False
    opens = add_months(ends, -figures["renewal_window_months"])
    parties = {agreement.custodian, *agreement.requester_ids}
    return opens <= renewal.decided_on < ends and renewal.is_unchanged and parties <= set(renewal.certified_by)


RULE = Rule(
    _finding.rule,
    "M01",
    _finding.citation,
    ("usc5-552a-a-8-A", "usc5-552a-o-2", "usc5-552a-u", *(f"usc5-552a-o-1-{letter}" for letter in "ABCDEFGHIJK")),
    batch=m01_matching_agreement,
)

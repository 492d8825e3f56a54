"""Review: let people decide what the evidence leaves uncertain, and measure the people.

A reviewer sees an address and judges it with the names hidden, then sees the names and says which person it is, if any.
Two reviewers judge each case; a third does where they differ. One case in eight is a known pair, whose truth is on
file, so that every reviewer is measured, a careless one is suspended and what they judged is judged again, and two who
err together more often than hard cases explain are found.

Guarantees: every function here is pure: its result depends on its arguments, and draws depend on a key. Nothing that
the law or the agreement demands can be waived by any judgment.
Does not: store (`comity.store.desk`), read a record, a request or a clock.
Basis: promise 12; ADR 0055.
Start at `conclude_case` in case_outcome.py, then known_pairs.py, suspension.py and collusion.py.
"""

from comity.review.assignment import assign_reviewers
from comity.review.case_assembly import assemble_case
from comity.review.case_outcome import CaseConclusion, ConclusionKind, conclude_case, conclude_overdue
from comity.review.case_selection import SETTLED_BY_PEOPLE, select_cases
from comity.review.case_steps import render_address_step, render_person_step
from comity.review.collusion import CollusionFinding, find_colluding_pairs
from comity.review.keyed_draw import draw_share, order_by_key
from comity.review.known_pairs import KnownPair, is_known_pair_due, order_known_pairs, select_known_pair
from comity.review.review_plan import PlannedRows, ReviewPlan, plan_review
from comity.review.reviewer_measures import KnownResult, Rate, ReviewerMeasures, measure_agreement, measure_reviewer
from comity.review.suspension import Suspension, find_suspension, has_office_opened, is_qualified

__all__ = [
    "SETTLED_BY_PEOPLE",
    "CaseConclusion",
    "CollusionFinding",
    "ConclusionKind",
    "KnownPair",
    "KnownResult",
    "PlannedRows",
    "Rate",
    "ReviewPlan",
    "ReviewerMeasures",
    "Suspension",
    "assemble_case",
    "assign_reviewers",
    "conclude_case",
    "conclude_overdue",
    "draw_share",
    "find_colluding_pairs",
    "find_suspension",
    "has_office_opened",
    "is_known_pair_due",
    "is_qualified",
    "measure_agreement",
    "measure_reviewer",
    "order_by_key",
    "order_known_pairs",
    "plan_review",
    "render_address_step",
    "render_person_step",
    "select_cases",
    "select_known_pair",
]

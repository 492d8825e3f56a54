"""Conclude a case from the judgments of its reviewers.

Two who chose the same person at the same address confirm. Two who say, each in any way, that it is none of them settle
the case, too. Where they differ, a third judges, and what two of the three say holds; three who chose three different
persons confirm nobody.

Guarantees: no judgment confirms a candidate for whom a demand of the law or the agreement does not hold; a reviewer
counts once; one reviewer, however sure, settles nothing.
Basis: ADR 0055. Discordance of two reviewers is 1.8 to 13.6 % in published record linkage (Gupta and others 2024).
Start at `conclude_case`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from comity.model.review_case import CaseJudgment

FIRST_REVIEWERS, ALL_REVIEWERS = 2, 3
"""How many judge a case at first, and at most."""


class ConclusionKind(StrEnum):
    """How far a case is."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"


@dataclass(frozen=True, slots=True)
class CaseConclusion:
    """What the judgments of a case come to: the confirmed candidate, or how many more judgments it needs."""

    kind: ConclusionKind
    candidate: int | None = None
    judgments_needed: int = 0

    @property
    def is_settled(self) -> bool:
        """Return whether nobody needs to judge the case any more."""
        return self.kind is not ConclusionKind.OPEN


_NOT_CONFIRMED = CaseConclusion(ConclusionKind.NOT_CONFIRMED)


def conclude_case(judgments: Mapping[str, CaseJudgment], confirmable: frozenset[int]) -> CaseConclusion:
    """Return what the judgments of a case, by reviewer, come to.

    `confirmable` are the candidates for whom everything holds that no person can waive. Judgments that were voided are
    left out by the caller; more than three are misuse (RuntimeError).
    """
    if len(judgments) > ALL_REVIEWERS:
        raise RuntimeError(f"a case has at most {ALL_REVIEWERS} judgments")
    if len(judgments) < FIRST_REVIEWERS:
        return CaseConclusion(ConclusionKind.OPEN, judgments_needed=FIRST_REVIEWERS - len(judgments))
    candidate, votes = Counter(judgment.candidate for judgment in judgments.values()).most_common(1)[0]
    if votes < FIRST_REVIEWERS:
        is_last = len(judgments) == ALL_REVIEWERS
        return _NOT_CONFIRMED if is_last else CaseConclusion(ConclusionKind.OPEN, judgments_needed=1)
    if candidate is None or candidate not in confirmable:
        return _NOT_CONFIRMED
    return CaseConclusion(ConclusionKind.CONFIRMED, candidate)


def conclude_overdue(conclusion: CaseConclusion) -> CaseConclusion:
    """Return the conclusion of a case whose deadline is over: what is open is not confirmed."""
    return conclusion if conclusion.is_settled else _NOT_CONFIRMED

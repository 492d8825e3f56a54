"""Reviewers of known error rates, who judge cases whose truth is known.

A tenth of all cases is hard: there everybody errs five times as often as on average, so that the errors of two who
judge alone coincide more than chance allows. What is not displayed helps nobody: where everything that a case displays
is equal, every reviewer says that it is the same, whoever it is in truth.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from comity.model.review_case import AddressJudgment, CaseContent, CaseJudgment, NumberRelation
from comity.review import draw_share

HARD_SHARE, HARD_FACTOR = 0.1, 5.0
EASY_FACTOR = (1 - HARD_SHARE * HARD_FACTOR) / (1 - HARD_SHARE)
"""So that the average over all cases is 1."""
_DIFFICULTY_KEY = b"difficulty of simulated cases..."


@dataclass(frozen=True)
class SimulatedReviewer:
    """How often a reviewer errs: chooses somebody wrong, misses somebody, or cannot tell."""

    false_same: float
    false_different: float
    unsure: float

    def judge(self, case: str, truth: int | None, candidates: int, random: Random) -> CaseJudgment:
        """Return a judgment of a case; the wrong person, if one is chosen, is the one whom everybody would choose."""
        factor = find_difficulty(case)
        decoy = int(draw_share(_DIFFICULTY_KEY, "decoy", case) * candidates)
        if truth == decoy:
            decoy = (decoy + 1) % candidates
        if random.random() < self.unsure:
            return CaseJudgment(AddressJudgment.SAME, is_unsure=True)
        if random.random() < min(1.0, self.false_same * factor) and decoy != truth:
            return CaseJudgment(AddressJudgment.SAME, decoy)
        if truth is None or random.random() < min(1.0, self.false_different * factor):
            return CaseJudgment(AddressJudgment.DIFFERENT)
        return CaseJudgment(AddressJudgment.SAME, truth)


REVIEWERS: Mapping[str, SimulatedReviewer] = {
    "careful": SimulatedReviewer(false_same=0.01, false_different=0.05, unsure=0.02),
    "tired": SimulatedReviewer(false_same=0.03, false_different=0.12, unsure=0.04),
    "careless": SimulatedReviewer(false_same=0.25, false_different=0.10, unsure=0.0),
}


def find_difficulty(case: str) -> float:
    """Return by how much errors are more frequent on a case than on average."""
    return HARD_FACTOR if draw_share(_DIFFICULTY_KEY, "hard", case) < HARD_SHARE else EASY_FACTOR


def find_displayed_truth(content: CaseContent, truth: int | None) -> int | None:
    """Return what the best reviewer would say: the truth, or the one whom everything displayed points to."""
    if truth is not None:
        return truth
    if not looks_like_one_place(content):
        return None
    alike = [
        position
        for position, candidate in enumerate(content.candidates)
        if candidate.number is not NumberRelation.DIFFERS and _look_equal(content.requested_name, candidate.name)
    ]
    return alike[0] if alike else None


def looks_like_one_place(content: CaseContent) -> bool:
    """Return whether the two addresses of a case contradict each other in no field."""
    return _look_equal(content.requested_address, content.recorded_address)


def _look_equal(left: Mapping[str, str | None], right: Mapping[str, str | None]) -> bool:
    """Return whether two sides contradict each other in no field; an initial does not contradict a name."""
    return all(not left[name] or not right.get(name) or _is_prefix(str(left[name]), str(right[name])) for name in left)


def _is_prefix(left: str, right: str) -> bool:
    return left == right or (min(len(left), len(right)) == 1 and left[0] == right[0])

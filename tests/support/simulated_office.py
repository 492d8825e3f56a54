"""Run an office of simulated reviewers by the rules of `comity.review`: turns, known pairs, suspension, redoing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from comity.model.review_case import CaseJudgment
from comity.review import (
    CaseConclusion,
    KnownPair,
    KnownResult,
    Suspension,
    assign_reviewers,
    conclude_case,
    conclude_overdue,
    find_suspension,
    is_known_pair_due,
    order_known_pairs,
    select_known_pair,
)
from tests.support.simulated_reviewers import SimulatedReviewer

CANDIDATES = 2
"""Of each known pair."""


@dataclass(frozen=True)
class SimulatedCase:
    """A case: what the best reviewer would say of it, whom it is about in truth, and who may be confirmed."""

    case: str
    displayed: int | None
    truth: int | None
    candidates: int
    confirmable: frozenset[int]


@dataclass
class ReviewerDesk:
    """One reviewer at work: how many turns they had, and what they said of known pairs."""

    reviewer: SimulatedReviewer
    turn: int = 0
    results: list[KnownResult] = field(default_factory=list)
    turns_of_cases: dict[str, int] = field(default_factory=dict)


def make_pool(size: int) -> list[KnownPair]:
    """Return known pairs of four kinds, of which three differ."""
    kinds = ("relative", "next number", "other unit", "same person")
    return [KnownPair(f"known{n}", kinds[n % 4], 0 if n % 4 == 3 else None) for n in range(size)]


def judge_known_pair(desk: ReviewerDesk, pair: KnownPair, random: Random) -> None:
    """Let a reviewer judge a known pair, as one turn."""
    judgment = desk.reviewer.judge(pair.case, pair.truth, CANDIDATES, random)
    desk.results.append(KnownResult(desk.turn, pair.case, pair.kind, pair.truth, judgment.candidate))
    desk.turn += 1


def judge_until(
    desk: ReviewerDesk, name: str, pool: Sequence[KnownPair], key: bytes, random: Random, known: int
) -> None:
    """Let a reviewer have turns until they judged a number of known pairs; their cases in between are left out."""
    judged = {result.case for result in desk.results}
    ordered = order_known_pairs(key, name, pool)
    while len(desk.results) < known:
        if is_known_pair_due(key, name, desk.turn):
            pair = select_known_pair(key, name, desk.turn, ordered, judged)
            assert pair is not None
            judge_known_pair(desk, pair, random)
            judged.add(pair.case)
        else:
            desk.turn += 1


@dataclass(frozen=True)
class OfficeRun:
    """How the cases of an office ended, what was voided, and who was suspended."""

    conclusions: Mapping[str, CaseConclusion]
    voided: int
    suspensions: Mapping[str, Suspension]


def run_office(
    reviewers: Mapping[str, SimulatedReviewer],
    cases: Sequence[SimulatedCase],
    pool: Sequence[KnownPair],
    key: bytes,
    random: Random,
    *,
    is_measured: bool = True,
) -> OfficeRun:
    """Let an office judge cases until each is settled or nobody is left; without measuring, nobody is suspended."""
    desks = {name: ReviewerDesk(reviewer) for name, reviewer in reviewers.items()}
    ordered = {name: order_known_pairs(key, name, pool) for name in desks}
    judgments: dict[str, dict[str, CaseJudgment]] = {case.case: {} for case in cases}
    void: dict[str, set[str]] = {case.case: set() for case in cases}
    suspensions: dict[str, Suspension] = {}
    by_id = {case.case: case for case in cases}
    waiting = [case.case for case in cases]
    while waiting:
        again = []
        for case in waiting:
            needed = conclude_case(judgments[case], by_id[case].confirmable).judgments_needed
            eligible = desks.keys() - suspensions.keys()
            assigned = assign_reviewers(key, case, eligible, judgments[case].keys() | void[case], needed)
            for name in assigned:
                desk = desks[name]
                while is_measured and is_known_pair_due(key, name, desk.turn):
                    pair = select_known_pair(key, name, desk.turn, ordered[name], {r.case for r in desk.results})
                    assert pair is not None, "the pool of known pairs is used up"
                    judge_known_pair(desk, pair, random)
                desk.turns_of_cases[case] = desk.turn
                desk.turn += 1
                judgments[case][name] = desk.reviewer.judge(case, by_id[case].displayed, by_id[case].candidates, random)
                found = find_suspension(desk.results) if is_measured else None
                if found is not None and name not in suspensions:
                    suspensions[name] = found
                    taken = [c for c, turn in desk.turns_of_cases.items() if turn >= found.void_from_turn]
                    for voided in taken:
                        del judgments[voided][name]
                        void[voided].add(name)
                    again += [c for c in taken if c not in again]
            if assigned and not conclude_case(judgments[case], by_id[case].confirmable).is_settled:
                again.append(case)
        waiting = [
            case
            for case in dict.fromkeys(again)
            if not conclude_case(judgments[case], by_id[case].confirmable).is_settled
        ]
    conclusions = {c: conclude_overdue(conclude_case(judgments[c], by_id[c].confirmable)) for c in judgments}
    return OfficeRun(conclusions, sum(map(len, void.values())), suspensions)

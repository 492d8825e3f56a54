"""Decide from known pairs who may judge: who has qualified, who is suspended, and when an office may confirm at all.

A reviewer is suspended at the sixth false `same` among the last 50 known pairs that differ. A reviewer whose rate is
5 % reaches six in a given 50 with 4 %; one whose rate is 25 % with 99 %. All that a suspended reviewer judged since the
first pair of those 50 is void and judged again by others: in every 50 before these the reviewer passed.

Guarantees: a suspension follows from the results alone and, once reached, from any longer list that begins with them.
Basis: ADR 0055; docs/results/review.md for the rates in simulation.
Start at `find_suspension`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from comity.figures.exact_intervals import clopper_pearson_upper
from comity.review.reviewer_measures import KnownResult

WINDOW, MAX_FALSE_SAME = 50, 5
"""Known pairs that differ, and false `same` among them that are tolerated."""
QUALIFYING_PAIRS, MIN_RIGHT, MAX_FALSE_SAME_AT_FIRST = 60, 57, 1
MAX_JOINT_ERROR = 0.01
"""The share of known pairs that differ on which two reviewers may both choose somebody, at 95 % confidence."""


@dataclass(frozen=True, slots=True)
class Suspension:
    """At which of their turns a reviewer is suspended, and from which turn on their judgments are void."""

    at_turn: int
    void_from_turn: int


def find_suspension(results: Sequence[KnownResult]) -> Suspension | None:
    """Return the first suspension that the results of a reviewer, in order of turns, lead to; None if none."""
    differing = [result for result in results if result.truth is None]
    for end in range(1, len(differing) + 1):
        window = differing[max(0, end - WINDOW) : end]
        if sum(result.is_false_same for result in window) > MAX_FALSE_SAME:
            return Suspension(at_turn=window[-1].turn, void_from_turn=window[0].turn if end > WINDOW else 0)
    return None


def is_qualified(results: Sequence[KnownResult]) -> bool:
    """Return whether a reviewer's first known pairs let them judge cases."""
    first = results[:QUALIFYING_PAIRS]
    right, false_same = sum(not result.is_wrong for result in first), sum(result.is_false_same for result in first)
    return len(first) == QUALIFYING_PAIRS and right >= MIN_RIGHT and false_same <= MAX_FALSE_SAME_AT_FIRST


def has_office_opened(results: Mapping[str, Iterable[KnownResult]]) -> bool:
    """Return whether reviewers, by name, have shown that two of them rarely choose a wrong person together.

    Each known pair that differs and that two or more judged is one trial, and fails when two of them chose the same
    person. Before this is shown, review confirms nothing.
    """
    choices: dict[str, list[int | None]] = {}
    for known in results.values():
        for result in known:
            if result.truth is None:
                choices.setdefault(result.case, []).append(result.candidate)
    trials = [chosen for chosen in choices.values() if len(chosen) > 1]
    joint = sum(any(chosen.count(one) > 1 for one in set(chosen) - {None}) for chosen in trials)
    return clopper_pearson_upper(joint, len(trials)) <= MAX_JOINT_ERROR

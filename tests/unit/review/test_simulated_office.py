"""An office of simulated reviewers: what it wins back, and what happens with one who is careless."""

from random import Random

import pytest

from comity.review import find_colluding_pairs, find_suspension
from comity.review.case_outcome import ConclusionKind
from tests.support.simulated_office import (
    OfficeRun,
    ReviewerDesk,
    SimulatedCase,
    judge_until,
    make_pool,
    run_office,
)
from tests.support.simulated_reviewers import REVIEWERS, SimulatedReviewer

KEY = b"k" * 32
POOL = make_pool(400)


def make_cases(count: int) -> list[SimulatedCase]:
    """Return cases of which three in five are about the first of two candidates, and the others about nobody."""
    return [
        SimulatedCase(f"c{n}", truth, truth, 2, frozenset({0, 1}))
        for n, truth in enumerate(0 if n % 5 < 3 else None for n in range(count))
    ]


def count_confirmed(run: OfficeRun, cases: list[SimulatedCase]) -> tuple[int, int]:
    truth = {case.case: case.truth for case in cases}
    confirmed = [case for case, end in run.conclusions.items() if end.kind is ConclusionKind.CONFIRMED]
    return len(confirmed), sum(run.conclusions[case].candidate != truth[case] for case in confirmed)


def test_careful_people_win_back_most_and_add_hardly_anything_wrong() -> None:
    cases = make_cases(1_000)
    office = {name: REVIEWERS["careful" if name < "r2" else "tired"] for name in ("r0", "r1", "r2", "r3")}
    run = run_office(office, cases, POOL, KEY, Random(1))
    confirmed, wrong = count_confirmed(run, cases)
    assert confirmed - wrong >= 0.8 * 600
    assert wrong <= 0.01 * confirmed
    assert not run.suspensions


def test_a_careless_reviewer_is_suspended_and_what_they_judged_is_judged_again() -> None:
    cases = make_cases(1_000)
    careless = SimulatedReviewer(false_same=0.6, false_different=0.1, unsure=0.0)
    office = dict.fromkeys(("r0", "r1", "r2"), REVIEWERS["careful"]) | {"r3": careless, "r4": careless}
    unmeasured = count_confirmed(run_office(office, cases, POOL, KEY, Random(1), is_measured=False), cases)
    run = run_office(office, cases, POOL, KEY, Random(1))
    measured = count_confirmed(run, cases)
    assert set(run.suspensions) == {"r3", "r4"}
    assert run.voided > 10
    assert unmeasured[1] > 0.02 * unmeasured[0]
    assert measured[1] <= 0.01 * measured[0]
    assert measured[0] - measured[1] >= 0.8 * 600


@pytest.mark.parametrize(("kind", "least", "most"), [("careful", 0, 0), ("careless", 19, 20)])
def test_within_sixty_known_pairs_the_careless_are_suspended(kind: str, least: int, most: int) -> None:
    suspended = 0
    for run in range(20):
        desk = ReviewerDesk(REVIEWERS[kind])
        judge_until(desk, "r", POOL, run.to_bytes(32, "big"), Random(run), 60)
        suspended += find_suspension(desk.results) is not None
    assert least <= suspended <= most


def test_who_copies_is_found_and_who_judges_alone_is_not() -> None:
    random = Random(3)
    desks = {name: ReviewerDesk(REVIEWERS["tired"]) for name in ("a", "b", "c")}
    for name, desk in desks.items():
        judge_until(desk, name, POOL, KEY, random, 300)
    results = {name: desk.results for name, desk in desks.items()}
    assert not find_colluding_pairs(results)
    (finding,) = find_colluding_pairs(results | {"z": results["a"]})
    assert finding.reviewers == ("a", "z")

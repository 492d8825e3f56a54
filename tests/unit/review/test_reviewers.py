"""Known pairs, measures, suspension and collusion."""

import math
from collections import Counter
from random import Random

import numpy as np
import pytest
from scipy.stats import binom

from comity.review import (
    KnownPair,
    KnownResult,
    draw_share,
    find_colluding_pairs,
    find_suspension,
    has_office_opened,
    is_known_pair_due,
    is_qualified,
    measure_agreement,
    measure_reviewer,
    order_by_key,
    order_known_pairs,
    select_known_pair,
)
from comity.review.collusion import HONEST_ODDS_RATIO, _common_error_distribution
from comity.review.suspension import MAX_FALSE_SAME, WINDOW
from tests.support.review_cases import make_results, mark

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
POOL = [KnownPair(f"k{n}", "relative" if n % 4 else "typo", None if n % 4 else 0) for n in range(80)]


def test_one_turn_in_eight_is_a_known_pair_that_nobody_can_foresee() -> None:
    turns = [is_known_pair_due(KEY, "r1", turn) for turn in range(8000)]
    assert sum(turns) == pytest.approx(1000, abs=120)
    gaps = Counter(np.diff(np.flatnonzero(turns)).tolist())
    assert len(gaps) > 15  # not every eighth
    for other in ([is_known_pair_due(OTHER_KEY, "r1", t) for t in range(8000)],
                  [is_known_pair_due(KEY, "r2", t) for t in range(8000)]):  # fmt: skip
        assert sum(a and b for a, b in zip(turns, other, strict=True)) < 250


def test_draws_depend_on_every_part_and_not_on_where_parts_end() -> None:
    assert draw_share(KEY, "ab", "c") != draw_share(KEY, "a", "bc")
    assert draw_share(KEY, "a", 1) == draw_share(KEY, "a", 1) != draw_share(OTHER_KEY, "a", 1)
    assert order_by_key(KEY, "abcdef") == order_by_key(KEY, reversed("abcdef")) != list("abcdef")


def test_a_reviewer_gets_each_known_pair_once_and_three_of_four_differ() -> None:
    judged: list[str] = []
    kinds = []
    ordered = order_known_pairs(KEY, "r1", POOL)
    for turn in range(len(POOL)):
        pair = select_known_pair(KEY, "r1", turn, ordered, judged)
        assert pair is not None
        kinds.append(pair.truth is None)
        judged.append(pair.case)
    assert sorted(judged) == sorted(pair.case for pair in POOL)
    assert sum(kinds[:40]) == pytest.approx(30, abs=6)
    assert select_known_pair(KEY, "r1", len(POOL), ordered, judged) is None


def test_any_two_reviewers_soon_have_known_pairs_in_common_and_not_in_one_order() -> None:
    pool = [KnownPair(f"k{n}", "relative", None) for n in range(400)]
    orders = [[pair.case for pair in order_known_pairs(KEY, name, pool)] for name in ("r1", "r2", "r3")]
    assert len({tuple(order) for order in orders}) == 3
    assert order_known_pairs(KEY, "r1", pool[::-1]) == order_known_pairs(KEY, "r1", pool)
    for other in orders[1:]:
        assert len(set(orders[0][:100]) & set(other[:100])) > 70  # by chance 25
        assert sum(a == b for a, b in zip(orders[0], other, strict=True)) < 40


def test_measures_are_exact_and_count_each_error_where_it_belongs() -> None:
    results = make_results(mark(60, [3, 4])) + make_results([0, None, 1, 0], truth=0, kind="typo")
    measures = measure_reviewer(results)
    assert (measures.false_same.hits, measures.false_same.trials) == (3, 64)
    assert (measures.false_different.hits, measures.false_different.trials) == (1, 4)
    assert [(kind, rate.hits, rate.trials) for kind, rate in measures.wrong_by_kind] == [
        ("relative", 2, 60),
        ("typo", 2, 4),
    ]
    low, high = measures.false_same.interval
    assert binom.sf(2, 64, low) == pytest.approx(0.025, rel=1e-3)  # Clopper and Pearson's definition
    assert binom.cdf(3, 64, high) == pytest.approx(0.025, rel=1e-3)
    assert measure_reviewer([]).false_same.share is None
    assert measure_reviewer([]).false_same.interval == (0.0, 1.0)


def test_agreement_kappa_and_ac1_of_a_table_worked_by_hand() -> None:
    pairs: list[tuple[int | None, int | None]] = [(0, 0)] * 40 + [(0, None)] * 5 + [(None, 0)] * 5 + [(None, None)] * 50
    agreement = measure_agreement(pairs)
    assert agreement.agreed.hits == 90
    assert agreement.kappa == pytest.approx((0.9 - (0.45**2 + 0.55**2)) / (1 - (0.45**2 + 0.55**2)))
    assert agreement.ac1 == pytest.approx((0.9 - 2 * 0.45 * 0.55) / (1 - 2 * 0.45 * 0.55))
    rare = measure_agreement([(None, None)] * 98 + [(0, None), (None, 0)])
    assert rare.kappa is not None
    assert rare.ac1 is not None
    assert rare.kappa < 0
    assert rare.ac1 > 0.97  # kappa misleads where one answer is rare
    assert measure_agreement([(0, 1)]).agreed.hits == 0
    assert measure_agreement([]).kappa is None
    assert measure_agreement([(None, None)]).kappa is None


def test_the_sixth_false_same_in_fifty_suspends_and_not_the_fifth() -> None:
    assert find_suspension(make_results(mark(200, range(5)))) is None
    found = find_suspension(make_results(mark(200, [0, 1, 2, 3, 4, 49])))
    assert found is not None
    assert (found.at_turn, found.void_from_turn) == (8 * 49, 0)
    assert find_suspension(make_results(mark(200, [0, 1, 2, 3, 4, 50]))) is None
    late = find_suspension(make_results(mark(200, range(150, 200))))
    assert late is not None
    assert (late.at_turn, late.void_from_turn) == (8 * 155, 8 * 106)
    assert find_suspension(make_results([1] * 60, truth=0)) is None  # of pairs that are the same, none counts


def test_a_suspension_does_not_change_by_what_follows() -> None:
    random = Random(5)
    for _ in range(50):
        results = make_results(mark(120, random.sample(range(120), 12)))
        found = find_suspension(results)
        for end in range(1, 121):
            early = find_suspension(results[:end])
            assert early is None or early == found
    rates = [float(binom.sf(MAX_FALSE_SAME, WINDOW, rate)) for rate in (0.05, 0.25)]
    assert rates == [pytest.approx(0.04, abs=0.005), pytest.approx(0.99, abs=0.005)]  # as the module states


def test_who_begins_qualifies_by_sixty_known_pairs() -> None:
    assert is_qualified(make_results(mark(60, [7])))
    assert not is_qualified(make_results(mark(60, [7, 8])))
    assert not is_qualified(make_results(mark(59, [])))
    some_missed = make_results(mark(45, [])) + make_results([None] * 3 + [0] * 12, truth=0)
    assert is_qualified(some_missed)
    assert not is_qualified(make_results(mark(45, [])) + make_results([None] * 4 + [0] * 11, truth=0))
    assert is_qualified(make_results(mark(60, [7])) + make_results(mark(60, range(60))))  # later ones suspend


def test_an_office_confirms_nothing_until_joint_errors_are_shown_to_be_rare() -> None:
    clean = make_results(mark(400, []))
    assert has_office_opened({"r1": clean[:299], "r2": clean})
    assert not has_office_opened({"r1": clean[:298], "r2": clean})  # 0 of 298 shows 1.0002 %
    assert not has_office_opened({"r1": clean})
    assert has_office_opened({"r1": make_results(mark(400, [1])), "r2": make_results(mark(400, [2]))})
    both = make_results(mark(400, [1]))
    assert not has_office_opened({"r1": both, "r2": both})


def make_pair_results(count: int, errors: set[int], copied: set[int], own: set[int]) -> dict[str, list[KnownResult]]:
    return {"a": make_results(mark(count, errors)), "b": make_results(mark(count, copied | own))}


def test_two_who_make_the_same_errors_are_found_and_two_who_err_apart_are_not() -> None:
    colluding = make_pair_results(300, set(range(8)), set(range(7)), {20})
    (finding,) = find_colluding_pairs(colluding)
    assert (finding.reviewers, finding.common_pairs, finding.common_errors) == (("a", "b"), 300, 7)
    assert not find_colluding_pairs(make_pair_results(300, set(range(8)), set(), set(range(20, 28))))
    assert not find_colluding_pairs(make_pair_results(300, set(range(8)), {0}, set(range(20, 27))))
    assert not find_colluding_pairs(make_pair_results(39, set(range(39)), set(range(39)), set()))
    same_truth = {"a": make_results(mark(300, [])), "b": make_results(mark(300, []))}
    assert not find_colluding_pairs(same_truth)  # all right, and alike


def test_who_errs_together_on_the_kind_that_is_hard_for_all_is_not_found() -> None:
    easy, hard = mark(200, []), mark(60, range(30))

    def results(shift: int) -> list[KnownResult]:
        ordered = make_results(easy)
        rotated = hard[shift:] + hard[:shift]
        return ordered + [
            KnownResult(8 * n, f"h{n}", "hard", None, choice) for n, choice in enumerate(rotated, len(easy))
        ]

    assert not find_colluding_pairs({"a": results(0), "b": results(12)})
    (finding,) = find_colluding_pairs({"a": results(0), "b": results(0)})
    assert finding.common_errors == 30


def test_the_distribution_of_common_errors_is_that_of_fisher() -> None:
    from scipy.stats import nchypergeom_fisher

    pairs = [(n < 9, n % 3 == 0) for n in range(40)]
    first, second = sum(a for a, _ in pairs), sum(b for _, b in pairs)
    theirs = nchypergeom_fisher(40, first, second, HONEST_ODDS_RATIO)
    ours = _common_error_distribution(pairs)
    assert ours == pytest.approx(theirs.pmf(np.arange(len(ours))), abs=1e-9)
    crowded = _common_error_distribution([(True, True)] * 9 + [(False, True)])
    assert crowded.argmax() == 9
    assert math.isclose(crowded.sum(), 1)

"""Which rows are reviewed when there are more than people can judge, and until when."""

from datetime import UTC, datetime

import numpy as np
import pytest

from comity.review import ReviewPlan, plan_review

KEY = b"k" * 32


def test_few_rows_are_all_reviewed() -> None:
    planned = plan_review(ReviewPlan(100), np.linspace(0.3, 0.9, 40), [f"q{n}" for n in range(40)], key=KEY)
    assert planned.positions.tolist() == list(range(40))
    assert set(planned.weights) == {1.0}


def test_of_many_rows_the_likeliest_are_reviewed_and_some_of_the_rest_by_chance() -> None:
    probabilities = np.random.default_rng(3).uniform(0.3, 1.0, 20_000)
    row_ids = [f"q{n}" for n in range(len(probabilities))]
    planned = plan_review(ReviewPlan(1_000, 0.05), probabilities, row_ids, key=KEY)
    certain = planned.positions[planned.weights == 1]
    assert sorted(certain) == sorted(np.argsort(-probabilities)[:1_000])
    sampled = planned.positions[planned.weights != 1]
    assert set(planned.weights) == {1.0, 20.0}
    assert len(sampled) == pytest.approx(950, abs=120)
    assert planned.weights.sum() == pytest.approx(20_000, rel=0.12)  # weighted, they speak of all rows
    assert probabilities[sampled].mean() == pytest.approx(
        np.delete(probabilities, certain).mean(), abs=0.02
    )  # and favor nobody
    other = plan_review(ReviewPlan(1_000, 0.05), probabilities, row_ids, key=b"o" * 32)
    assert other.positions.tolist() != planned.positions.tolist()


def test_rows_that_are_equally_likely_are_sampled_as_often() -> None:
    planned = plan_review(ReviewPlan(200, 0.1), np.full(4_000, 0.5), [f"q{n}" for n in range(4_000)], key=KEY)
    assert (planned.weights == 10).sum() == pytest.approx(380, abs=70)
    assert planned.weights.sum() == pytest.approx(4_000, rel=0.2)


def test_which_rows_are_drawn_does_not_depend_on_their_order() -> None:
    probabilities, row_ids = np.full(500, 0.5), [f"q{n}" for n in range(500)]
    planned = plan_review(ReviewPlan(50), probabilities, row_ids, key=KEY)
    turned = plan_review(ReviewPlan(50), probabilities, row_ids[::-1], key=KEY)
    assert {row_ids[n] for n in planned.positions} == {row_ids[::-1][n] for n in turned.positions}


def test_a_deadline_counts_working_days() -> None:
    friday = datetime(2026, 11, 27, 9, tzinfo=UTC)
    assert ReviewPlan(1, days=1).find_deadline(friday) == datetime(2026, 11, 30, 9, tzinfo=UTC)
    assert ReviewPlan(1, days=10).find_deadline(friday) == datetime(2026, 12, 11, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "figures", [{"max_cases": 0}, {"max_cases": 1, "sampled_share": 0.0}, {"max_cases": 1, "days": 0}]
)
def test_a_plan_that_reviews_nothing_is_misuse(figures: dict[str, float]) -> None:
    with pytest.raises(RuntimeError):
        ReviewPlan(**figures)  # type: ignore[arg-type]

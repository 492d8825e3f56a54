"""Plan which uncertain rows of a batch are reviewed when there are more of them than people can judge.

All of them if they are few enough. Otherwise the likeliest, and a random share of the rest, which says how many valid
requests the rest costs. What is not reviewed is not confirmed.

Guarantees: the plan follows from the probabilities, the plan's figures and a key; a row's weight is one over the
probability with which it was included, so that weighted counts speak of all rows.
Start at `plan_review`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from comity.review.keyed_draw import draw_share

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class ReviewPlan:
    """How many rows of a batch are reviewed, which share of the rest at random, and within how many working days."""

    max_cases: int
    sampled_share: float = 0.05
    days: int = 10

    def __post_init__(self) -> None:
        if self.max_cases < 1 or not 0 < self.sampled_share <= 1 or self.days < 1:
            raise RuntimeError("a plan reviews one case or more, a share of the rest above 0, within a day or more")

    def find_deadline(self, opened_at: datetime) -> datetime:
        """Return when the cases opened at a time (with time zone) are overdue; Saturdays and Sundays do not count."""
        deadline, left = opened_at, self.days
        while left:
            deadline += timedelta(days=1)
            left -= deadline.weekday() < _SATURDAY
        return deadline


@dataclass(frozen=True, slots=True)
class PlannedRows:
    """The positions of the rows that are reviewed, in ascending order, and the weight of each."""

    positions: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]


def plan_review(
    plan: ReviewPlan, probabilities: npt.NDArray[np.float64], row_ids: Sequence[str], *, key: bytes
) -> PlannedRows:
    """Return which rows are reviewed.

    Args:
        plan: the figures.
        probabilities: of each row that people may settle, that it is the person on record.
        row_ids: an id for each row, by which the draw is made.
        key: of the draw.
    """
    count = len(probabilities)
    if count != len(row_ids):
        raise RuntimeError("every row has a probability and an id")
    draws, ties = (
        np.array([draw_share(key, use, row_id) for row_id in row_ids], np.float64) for use in ("sample", "tie")
    )
    likeliest_first = np.lexsort((ties, -probabilities))  # ties by a draw of their own: the sample is of all the rest
    is_likeliest = np.zeros(count, np.bool_)
    is_likeliest[likeliest_first[: plan.max_cases]] = True
    positions = np.flatnonzero(is_likeliest | (draws < plan.sampled_share))
    return PlannedRows(positions, np.where(is_likeliest[positions], 1.0, 1 / plan.sampled_share))

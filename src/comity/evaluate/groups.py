"""Break outcomes down by a label, with exact intervals and a test of whether groups differ by more than chance.

Any label column of the truth is taken: text, yes or no, a number (many distinct numbers are cut into four ranges of
equal counts). Each group is compared with all others together by Fisher's exact test, and the four largest groups with
each other; p-values are adjusted for the number of comparisons (Holm).

Guarantees: labels are read beside determinations already made, and go nowhere else.
Does not: say what causes a difference.
Start at `break_down_by_label`.
"""

import re
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import pyarrow as pa
import pyarrow.types as pt

from comity.evaluate.labelled_data import StringArray, outcomes_and_truth
from comity.evaluate.outcome_counts import OutcomeCounts, count_outcomes
from comity.figures.exact_intervals import CONFIDENCE_LEVEL, fisher_exact_p, holm_adjust

NON_LABEL_COLUMNS = frozenset({"request_id", "record_id", "confirmed", "complete", "split", "household"})
MAX_LABEL_VALUES, MAX_GROUPS, COMPARED_GROUPS, MIN_NUMERIC_SHARE = 50, 12, 4, 0.95
NO_LABEL = "(no label)"
_RANGE_PATTERN = re.compile(r"^(?:above )?(-?[0-9.]+(?:e[+-]?[0-9]+)?) to -?[0-9.]+(?:e[+-]?[0-9]+)?$")


@dataclass(frozen=True, slots=True)
class GroupOutcomes:
    """The outcomes of one group, and the adjusted p-values of its difference from all others."""

    outcomes: OutcomeCounts
    wrong_p_value: float
    missed_p_value: float

    @property
    def is_error_rate_different(self) -> bool:
        """Return whether the group's error rate differs from the others' by more than chance."""
        return self.wrong_p_value < 1 - CONFIDENCE_LEVEL

    @property
    def is_miss_rate_different(self) -> bool:
        """Return whether the group's miss rate differs from the others' by more than chance."""
        return self.missed_p_value < 1 - CONFIDENCE_LEVEL


@dataclass(frozen=True, slots=True)
class RecallGap:
    """The widest difference of recall among the largest groups; the p-value is adjusted for all their pairs."""

    highest_group: str
    lowest_group: str
    percentage_points: float
    p_value: float

    @property
    def is_significant(self) -> bool:
        """Return whether the gap is more than chance."""
        return self.p_value < 1 - CONFIDENCE_LEVEL


@dataclass(frozen=True, slots=True)
class LabelBreakdown:
    """The largest groups of one label column; `widest_gap` is None when there is only one group to compare."""

    column: str
    groups: tuple[GroupOutcomes, ...]
    widest_gap: RecallGap | None
    omitted_groups: int = 0


def break_down_by_label(determinations: pa.Table, truth: pa.Table) -> tuple[LabelBreakdown, ...]:
    """Break outcomes down by every label column of the truth; both tables are in the order of the requests."""
    outcome, confirmed = outcomes_and_truth(determinations, truth)
    total = count_outcomes("all", outcome, confirmed, np.ones(len(confirmed), dtype=bool))
    breakdowns = []
    for column in truth.column_names:
        labels = label_values(truth, column)
        if labels is None:
            continue
        names, counts = np.unique(labels, return_counts=True)
        by_size = [str(name) for name in names[np.argsort(-counts, kind="stable")]]
        largest = sorted(by_size[:MAX_GROUPS], key=_range_start)
        groups = [count_outcomes(name, outcome, confirmed, labels == name) for name in largest]
        wrong_p_values = holm_adjust(
            [fisher_exact_p(g.wrong, g.matches, total.wrong - g.wrong, total.matches - g.matches) for g in groups]
        )
        missed_p_values = holm_adjust(
            [
                fisher_exact_p(g.missed, g.confirmed, total.missed - g.missed, total.confirmed - g.confirmed)
                for g in groups
            ]
        )
        breakdowns.append(
            LabelBreakdown(
                column,
                tuple(map(GroupOutcomes, groups, wrong_p_values, missed_p_values)),
                _widest_recall_gap([group for group in groups if group.name != NO_LABEL]),
                len(names) - len(largest),
            )
        )
    return tuple(breakdowns)


def label_values(truth: pa.Table, column: str) -> StringArray | None:
    """Return the label of each request as text; None when the column is not a label (one value, or too many)."""
    if column in NON_LABEL_COLUMNS or pt.is_nested(truth.schema.field(column).type):
        return None
    values = truth[column].to_pylist()
    distinct = set(values) - {None}
    numbers = _parse_mostly_numeric(values) if len(distinct) > MAX_GROUPS else None
    if numbers is not None:
        return np.array(_quartile_labels(numbers), dtype=str)
    if not 1 < len(distinct) <= MAX_LABEL_VALUES:
        return None
    return np.array([NO_LABEL if value is None else str(value) for value in values], dtype=str)


def _widest_recall_gap(groups: list[OutcomeCounts]) -> RecallGap | None:
    """Return the widest gap among the `COMPARED_GROUPS` largest groups."""
    pairs = list(combinations([group for group in groups if group.confirmed][:COMPARED_GROUPS], 2))
    if not pairs:
        return None
    p_values = holm_adjust([fisher_exact_p(a.missed, a.confirmed, b.missed, b.confirmed) for a, b in pairs])
    gaps = [abs(left.recall - right.recall) for left, right in pairs]
    widest = gaps.index(max(gaps))
    left, right = pairs[widest]
    highest, lowest = (left, right) if left.recall >= right.recall else (right, left)
    return RecallGap(highest.name, lowest.name, 100 * (highest.recall - lowest.recall), p_values[widest])


def _quartile_labels(values: list[float | None]) -> list[str]:
    """Return each number's range, of four ranges with equally many requests."""
    numbers = np.array([value for value in values if value is not None])
    cuts = np.unique(np.quantile(numbers, [0.25, 0.5, 0.75], method="lower"))
    edges = [numbers.min(), *cuts, numbers.max()]
    names = [f"{'above ' if i else ''}{low:g} to {high:g}" for i, (low, high) in enumerate(pairwise(edges))]
    return [NO_LABEL if v is None else names[min(int(np.searchsorted(cuts, v)), len(names) - 1)] for v in values]


def _range_start(name: str) -> float:
    """Return where a range of `_quartile_labels` begins, to sort ranges by; 0 for a name that is no range."""
    match = _RANGE_PATTERN.match(name)
    return float(match[1]) if match else 0.0


def _parse_mostly_numeric(values: list[object]) -> list[float | None] | None:
    """Return the values as numbers if nearly all are numbers; one that is not, such as a misread age, becomes None."""
    numbers = [None if value is None else _parse_float(value) for value in values]
    number_count, value_count = sum(n is not None for n in numbers), sum(v is not None for v in values)
    return numbers if number_count >= MIN_NUMERIC_SHARE * max(value_count, 1) else None


def _parse_float(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if np.isfinite(number) else None

"""Wrong confirmations and missed valid ones by a label, with exact intervals, and whether a difference can be told.

Any label column of the truth is taken: text, yes or no, a number (many numbers are cut into four equal parts). Each group is
compared with everybody else by Fisher's exact test, and each pair of the four largest groups with each other; p-values are
raised for the number of comparisons (Holm).

Guarantees: labels are read beside determinations already made, and nothing of them goes anywhere else.
Does not: tell what causes a difference.
Start at `by_label`.
"""

import re
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.types as pt

from comity.evaluate.measures import OutcomeCounts, count_outcomes, outcomes_and_truth
from comity.figures.exact_intervals import CONFIDENCE_LEVEL, fisher_exact_p, holm_adjust

NON_LABEL_COLUMNS = frozenset({"request_id", "record_id", "confirmed", "complete", "split", "household"})
MAX_LABEL_VALUES, MAX_GROUPS_SHOWN, GAP_GROUP_COUNT, MIN_NUMERIC_SHARE = 50, 12, 4, 0.95
NO_LABEL = "(no label)"
_RANGE_PATTERN = re.compile(r"^(?:above )?(-?[0-9.]+(?:e[+-]?[0-9]+)?) to -?[0-9.]+(?:e[+-]?[0-9]+)?$")
StringArray = npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class GroupOutcomes:
    """The outcomes of one group, and how likely so large a difference from everybody else would be by chance."""

    outcomes: OutcomeCounts
    wrong_p_value: float
    missed_p_value: float

    @property
    def is_error_rate_different(self) -> bool:
        """Whether the group's wrong share differs from the others' by more than chance."""
        return self.wrong_p_value < 1 - CONFIDENCE_LEVEL

    @property
    def is_miss_rate_different(self) -> bool:
        """Whether the group's missed share differs from the others' by more than chance."""
        return self.missed_p_value < 1 - CONFIDENCE_LEVEL


@dataclass(frozen=True, slots=True)
class RecallGap:
    """The widest difference of recall among the largest groups; `p` is of that pair, raised for all pairs."""

    highest_group: str
    lowest_group: str
    percentage_points: float
    p_value: float

    @property
    def is_significant(self) -> bool:
        """Whether the gap is more than chance."""
        return self.p_value < 1 - CONFIDENCE_LEVEL


@dataclass(frozen=True, slots=True)
class LabelBreakdown:
    """One label column; `groups` are the largest, `gap` is None when there is but one."""

    column: str
    groups: tuple[GroupOutcomes, ...]
    widest_gap: RecallGap | None
    omitted_groups: int = 0


def _quartile_labels(values: list[float | None]) -> list[str]:
    """Numbers as four ranges, each with as many requests."""
    known = np.array([v for v in values if v is not None])
    cuts = np.unique(np.quantile(known, [0.25, 0.5, 0.75], method="lower"))
    edges = [known.min(), *cuts, known.max()]
    names = [f"{'above ' if i else ''}{low:g} to {high:g}" for i, (low, high) in enumerate(pairwise(edges))]
    return [NO_LABEL if v is None else names[min(int(np.searchsorted(cuts, v)), len(names) - 1)] for v in values]


def _range_start(name: str) -> float:
    """Where a range of `_in_quarters` begins, so that ranges stand in their order; 0 for what is no range."""
    found = _RANGE_PATTERN.match(name)
    return float(found[1]) if found else 0.0


def _parse_float(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _parse_mostly_numeric(values: list[object]) -> list[float | None] | None:
    """The values as numbers, if nearly all are (an age that noise spoiled is no age)."""
    numbers = [None if v is None else _parse_float(v) for v in values]
    known, given = sum(n is not None for n in numbers), sum(v is not None for v in values)
    return numbers if known >= MIN_NUMERIC_SHARE * max(given, 1) else None


def label_values(truth: pa.Table, column: str) -> StringArray | None:
    """The label of each request as text; None when the column is not a label (one value, or too many)."""
    if column in NON_LABEL_COLUMNS or pt.is_nested(truth.schema.field(column).type):
        return None
    values = truth[column].to_pylist()
    distinct = set(values) - {None}
    numbers = _parse_mostly_numeric(values) if len(distinct) > MAX_GROUPS_SHOWN else None
    if numbers is not None:
        return np.array(_quartile_labels(numbers), dtype=str)
    if not 1 < len(distinct) <= MAX_LABEL_VALUES:
        return None
    return np.array([NO_LABEL if v is None else str(v) for v in values], dtype=str)


def _widest_recall_gap(groups: list[OutcomeCounts]) -> RecallGap | None:
    pairs = list(combinations([g for g in groups if g.confirmed][:GAP_GROUP_COUNT], 2))
    if not pairs:
        return None
    tests = holm_adjust([fisher_exact_p(a.missed, a.confirmed, b.missed, b.confirmed) for a, b in pairs])
    (a, b), p = max(zip(pairs, tests, strict=True), key=lambda each: abs(each[0][0].recall - each[0][1].recall))
    most, least = (a, b) if a.recall >= b.recall else (b, a)
    return RecallGap(most.name, least.name, 100 * (most.recall - least.recall), p)


def break_down_by_label(determinations: pa.Table, truth: pa.Table) -> tuple[LabelBreakdown, ...]:
    """Every label column of the truth, row by row in the order of the determinations."""
    outcome, confirmed = outcomes_and_truth(determinations, truth)
    everyone = count_outcomes("all", outcome, confirmed, np.ones(len(confirmed), dtype=bool))
    result = []
    for column in truth.column_names:
        labels = label_values(truth, column)
        if labels is None:
            continue
        names, counts = np.unique(labels, return_counts=True)
        largest = sorted(
            [str(n) for n in names[np.argsort(-counts, kind="stable")][:MAX_GROUPS_SHOWN]], key=_range_start
        )
        found = [count_outcomes(name, outcome, confirmed, labels == name) for name in largest]
        wrong = holm_adjust(
            [fisher_exact_p(g.wrong, g.matches, everyone.wrong - g.wrong, everyone.matches - g.matches) for g in found]
        )
        missed = holm_adjust(
            [
                fisher_exact_p(g.missed, g.confirmed, everyone.missed - g.missed, everyone.confirmed - g.confirmed)
                for g in found
            ]
        )
        groups = tuple(GroupOutcomes(*each) for each in zip(found, wrong, missed, strict=True))
        labelled = [g for g in found if g.name != NO_LABEL]
        result.append(LabelBreakdown(column, groups, _widest_recall_gap(labelled), len(names) - len(largest)))
    return tuple(result)

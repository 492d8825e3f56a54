"""Rules side by side on the same draws, and what moves an estimate most.

Start at `compare_estimates` and `find_movers`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from comity.assess.draws import Draws, Interval, interval_of
from comity.assess.estimates import Estimate
from comity.assess.rates import Statistic


@dataclass(frozen=True, slots=True)
class Difference:
    """How many more customers would be without a document under the first rule than under the second."""

    first: str
    second: str
    family: str
    interval: Interval
    based_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mover:
    """One thing that is not known exactly, and how many customers lie between its ends, all else in the middle."""

    label: str
    customers: float
    based_on: tuple[str, ...]


def compare_estimates(rules: Sequence[tuple[str, Mapping[str, Estimate]]]) -> tuple[Difference, ...]:
    """Return the difference of each pair of rules, by family of sources; a rule without families goes with each."""
    differences = []
    for (first, ours), (second, theirs) in combinations(rules, 2):
        for family in dict.fromkeys([*ours, *theirs]):
            if not family and (len(ours) > 1 or len(theirs) > 1):
                continue
            a, b = ours.get(family, ours.get("")), theirs.get(family, theirs.get(""))
            if a is not None and b is not None:
                based_on = tuple(dict.fromkeys((*a.based_on, *b.based_on)))
                differences.append(Difference(first, second, family, _difference(a, b), based_on))
    return tuple(differences)


def _difference(a: Estimate, b: Estimate) -> Interval:
    if a.asks_the_same_as(b):
        ends = np.stack([a.low - b.low, a.high - b.high])
        return interval_of(ends.min(axis=0), ends.max(axis=0))
    return interval_of(a.low - b.high, a.high - b.low)


def find_movers(estimate: Estimate, statistics: Sequence[Statistic], draws: Draws) -> tuple[Mover, ...]:
    """Return what moves the number without a document, the largest first."""
    used = [statistic for statistic in statistics if statistic.id in estimate.based_on]
    middle_low = {s.id: float(np.median(draws.low[s.id])) for s in statistics}
    middle_high = {s.id: float(np.median(draws.high[s.id])) for s in statistics}
    movers = []
    for statistic in used:
        ends = []
        for tail, shares in ((0.025, draws.low), (0.975, draws.high)):
            share = float(np.quantile(shares[statistic.id], tail))
            ends.append(_middle(estimate, middle_low | {statistic.id: share}, middle_high | {statistic.id: share}))
        movers.append(Mover(f"sampling error: {statistic.label}", abs(ends[1] - ends[0]), (statistic.id,)))
    low, high = _ends(estimate, middle_low, middle_high)
    movers.append(
        Mover("what is not published: papers together, names, blanks in the file", high - low, estimate.based_on)
    )
    return tuple(sorted((m for m in movers if m.customers >= 0.5), key=lambda mover: -mover.customers))


def _ends(estimate: Estimate, low: Mapping[str, float], high: Mapping[str, float]) -> tuple[float, float]:
    """Return the expected number without a document at both bounds, for given shares."""
    least = most = 0.0
    for group, bound in zip(estimate.groups, estimate.bounds, strict=True):
        share_low, share_high = bound.interval(low, high)
        least += group.persons * (1 - float(share_high))
        most += group.persons_at_most * (1 - float(share_low))
    return least, most


def _middle(estimate: Estimate, low: Mapping[str, float], high: Mapping[str, float]) -> float:
    ends = _ends(estimate, low, high)
    return (ends[0] + ends[1]) / 2

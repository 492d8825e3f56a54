"""How many persons would have no paper to show, as draws of a low and a high bound.

Start at `Estimate.of`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from comity.assess.draws import Draws, Interval, Values, interval_of
from comity.assess.rates import ShareBounds


@dataclass(frozen=True, slots=True)
class PaperGroup:
    """Customers for whom the same papers would do: at least `persons`, at most `persons_at_most`, as blanks resolve."""

    papers: frozenset[str]
    persons: int
    persons_at_most: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Draws of how many have no paper: `low` and `high` bound each draw. `bounds` are those of each group's share."""

    groups: tuple[PaperGroup, ...]
    bounds: tuple[ShareBounds, ...]
    low: Values
    high: Values

    @classmethod
    def of(cls, groups: Sequence[PaperGroup], bounds: Sequence[ShareBounds], draws: Draws) -> Self:
        """Return the estimate for groups whose shares of persons with a paper are bounded so."""
        low, high = np.zeros(len(draws.chance)), np.zeros(len(draws.chance))
        for group, bound in zip(groups, bounds, strict=True):
            least, most = bound.interval(draws.low, draws.high)
            low += draws.count(group.persons, 1 - most)
            high += draws.count(group.persons_at_most, 1 - least)
        return cls(tuple(groups), tuple(bounds), low, high)

    @property
    def interval(self) -> Interval:
        """Return 2.5 percent of the low bound to 97.5 percent of the high bound."""
        return interval_of(self.low, self.high)

    @property
    def ready(self) -> Interval:
        """Return how many have a paper, among the same customers."""
        least = sum(group.persons for group in self.groups)
        most = sum(group.persons_at_most for group in self.groups)
        return interval_of(np.maximum(0, least - self.high), most - self.low)

    @property
    def based_on(self) -> tuple[str, ...]:
        """Return the ids of the statistics that bind it."""
        return tuple(dict.fromkeys(name for bound in self.bounds for name in bound.based_on))

    def asks_the_same_as(self, other: "Estimate") -> bool:
        """Return whether both rest on one unknown share, so that its low and high ends go together."""
        shares = {bound for bound, group in zip(self.bounds, self.groups, strict=True) if group.persons_at_most}
        other_shares = {bound for bound, group in zip(other.bounds, other.groups, strict=True) if group.persons_at_most}
        return len(shares) == 1 and shares == other_shares

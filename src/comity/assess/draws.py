"""Draws of what is not known: published shares within their sampling error, and how many persons they make.

One uniform draw for each statistic is shared by every rule and cell, so that the differences of two rules are paired. A
share from a sample is drawn twice from the same uniform number, as the two limits that Clopper and Pearson give for it:
the 2.5 percent point of the lower and the 97.5 percent point of the upper draws are their exact interval.

Guarantees: the same seed gives the same draws for a statistic, whatever else is drawn; a share whose sample was not
read does not vary; an interval holds the true share in at least 95 percent of samples.
Basis: Clopper and Pearson 1934; the design effect divides the size of the sample.
Start at `Draws`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import stats

from comity.assess.rates import Statistic

DRAWS = 2_000
CONFIDENCE = 0.95
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval: `low` is at 2.5 percent of the low bound's draws, `high` at 97.5 percent of the high bound's."""

    low: float
    high: float

    def __neg__(self) -> "Interval":
        return Interval(-self.high, -self.low)


def interval_of(low: Values, high: Values) -> Interval:
    """Return the interval from draws of the two bounds."""
    tail = (1 - CONFIDENCE) / 2
    return Interval(float(np.quantile(low, tail)), float(np.quantile(high, 1 - tail)))


@dataclass(frozen=True, slots=True)
class Draws:
    """Draws of the share of each statistic's event, as lower and upper limits, and of chance among persons."""

    low: Mapping[str, Values]
    high: Mapping[str, Values]
    chance: Values
    counted: dict[tuple[int, bytes], Values] = field(default_factory=dict, repr=False)

    def count(self, persons: int, share: Values) -> Values:
        """Return how many of a number of persons an event with these shares happens to, one draw each."""
        if not persons:
            return np.zeros(len(self.chance))
        key = persons, np.asarray(share, np.float64).tobytes()
        if key not in self.counted:  # several rules and readings ask for the same
            drawn = np.asarray(stats.binom.ppf(self.chance, persons, np.clip(share, 0.0, 1.0)), np.float64)
            self.counted[key] = np.clip(drawn, 0, persons)
        return self.counted[key]


def draw_shares(statistics: Sequence[Statistic], seed: int, draws: int = DRAWS) -> Draws:
    """Return draws for these statistics."""
    low, high = {}, {}
    for statistic in statistics:
        limits = share_limits(statistic, _uniform(seed, statistic.id, draws))
        low[statistic.id], high[statistic.id] = limits
    return Draws(low, high, _uniform(seed, "chance among persons", draws))


def share_limits(statistic: Statistic, uniform: Values) -> tuple[Values, Values]:
    """Return the lower and upper limits of the share of a statistic's event for uniform draws."""
    share = 1 - statistic.value if statistic.complement else statistic.value
    if statistic.n is None or statistic.design_effect is None:
        constant = np.full(len(uniform), share)
        return constant, constant
    size = statistic.n / statistic.design_effect
    hits = share * size
    low = stats.beta.ppf(uniform, hits, size - hits + 1) if hits > 0 else np.zeros(len(uniform))
    high = stats.beta.ppf(uniform, hits + 1, size - hits) if hits < size else np.ones(len(uniform))
    return low, high


def _uniform(seed: int, name: str, draws: int) -> Values:
    """Return draws from (0, 1) that depend on seed and name alone, each in its own slice and in random order."""
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    generator = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))
    places = generator.permutation(draws)
    return (places + generator.random(draws)) / draws
